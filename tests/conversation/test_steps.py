"""Several calls, a durable receipt after each, and a crash between any two of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.contract import Change, ChangeKind, OutcomeKind
from adapters.conversation import Answer, Request
from hub.mapping.faults import MappingError
from tests.conversation.play import HEAD, Memory, answer, compiled, talker

WORDS = (
    HEAD
    + """
events:
  - {call: log, key: id, fields: [{event: text, system: catatan}]}
operations:
  log:         {get: t/<id>/log, records: rows}
  find:        {get: t, query: {no: <key>}, records: items, verify: core_tracking_id}
  upload:      {post: files, as: multipart, body: {f: {file: attachment}}, answer: {id: token}}
  find_person: {get: people, query: {hp: <fields.hp>}, records: items}
  add_person:  {post: people, body: {hp: <fields.hp>}, answer: {id: id}}
  add_ticket:  {post: t, body: {from: fields, plus: {orang: <person.id>, berkas: <upload.token>}}, answer: {id: id}}
  add_note:    {post: t/<id>/notes, body: {catatan: <text>}}
  create:
    steps:
      - upload: {each: attachments, call: upload, keep: {token: token}, again: repeat}
      - person: {call: find_person, else: add_person, keep: id, again: find}
      - ticket: {call: add_ticket, keep: id, again: find}
      - note:   {call: add_note, again: find, failure: warn}
"""
)
CHANGE = Change(
    ChangeKind.CREATE,
    fields={"judul": "Lampu", "hp": "0812"},
    attachments=[{"name": "a.jpg", "content": "YQ=="}, {"name": "b.jpg", "content": "Yg=="}],
    text="Dari SP4N",
    key="9165816",
)


class Office:
    """A small system that keeps what it is told: the judge of what really happened."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.people: list[dict[str, Any]] = []
        self.tickets: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Answer:
        match request.method, request.target:
            case "POST", "files":
                self.files.append(request.body["f"].name)
                return answer({"token": f"f{len(self.files)}"})
            case "GET", "people":
                return answer({"items": [one for one in self.people if one["hp"] == dict(request.query)["hp"]]})
            case "POST", "people":
                self.people.append({"id": len(self.people) + 1, **request.body})
                return answer(self.people[-1])
            case "POST", "t":
                self.tickets.append({"id": 40 + len(self.tickets), **request.body, "nomor_lapor": "9165816"})
                return answer(self.tickets[-1])
            case "GET", "t":
                return answer(
                    {"items": [one for one in self.tickets if one["nomor_lapor"] == dict(request.query)["no"]]}
                )
            case "GET", _:
                return answer({"rows": self.notes})
        self.notes.append({"id": len(self.notes) + 1, **request.body})
        return answer({"ok": 1})


class Killed(BaseException):
    pass


