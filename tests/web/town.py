"""A town in a store: believable rows for every page, invented people, and strings not everybody may see."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert, select

from hub.apply import apply
from hub.domain.complaint import Moment
from hub.home import Hub, init_hub
from hub.store import tables as T
from hub.store import tokens, users

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PASSWORD = "kata-sandi-untuk-uji"
NAME, PHONE, EMAIL = "Rahayu Rekaan", "+628111000111", "rahayu@contoh.example"
BODY, PLACE, SECRET = "Lampu jalan padam sejak Senin", "Gang Umpama 7", "rahasia-sangat-dalam"
QUARANTINED = "Sutrisno Karangan"
SENT = "Teks yang dikirim ke pusat"
OPEN, GUARDED, ELSEWHERE = (f"0190000{n}-0000-7000-8000-000000000000" for n in (1, 2, 3))

MAPPING = """\
mapping: contoh
describes: a small product
key: id
fields:
  - {complaint: title, system: title}
  - {complaint: body_original, system: description}
  - {complaint: reporter.name, system: user.name}
  - {complaint: reporter.phone, system: user.phone, phone: ID}
  - {complaint: status, system: status, codes: status}
codes:
  status: {values: {"1": RECEIVED, "2": IN_PROGRESS}}
operations:
  list: {get: issues.json, records: issues}
tests:
  - name: a record is read
    system: {id: "1", title: x, status: "2"}
    complaint: {system_id: "1", status: IN_PROGRESS}
