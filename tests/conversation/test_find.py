"""Looking up: candidates over all pages; a filter nobody reads is found out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.contract import Failure, WireError
from adapters.conversation import Answer, Request
from tests.conversation.play import HEAD, answer, compiled, talker

FIND = """
operations:
  find: {get: t, query: {no: <key>}, records: items, verify: core_tracking_id, pages: {by: page, size: 2}}
"""


def paged(*pages: list[int]) -> object:
    def reply(request: Request) -> Answer:
        at = int(dict(request.query)["page"]) - 1
        if dict(request.query)["no"] != "9165816":
            return answer({"items": []})
        return answer({"items": [{"id": one} for one in pages[at]] if at < len(pages) else []})

    return reply


def test_candidates_come_from_every_page() -> None:
    system, _ = talker(FIND, paged([1, 2], [3]))
    assert [one["id"] for one in system.find("9165816")] == [1, 2, 3]


def test_a_filter_that_nobody_reads_makes_the_look_up_unusable() -> None:
    system, _ = talker(FIND, lambda request: answer({"items": [{"id": 1}, {"id": 2}]}))
    with pytest.raises(WireError) as error:
        list(system.find("9165816"))
    assert (error.value.failure, error.value.code) == (Failure.CONTRACT, "conversation.filter_ignored")


def test_nobody_found_is_no_error() -> None:
    assert list(talker(FIND, answer({"items": []}))[0].find("9165816")) == []


def test_an_unreadable_answer_is_never_nobody_found() -> None:
    with pytest.raises(WireError):
        list(talker(FIND, answer({"error": "x"}))[0].find("9165816"))


def test_a_single_record_may_be_the_answer() -> None:
    words = "operations:\n  find: {get: 't/by-number/<key>', record: '.', verify: core_tracking_id}"
    assert list(talker(words, answer({"id": 4}))[0].find("9165816")) == [{"id": 4}]
    assert list(talker(words, answer(None, 404))[0].find("9165816")) == []


def test_candidates_come_as_the_list_shows_them_and_are_made_whole_by_who_asked() -> None:
    words = (
        "operations:\n  list: {get: t, records: items, view: partial, then: detail}\n"
        "  detail: {get: t/<id>, record: '.'}\n  find: {get: t, query: {no: <key>}, records: items}"
    )
    system, _ = talker(words, answer({"items": [{"id": 4}]}), answer({"id": 4, "nomor_lapor": "9165816"}))
    (candidate,) = system.find("9165816")
    assert system.complete("records", candidate) == {"id": 4, "nomor_lapor": "9165816"}


def test_where_only_a_scan_can_find_the_last_days_are_read() -> None:
    words = (
        "operations:\n  list: {get: t, query: {s: <since>}, records: items, since: {send: iso, zone: UTC}}\n"
        "  find: {scan: list, window: 7 days, verify: core_tracking_id}"
    )
    system, peer = talker(words, answer({"items": [{"id": 1}, {"id": 2}]}))
    assert len(list(system.find("9165816"))) == 2
    assert peer.calls[0].query == (("s", "2026-05-25T03:00:00Z"),)


def test_follow_ups_are_looked_up_where_the_record_carries_them() -> None:
    text = HEAD + (
        "events:\n  - {inside: journals, key: id, fields: [{event: text, system: notes}]}\n"
        "operations:\n  detail: {get: t/<id>, record: issue}\n"
    )
    assert "find_event" in compiled(text).words.can
    system, _ = talker(text, answer({"issue": {"journals": [{"id": 1, "notes": "a"}, {"id": 2, "notes": "b"}]}}))
    assert [one["id"] for one in system.find_event("4", "b", None)] == [1, 2]


def test_follow_ups_may_be_asked_for_by_time() -> None:
    words = "operations:\n  find_event: {get: 't/<id>/log', query: {after: <since>}, records: rows}"
    system, peer = talker(words, answer({"rows": []}))
    assert list(system.find_event("4", "b", datetime(2026, 5, 1, tzinfo=UTC))) == []
    assert peer.calls[0].query == (("after", "2026-05-01T00:00:00Z"),)


def test_what_is_not_declared_cannot_be_looked_up() -> None:
    system, _ = talker("operations:\n  list: {get: t, records: items}")
    assert system.can == {"pull"}
    with pytest.raises(WireError) as error:
        list(system.find("9165816"))
    assert error.value.code == "conversation.no_operation"
