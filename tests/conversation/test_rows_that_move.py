"""A list that changes while it is read: what moved to a page read already must not be lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.contract import Page
from adapters.conversation import Answer, Request
from tests.conversation.play import HEAD, answer, talker

START = datetime(2026, 6, 1, 3, 0, 0, tzinfo=UTC)
WORDS = (
    HEAD
    + """
operations:
  list:
    get: t
    query: {s: <since>}
    records: items
    since: {field: ubah, send: iso, zone: UTC}
    pages: {by: page, first: 1, size: 2, ends: [{total: total}]}
"""
)


class Office:
    """Sorted by change time, oldest first. After the first page was read, number 1 is changed ``times`` times."""

    def __init__(self, times: int) -> None:
        self.rows = {number: START - timedelta(hours=9 - number) for number in range(1, 6)}
        self.times = times
        self.now = START

    def __call__(self, request: Request) -> Answer:
        self.now += timedelta(seconds=1)
        page = int(dict(request.query)["page"])
        rows = sorted(self.rows.items(), key=lambda row: row[1])[2 * page - 2 : 2 * page]
        items: list[Any] = [{"id": number, "ubah": at.isoformat()} for number, at in rows]
        if page == 1 and self.times:
            self.times -= 1
            self.rows[min(self.rows, key=lambda number: self.rows[number])] = self.now + timedelta(seconds=1)
        return answer({"items": items, "total": len(self.rows)}, clock=self.now)


def pulled(office: Office) -> list[Page]:
    system, _ = talker(WORDS, office)
    return list(system.pull("records", since=START - timedelta(days=1)))


def test_a_row_that_moved_under_our_hands_is_met_on_the_second_walk() -> None:
    pages = pulled(Office(times=1))
    assert {row["id"] for page in pages for row in page.records} == {1, 2, 3, 4, 5}
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert len(pages) == 6


def test_a_list_that_stands_still_is_walked_once() -> None:
    assert len(pulled(Office(times=0))) == 3


def test_a_list_that_never_stands_still_ends_all_the_same() -> None:
    pages = pulled(Office(times=99))
    assert len(pages) == 9
    assert pages[-1].last