"""
_FILES = {
    "pusat": "connector: pusat\ncore: yes\n",
    "kota-contoh": 'connector: kota-contoh\nagency: "33.73"\n',
    "kab-contoh": 'connector: kab-contoh\nagency: "53.01"\n',
}
_COMMON = """\
mapping: contoh
adapter: rest
connection: {url: http://127.0.0.1:9/, bearer: <secret.kunci>}
when: every 5 minutes
"""


def build(home: Path) -> Hub:
    """The town with its people and connectors; nothing has happened there yet."""
    hub = init_hub(home, now=lambda: NOW, environ={})
    (home / "secrets" / "kunci").touch(mode=0o600)
    (home / "secrets" / "kunci").write_text(SECRET)
    (home / "mappings" / "contoh.yaml").write_text(MAPPING)
    for name, text in _FILES.items():
        live = "" if name == "kab-contoh" else "live_from: 2026-01-01\n"
        (home / "schedules" / f"{name}.yaml").write_text(text + _COMMON + live)
    apply(hub, "uji")
    with hub.store.begin() as conn:
        _people(conn)
    return hub


def copy(built: Path, home: Path) -> Hub:
    """A town of one's own, in the middle of its life."""
    shutil.copytree(built, home)
    hub = init_hub(home, now=lambda: NOW, environ={}, original=True)
    with hub.store.begin() as conn:
        Town(hub, conn).fill()
    return hub


def _people(conn: Any) -> None:
    for name, role, agencies in (
        ("admin", "administrator", None),
        ("operator", "operator", ["33.73"]),
        ("viewer", "viewer", None),
        ("tamu", "viewer", ["53.01"]),
    ):
        users.add(conn, name, role, PASSWORD, by="uji", now=NOW, agencies=agencies)
    users.add(conn, "kosong", "viewer", PASSWORD, by="uji", now=NOW)
    conn.execute(T.user.update().where(T.user.c.name == "kosong").values(role=""))


class Town:
    def __init__(self, hub: Hub, conn: Any) -> None:
        self.vault, self.conn = hub.store.vault, conn
        self.connectors = dict(conn.execute(select(T.connector.c.name, T.connector.c.id)).all())
        self.systems = dict(conn.execute(select(T.system.c.name, T.system.c.id)).all())

    def put(self, table: Any, **values: Any) -> int:
        return int(self.conn.execute(insert(table).values(**values)).inserted_primary_key[0])

    def fill(self) -> None:
        run = self.run("kota-contoh", "pull", "ok", {"seen": 12, "stored": 3, "created": 2, "events": 1}, 3)
        self.run("pusat", "push", "ok", {"delivered": 2}, 2)
        self.run(
            "kab-contoh", "pull", "failed", {}, 1, code="wire.timeout", facts={"host": "kab.example", "seconds": 30}
        )
        self.complaint(1, OPEN, "9165816", "33.73", "kota-contoh", run, "no", "no")
        self.complaint(2, GUARDED, None, "33.73", "kota-contoh", run, "yes", "unknown")
        self.complaint(3, ELSEWHERE, "9165900", "53.01", "kab-contoh", run, "no", "no")
        self.quarantine(run)
        self.conn.execute(T.connector.update().values(last_ok=NOW - timedelta(minutes=3)))

    def run(self, connector: str, direction: str, outcome: str, counts: dict[str, int], hours: int, **more: Any) -> int:
        at = NOW - timedelta(hours=hours)
        return self.put(
            T.run,
            connector_id=self.connectors[connector],
            stream="records" if direction == "pull" else "",
            direction=direction,
            started_at=at,
            ended_at=at + timedelta(seconds=4),
            outcome=outcome,
            counts=counts,
            **more,
        )

    def complaint(
        self,
        n: int,
        hub_id: str,
        tracking: str | None,
        agency: str,
        connector: str,
        run: int,
        anonymous: str,
        secret: str,
    ) -> None:
        key, wrapped = self.vault.new_key()
        at = NOW - timedelta(hours=n)
        values = {
            "title": f"Lampu padam {n}",
            "body_original": BODY,
            "reporter.name": NAME,
            "reporter.phone": PHONE,
            "reporter.email": EMAIL,
            "location.address": PLACE,
            "is_anonymous": anonymous,
            "is_confidential": secret,
            "status": "IN_PROGRESS",
            "received_at": Moment(at, "2026-03-01", "WIB"),
        }
        system = self.systems[connector]
        record = self.put(T.record, system_id=system, kind="complaint", key=f"SWA-{n}", first_seen=at, last_seen=at)
        raw = {"id": f"SWA-{n}", "title": values["title"], "description": BODY, "user": {"name": NAME, "phone": PHONE}}
        complaint = self.put(
            T.complaint,
            hub_id=hub_id,
            core_tracking_id=tracking,
            status="IN_PROGRESS",
            is_anonymous=anonymous,
            is_confidential=secret,
            agency_code=agency,
            received_at=at,
            created_at=at,
            updated_at=at,
            data_key=wrapped,
            box=key.seal(values),
            sources={},
            urgency="DARURAT" if n == 1 else None,
        )
        raw_id = self.put(
            T.raw,
            record_id=record,
            run_id=run,
            received_at=at,
            effective="e" * 64,
            complaint_id=complaint,
            box=key.seal(raw),
        )
        sources = {name: raw_id for name in values}
        self.conn.execute(T.complaint.update().where(T.complaint.c.id == complaint).values(sources=sources))
        self.put(
            T.link,
            record_id=record,
            complaint_id=complaint,
            system_id=system,
            role="origin",
            valid_from=at,
            status="IN_PROGRESS",
            status_raw="followup",
        )
        self.put(
            T.change, complaint_id=complaint, run_id=run, system_id=system, rev=1, at=at, fields=["title", "status"]
        )
        event = self.put(
            T.event,
            complaint_id=complaint,
            identity=f"{n:064}",
            kind="TINDAK_LANJUT",
            at=at,
            actor_role="INSTANSI",
            system_id=system,
            box=key.seal({"text": f"Petugas menemui {NAME}"}),
            created_at=at,
        )
        self.put(T.event_link, event_id=event, system_id=self.systems["pusat"], key=f"K{n}")
        self.outbox(complaint, key, event, at)

    def outbox(self, complaint: int, key: Any, event: int, at: datetime) -> None:
        for state, kind in (
            ("delivered", "create"),
            ("unknown", "create"),
            ("refused", "update"),
            ("waiting", "comment"),
            ("no_route", "update"),
        ):
            row = self.put(
                T.outbox,
                complaint_id=complaint,
                connector_id=None if state == "no_route" else self.connectors["pusat"],
                target_agency="99.99" if state == "no_route" else None,
                kind=kind,
                state=state,
                fields=["status"],
                key="9165816",
                event_id=event if kind == "comment" else None,
                payload=key.seal({"isi": SENT, "nama": NAME}),
                attempts=1,
                code="wire.timeout" if state == "unknown" else None,
                facts={"host": "lapor.example", "seconds": 30},
                created_at=at,
                updated_at=at,
            )
            if state in ("delivered", "unknown"):
                self.put(T.delivery, outbox_id=row, started_at=at, ended_at=at, state=state, steps=[{"name": "create"}])

    def quarantine(self, run: int) -> None:
        for n in range(3):
            self.put(
                T.quarantine,
                connector_id=self.connectors["kota-contoh"],
                stream="records",
                run_id=run,
                key=f"SWA-9{n}",
                cause="mapping.read.code",
                field="status",
                rule="mappings/contoh.yaml:9",
                facts={"found": "aneh"},
                effective="e" * 64,
                at=NOW,
                state="open",
                box=self.vault.seal({"raw": {"id": f"SWA-9{n}", "user": {"name": QUARANTINED}}}),
            )


def token(hub: Hub, name: str, *scopes: str, system: str | None = None) -> str:
    with hub.store.begin() as conn:
        return tokens.add(conn, name, scopes=scopes, by="uji", now=NOW, system=system)


Sign = Callable[[str | None], FlaskClient]


def csrf(client: FlaskClient, page: str = "/akun") -> str:
    """The token of a form that this browser was shown."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page, follow_redirects=True).text)
    assert found
    return found[1]
