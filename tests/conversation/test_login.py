"""A session: opened by a call, shown by every other, opened again when it has ended, and never shown to anyone."""

from __future__ import annotations

import pytest

from adapters.contract import Change, ChangeKind, Failure, OutcomeKind, WireError
from adapters.credentials import Secrets
from hub.mapping.check import check_mapping
from hub.mapping.faults import MappingError
from tests.conversation.play import HEAD, Memory, answer, compiled, talker

WORDS = (
    HEAD
    + """
login:
  call: masuk
  keep: {token: session_token}
  headers: {Session-Token: <login.token>}
  again_when: {http: 401}
operations:
  masuk:  {post: session, body: {user: hub, password: <secret.kota>}}
  list:   {get: t, records: items, pages: {by: offset, size: 2, ends: [short]}}
  detail: {get: t/<id>, record: "."}
  create: {post: t, body: {from: fields}, answer: {id: id}}
  keluar: {post: session/<login.token>/end}
"""
)
OPEN = answer({"session_token": "abc"})
NEW = Change(ChangeKind.CREATE, fields={"judul": "Lampu mati"})


def test_the_first_call_signs_in_and_every_call_shows_the_session() -> None:
    speaks, peer = talker(WORDS, OPEN, answer({"id": 1}), answer({"id": 2}))
    speaks.fetch("1")
    speaks.fetch("2")
    assert peer.targets == ["POST session", "GET t/1", "GET t/2"]
    assert [one.headers.get("Session-Token") for one in peer.calls] == [None, "abc", "abc"]


def test_a_session_that_ended_is_opened_again_and_the_call_said_once_more() -> None:
    again = answer({"session_token": "def"})
    speaks, peer = talker(WORDS, OPEN, answer({"e": "ended"}, 401), again, answer({"id": 41}, 201))
    outcome = speaks.push(NEW, Memory())
    assert (outcome.kind, outcome.system_id) == (OutcomeKind.DONE, "41")
    assert peer.targets == ["POST session", "POST t", "POST session", "POST t"]
    assert peer.calls[-1].headers["Session-Token"] == "def"


def test_a_session_that_is_never_good_is_a_matter_of_credentials_and_does_not_go_round() -> None:
    ended = answer({"e": "ended"}, 401)
    speaks, peer = talker(WORDS, OPEN, ended, OPEN, ended)
    assert speaks.push(NEW, Memory()).kind is OutcomeKind.CREDENTIALS
    assert len(peer.calls) == 4


def test_a_login_that_is_refused_refuses_no_record() -> None:
    speaks, _ = talker(WORDS, answer({"e": "wrong"}, 400))
    outcome = speaks.push(NEW, Memory())
    assert (outcome.kind, outcome.code) == (OutcomeKind.CREDENTIALS, "conversation.login_refused")


def test_when_the_login_is_lost_the_record_was_not_sent() -> None:
    speaks, _ = talker(WORDS, WireError(Failure.DOWN, "wire.timeout", sent=True))
    assert speaks.push(NEW, Memory()).kind is OutcomeKind.DOWN


def test_a_login_without_the_promised_token_is_told() -> None:
    speaks, _ = talker(WORDS, answer({"token": "abc"}))
    with pytest.raises(WireError) as raised:
        speaks.fetch("1")
    assert raised.value.code == "conversation.login_empty"


def test_the_parts_of_a_session_come_before_the_operation_s_own() -> None:
    soap = WORDS.replace("headers: {Session-Token: <login.token>}", "parts: {sesi: <login.token>}")
    soap = soap.replace("detail: {get: t/<id>,", "detail: {call: lihat, parts: {nomor: <id>},")
    speaks, peer = talker(soap, OPEN, answer({"id": 1}))
    speaks.fetch("1")
    assert list(peer.calls[1].body.items()) == [("sesi", "abc"), ("nomor", "1")]


def test_a_test_in_the_mapping_begins_signed_in() -> None:
    tests = """
tests:
  - name: a new one
    given: {complaint: {title: Lampu mati}}
    sends: {post: t, headers: {Session-Token: <login.token>}, body: {judul: Lampu mati}}
    answers: {body: {id: 41}}
    means: done
"""
    results = check_mapping(compiled(WORDS + tests))
    assert [one.problems for one in results if one.problems] == []


def test_a_login_that_names_no_operation_is_refused() -> None:
    with pytest.raises(MappingError, match="masuk"):
        compiled(WORDS.replace("call: masuk", "call: masukk"))


def test_a_token_is_hidden_where_answers_are_shown_and_left_where_they_are_read() -> None:
    secrets = Secrets("kota", lambda name: "")
    secrets.hide_shown("abcdefghijkl", "login")
    assert secrets.hide_in_text("sesi abcdefghijkl") == "sesi <secret.login>"
    assert secrets.hide_in_bytes(b"abcdefghijkl") == b"abcdefghijkl"


def test_the_session_may_stand_behind_a_word_in_a_header() -> None:
    speaks, peer = talker(
        WORDS.replace("{Session-Token: <login", "{Authorization: Bearer <login"), OPEN, answer({"id": 1})
    )
    speaks.fetch("1")
    assert peer.calls[1].headers["Authorization"] == "Bearer abc"
