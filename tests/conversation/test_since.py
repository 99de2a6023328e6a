"""Asking what changed: the right instant, in stretches where wanted, and noticing who does not listen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.contract import Page
from adapters.conversation import Answer, Request
from hub.mapping.faults import MappingError
from tests.conversation.play import HEAD, Peer, answer, compiled, talker

SINCE = datetime(2026, 5, 30, 12, 0, 30, tzinfo=UTC)


def pulled(
    since_words: str, *replies: Any, since: datetime | None = SINCE, query: str = "s: <since>"
) -> tuple[list[Page], Peer]:
    words = f"operations:\n  list: {{get: t, query: {{{query}}}, records: items, since: {{{since_words}}}}}"
    system, peer = talker(words, *(replies or [answer({"items": []})]))
    return list(system.pull("records", since=since)), peer


def asked(since_words: str, **more: Any) -> str:
    return dict(pulled(since_words, **more)[1].calls[0].query)["s"]


def test_the_overlap_is_asked_for_again() -> None:
    assert asked("send: iso, zone: UTC, overlap: 2 minutes") == "2026-05-30T11:58:30Z"


def test_where_after_is_meant_the_instant_itself_is_asked_for_too() -> None:
    assert asked("send: iso, zone: UTC, includes: after") == "2026-05-30T12:00:29Z"
    assert asked("send: '%Y-%m-%d', zone: UTC, includes: after") == "2026-05-29"


def test_no_watermark_asks_for_everything_or_from_the_start() -> None:
    assert pulled("send: iso, zone: UTC", since=None)[1].calls[0].query == ()
    assert asked("send: iso, zone: UTC, starts: '2020-01-01'", since=None) == "2020-01-01T00:00:00Z"


def test_older_records_than_asked_mean_that_nobody_read_the_question() -> None:
    old = answer({"items": [{"id": 1, "ubah": "2025-01-01T00:00:00Z"}]})
    new = answer({"items": [{"id": 1, "ubah": "2026-05-30T12:00:31Z"}]})
    words = "send: iso, zone: UTC, field: ubah"
    assert pulled(words, old)[0][0].since_ignored is True
    assert pulled(words, new)[0][0].since_ignored is False
    assert pulled(words, old, since=None)[0][0].since_ignored is False
    assert pulled(f"{words}, ignored: no", old)[0][0].since_ignored is False


def test_a_record_of_the_same_day_is_not_older_where_days_are_asked() -> None:
    today = answer({"items": [{"id": 1, "ubah": "2026-05-30T01:00:00Z"}]})
    assert pulled("send: '%Y-%m-%d', zone: UTC, field: ubah", today)[0][0].since_ignored is False


def test_the_change_time_is_read_as_its_own_field_says() -> None:
    text = (
        HEAD.replace("key: id", "key: id\nchanged: {system: ubah, date: '%d/%m/%Y %H:%M'}")
        + "operations:\n  list: {get: t, query: {s: <since>}, records: items, "
        + "since: {send: iso, zone: UTC, field: ubah}}"
    )
    system, _ = talker(text, answer({"items": [{"id": 1, "ubah": "30/05/2026 18:59"}]}))  # 11:59 UTC, WIB
    assert next(iter(system.pull("records", since=SINCE))).since_ignored is True
    system, _ = talker(text, answer({"items": [{"id": 1, "ubah": "30/05/2026 19:01"}]}))
    assert next(iter(system.pull("records", since=SINCE))).since_ignored is False


def test_the_peers_clock_comes_with_the_page() -> None:
    clock = datetime(2026, 6, 1, 3, 0, 5, tzinfo=UTC)
    assert pulled("send: iso", answer({"items": []}, clock=clock))[0][0].clock == clock


def windows(*replies: Any, since: datetime | None, resume: Any = None) -> tuple[list[Page], list[tuple[str, str]]]:
    words = (
        "operations:\n  list: {get: t, query: {a: <since>, b: <until>}, records: items, "
        "since: {send: iso, zone: UTC, window: 1 day, starts: '2026-05-29'}, pages: {by: page, size: 2}}"
    )
    system, peer = talker(words, *replies)
    found = list(system.pull("records", since=since, resume=resume))
    return found, [(dict(call.query)["a"], dict(call.query)["b"]) for call in peer.calls]


def empty(request: Request) -> Answer:
    return answer({"items": []})


def test_long_stretches_are_asked_for_in_windows_up_to_now() -> None:
    found, questions = windows(empty, since=SINCE)
    assert questions == [
        ("2026-05-30T12:00:30Z", "2026-05-31T12:00:30Z"),
        ("2026-05-31T12:00:30Z", "2026-06-01T12:00:30Z"),
    ]
    assert [page.last for page in found] == [False, True]


def test_the_last_window_reaches_beyond_now() -> None:
    _, questions = windows(empty, since=None)
    assert datetime.fromisoformat(questions[0][0]) == datetime(2026, 5, 29, tzinfo=UTC)
    assert datetime.fromisoformat(questions[-1][1]) > datetime(2026, 6, 1, 3, tzinfo=UTC)


def test_a_broken_run_goes_on_in_its_window() -> None:
    def page(request: Request) -> Answer:
        return answer({"items": [{"id": dict(request.query)["a"]}] if dict(request.query)["page"] == "1" else []})

    whole, questions = windows(page, since=SINCE)
    for at in range(len(whole) - 1):
        rest, again = windows(page, since=SINCE, resume=whole[at].resume)
        assert [one.records for one in rest] == [one.records for one in whole[at + 1 :]]
        assert again == questions[at + 1 :]


def test_a_window_needs_a_start() -> None:
    with pytest.raises(MappingError) as error:
        pulled("send: iso, window: 1 day")
    assert error.value.faults[0].facts == {"key": "starts"}


def test_a_feed_of_follow_ups_has_its_own_question() -> None:
    text = HEAD + (
        "events:\n  - {feed: followups, of: ticket, key: id, fields: [{event: text, system: catatan}]}\n"
        "operations:\n"
        "  list: {get: t, records: items}\n"
        "  followups: {get: f, query: {s: <since>}, records: rows, since: {send: epoch}}\n"
    )
    system, peer = talker(text, answer({"rows": [{"id": 1, "ticket": 4, "catatan": "x"}]}))
    (page,) = system.pull("followups", since=SINCE)
    assert page.records == [{"id": 1, "ticket": 4, "catatan": "x"}]
    assert peer.calls[0].query == (("s", str(int(SINCE.timestamp()))),)
    assert compiled(text).streams["followups"].sweep is False


def test_since_without_a_place_in_the_request_is_refused() -> None:
    with pytest.raises(MappingError) as error:
        pulled("send: iso", query="x: y")
    assert error.value.faults[0].code == "conversation.since_unasked"


@pytest.mark.parametrize("text", ["2 minutes", "1 minute", "7 hari", "30 detik"])
def test_lengths_of_time_are_written_as_people_say_them(text: str) -> None:
    words = compiled(
        f"{HEAD}operations:\n  list: {{get: t, query: {{s: <since>}}, records: i, since: {{overlap: {text}}}}}"
    ).words
    assert words.operations["list"].since.overlap > timedelta(0)
