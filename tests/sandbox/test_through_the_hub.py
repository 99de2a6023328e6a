"""The country through the hub, with the bad days a server has: nothing lost, nothing twice, by the ledgers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.sandbox import people
from hub.sandbox.core import State
from hub.sandbox.judge import mark
from hub.sandbox.ledger import COMMENT, CREATE
from hub.sandbox.life import Pace
from hub.sandbox.people import Fate
from tests.sandbox.story import Story, story_of


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with story_of(tmp_path) as one:
        yield one


def test_complaints_follow_ups_and_statuses_travel_both_ways(story: Story) -> None:
    story.live()
    story.rest()
    assert story.country.disagreements() == []
    assert story.done("pusat", "push.delivered") > 0
    anonymous = [one for one in story.country.core.complaints.values() if one.anonymous and one.by == "warga"]
    assert anonymous, "nobody asked to be hidden, so this says nothing of exposure"
    desks = [desk.ledger for desk in story.country.desks]
    assert sum(bool(one.entries(CREATE, wire=True)) for one in desks) >= 2, "hardly anything was disposed"
    assert all(one.entries(COMMENT, wire=False) for one in desks), "an office answered nobody"


def test_a_complaint_lives_from_filing_to_closure(tmp_path: Path) -> None:
    with story_of(tmp_path, seed=3, pace=Pace(step=timedelta(hours=48), filed=3, local=0.5)) as story:
        story.live(2)
        for _ in range(11):
            story.country.step(filing=False)
            story.carry()
        story.rest()
        assert story.country.disagreements() == []
        assert any(one.state == State.CLOSED for one in story.country.core.complaints.values())


@pytest.mark.parametrize(
    ("system", "on"),
    [
        ("pusat", "POST /api/v3-asumsi/laporan"),
        ("pusat", "/tindak-lanjut"),
        ("provinsi", "POST /aduan/complaints"),
        ("kabupaten", "KirimAduan"),
    ],
)
def test_a_reply_cut_after_commit_is_looked_up_and_never_sent_blindly_again(story: Story, system: str, on: str) -> None:
    story.country.systems[system].faults.add("cut", on=on, times=2)
    story.live()
    story.rest()
    assert story.country.disagreements() == []
    twice = [name for name, count in _marks(story, system).items() if count > 1]
    assert not twice


def _marks(story: Story, system: str) -> Counter[str]:
    """How often each invented text was accepted by a system, over its wire."""
    ledger = story.country.systems[system].ledger
    texts = [str(value) for entry in ledger.entries(wire=True) if entry.operation in (CREATE, COMMENT)
             for value in entry.fields.values()]  # fmt: skip
    return Counter(found for found in map(mark, texts) if found)


@pytest.mark.parametrize("kind", ["html", "broken"])
def test_a_bad_day_of_the_core_loses_nothing(story: Story, kind: str) -> None:
    story.country.core.faults.add(kind, times=4, after=2)
    story.live()
    story.rest()
    assert story.country.disagreements() == []


def test_one_dead_system_stops_nobody_else(story: Story) -> None:
    story.country.province.stop()
    story.live(4)
    assert story.country.city.ledger.entries(CREATE, wire=True) or story.country.regency.ledger.entries(
        CREATE, wire=True
    )
    assert story.country.core.ledger.entries(COMMENT, wire=True)
    story.country.province.start()
    story.rest()
    assert story.country.disagreements() == []


def test_a_status_nobody_knows_is_an_issue_and_the_rest_goes_on(story: Story) -> None:
    known, strange = '"complaint_status_id":"followup"', '"complaint_status_id":"aneh"'
    story.country.province.faults.add("wrong", on="GET", find=known, put=strange)
    story.live()
    story.rest()
    issues = story.rows("select field, code from issue")
    assert issues
    assert {tuple(one) for one in issues} == {("status", "mapping.read.code")}
    assert {one.system for one in story.country.disagreements()} <= {"provinsi", "pusat"}
    assert {one.kind for one in story.country.disagreements()} <= {"status"}


def test_what_an_office_did_before_the_core_knew_of_it_arrives_behind_it(story: Story) -> None:
    story.country.core.faults.add("maintenance", on="POST", times=8)
    story.live()
    story.rest()
    assert story.country.disagreements() == []


def test_a_confidential_complaint_of_an_office_reaches_its_government_whole(story: Story) -> None:
    values = people.complaint(Fate(1), "office") | {"rahasia": "1", "anonim": "0", "id_instansi": "900310"}
    complaint = story.country.core.file(values, by="warga")
    story.carry()
    story.country.settle()
    (ticket,) = story.country.city.tickets.values()
    assert (ticket.lapor, ticket.values["body"]) == (complaint.tracking_id, complaint.body)


def test_a_refused_complaint_waits_with_the_systems_own_words(story: Story) -> None:
    story.country.regency.faults.add("refuse", on="KirimAduan", times=1, put="kuota habis")
    story.live()
    story.rest()
    refused = story.rows("select kind, code from outbox where state = 'refused'")
    assert [tuple(one) for one in refused] == [("create", "conversation.refused")]
    assert [(one.kind, one.system) for one in story.country.disagreements()] == [("lost", "kabupaten")]
