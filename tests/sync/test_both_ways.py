"""One complaint's way: to the agency, its follow-up back, and one filed locally to the core and its number home."""

from __future__ import annotations

from tests.sync.sync_country import Country, complaint_text


def dispose(country: Country, number: int = 1) -> str:
    """The core sends a complaint to the office."""
    raw = country.core.put(**complaint_text(number), state="sent", unit="501", disposed=country.now().isoformat())
    return str(raw["id"])


def test_a_disposed_complaint_reaches_the_agency_once(any_country: Country) -> None:
    country = any_country
    number = dispose(country)
    for _ in range(3):
        country.round()
    ((created, fields),) = country.office.made("create")
    assert (fields["title"], fields["lapor"]) == ("Lampu jalan mati 1", number)
    assert [row.state for row in country.rows("outbox")] == ["delivered"]
    assert len(country.rows("complaint")) == 1
    assert {link.role for link in country.rows("link")} == {"origin", "copy"}
    assert country.office.records[created]["lapor"] == number


def test_a_follow_up_comes_back_to_the_core_and_is_no_echo(any_country: Country) -> None:
    country = any_country
    number = dispose(country)
    country.round()
    ((local, _),) = country.office.made("create")
    country.wait(minutes=1)
    country.office.note(local, "Lampu sudah diganti oleh petugas.")
    country.office.put(id=local, state="answered")
    for _ in range(3):
        country.round()
    assert [text for _, text in country.core.made("comment")] == ["Lampu sudah diganti oleh petugas."]
    assert country.core.records[number]["state"] == "answered"
    assert country.office.made("comment") == []
    assert country.office.made("update") == []
    assert [event.state for event in country.rows("event")] == ["kept"]
    assert country.rows("complaint")[0].status == "RESPONDED"


def test_a_complaint_filed_locally_goes_to_the_core_and_its_number_comes_home(any_country: Country) -> None:
    country = any_country
    raw = country.office.put(**complaint_text(), state="new")
    for _ in range(3):
        country.round()
    ((number, fields),) = country.core.made("create")
    assert fields["body"] == raw["body"]
    assert country.office.records[raw["id"]]["lapor"] == number
    assert [number for number, _ in country.office.made("update")] == [raw["id"]]
    assert country.rows("complaint")[0].core_tracking_id == number
    assert {row.state for row in country.rows("outbox")} == {"delivered"}
