"""Is the account ours, do the codes exist, do the clocks agree, does the filter filter?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.contract import Failure, Finding, WireError
from adapters.conversation import Answer, Request
from tests.conversation.play import HEAD, NOW, answer, talker

WORDS = (
    HEAD
    + """
operations:
  check: {get: me, proves: {user.id: <hub_user>}}
"""
)


def checked(words: str, *replies: Any) -> dict[str, Finding]:
    return {finding.code: finding for finding in talker(words, *replies)[0].check()}


def test_the_account_is_proved_by_what_the_system_shows() -> None:
    found = checked(WORDS, answer({"user": {"id": 12}}))
    assert found["conversation.identity"].ok


def test_another_account_is_not_ours() -> None:
    assert not checked(WORDS, answer({"user": {"id": 13}}))["conversation.identity_differs"].ok


def test_a_wrong_key_that_reads_public_data_proves_nothing() -> None:
    assert not checked(WORDS, answer({"public": True}))["conversation.identity_missing"].ok


@pytest.mark.parametrize("reply", [answer(None, 401), WireError(Failure.DOWN, "wire.refused")])
def test_a_call_that_fails_is_a_finding(reply: Any) -> None:
    found = checked(WORDS, reply)
    assert [finding.ok for finding in found.values()] == [False]


def test_clocks_that_differ_are_told() -> None:
    near = answer({"user": {"id": 12}}, clock=NOW + timedelta(seconds=20))
    far = answer({"user": {"id": 12}}, clock=NOW - timedelta(minutes=20))
    assert checked(WORDS, near)["conversation.clock"].facts == {"seconds": 20}
    assert not checked(WORDS, far)["conversation.clock_apart"].ok


def test_a_setting_may_be_found_out() -> None:
    words = WORDS.replace("hub_user: number", "hub_user: {as: number, finds: check.user.id}").replace(
        ", proves: {user.id: <hub_user>}", ""
    )
    assert checked(words, answer({"user": {"id": 12}}))["conversation.identity"].ok
    wrong = checked(words, answer({"user": {"id": 14}}))["conversation.identity_differs"]
    assert (wrong.ok, wrong.facts["setting"]) == (False, "hub_user")


def test_a_look_up_that_finds_somebody_for_nobody_is_told() -> None:
    words = WORDS + "  find: {get: t, query: {no: <key>}, records: items, verify: core_tracking_id}\n"

    def reply(request: Request) -> Answer:
        return answer({"user": {"id": 12}}) if request.target == "me" else answer({"items": [{"id": 1}]})

    assert not checked(words, reply)["conversation.filter_ignored"].ok


LISTED = (
    HEAD
    + """
codes:
  kategori: {reference: daftar, code: kode, label: nama, declared: codes/kategori.csv, from: kode, to: id}
operations:
  list:   {get: t, records: items}
  daftar: {get: categories, records: rows, pages: {by: page, size: 2}}
"""
)
CSV = {"codes/kategori.csv": "kode,id\nA1,118\nA2,119\n"}


def test_declared_codes_are_held_against_the_live_list() -> None:
    from datetime import UTC

    from adapters.contract import Setup
    from adapters.talking import Talker
    from tests.conversation.play import Peer, compiled

    rows = [[{"kode": "A1", "nama": "Jalan"}, {"kode": "B7", "nama": "Baru"}], []]
    pages = iter(rows)

    def reply(request: Request) -> Answer:
        return answer({"items": []}) if request.target == "t" else answer({"rows": next(pages)})

    words = compiled(LISTED, CSV).words
    assert "reference:kategori" in words.can
    system = Talker(Setup("kota", {}, words, lambda name: "", UTC, now=lambda: NOW), Peer(reply).send)
    found = {finding.code: finding for finding in system.check()}
    assert (found["conversation.code_gone"].ok, found["conversation.code_gone"].facts["value"]) == (False, "A2")
    assert (found["conversation.code_new"].ok, found["conversation.code_new"].facts["value"]) == (True, "B7")
    pages = iter(rows)
    assert len(system.reference("kategori")) == 2


def test_a_reference_list_may_stand_by_itself() -> None:
    words = HEAD + (
        "operations:\n  list: {get: t, records: items}\n"
        "references:\n  kategori: {get: categories, records: '.', code: kode, label: nama}\n"
    )
    system, _ = talker(words, answer([{"kode": "A1"}]))
    assert system.reference("kategori") == [{"kode": "A1"}]
    assert system.can == {"pull", "reference:kategori"}
