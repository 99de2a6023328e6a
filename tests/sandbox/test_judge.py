"""The judge must be able to say no: each kind of disagreement is planted and found."""

from __future__ import annotations

from hub.sandbox import people
from hub.sandbox.core import Complaint
from hub.sandbox.country import Country
from hub.sandbox.desk import Stage, Ticket
from hub.sandbox.people import Fate


def _filed(country: Country, **more: str) -> Complaint:
    filed = people.complaint(Fate(7), "judge") | {"anonim": "0", "id_instansi": "900100"} | more
    return country.core.file(filed, by="warga")


def _arrived(country: Country, complaint: Complaint) -> Ticket:
    return country.province.create({"body": complaint.body}, by="hub", lapor=complaint.tracking_id)


def _kinds(country: Country) -> list[tuple[str, str, str]]:
    return [(one.kind, one.system, one.about) for one in country.disagreements()]


def test_what_arrived_once_is_agreed(quiet: Country) -> None:
    _arrived(quiet, _filed(quiet))
    assert _kinds(quiet) == []


def test_a_complaint_that_did_not_arrive_is_lost(quiet: Country) -> None:
    _filed(quiet)
    assert _kinds(quiet) == [("lost", "provinsi", "complaint")]


def test_an_office_is_served_by_its_governments_desk(quiet: Country) -> None:
    _filed(quiet, id_instansi="900310")
    assert _kinds(quiet) == [("lost", "kota", "complaint")]


def test_a_complaint_that_arrived_twice_is_doubled(quiet: Country) -> None:
    complaint = _filed(quiet)
    _arrived(quiet, complaint)
    _arrived(quiet, complaint)
    assert _kinds(quiet) == [("doubled", "provinsi", "complaint")]


def test_a_local_complaint_must_stand_at_the_core_and_know_its_number(quiet: Country) -> None:
    filed = people.complaint(Fate(7), "local")
    ticket = quiet.province.create(people.local(filed), by="warga")
    assert _kinds(quiet) == [("lost", "pusat", "complaint")]
    complaint = quiet.core.file({**filed, "id_instansi": "900100"}, by="hub")
    assert ("unlinked", "provinsi", "core number") in _kinds(quiet)
    ticket.lapor = complaint.tracking_id
    assert _kinds(quiet) == []


def test_an_answer_must_arrive_once(quiet: Country) -> None:
    complaint = _filed(quiet)
    ticket = _arrived(quiet, complaint)
    answer = quiet.province.answer(ticket, people.words(Fate(7), "answers", 1), by="petugas")
    quiet.province.move(ticket, Stage.WORKING)
    assert ("lost", "pusat", "follow-up") in _kinds(quiet)
    quiet.core.follow_up(complaint, answer.text, "900100", by="hub")
    assert _kinds(quiet) == []
    quiet.core.follow_up(complaint, answer.text, "900100", by="hub")
    assert _kinds(quiet) == [("doubled", "pusat", "follow-up")]


def test_a_reply_must_arrive_at_the_agency(quiet: Country) -> None:
    complaint = _filed(quiet)
    ticket = _arrived(quiet, complaint)
    quiet.core.reply(complaint, people.words(Fate(7), "replies", 1))
    quiet.province.move(ticket, Stage.DONE)
    assert _kinds(quiet) == [("lost", "provinsi", "reply")]


def test_statuses_that_do_not_fit_are_named(quiet: Country) -> None:
    quiet.province.move(_arrived(quiet, _filed(quiet)), Stage.DONE)
    assert _kinds(quiet) == [("status", "provinsi", "finished / DISPOSED")]


def test_a_hidden_name_at_the_agency_is_an_exposure(quiet: Country) -> None:
    complaint = _filed(quiet, anonim="1")
    _arrived(quiet, complaint).values["name"] = complaint.reporter["nama"]
    assert _kinds(quiet) == [("exposed", "provinsi", "identity")]
