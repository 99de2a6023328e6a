"""Which complaint a record stands for: hand-typed numbers are claims, twins are joined, histories stay."""

from __future__ import annotations

from tests.sync.sync_country import Country, complaint_text
from tests.sync.sync_peer import ALL


def at_the_core(country: Country, number: str = "9001") -> None:
    country.core.put(id=number, **complaint_text(), state="sent", unit="999", disposed=country.now().isoformat())


def typed(country: Country, number: str = "9001") -> str:
    raw = country.office.put(**complaint_text(), state="new", lapor=number)
    return str(raw["id"])


def alive(country: Country) -> list[object]:
    return [row for row in country.rows("complaint") if row.merged_into is None]


def test_a_number_the_core_has_told_us_links_at_once(any_country: Country) -> None:
    country = any_country
    at_the_core(country)
    country.pull("core")
    typed(country)
    country.pull("office")
    assert len(country.rows("complaint")) == 1
    assert {link.role for link in country.rows("link")} == {"origin", "copy"}


def test_a_number_nobody_knows_here_is_asked_at_the_core_and_both_become_one(any_country: Country) -> None:
    country = any_country
    at_the_core(country)
    number = typed(country)
    country.office.note(number, "Sudah ditangani sejak kemarin.")
    country.pull("office")
    (row,) = country.rows("outbox")
    assert (row.kind, row.key, row.state) == ("verify", "9001", "waiting")
    country.push("core")
    (complaint,) = alive(country)
    assert complaint.core_tracking_id == "9001"
    open_links = [link for link in country.rows("link") if link.valid_until is None]
    assert {link.complaint_id for link in open_links} == {complaint.id}
    country.push("core")
    assert country.core.made("create") == []
    assert [text for _, text in country.core.made("comment")] == ["Sudah ditangani sejak kemarin."]
    assert country.pull("core").counts.get("created") is None


def test_both_known_apart_are_joined_and_the_history_of_both_stays(country: Country) -> None:
    number = typed(country)
    country.pull("office")
    at_the_core(country)
    country.pull("core")
    assert len(alive(country)) == 2
    country.push("core")
    (complaint,) = alive(country)
    (history,) = [row for row in country.rows("complaint") if row.merged_into is not None]
    assert history.merged_into == complaint.id
    assert country.values(history)["title"] == complaint_text()["title"]
    country.office.put(id=number, state="work")
    country.pull("office")
    assert alive(country)[0].status == "IN_PROGRESS"


def test_an_unknown_number_is_a_finding_and_nothing_is_created_anywhere(country: Country) -> None:
    typed(country, "404")
    for _ in range(3):
        country.round()
    assert country.core.made("create") == []
    assert [(finding.kind, finding.facts) for finding in country.rows("finding")] == [
        ("claim_unknown", {"number": "404"})
    ]
    (row,) = country.rows("outbox")
    assert (row.state, row.code) == ("refused", "sync.claim_unknown")


def test_a_corrected_number_is_asked_again(country: Country) -> None:
    at_the_core(country)
    number = typed(country, "9010")
    country.round()
    country.office.put(id=number, lapor="9001")
    country.round()
    country.round()
    (complaint,) = alive(country)
    assert complaint.core_tracking_id == "9001"
    assert [finding.state for finding in country.rows("finding", kind="claim_unknown")] == ["closed"]


def test_a_number_taken_away_again_makes_it_a_local_complaint(country: Country) -> None:
    number = typed(country, "404")
    country.round()
    country.office.put(id=number, lapor=None)
    country.round()
    assert len(country.core.made("create")) == 1


def test_a_second_local_ticket_of_the_same_complaint_is_a_duplicate_and_hears_nothing(country: Country) -> None:
    at_the_core(country)
    country.pull("core")
    first, second = typed(country), typed(country)
    country.pull("office")
    assert len(country.rows("complaint")) == 1
    assert sorted(link.role for link in country.rows("link")) == ["copy", "duplicate_of", "origin"]
    country.core.note("9001", "Tolong dipercepat ya.", "reporter", kind="reply")
    country.round()
    assert [number for number, _ in country.office.made("comment")] == [first]
    assert second in country.office.records


def test_a_core_that_cannot_be_asked_leaves_the_claim_to_a_person(country: Country) -> None:
    at_the_core(country)
    typed(country)
    country.core.can = ALL - {"find", "fetch"}
    country.pull("office")
    country.push("core")
    (row,) = country.rows("outbox")
    assert (row.state, row.code) == ("held", "sync.cannot_ask")


def test_an_agency_that_typed_the_number_itself_is_not_told_it_once_more(country: Country) -> None:
    at_the_core(country)
    country.pull("core")
    typed(country)
    for _ in range(3):
        country.round()
    assert country.office.ledger == []
