"""What comes in is stored once, whatever the order of the source, and unchanged records cost nothing."""

from __future__ import annotations

from tests.sync.sync_country import Country, complaint_text


def test_a_new_record_becomes_a_complaint_with_its_whole_story(any_country: Country) -> None:
    country = any_country
    country.office.put(**complaint_text(), state="new")
    result = country.pull("office")
    assert (result.outcome, result.counts["created"], result.counts["seen"]) == ("ok", 1, 1)
    (complaint,) = country.rows("complaint")
    assert country.values(complaint)["title"] == "Lampu jalan mati 1"
    assert (complaint.status, complaint.agency_code, complaint.is_anonymous) == ("RECEIVED", "33.73", "no")
    (raw,) = country.rows("raw")
    assert complaint.sources["title"] == raw.id
    (row,) = country.rows("outbox")
    assert (row.kind, row.state) == ("create", "waiting")
