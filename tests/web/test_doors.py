"""Who may open what: every page, for everybody, from one list that must name them all."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from hub import actions
from hub.web.door import need_of
from tests.web.town import Sign, csrf

ROLES = ("viewer", "operator", "administrator")
NEEDS = {
    "login.page": "public",
    "login.enter_page": "public",
    "login.out": "public",
    "login.language": "public",
    "probes.healthz": "public",
    "probes.readyz": "public",
    "probes.metrics_page": "public",
    "probes.favicon": "public",
    "overview.page": "viewer",
    "overview.stop_pushes": "administrator",
    "overview.start_pushes": "administrator",
    "connectors.page": "viewer",
    "connectors.one": "viewer",
    "connectors.check": "operator",
    "connectors.sync": "operator",
    "connectors.pause": "operator",
    "connectors.resume": "operator",
    "connectors.live": "administrator",
    "runs.page": "viewer",
    "runs.one": "viewer",
    "waiting.page": "viewer",
    "waiting.one": "viewer",
    "waiting.payload": "operator",
    "waiting.arrived": "operator",
    "waiting.not_arrived": "operator",
    "waiting.drop": "operator",
    "waiting.again": "operator",
    "quarantine.page": "viewer",
    "quarantine.cause": "viewer",
    "quarantine.one": "viewer",
    "quarantine.reveal": "administrator",
    "quarantine.replay": "operator",
    "quarantine.replay_cause": "operator",
    "quarantine.dismiss": "operator",
    "complaints.page": "viewer",
    "complaints.one": "viewer",
    "complaints.reveal": "operator",
    "mappings.page": "viewer",
    "mappings.one": "viewer",
    "audit.page": "administrator",
    "account.page": "viewer",
    "account.password": "viewer",
}
PLACES = {
    "connectors.one": "/konektor/kota-contoh",
    "connectors.check": "/konektor/kota-contoh/periksa",
    "connectors.sync": "/konektor/kota-contoh/sinkron",
    "connectors.pause": "/konektor/kota-contoh/jeda",
    "connectors.resume": "/konektor/kota-contoh/lanjut",
    "connectors.live": "/konektor/kota-contoh/siaran",
    "runs.one": "/proses/1",
    "waiting.one": "/menunggu/2",
    "waiting.payload": "/menunggu/2/isi",
    "waiting.arrived": "/menunggu/2/sampai",
    "waiting.not_arrived": "/menunggu/2/belum",
    "waiting.again": "/menunggu/3/ulang",
    "waiting.drop": "/menunggu/3/batal",
    "quarantine.cause": "/karantina/sebab?connector=kota-contoh&cause=mapping.read.code",
    "quarantine.one": "/karantina/1",
    "quarantine.reveal": "/karantina/1/mentah",
    "quarantine.replay": "/karantina/1/ulang",
    "quarantine.dismiss": "/karantina/1/abaikan",
    "complaints.one": "/aduan/01900001-0000-7000-8000-000000000000",
    "complaints.reveal": "/aduan/01900001-0000-7000-8000-000000000000/pelapor",
    "mappings.one": "/pemetaan/contoh",
}
FORM = {"number": "7", "from": "2026-05-01", "connector": "kota-contoh", "cause": "mapping.read.code", "expected": "3"}
ACTED = (
    "check",
    "sync_later",
    "pause",
    "resume",
    "go_live",
    "replay_one",
    "replay_cause",
    "dismiss",
    "arrived",
    "not_arrived",
    "send_again",
    "drop",
    "stop_pushes",
    "start_pushes",
)


@pytest.fixture
def acted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was set in motion; nothing really moves here."""
    done: list[str] = []

    def stand_in(name: str) -> Any:
        def act(*_: Any, **__: Any) -> Any:
            done.append(name)
            return [] if name == "check" else actions.Replayed(1, 0)

        return act

    for name in ACTED:
        monkeypatch.setattr(actions, name, stand_in(name))
    return done


def pages(app: Flask) -> dict[str, str]:
    return {
        rule.endpoint: "POST" if "POST" in (rule.methods or ()) else "GET"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not rule.endpoint.startswith("api.")
    }


def place(app: Flask, endpoint: str) -> str:
    return PLACES.get(endpoint) or next(str(rule) for rule in app.url_map.iter_rules(endpoint))


def test_every_page_declares_who_may_open_it_as_this_list_says(app: Flask) -> None:
    declared = {name: need_of(app.view_functions[name]) for name in pages(app)}
    assert declared == NEEDS


@pytest.mark.parametrize("role", [None, "kosong", *ROLES])
def test_a_page_opens_for_its_role_and_above_and_for_nobody_else(
    role: str | None, app: Flask, sign: Sign, acted: list[str]
) -> None:
    signed = {"administrator": "admin"}.get(str(role), role)
    wrong = {}
    for endpoint, method in pages(app).items():
        if endpoint in ("login.enter_page", "login.out", "account.password"):
            continue  # they change who is signed in; tested by themselves
        client = sign(signed)
        data = {**FORM, "csrf_token": csrf(client, "/masuk")} if method == "POST" else None
        answer = client.open(place(app, endpoint), method=method, data=data, buffered=True)
        opened = answer.status_code != 403 and "/masuk" not in answer.headers.get("Location", "")
        need = NEEDS[endpoint]
        expected = need == "public" or (role in ROLES and ROLES.index(role) >= ROLES.index(need))
        if opened != expected or answer.status_code >= 500:
            wrong[endpoint] = answer.status_code
    assert not wrong


def test_nobody_is_sent_to_the_door_and_back_to_where_they_wanted(sign: Sign) -> None:
    answer = sign(None).get("/konektor/kota-contoh?x=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/masuk?next=/konektor/kota-contoh?x%3D1"


def test_no_form_works_without_its_token(app: Flask, sign: Sign, acted: list[str]) -> None:
    client = sign("admin")
    codes = {
        endpoint: client.post(place(app, endpoint), data=FORM).status_code
        for endpoint, method in pages(app).items()
        if method == "POST"
    }
    assert set(codes.values()) == {400}
    assert not acted


def test_a_user_without_a_role_reads_why_nothing_is_shown(sign: Sign) -> None:
    answer = sign("kosong").get("/")
    assert answer.status_code == 403
    assert "belum punya peran" in answer.text
    assert "kota-contoh" not in answer.text
