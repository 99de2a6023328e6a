"""A core, one office that somebody else wrote, and a real installation between them: everything on loopback.

The core is the sandbox's, running; the office is a server of ``servers.py``, known to the hub by the files in
``connections`` alone. Time is real, but the hub's clock can be moved on past the times it waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select

from hub.apply import apply
from hub.home import init_hub
from hub.sandbox import core_api
from hub.sandbox.clock import Clock
from hub.sandbox.core import Account, Agency, Complaint, Core
from hub.store import tables
from hub.sync import pull, push
from hub.sync.job import RunResult

NUMBER = "900700"  # the core's number of the agency; invented
CODE = "33.74"
TOKEN = "token-uji-pusat"
OFFICE = "kantor"
CORE = "pusat"

_CORE_FILE = """\
connector: pusat
core: yes
agencies: ["*"]
mapping: lapor-v3-asumsi
adapter: rest
connection: {{url: "{url}api/v3-asumsi/", bearer: <secret.pusat>}}
settings: {{hub_account: hub}}
sandbox: yes
settle: 1 seconds
live_from: {live_from}
"""
_OFFICE_FILE = """\
connector: kantor
agency: "33.74"
{words}
settings: {settings}
sandbox: yes
creates: yes
settle: 1 seconds
live_from: {live_from}
"""


class Office(Protocol):
    """What a test asks of an office, past the hub: its own people at work, and its own books."""

    def connection(self) -> str:
        """The part of the connector file that is this office's."""

    def settings(self) -> str: ...

    def file(self, title: str, body: str, number: str = "") -> str:
        """An officer takes a complaint down (neither anonymous nor confidential). Its number there."""

    def answer(self, number: str, text: str) -> None: ...

    def finish(self, number: str) -> None:
        """The officer closes it in the office's own way."""

    def start_work(self, number: str) -> None: ...

    def records(self) -> Mapping[str, Mapping[str, Any]]:
        """Number → {title, lapor, texts, status}, out of the server's own books."""

    def stop(self) -> None: ...

    def start(self) -> None: ...


class Federation:
    def __init__(self, home: Path, url: str | None, core: Core, office: Office) -> None:
        self.core, self.office, self.home = core, office, home
        self._ahead = timedelta()
        self.hub = init_hub(home, url, self.now, sandbox=True, environ={})

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def wait(self, **span: float) -> None:
        self._ahead += timedelta(**span)

    def write_files(self, password: str) -> None:
        live = (self.now() - timedelta(days=2)).date().isoformat()
        files = {
            "schedules/pusat.yaml": _CORE_FILE.format(url=self.core.url, live_from=live),
            "schedules/kantor.yaml": _OFFICE_FILE.format(
                words=self.office.connection().strip(), settings=self.office.settings(), live_from=live
            ),
            "agencies.yaml": f'agencies:\n  - {{code: "{CODE}", lapor_ids: ["{NUMBER}"]}}\n',
            "secrets/pusat": TOKEN,
            "secrets/kantor": password,
        }
        for name, text in files.items():
            path = self.home / name
            path.touch(mode=0o600)
            path.write_text(text, "utf-8")
        apply(self.hub, "uji")

    def pull(self, name: str, **more: Any) -> RunResult:
        return pull.run(self.hub, name, **more)

    def push(self, name: str, **more: Any) -> RunResult:
        return push.run(self.hub, name, **more)

    def round(self, times: int = 1) -> None:
        """Everybody once: both pulls, both pushes; all of them must go well."""
        for _ in range(times):
            for work in (self.pull, self.push):
                for name in (CORE, OFFICE):
                    result = work(name)
                    assert result.outcome == "ok", result
            self.wait(seconds=2)

    def dispose(self, title: str = "Lampu jalan mati", *, anonymous: bool = False) -> str:
        """A citizen files at the core, the centre sends it to the office. Its tracking ID."""
        complaint = self.core.file(
            {
                "judul": title,
                "isi": "Lampu depan balai warga mati sejak Senin.",
                "anonim": "1" if anonymous else "0",
                "rahasia": "0",
                "pelapor": {"nama": "Contoh Buatan", "telpon": "084000000017", "email": "contoh@example.id"},
                "lokasi": {"alamat": "Jalan Contoh 5"},
            },
            by="warga",
        )
        self.core.verify(complaint)
        self.core.dispose(complaint, NUMBER)
        return complaint.tracking_id

    def complaint(self, tracking_id: str) -> Complaint:
        return self.core.complaints[tracking_id]

    def of(self, tracking_id: str) -> tuple[str, Mapping[str, Any]]:
        """The one record at the office that carries a tracking ID: (its number there, what it holds)."""
        ((number, record),) = [pair for pair in self.office.records().items() if pair[1]["lapor"] == tracking_id]
        return number, record

    def told(self, tracking_id: str) -> list[str]:
        """Follow-ups that the core holds, as its citizens see them."""
        return [one.text for one in self.complaint(tracking_id).follow_ups]

    def books(self) -> tuple[int, Any]:
        """Everything that either side ever accepted: equal before and after a round that was silent."""
        return len(self.core.ledger.entries()), {number: dict(one) for number, one in self.office.records().items()}

    def rows(self, table: str, **where: Any) -> list[Any]:
        source = tables.metadata.tables[table]
        with self.hub.store.read() as conn:
            return list(conn.execute(select(source).where(*(source.c[name] == one for name, one in where.items()))))

    def marks(self) -> list[Any]:
        """How far each stream is complete, and where a broken run would go on."""
        return [(row.id, row.watermark, row.resume) for row in self.rows("stream")]

    def states(self, kind: str) -> list[tuple[str, str | None]]:
        return [(row.state, row.code) for row in self.rows("outbox", kind=kind)]


@contextmanager
def federation(home: Path, url: str | None, office: Office, password: str, *, seed: int = 1) -> Iterator[Federation]:
    """``seed``: the core's numbers; another one where the office remembers earlier tests."""
    clock = Clock(datetime.now(UTC) - timedelta(seconds=1), 1.0)
    agencies = {NUMBER: Agency(NUMBER, "Pemerintah Kota Semarang (simulasi)")}
    core = core_api.wire(Core(clock, seed=seed, agencies=agencies, accounts=(Account("hub", TOKEN, None),)))
    core.start()
    one = None
    try:
        one = Federation(home, url, core, office)
        one.write_files(password)
        yield one
    finally:
        if one is not None:
            one.hub.close()
        core.stop()
