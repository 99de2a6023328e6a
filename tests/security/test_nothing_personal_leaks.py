"""Canaries in every field, on every wire, whole and broken: nothing of them is readable where it should not be."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub import actions
from hub.cli import run
from hub.home import Hub
from hub.store import tokens, users
from hub.store.tables import metadata
from hub.web import create_app
from tests.conftest import Clock
from tests.security import canaries

PASSWORD = "kata-sandi-untuk-uji"
FAULTS = {
    "echo": (422, "application/json", json.dumps({"errors": {canaries.PHONE: f"{canaries.NAME} ada"}})),
    "page": (500, "text/html", f"<html><body>{canaries.NAME} {canaries.BEARER} {canaries.SECRET}</body></html>"),
    "text": (400, "text/plain", f"{canaries.NAME} {canaries.NIK} {canaries.BEARER}"),
    "later": (503, "text/plain", f"{canaries.MAIL}"),
}
LISTS: dict[str, Any] = {
    "html": (200, "text/html", f"<html>{canaries.NAME} {canaries.SECRET}</html>"),
    "cut": (200, "application/json", '{"issues": [{"id": "1", "title": "' + canaries.NAME),
    "shape": (200, "application/json", json.dumps({"galat": canaries.NAME})),
    "text": (200, "application/json", json.dumps({"issues": canaries.NAME})),
    "names": (200, "application/json", json.dumps({"issues": [canaries.NAME, 5]})),
    "closed": (401, "text/plain", f"{canaries.BEARER} {canaries.NAME}"),
}


@dataclass
class Lived:
    """A country after some hard days."""

    hub: Hub
    app: Flask
    peer: canaries.Peer
    logged: str = ""

    @property
    def home(self) -> Path:
        return self.hub.home


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    home, clock = tmp_path_factory.mktemp("kenari") / "home", Clock()
    handler = _Kept()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with canaries.serving() as peer:
            hub = canaries.build(home, peer, clock)
            made = Lived(hub, create_app(hub), peer)
            _days(made, clock)
            with hub.store.begin() as conn:
                users.add(conn, "melihat", "viewer", PASSWORD, by="uji", now=clock())
                users.add(conn, "lain", "operator", PASSWORD, by="uji", now=clock(), agencies=["53.01"])
            made.logged = "\n".join(handler.lines)
            yield made
            hub.close()
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


class _Kept(logging.Handler):
    """Every line of every logger, with whatever a formatter could make of it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record) + repr(record.args))


def _days(one: Lived, clock: Clock) -> None:
    one.peer.lists["kota"] = [canaries.record(1), canaries.record(2, anonymous="n", secret="n"), *canaries.broken()]
    one.peer.lists["pusat"] = [canaries.record(70, lapor="9165816", status="4", unit="501")]
    canaries.drop(one.home)
    _round(one, clock)
    for fault in FAULTS.values():
        one.peer.fault = fault
        _round(one, clock)
    one.peer.fault = None
    _round(one, clock)
    for given in LISTS.values():
        one.peer.lists["kota"] = given
        _round(one, clock)


def _round(one: Lived, clock: Clock) -> None:
    for name in canaries.CONNECTORS:
        clock.move(hours=7)
        try:
            actions.sync(one.hub, name, by="uji", full=True)
        except Exception as error:
            logging.getLogger("test").exception("a run ended with %s", type(error).__name__)
            raise


def leaks(text: str | bytes, allowed: tuple[str, ...] = ()) -> list[str]:
    """The canaries found, each with what stands around it."""
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    for one in allowed:
        shown = shown.replace(one, "")
    return [shown[max(0, at - 60) : at + 40] for one in canaries.PERSONAL if (at := shown.find(one)) >= 0]


def test_the_days_were_hard_indeed(lived: Lived) -> None:
    """Without this, all the others could pass on an empty country."""
    counts = {}
    with lived.hub.store.read() as conn:
        for name in ("complaint", "quarantine", "issue", "outbox", "delivery", "finding", "event", "attachment"):
            counts[name] = len(conn.execute(metadata.tables[name].select()).all())
        failed = {row.code for row in conn.execute(metadata.tables["run"].select()) if row.outcome == "failed"}
    assert all(counts.values()), counts
    assert len(failed) >= 3, failed
    assert any(method == "POST" for method, _, _ in lived.peer.heard)


def test_the_files_of_the_store_hold_nothing_in_clear(lived: Lived) -> None:
    for path in lived.home.glob("hub.sqlite*"):
        assert leaks(path.read_bytes()) == [], path.name


