"""A list entry is often only a view: the calls it lacks are made per record, and put where the mapping says."""

from __future__ import annotations

import pytest

from adapters.contract import Failure, WireError
from hub.mapping.faults import MappingError
from tests.conversation.play import HEAD, answer, compiled, talker

WORDS = (
    HEAD
    + """
events:
  - {call: history, key: id, fields: [{event: text, system: catatan}]}
operations:
  list:    {get: t, records: items, view: partial, then: detail}
  detail:  {get: t/<id>, record: ticket}
  history: {get: t/<id>/history, records: entries, pages: {by: page, size: 1}}
  files:   {get: t/<id>/files, records: files}
  extra:   {get: "x/<record.link>", record: ".", into: tambahan}
"""
)


def test_a_record_takes_the_entrys_place_and_a_list_gets_a_name() -> None:
    system, peer = talker(
        WORDS,
        answer({"ticket": {"id": 4, "judul": "Lampu"}}),
        answer({"entries": [{"id": 1}]}),
        answer({"entries": [{"id": 2}]}),
        answer({"entries": []}),
    )
    whole = system.complete("records", {"id": 4})
    assert whole == {"id": 4, "judul": "Lampu", "history": [{"id": 1}, {"id": 2}]}
    assert peer.targets == ["GET t/4", "GET t/4/history", "GET t/4/history", "GET t/4/history"]


def test_what_was_made_whole_is_no_partial_view_any_more() -> None:
    system, _ = talker(WORDS, answer({"items": [{"id": 4}]}))
    assert next(iter(system.pull("records", since=None))).partial is False
    partial = WORDS.replace(", then: detail", "")
    system, _ = talker(partial, answer({"items": [{"id": 4}]}))
    assert next(iter(system.pull("records", since=None))).partial is True


def test_a_fetched_record_is_as_whole_as_a_listed_one() -> None:
    system, _ = talker(WORDS, answer({"ticket": {"id": 4}}), answer({"entries": []}))
    assert system.fetch("4") == {"id": 4, "history": []}


def test_a_fetched_record_that_is_not_there_is_none() -> None:
    assert talker(WORDS, answer(None, 404))[0].fetch("4") is None


def test_a_listed_record_without_detail_is_one_records_trouble() -> None:
    with pytest.raises(WireError) as error:
        talker(WORDS, answer(None, 404))[0].complete("records", {"id": 4})
    assert (error.value.failure, error.value.code) == (Failure.REFUSED, "conversation.join_absent")


def test_a_record_may_be_put_under_a_name_and_asked_by_a_value_of_the_entry() -> None:
    words = WORDS.replace("then: detail", "then: extra")
    system, peer = talker(words, answer({"a": 1}), answer({"entries": []}))
    assert system.complete("records", {"id": 4, "link": "9"}) == {
        "id": 4,
        "link": "9",
        "tambahan": {"a": 1},
        "history": [],
    }
    assert peer.targets[0] == "GET x/9"


def test_a_list_that_needs_nothing_more_is_left_alone() -> None:
    system, peer = talker("operations:\n  list: {get: t, records: items}")
    entry = {"id": 4}
    assert system.complete("records", entry) is entry
    assert peer.calls == []


def test_a_joined_call_that_gives_no_record_stops() -> None:
    with pytest.raises(WireError) as error:
        talker(WORDS, answer({"ticket": None}))[0].complete("records", {"id": 4})
    assert (error.value.failure, error.value.code) == (Failure.CONTRACT, "conversation.no_record")


def test_a_call_that_is_not_declared_is_refused_with_the_nearest() -> None:
    with pytest.raises(MappingError) as error:
        compiled(WORDS.replace("then: detail", "then: detial"))
    assert "detail" in error.value.faults[0].say("en")
