"""Promises 1 to 3: killed at any commit and at any call, the next run continues; the peers' own ledgers judge."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from hub.store.engine import Store
from tests.sync.sync_country import Country, a_country, complaint_text
from tests.sync.sync_peer import Killed, Peer

ANSWER = "Lampu sudah diganti oleh petugas lapangan."
REPLY = "Terima kasih, lampu sudah menyala kembali."


class Reaper:
    """Counts every point at which a process could die, and kills at the chosen one."""

    def __init__(self) -> None:
        self.passed = 0
        self.at: int | None = None

    def point(self, _name: str = "") -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed

    def watch(self, country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
        original = Store.begin

        @contextmanager
        def begin(store: Store) -> Iterator[Connection]:
            with original(store) as conn:
                yield conn
                self.point("before a commit")
            self.point("after a commit")

        monkeypatch.setattr(Store, "begin", begin)
        for peer in country.peers.values():
            peer.before = peer.after = self.point


def life(country: Country) -> Iterator[str]:
    """What people do, with the hub's runs in between; killed and continued by whoever walks through it."""
    country.core.put(id="9001", **complaint_text(1), state="sent", unit="501", disposed=country.now().isoformat())
    country.office.put(id="2001", **complaint_text(2), state="new")
    yield from ("core", "office")
    local = next(number for number, raw in country.office.records.items() if raw["title"].endswith(" 1"))
    country.office.note(local, ANSWER)
    country.office.put(id=local, state="answered")
    country.core.note("9001", REPLY, "reporter", kind="reply")
    yield from ("office", "core")


def live_through(country: Country, reaper: Reaper, kill_at: int | None) -> bool:
    """All of life; true if the reaper struck. Afterwards everything is given time to come to rest."""
    reaper.passed, reaper.at = 0, kill_at
    struck = False
    days = life(country)
    while True:
        try:
            for _ in days:
                country.round()
            break
        except Killed:
            struck, reaper.at = True, None
            country.forget_leases()
            rest(country, 4)
    reaper.at = None
    rest(country, 4)
    return struck


def rest(country: Country, rounds: int) -> None:
    for _ in range(rounds):
        country.wait(minutes=3)
        country.round()


def judge(country: Country) -> None:
    """By what the systems themselves accepted: everything once, nothing missing."""
    core, office = country.core, country.office
    assert [fields["title"][-1] for _, fields in office.made("create")] == ["1"]
    assert [fields["title"][-1] for _, fields in core.made("create")] == ["2"]
    ((number, _),) = core.made("create")
    assert office.records["2001"]["lapor"] == number
    assert [text for _, text in core.made("comment")] == [ANSWER]
    assert [text for _, text in office.made("comment")] == [REPLY]
    assert core.records["9001"]["state"] == "answered"
    kinds = Counter(kind for kind, _, _ in (*core.ledger, *office.ledger))
    assert kinds == {"create": 2, "comment": 2, "update": 2}
    assert {row.state for row in country.rows("outbox")} == {"delivered"}
    assert len(country.rows("complaint")) == 2
    assert all(run.ended_at is not None for run in country.rows("run"))


@pytest.fixture
def reaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Country, Reaper]:
    country = a_country(tmp_path / "home", None, monkeypatch)
    reaper = Reaper()
    reaper.watch(country, monkeypatch)
    return country, reaper


def test_a_life_without_a_kill_leaves_everything_once(reaped: tuple[Country, Reaper]) -> None:
    country, reaper = reaped
    assert not live_through(country, reaper, None)
    judge(country)


EVERY = os.environ.get("HUB_TORTURE", "") != ""
STEPS = 6 if EVERY else 60
"""The points are spread over so many walks. Usually two of the walks are taken; with HUB_TORTURE set all of them."""


@pytest.mark.parametrize("first", range(1, STEPS + 1) if EVERY else (7, 34))
def test_killed_at_any_point_nothing_is_lost_and_nothing_is_said_twice(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaper = Reaper()
    points = range(first, 10_000, STEPS)
    for point in points:
        with monkeypatch.context() as patched:
            country = a_country(tmp_path / f"home{point}", None, patched)
            reaper.watch(country, patched)
            struck = live_through(country, reaper, point)
            judge(country)
            country.hub.close()
        if not struck:
            return
    pytest.fail("life has no end")


def file_many(peer: Peer, country: Country, first: int, count: int) -> None:
    for number in range(first, first + count):
        country.wait(seconds=7)
        peer.put(id=str(number), **complaint_text(number), state="new")


@pytest.mark.parametrize("order", ["oldest", "newest", "none"])
def test_a_pull_killed_anywhere_continues_however_the_source_is_sorted(
    order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaper = Reaper()
    for point in range(1, 1000, 1 if EVERY else 3):
        with monkeypatch.context() as patched:
            country = a_country(tmp_path / f"{order}{point}", None, patched)
            country.office.order, country.office.size = order, 3
            reaper.watch(country, patched)
            file_many(country.office, country, 1, 8)
            reaper.passed, reaper.at = 0, point
            try:
                country.pull("office")
                struck = False
            except Killed:
                struck = True
            reaper.at = None
            country.forget_leases()
            _meanwhile(country)
            for _ in range(3):
                country.wait(minutes=1)
                country.pull("office")
            _all_here(country)
            country.hub.close()
        if not struck:
            return
    pytest.fail("a pull has no end")


def _meanwhile(country: Country) -> None:
    """People go on working while the hub is dead: rows shift under a list that is half walked."""
    country.office.put(id="2", title="Lampu jalan mati lagi 2")
    file_many(country.office, country, 9, 3)


def _all_here(country: Country) -> None:
    found: dict[str, Any] = {}
    for complaint in country.rows("complaint"):
        values = country.values(complaint)
        found[values["body_original"]] = values["title"]
    assert len(country.rows("complaint")) == 11
    assert found[complaint_text(2)["body"]] == "Lampu jalan mati lagi 2"
