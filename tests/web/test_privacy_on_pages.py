"""Personal data is for those who may see it, and looking leaves a line."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from hub.home import Hub
from hub.store.tables import audit
from tests.web import town
from tests.web.test_doors import pages, place
from tests.web.town import Sign, csrf

PERSONAL = (town.NAME, town.PHONE, town.EMAIL, town.QUARANTINED)


def audited(hub: Hub, what: str) -> list[tuple[str, str]]:
    with hub.store.read() as conn:
        return [tuple(row) for row in conn.execute(select(audit.c.who, audit.c.object).where(audit.c.what == what))]


@pytest.mark.parametrize("name", ["viewer", "operator", "admin"])
def test_no_page_shows_a_person_or_a_secret_unasked(name: str, app: Flask, sign: Sign) -> None:
    client = sign(name)
    for endpoint, method in pages(app).items():
        if method == "GET":
            text = client.get(place(app, endpoint), buffered=True).text
            found = [word for word in (*PERSONAL, town.SECRET, "scrypt:") if word in text]
            # what an officer wrote is content: those who may read the complaint read it, names and all
            if endpoint == "complaints.one":
                found = [word for word in found if word != town.NAME or f"menemui {town.NAME}" not in text]
            assert not found, endpoint


def test_an_operator_reads_the_text_of_a_protected_complaint_of_their_agency(sign: Sign) -> None:
    assert town.BODY in sign("operator").get(f"/aduan/{town.GUARDED}").text


def test_a_viewer_reads_a_public_text_and_no_protected_one(sign: Sign) -> None:
    client = sign("viewer")
    assert town.BODY in client.get(f"/aduan/{town.OPEN}").text
    guarded = client.get(f"/aduan/{town.GUARDED}").text
    assert not [word for word in (town.BODY, town.PLACE, "Lampu padam 2", *PERSONAL) if word in guarded]


def test_the_list_hides_titles_from_those_who_may_not_read_them(sign: Sign) -> None:
    text = sign("viewer").get("/aduan").text
    assert "Lampu padam 1" in text
    assert "Lampu padam 2" not in text


def test_asking_for_the_reporter_shows_it_and_is_written_down(hub: Hub, sign: Sign) -> None:
    client = sign("operator")
    answer = client.post(f"/aduan/{town.OPEN}/pelapor", data={"csrf_token": csrf(client)})
    assert town.PHONE in answer.text
    assert audited(hub, "complaint.revealed") == [("operator", town.OPEN)]


def test_who_is_anonymous_stays_so_for_the_reported_side(hub: Hub, sign: Sign) -> None:
    client = sign("operator")
    answer = client.post(f"/aduan/{town.GUARDED}/pelapor", data={"csrf_token": csrf(client)})
    assert answer.status_code == 403
    assert town.PHONE not in answer.text
    assert audited(hub, "complaint.revealed") == []


def test_an_administrator_looks_behind_anonymity_and_that_is_written_down(hub: Hub, sign: Sign) -> None:
    client = sign("admin")
    answer = client.post(f"/aduan/{town.GUARDED}/pelapor", data={"csrf_token": csrf(client)})
    assert town.PHONE in answer.text
    assert audited(hub, "complaint.revealed") == [("admin", town.GUARDED)]


def test_a_payload_is_shown_on_request_only_and_written_down(hub: Hub, sign: Sign) -> None:
    client = sign("admin")
    assert town.SENT not in client.get("/menunggu/2").text
    assert town.SENT in client.post("/menunggu/2/isi", data={"csrf_token": csrf(client)}).text
    assert audited(hub, "payload.read") == [("admin", town.OPEN)]


def test_quarantine_shows_shapes_until_an_administrator_asks(hub: Hub, sign: Sign) -> None:
    client = sign("admin")
    shape = client.get("/karantina/1").text
    assert "AAA-99" in shape
    assert town.QUARANTINED not in shape
    assert town.QUARANTINED in client.post("/karantina/1/mentah", data={"csrf_token": csrf(client)}).text
    assert audited(hub, "quarantine.revealed") == [("admin", "1")]


def test_another_agencys_complaint_does_not_exist_for_a_person(sign: Sign) -> None:
    client = sign("operator")
    assert client.get(f"/aduan/{town.ELSEWHERE}").status_code == 404
    assert client.get("/konektor/kab-contoh").status_code == 404
    assert "9165900" not in client.get("/aduan").text
    assert "kab-contoh" not in client.get("/konektor").text + client.get("/proses").text + client.get("/").text


def test_an_erased_complaint_says_so_and_shows_nothing(hub: Hub, sign: Sign) -> None:
    from hub.store import complaints

    with hub.store.begin() as conn:
        complaints.erase(conn, 1, town.NOW)
    text = sign("admin").get(f"/aduan/{town.OPEN}").text
    assert "dihapus permanen" in text
    assert town.BODY not in text
