"""Who an anonymous reporter is never goes to the reported office, whatever else happens at the same moment."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hub.domain.complaint import Flag
from hub.domain.privacy import Receiver, leaving
from hub.sync import erase, errand
from tests.sync.sync_country import Country, complaint_text
from tests.sync.sync_words import CORE, OFFICE, words
from tests.sync.test_both_ways import dispose

FLAGLESS = "\n".join(line for line in OFFICE.splitlines() if "is_anonymous" not in line and "is_conf" not in line)
PERSON = ("Warga Rekaan 1", "62811000", "0811000")


def said_to(peer: Any) -> str:
    return orjson.dumps([what for _, _, what in peer.ledger], default=str).decode()


def personal(text: str) -> list[str]:
    return [one for one in PERSON if one in text]


@pytest.mark.parametrize("flag", ["y", "?", None])
def test_no_payload_to_an_office_names_who_is_anonymous_or_may_be(country: Country, flag: str | None) -> None:
    country.words["office"] = words(FLAGLESS, "core_tracking_id")
    number = dispose(country)
    country.core.put(id=number, anonymous=flag, notes=[])
    country.core.note(number, "Mohon segera.", by="Warga Rekaan 1", kind="reply")
    for _ in range(3):
        country.round()
    assert len(country.office.made("create")) == 1
    assert personal(said_to(country.office)) == []
    assert personal(orjson.dumps(list(country.office.records.values())).decode()) == []


@pytest.mark.parametrize("value", [Flag.UNKNOWN, None])
@pytest.mark.parametrize("receiver", list(Receiver))
def test_a_flag_that_is_not_known_is_not_written_out_in_any_form(value: Flag | None, receiver: Receiver) -> None:
    complaint = {"title": "x", "is_anonymous": value, "is_confidential": Flag.YES}
    assert "is_anonymous" not in leaving(complaint, receiver).complaint


def test_a_flag_raised_while_the_words_are_being_found_stops_them(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = dispose(country)
    country.pull("core")
    original = errand.render

    def raised_meanwhile(*values: Any) -> Any:
        rendered = original(*values)
        monkeypatch.setattr("hub.sync.deliver.render", original)
        country.core.put(id=number, anonymous="y")
        assert country.pull("core").counts["changed"] == 1
        return rendered

    monkeypatch.setattr("hub.sync.deliver.render", raised_meanwhile)
    country.push("office")
    country.round()
    assert len(country.office.made("create")) == 1
    assert personal(said_to(country.office)) == []


def test_a_complaint_erased_while_the_words_are_being_found_is_not_said(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispose(country)
    country.pull("core")
    original = errand.render

    def erased_meanwhile(*values: Any) -> Any:
        rendered = original(*values)
        erase.run(country.hub, country.rows("complaint")[0].hub_id, by="uji")
        return rendered

    monkeypatch.setattr("hub.sync.deliver.render", erased_meanwhile)
    country.push("office")
    assert country.office.ledger == []


def test_a_person_is_no_key_to_ask_by(country: Country) -> None:
    country.words["office"] = words(OFFICE, "reporter.phone")
    country.words["core"] = words(CORE, "reporter.phone")
    country.office.put(**complaint_text(), state="new")
    dispose(country, 2)
    for _ in range(2):
        country.round()
    assert [row.key for row in country.rows("outbox") if row.key and "811000" in row.key] == []
