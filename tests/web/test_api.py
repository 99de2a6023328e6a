"""The JSON API: by token only, by scope, by system; and exactly as its document says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker

from hub import actions
from hub.home import Hub
from hub.store import tokens
from hub.web.rooms.api import DOCUMENT, SCOPE
from tests.web import town

DOC = json.loads(DOCUMENT.read_text("utf-8"))
PATHS = {"name": "kota-contoh", "number": "2", "hub_id": town.OPEN}
BODIES = {"resolve": {"arrived": "2026-1"}, "receive": {"id": "9"}}


@pytest.fixture(autouse=True)
def _nothing_really_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "sync_later", lambda *_, **__: None)
    monkeypatch.setattr(actions, "replay_one", lambda *_, **__: actions.Replayed(1, 0))
    for name in ("arrived", "not_arrived"):
        monkeypatch.setattr(actions, name, lambda *_, **__: None)


@pytest.fixture
def api(app: Flask) -> FlaskClient:
    return app.test_client()


def bearer(hub: Hub, *scopes: str, system: str | None = None) -> dict[str, str]:
    name = "-".join((*scopes, system or "semua"))
    return {"Authorization": f"Bearer {town.token(hub, name, *scopes, system=system)}"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOC["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def call(api: FlaskClient, path: str, method: str, operation: dict[str, Any], headers: dict[str, str]) -> Any:
    headers = {**headers, "Idempotency-Key": "k1"}
    return api.open(
        "/api/v1" + path.format(**PATHS),
        method=method.upper(),
        json=BODIES.get(operation["operationId"]),
        headers=headers,
    )


def test_the_document_names_every_operation_with_its_scope_and_no_other(app: Flask) -> None:
    served = {
        (str(rule).removeprefix("/api/v1").replace("<int:", "{").replace("<", "{").replace(">", "}"), method.lower()): (
            rule.endpoint.removeprefix("api."),
            getattr(app.view_functions[rule.endpoint], SCOPE),
        )
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method): (one["operationId"], one["x-scope"]) for path, method, one in operations()}
    assert served == described


@pytest.mark.parametrize("scope", ["read", "operate", "records"])
def test_a_token_opens_its_scope_and_nothing_else(scope: str, hub: Hub, api: FlaskClient) -> None:
    headers = bearer(hub, scope, system="kota-contoh" if scope == "records" else None)
    wrong = {}
    for path, method, operation in operations():
        status = call(api, path, method, operation, headers).status_code
        if (status == 403) is (operation["x-scope"] == scope):
            wrong[operation["operationId"]] = status
    assert not wrong


def test_every_answer_is_as_the_document_says(hub: Hub, api: FlaskClient) -> None:
    program, system = bearer(hub, "read", "operate"), bearer(hub, "records", system="kota-contoh")
    for path, method, operation in operations():
        answer = call(api, path, method, operation, system if operation["x-scope"] == "records" else program)
        described = operation["responses"].get(str(answer.status_code))
        assert described, f"{operation['operationId']} answered {answer.status_code}"
        assert answer.status_code < 300
        check(described["content"]["application/json"]["schema"], answer.get_json())


def check(schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": DOC["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(value)


@pytest.mark.parametrize("secret", ["", "hub_salah", "Basic abc"])
def test_without_a_good_token_every_door_is_shut(secret: str, api: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    for path, method, operation in operations():
        answer = call(api, path, method, operation, headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        check({"$ref": "#/components/schemas/Error"}, answer.get_json())


def test_a_signed_in_browser_is_no_key_to_the_api(sign: town.Sign) -> None:
    assert sign("admin").get("/api/v1/connectors").status_code == 401


def test_a_revoked_token_opens_nothing(hub: Hub, api: FlaskClient) -> None:
    headers = bearer(hub, "read")
    with hub.store.begin() as conn:
        tokens.revoke(conn, "read-semua", by="uji", now=town.NOW)
    assert api.get("/api/v1/connectors", headers=headers).status_code == 401


def test_a_systems_token_sees_its_own_agencies_only(hub: Hub, api: FlaskClient) -> None:
    headers = bearer(hub, "read", system="kota-contoh")
    names = [one["name"] for one in api.get("/api/v1/connectors", headers=headers).get_json()["items"]]
    assert names == ["kota-contoh"]
    assert api.get(f"/api/v1/complaints/{town.ELSEWHERE}", headers=headers).status_code == 404
    assert api.get("/api/v1/runs?connector=kab-contoh", headers=headers).get_json() == {"items": []}


def test_a_system_may_not_send_records_for_another(hub: Hub, api: FlaskClient) -> None:
    headers = {**bearer(hub, "records", system="kota-contoh"), "Idempotency-Key": "1"}
    assert api.post("/api/v1/connectors/kab-contoh/records", json={"id": "1"}, headers=headers).status_code in (
        403,
        404,
    )


def test_a_record_is_kept_once_however_often_it_is_sent(hub: Hub, api: FlaskClient) -> None:
    from sqlalchemy import func, select

    from hub.store.tables import inbox

    headers = {**bearer(hub, "records", system="kota-contoh"), "Idempotency-Key": "aduan-7"}
    answers = [api.post("/api/v1/connectors/kota-contoh/records", json={"id": "7"}, headers=headers) for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 202]
    assert [one.get_json()["again"] for one in answers] == [False, True, True]
    with hub.store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(inbox)) == 1


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff", b"null"])
def test_what_is_no_json_object_is_refused_with_a_sentence(body: bytes, hub: Hub, api: FlaskClient) -> None:
    headers = {**bearer(hub, "records", system="kota-contoh"), "Idempotency-Key": "1"}
    answer = api.post("/api/v1/connectors/kota-contoh/records", data=body, headers=headers)
    assert answer.status_code == 400
    assert "JSON" in answer.get_json()["sentence"]


def test_a_record_without_a_key_is_refused(hub: Hub, api: FlaskClient) -> None:
    headers = bearer(hub, "records", system="kota-contoh")
    answer = api.post("/api/v1/connectors/kota-contoh/records", json={"id": "7"}, headers=headers)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.get_json()["sentence"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=999", "limit=x", "before=-1", "before=1e3", "before=²", "outcome=bagus", "limit=9999999999999"],
)
def test_a_query_that_cannot_be_read_is_refused(query: str, hub: Hub, api: FlaskClient) -> None:
    assert api.get(f"/api/v1/runs?{query}", headers=bearer(hub, "read")).status_code == 400


def test_pages_follow_each_other_without_gap_or_repeat(hub: Hub, api: FlaskClient) -> None:
    headers = bearer(hub, "read")
    seen: list[int] = []
    query = "limit=2"
    while items := api.get(f"/api/v1/outbox?{query}", headers=headers).get_json()["items"]:
        seen += [one["id"] for one in items]
        query = f"limit=2&before={seen[-1]}"
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 15


def test_no_answer_holds_a_person_a_text_or_a_secret(hub: Hub, api: FlaskClient) -> None:
    headers = bearer(hub, "read", "operate")
    for path, method, operation in operations():
        text = call(api, path, method, operation, headers).get_data(as_text=True)
        words = (town.NAME, town.PHONE, town.EMAIL, town.BODY, town.QUARANTINED, town.SENT, town.SECRET, town.PLACE)
        assert not [one for one in words if one in text], operation["operationId"]


def test_a_path_that_does_not_exist_answers_in_json(api: FlaskClient) -> None:
    answer = api.get("/api/v1/tidak-ada")
    assert answer.status_code == 404
    assert answer.get_json()["error"] == "error.404"