def test_no_column_of_any_table_holds_anything_in_clear(lived: Lived) -> None:
    with lived.hub.store.read() as conn:
        for table in metadata.tables.values():
            for row in conn.execute(table.select()):
                assert leaks(str({k: v for k, v in row._mapping.items() if not isinstance(v, bytes)})) == [], table.name


def test_no_log_line_at_any_level_says_it(lived: Lived) -> None:
    assert leaks(lived.logged) == []


def test_lists_for_the_sender_show_shapes_only(lived: Lived) -> None:
    lists = [*lived.home.rglob("*.alasan.csv"), *lived.home.rglob("*.jsonl"), *lived.home.rglob(".seen/*/*.json")]
    assert lists
    for path in lists:
        assert leaks(path.read_text("utf-8-sig")) == [], path.name


def client(lived: Lived, name: str) -> FlaskClient:
    made = lived.app.test_client()
    with made.session_transaction() as session:
        session.update(who=name, generation=1, at=int(lived.hub.now().timestamp()))
    return made


@pytest.mark.parametrize("name", ["melihat", "lain"])
def test_no_page_says_it_to_who_may_not_read_it(lived: Lived, name: str) -> None:
    browser = client(lived, name)
    with lived.hub.store.read() as conn:
        ids = {t: [r.id for r in conn.execute(metadata.tables[t].select())] for t in ("quarantine", "outbox", "run")}
        causes = {row.cause for row in conn.execute(metadata.tables["quarantine"].select())}
        # who filed in the open has written for everybody to read
        hidden = [
            row.hub_id for row in conn.execute(metadata.tables["complaint"].select())
            if (row.is_anonymous, row.is_confidential) != ("no", "no")
        ]  # fmt: skip
    places = ["/", "/konektor", "/proses", "/menunggu", "/karantina", "/pemetaan", "/akun", "/pemetaan/contoh"]
    places += [f"/menunggu?state={one}" for one in ("unknown", "waiting", "refused", "no_route", "held", "delivered")]
    places += [f"/konektor/{one}" for one in canaries.CONNECTORS]
    places += [f"/karantina/sebab?connector=kota&cause={one}" for one in causes]
    for prefix, table in (("/karantina", "quarantine"), ("/menunggu", "outbox"), ("/proses", "run")):
        places += [f"{prefix}/{number}" for number in ids[table][:80]]
    places += [f"/aduan/{one}" for one in hidden]
    assert len(places) > 60
    for place in places:
        assert leaks(browser.get(place).data) == [], place


def test_no_answer_of_the_api_and_no_figure_says_it(lived: Lived) -> None:
    with lived.hub.store.begin() as conn:
        secret = tokens.add(conn, "uji-kenari", scopes=["read", "operate"], by="uji", now=lived.hub.now())
        hub_ids = [row.hub_id for row in conn.execute(metadata.tables["complaint"].select())]
        runs = [row.id for row in conn.execute(metadata.tables["run"].select())]
    caller = lived.app.test_client()
    places = ["health", "connectors", "runs", "outbox", "quarantine?limit=200"]
    places += [*(f"complaints/{one}" for one in hub_ids), *(f"runs/{one}" for one in runs)]
    for place in places:
        answer = caller.get(f"/api/v1/{place}", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 200
        assert leaks(answer.data) == [], place
    assert leaks(caller.get("/metrics").data) == []


def test_no_command_says_it(lived: Lived, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HUB_HOME", str(lived.home))
    monkeypatch.setenv("HUB_DEBUG", "1")
    with lived.hub.store.read() as conn:
        hidden = [row.hub_id for row in conn.execute(metadata.tables["complaint"].select()) if row.is_anonymous != "no"]
        aside = [str(row.id) for row in conn.execute(metadata.tables["quarantine"].select())]
    asked = [
        ["connectors"],
        ["runs"],
        ["quarantine", "list"],
        ["waiting"],
        ["check", "kota"],
        ["sync", "kota", "--dry-run"],
    ]
    asked += [["complaint", "show", one] for one in hidden] + [["quarantine", "show", one] for one in aside[:20]]
    for one in asked:
        for more in ([], ["--json"]):
            run([*one, *more])
            told = capsys.readouterr()
            assert leaks(told.out + told.err) == [], one


def test_no_payload_to_another_office_or_before_flags_are_known_names_anybody(lived: Lived) -> None:
    said = [body for method, who, body in lived.peer.heard if method != "GET" and who == "kota"]
    for body in said:
        found = [
            one for one in (canaries.NAME, canaries.NIK, canaries.MAIL, canaries.OFFICER, "99887766") if one in body
        ]
        assert found == []
