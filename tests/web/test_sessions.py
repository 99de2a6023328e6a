"""In and out: passwords, cookies, time-outs, lock-out, and headers of every answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub.home import Hub
from hub.store import users
from hub.web import create_app
from tests.web import town
from tests.web.town import Sign, csrf


def enter(client: FlaskClient, name: str, password: str, target: str = "", **options: str) -> object:
    data = {"name": name, "password": password, "next": target, "csrf_token": csrf(client, "/masuk")}
    return client.post("/masuk", data=data, **options)


def test_the_right_password_opens_the_overview(sign: Sign) -> None:
    client = sign(None)
    assert enter(client, "viewer", town.PASSWORD).headers["Location"] == "/"
    assert "Ikhtisar" in client.get("/").text


@pytest.mark.parametrize("name", ["viewer", "tidak-ada"])
def test_a_wrong_password_and_an_unknown_name_read_the_same(name: str, sign: Sign) -> None:
    answer = enter(sign(None), name, "bukan ini sama sekali")
    assert answer.status_code == 403
    known = enter(sign(None), "operator", "bukan ini sama sekali")
    assert answer.text.count('role="alert"') == known.text.count('role="alert"') == 1
    assert (
        answer.text.split('role="alert"')[1].split("</div>")[0]
        == known.text.split('role="alert"')[1].split("</div>")[0]
    )


def test_five_wrong_passwords_lock_the_account_for_the_right_one_too(sign: Sign) -> None:
    client = sign(None)
    for _ in range(users.MOST_FAILURES):
        enter(client, "viewer", "salah salah salah")
    assert enter(client, "viewer", town.PASSWORD).status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(sign: Sign) -> None:
    cookie = enter(sign(None), "viewer", town.PASSWORD).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_over_https(app: Flask) -> None:
    client = app.test_client()
    url = "https://hub.example"
    page = client.get("/masuk", base_url=url).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"name": "viewer", "password": town.PASSWORD, "csrf_token": token}
    assert "Secure" in client.post("/masuk", data=data, base_url=url).headers["Set-Cookie"]


@pytest.mark.parametrize(
    "target", ["https://jahat.example/", "//jahat.example", "/\\jahat.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(target: str, sign: Sign) -> None:
    assert enter(sign(None), "viewer", town.PASSWORD, target).headers["Location"] == "/"


def test_an_idle_session_ends(hub: Hub) -> None:
    moment = town.NOW
    later = Hub(hub.home, hub.store, lambda: moment, hub.environ)
    client = create_app(later).test_client()
    enter(client, "viewer", town.PASSWORD)
    assert client.get("/").status_code == 200
    moment += timedelta(minutes=59)
    assert client.get("/").status_code == 200
    moment += timedelta(minutes=61)
    assert client.get("/").status_code == 302


def test_a_new_password_ends_every_other_session(hub: Hub, sign: Sign) -> None:
    mine, other = sign("viewer"), sign("viewer")
    data = {"old": town.PASSWORD, "new": "kata sandi yang baru", "csrf_token": csrf(mine)}
    assert mine.post("/akun/sandi", data=data).status_code == 302
    assert mine.get("/akun").status_code == 200
    assert other.get("/akun").status_code == 302


def test_a_short_or_unproved_new_password_changes_nothing(sign: Sign) -> None:
    client = sign("viewer")
    for old, new in ((town.PASSWORD, "pendek"), ("bukan yang lama", "kata sandi yang baru")):
        assert client.post("/akun/sandi", data={"old": old, "new": new, "csrf_token": csrf(client)}).status_code == 400
    assert client.get("/akun").status_code == 200


def test_a_disabled_user_is_out_at_once(hub: Hub, sign: Sign) -> None:
    client = sign("viewer")
    with hub.store.begin() as conn:
        users.set_disabled(conn, "viewer", True, by="uji", now=town.NOW)
    assert client.get("/").status_code == 302


def test_signing_out_ends_the_session(sign: Sign) -> None:
    client = sign("viewer")
    client.post("/keluar", data={"csrf_token": csrf(client)})
    assert client.get("/").status_code == 302


def test_a_forged_cookie_opens_nothing(sign: Sign) -> None:
    client = sign(None)
    client.set_cookie("hub", "eyJ3aG8iOiJhZG1pbiIsImdlbmVyYXRpb24iOjEsImF0IjoxNzcyNDEzMjAwfQ.aaaaaa.bbbbbb")
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("path", ["/", "/masuk", "/tidak/ada", "/healthz", "/static/hub.css", "/api/v1/health"])
def test_every_answer_forbids_foreign_code_and_frames(path: str, sign: Sign) -> None:
    headers = sign("admin").get(path, buffered=True).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_no_template_needs_inline_code_or_style() -> None:
    from pathlib import Path

    import hub.web

    for path in (Path(hub.web.__file__).parent / "templates").iterdir():
        text = path.read_text("utf-8")
        assert " style=" not in text, path.name
        assert "<style" not in text, path.name
        assert "<script>" not in text, path.name
        assert " onclick" not in text, path.name
        assert "http://" not in text, path.name
        assert "https://" not in text, path.name


def test_a_broken_page_tells_its_reader_nothing_of_the_inside(
    app: Flask, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_(*_: object, **__: object) -> None:
        raise RuntimeError("nama: Rahayu Rekaan")

    monkeypatch.setattr("hub.web.rooms.runs.moving.runs", break_)
    answer = sign("admin").get("/proses")
    assert answer.status_code == 500
    assert "Rahayu" not in answer.text
