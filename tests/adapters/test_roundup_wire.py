"""REST at the level of one call against the Roundup issue tracker."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.contract import WireError
from adapters.conversation import Answer, Request
from adapters.rest import Rest
from tests.adapters.loopback import setup
from tests.counterparts.servers import Roundup

pytestmark = pytest.mark.counterpart


def rest(tracker: Roundup, password: str | None = None) -> Rest:
    return Rest(
        setup(
            tracker.url + "rest/data/",
            secrets={"roundup": password or tracker.password},
            basic={"user": "hub", "password": "<secret.roundup>"},
            header=tracker.headers,
        )
    )


def listed(tracker: Roundup, *query: tuple[str, str]) -> Answer:
    return rest(tracker).send(Request("list", target="issue", query=query))


def patched(tracker: Roundup, number: str, version: str, body: dict[str, Any]) -> Answer:
    request = Request("update", "PATCH", f"issue/{number}", headers={"If-Match": version}, body=body)
    return rest(tracker).send(request)


def test_issues_are_listed_page_by_page(roundup: Roundup) -> None:
    for at in range(3):
        roundup.add(f"Aduan {at}")
    fields = ("@fields", "title,nomor_lapor")
    first = listed(roundup, ("@page_size", "2"), ("@page_index", "1"), fields)
    second = listed(roundup, ("@page_size", "2"), ("@page_index", "2"), fields)
    titles = [one["title"] for page in (first, second) for one in page.body["data"]["collection"]]
    assert titles == ["Aduan 0", "Aduan 1", "Aduan 2"]


def test_an_issue_is_made_and_its_number_told(roundup: Roundup) -> None:
    body = {"title": "Jalan “rusak” & banjir", "nomor_lapor": "9100001"}
    answer = rest(roundup).send(Request("create", "POST", "issue", body=body))
    assert answer.status == 201
    assert roundup.ledger()[answer.body["data"]["id"]]["title"] == "Jalan “rusak” & banjir"


def test_a_version_guard_holds(roundup: Roundup) -> None:
    number = roundup.add("Lampu mati")
    version = rest(roundup).send(Request("detail", target=f"issue/{number}")).headers["etag"]
    assert patched(roundup, number, version, {"@op": "replace", "alasan": "WEWENANG"}).status == 200
    assert patched(roundup, number, version, {"@op": "replace", "alasan": "lain"}).status == 412
    assert roundup.ledger()[number]["alasan"] == "WEWENANG"


def test_a_wrong_password_and_an_absent_issue_are_told_by_status(roundup: Roundup) -> None:
    assert rest(roundup, "sandi-yang-salah").send(Request("list", target="issue")).status == 401
    assert rest(roundup).send(Request("detail", target="issue/999")).status == 404


def test_a_lost_answer_to_a_create_may_have_been_carried_out(roundup: Roundup) -> None:
    roundup.network.play("lose")
    with pytest.raises(WireError) as caught:
        rest(roundup).send(Request("create", "POST", "issue", body={"title": "Jalan rusak"}))
    assert (caught.value.code, caught.value.sent) == ("wire.cut", True)
    assert [one["title"] for one in roundup.ledger().values()] == ["Jalan rusak"]
