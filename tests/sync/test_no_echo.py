"""Promise 4: what we wrote is no news, whatever the peer made of it; hand-typed twins are held."""

from __future__ import annotations

from typing import Any

from adapters.contract import Outcome
from tests.sync.sync_country import Country, complaint_text
from tests.sync.sync_peer import ALL


def disposed(country: Country) -> str:
    raw = country.core.put(**complaint_text(), state="sent", unit="501", disposed=country.now().isoformat())
    country.pull("core")
    return str(raw["id"])


def local_number(country: Country) -> str:
    return country.office.made("create")[0][0]


def shouting(raw: dict[str, Any]) -> dict[str, Any]:
    """System I of the field study: it upper-cases and cuts what is written."""
    return {
        name: value.upper()[:40] if isinstance(value, str) and name in _TEXTS else value for name, value in raw.items()
    }


_TEXTS = ("title", "body", "text")


def test_a_field_that_reads_back_altered_is_base_and_a_finding_and_never_news(country: Country) -> None:
    disposed(country)
    country.office.alter = shouting
    for _ in range(4):
        country.round()
    (complaint,) = country.rows("complaint")
    assert country.values(complaint)["body_original"] == complaint_text()["body"]
    assert country.core.made("update") == []
    assert country.office.made("update") == []
    fields = {finding.field for finding in country.rows("finding", kind="altered_by_peer")}
    assert fields == {"title", "body_original"}


def test_the_same_holds_where_the_system_cannot_be_read_back(country: Country) -> None:
    disposed(country)
    country.office.can = ALL - {"fetch"}
    country.office.alter = shouting
    country.push("office")
    assert country.rows("outbox")[0].state == "sent"
    for _ in range(3):
        country.round()
    assert country.core.made("update") == []
    assert country.rows("outbox")[0].state == "delivered"
    assert len(country.rows("complaint")) == 1


def test_our_comment_is_known_again_though_the_system_gave_it_no_number_and_cut_it(country: Country) -> None:
    number = disposed(country)
    country.push("office")
    country.office.alter = shouting
    country.office.outcome = lambda outcome: Outcome(outcome.kind, outcome.system_id)
    country.core.note(number, "Mohon segera diperbaiki karena gelap sekali di malam hari.", "reporter", kind="reply")
    for _ in range(3):
        country.round()
    (comment,) = country.office.made("comment")
    assert comment[1].startswith("Mohon")
    assert len(country.rows("event")) == 1
    assert country.core.made("comment") == []
    (place,) = country.rows("event_link")
    assert place.key == f"{local_number(country)}-1"


def test_a_text_that_somebody_typed_again_by_hand_is_held(country: Country) -> None:
    number = disposed(country)
    country.push("office")
    country.office.note(local_number(country), "Sudah diperbaiki, terima kasih!")
    country.pull("office")
    country.core.note(number, "sudah diperbaiki terima kasih", "admin", kind="answer")
    country.pull("core")
    states = [(event.state, event.twin_id is not None) for event in country.rows("event")]
    assert states == [("kept", False), ("held", True)]
    country.push("office")
    assert country.office.made("comment") == []


def test_the_same_words_weeks_later_are_said_again(country: Country) -> None:
    number = disposed(country)
    country.push("office")
    country.office.note(local_number(country), "Sudah diperbaiki.")
    country.pull("office")
    country.wait(days=20)
    country.core.note(number, "Sudah diperbaiki.", "admin", kind="answer")
    country.pull("core")
    assert [event.state for event in country.rows("event")] == ["kept", "kept"]


def test_an_edited_follow_up_is_a_finding_and_does_not_overwrite(country: Country) -> None:
    disposed(country)
    country.push("office")
    number = local_number(country)
    country.office.note(number, "Sudah diperbaiki.")
    country.pull("office")
    country.office.records[number]["notes"][0]["text"] = "Belum diperbaiki."
    country.office.put(id=number)
    country.pull("office")
    assert len(country.rows("event")) == 1
    assert [finding.kind for finding in country.rows("finding")] == ["event_edited"]


def test_news_that_came_between_the_last_pull_and_our_write_is_not_swallowed(country: Country) -> None:
    raw = country.office.put(**complaint_text(), state="new")
    country.pull("office")
    country.push("core")
    country.office.put(id=raw["id"], state="work", address="Jalan Rekaan 7")
    country.push("office")  # writes the tracking ID, reads back, and sees the officer's changes
    (complaint,) = country.rows("complaint")
    assert country.values(complaint)["location.address"] == "Jalan Rekaan 7"
    assert complaint.status == "IN_PROGRESS"
    country.push("core")
    assert country.core.records[complaint.core_tracking_id]["state"] == "work"
    assert country.office.records[raw["id"]]["address"] == "Jalan Rekaan 7"


def test_our_own_write_costs_nothing_on_the_next_pull(country: Country) -> None:
    disposed(country)
    country.push("office")
    result = country.pull("office")
    assert result.counts["unchanged"] == 1
    assert "stored" not in result.counts
