"""What a system does by itself when we write there: a reply that reopens a ticket is nobody's decision."""

from __future__ import annotations

from typing import Any

from tests.sync.sync_country import Country, complaint_text


def answered(country: Country) -> tuple[str, str]:
    """A complaint that the office has answered: its numbers at the core and there."""
    raw = country.core.put(**complaint_text(), state="sent", unit="501", disposed=country.now().isoformat())
    country.round()
    local = country.office.made("create")[0][0]
    country.office.note(local, "Lampu sudah diganti oleh petugas.")
    country.office.put(id=local, state="answered")
    country.round()
    country.round()
    return str(raw["id"]), local


def reply(country: Country, number: str) -> None:
    country.wait(minutes=1)
    country.core.note(number, "Terima kasih, tetapi masih mati.", by="reporter", kind="reply")


def reopens(country: Country, local: str) -> Any:
    """As ticket systems do: a new reply opens the ticket again."""

    def after(call: str) -> None:
        if call == "comment":
            country.office.put(id=local, state="work")

    return after


def test_a_reply_of_ours_that_reopens_is_no_news_for_the_core(country: Country) -> None:
    number, local = answered(country)
    told = len(country.core.ledger)
    reply(country, number)
    country.office.after = reopens(country, local)
    for _ in range(3):
        country.round()
    assert country.office.records[local]["state"] == "work"
    assert len(country.core.ledger) == told


def test_what_an_officer_did_just_before_our_reply_is_news_all_the_same(country: Country) -> None:
    number, local = answered(country)
    reply(country, number)
    country.pull("core")
    country.office.put(id=local, state="back")  # nobody has pulled this yet
    country.push("office")
    for _ in range(3):
        country.round()
    assert country.core.records[number]["state"] == "back"
