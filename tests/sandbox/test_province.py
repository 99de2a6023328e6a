from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from hub.sandbox.country import SECRETS, Country

KEYS = {"Api-Key": SECRETS["sandbox-provinsi"], "X-Partner-Id": "hub"}
FILED = {
    "title": "Jembatan retak",
    "description": "Jembatan di jalan contoh retak memanjang.",
    "sp4n_id": "3000123",
    "user": {"name": "Misal Karangan"},
    "location": {"address": "Jalan Contoh", "latitude": "-6.900000"},
    "is_anonymous": False,
    "is_secret": True,
}


def _call(country: Country, method: str, path: str, **more: Any) -> requests.Response:
    return requests.request(method, f"{country.province.url}aduan/{path}", headers=KEYS, timeout=3, **more)


@pytest.fixture
def number(country: Country) -> str:
    return str(_call(country, "POST", "complaints", json=FILED).json()["data"]["id"])


def test_both_headers_are_needed(country: Country) -> None:
    one = {"Api-Key": KEYS["Api-Key"]}
    assert requests.get(country.province.url + "aduan/complaints", headers=one, timeout=3).status_code == 401


def test_a_created_record_reads_back_nested_with_its_quirks(country: Country, number: str) -> None:
    record = _call(country, "GET", f"complaints/{number}").json()["data"]
    assert number == "SWA021120260000001"
    assert (record["location"]["latitude"], record["location"]["longitude"]) == ("-6.900000", "")
    assert (record["is_secret"], record["complaint_status_id"]) == (True, "unverified")
    assert json.loads(record["detail"]) == {"note": "", "unit": ""}
    assert record["created_at"] == "2026-11-02T01:00:00.000000Z"


def test_short_descriptions_are_refused(country: Country) -> None:
    answer = _call(country, "POST", "complaints", json={**FILED, "description": "pendek"})
    assert answer.status_code == 422
    assert not country.province.tickets


def test_the_tracking_number_is_found_by_filter(country: Country, number: str) -> None:
    _call(country, "POST", "complaints", json={**FILED, "sp4n_id": "3999999"})
    found = _call(country, "GET", "complaints", params={"sp4n_id": "3000123"}).json()["data"]
    assert [one["id"] for one in found] == [number]


def test_a_tracking_number_of_letters_is_refused(country: Country, number: str) -> None:
    assert _call(country, "POST", f"complaints/{number}/add-sp4n", json={"sp4n_id": "SP-1"}).status_code == 422


def test_status_and_note_change_and_unknown_status_does_not(country: Country, number: str) -> None:
    changed = {"status": "diverted_to_span", "note": "bukan wewenang"}
    assert _call(country, "PUT", f"complaints/{number}/change-status", json=changed).status_code == 200
    assert _call(country, "PUT", f"complaints/{number}/change-status", json={"status": "xx"}).status_code == 422
    record = _call(country, "GET", f"complaints/{number}").json()["data"]
    assert record["complaint_status_id"] == "diverted_to_span"
    assert json.loads(record["detail"])["note"] == "bukan wewenang"


def test_a_follow_up_stands_in_the_record_under_its_number(country: Country, number: str) -> None:
    given = _call(country, "POST", f"complaints/{number}/followups", json={"note": "Ditinjau"}).json()["data"]["id"]
    [entry] = _call(country, "GET", f"complaints/{number}").json()["data"]["followups"]
    assert (entry["id"], entry["note"], entry["created_by"]) == (given, "Ditinjau", "hub")


def test_an_update_changes_only_what_is_sent(country: Country, number: str) -> None:
    _call(country, "PUT", f"complaints/{number}", json={"title": "Jembatan patah"})
    record = _call(country, "GET", f"complaints/{number}").json()["data"]
    assert (record["title"], record["sp4n_id"], record["is_secret"]) == ("Jembatan patah", "3000123", True)