class Mortal(Memory):
    """Dies at its n-th ``begin`` or ``keep``, before or after it is written."""

    def __init__(self, dies_at: int) -> None:
        super().__init__()
        self.left = dies_at

    def begin(self, step: str) -> None:
        self._live()
        super().begin(step)
        self._live()

    def keep(self, step: str, result: Mapping[str, Any]) -> None:
        self._live()
        super().keep(step, result)
        self._live()

    def _live(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


def test_what_a_step_keeps_goes_into_the_next() -> None:
    office = Office()
    outcome = talker(WORDS, office)[0].push(CHANGE, Memory())
    assert (outcome.kind, outcome.system_id) == (OutcomeKind.DONE, "40")
    assert office.tickets == [
        {"id": 40, "judul": "Lampu", "hp": "0812", "orang": "1", "berkas": ["f1", "f2"], "nomor_lapor": "9165816"}
    ]
    assert office.notes == [{"id": 1, "catatan": "Dari SP4N"}]


def test_a_person_who_is_there_is_not_added() -> None:
    office = Office()
    office.people = [{"id": 7, "hp": "0812"}]
    talker(WORDS, office)[0].push(CHANGE, Memory())
    assert len(office.people) == 1
    assert office.tickets[0]["orang"] == "7"


def test_two_people_are_nobody_in_particular() -> None:
    office = Office()
    office.people = [{"id": 7, "hp": "0812"}, {"id": 8, "hp": "0812"}]
    talker(WORDS, office)[0].push(CHANGE, Memory())
    assert office.tickets[0]["orang"] == "3"


@pytest.mark.parametrize("moment", range(1, 21))
def test_killed_at_any_instant_the_next_worker_makes_one_ticket_one_person_one_note(moment: int) -> None:
    office, memory = Office(), Mortal(moment)
    with pytest.raises(Killed):
        talker(WORDS, office)[0].push(CHANGE, memory)
    outcome = talker(WORDS, office)[0].push(CHANGE, memory)
    if outcome.kind is OutcomeKind.UNKNOWN:  # begun, nothing found: sync asks twice, then says absent
        assert not office.tickets
        memory.keep(outcome.facts["step"], {"nothing": "absent"})
        outcome = talker(WORDS, office)[0].push(CHANGE, memory)
    assert (outcome.kind, outcome.system_id) == (OutcomeKind.DONE, "40")
    assert (len(office.tickets), len(office.people), len(office.notes)) == (1, 1, 1)
    assert sorted(set(office.files)) == ["a.jpg", "b.jpg"]


def test_the_moments_above_are_all_there_are() -> None:
    memory = Mortal(21)
    talker(WORDS, Office())[0].push(CHANGE, memory)
    assert memory.left == 1


def test_a_note_that_fails_undoes_nothing() -> None:
    office = Office()

    def without_notes(request: Request) -> Answer:
        return answer(None, 422) if "notes" in request.target else office(request)

    outcome = talker(WORDS, without_notes)[0].push(CHANGE, Memory())
    assert (outcome.kind, outcome.warnings) == (OutcomeKind.DONE, ("note",))


def test_a_refused_step_refuses_the_whole_and_keeps_what_is_done() -> None:
    office, memory = Office(), Memory()

    def strict(request: Request) -> Answer:
        return answer({"e": 1}, 422) if (request.method, request.target) == ("POST", "t") else office(request)

    assert talker(WORDS, strict)[0].push(CHANGE, memory).kind is OutcomeKind.REFUSED
    assert talker(WORDS, office)[0].push(CHANGE, memory).kind is OutcomeKind.DONE
    assert office.files == ["a.jpg", "b.jpg"]
    assert len(office.people) == 1


def test_a_look_up_that_fails_waits() -> None:
    office = Office()

    def busy(request: Request) -> Answer:
        return answer(None, 503) if request.target == "people" else office(request)

    assert talker(WORDS, busy)[0].push(CHANGE, Memory()).kind is OutcomeKind.LATER
    assert office.tickets == []


def test_a_step_that_may_not_be_repeated_waits_for_a_person() -> None:
    words = WORDS.replace("keep: id, again: find}\n      - note", "keep: id, again: never}\n      - note")
    memory = Memory()
    memory.begin("create.ticket")
    office = Office()
    outcome = talker(words, office)[0].push(CHANGE, memory)
    assert (outcome.kind, outcome.facts["step"]) == (OutcomeKind.UNKNOWN, "create.ticket")
    assert office.tickets == []


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("call: add_note", "call: add_nota", "conversation.unknown_operation_near"),
        ("- ticket: {call: add_ticket, keep: id", "- ticket: {call: add_ticket", "conversation.step_no_maker"),
        ("- note:", "- ticket:", "conversation.step_twice"),
        (
            "  find:        {get: t, query: {no: <key>}, records: items, verify: core_tracking_id}\n",
            "",
            "conversation.look_undeclared",
        ),
        ("orang: <person.id>", "orang: <orang.id>", "mapping.slot.unknown"),
    ],
)
def test_steps_that_cannot_work_are_refused_before_the_first_call(before: str, after: str, code: str) -> None:
    assert before in WORDS
    with pytest.raises(MappingError) as error:
        compiled(WORDS.replace(before, after))
    assert code in {fault.code for fault in error.value.faults}
