"""Credentials: where they go, and that they are never seen anywhere else."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

import pytest

from adapters.contract import Failure, Limits, WireError
from adapters.conversation import Request, WithSecret
from adapters.rest import Rest
from tests.adapters.loopback import SECRET, http, pause, peer, setup, shown

FORMS = (SECRET, quote(SECRET, safe=""), base64.b64encode(f"hub:{SECRET}".encode()).decode())


LIST = Request("list", target="issues")


def carried(request: Request = LIST, **connection: Any) -> str:
    with peer(http("{}")) as there:
        Rest(setup(there.url, **connection)).send(request)
        return there.requests[0].decode()


def test_basic_credentials() -> None:
    pair = base64.b64encode(f"hub:{SECRET}".encode()).decode()
    assert f"Authorization: Basic {pair}\r\n" in carried(basic={"user": "hub", "password": "<secret.kunci>"})


def test_a_bearer_token() -> None:
    assert f"Authorization: Bearer {SECRET}\r\n" in carried(bearer="<secret.kunci>")


def test_keys_in_header_and_query_at_once() -> None:
    sent = carried(header={"X-Api-Key": "<secret.kunci>", "X-Partner": "dinas"}, query={"key": "<secret.kunci>"})
    assert f"X-Api-Key: {SECRET}\r\n" in sent
    assert "X-Partner: dinas\r\n" in sent
    assert f"GET /api/issues?key={quote(SECRET, safe='')} " in sent


def test_a_token_as_parameter_of_every_body() -> None:
    post = Request("list", "POST", "gettopics", body={"halaman": "1"}, form="form")
    assert carried(post, parameters={"KEYTOKEN": "<secret.kunci>"}).endswith(
        f"KEYTOKEN={quote(SECRET, safe='')}&halaman=1"
    )


def test_a_secret_slot_the_mapping_wrote_is_filled_and_one_a_citizen_wrote_is_not() -> None:
    body = {"token": WithSecret("{<secret.kunci>}"), "isi": "kata <secret.kunci> di laporan"}
    sent = json.loads(carried(Request("create", "POST", "x", body=body)).partition("\r\n\r\n")[2])
    assert sent == {"token": f"{{{SECRET}}}", "isi": "kata <secret.kunci> di laporan"}


@pytest.mark.parametrize("secrets", [{}, {"kunci": "  "}], ids=["missing", "empty"])
def test_a_missing_secret_is_named(secrets: dict[str, str]) -> None:
    with peer(http("{}")) as there, pytest.raises(WireError) as caught:
        Rest(setup(there.url, secrets=secrets, bearer="<secret.kunci>")).send(Request("list"))
    assert (caught.value.failure, caught.value.code) == (Failure.CREDENTIALS, "wire.secret_missing")
    assert caught.value.facts == {"connector": "kota-uji", "secret": "kunci"}
    assert there.requests == []


class SecretOpen(Exception):
    code = "secret.open"
    facts: ClassVar[dict[str, str]] = {"name": "kunci"}


def test_what_the_installation_says_of_a_secret_is_passed_on() -> None:
    def resolve(_: str) -> str:
        raise SecretOpen

    there = replace(setup("http://dinas.invalid/", bearer="<secret.kunci>"), secret=resolve)
    with pytest.raises(WireError) as caught:
        Rest(there).send(Request("list"))
    assert (caught.value.failure, caught.value.code) == (Failure.CREDENTIALS, "secret.open")
    assert caught.value.facts == {"name": "kunci", "connector": "kota-uji"}


def test_the_line_end_of_a_secret_file_is_not_part_of_the_secret() -> None:
    with peer(http("{}")) as there:
        Rest(setup(there.url, secrets={"kunci": SECRET + "\n"}, bearer="<secret.kunci>")).send(Request("list"))
        assert f"Bearer {SECRET}\r\n" in there.requests[0].decode()


def test_a_password_typed_into_the_connector_file_is_refused() -> None:
    with pytest.raises(WireError) as caught:
        Rest(setup("http://dinas.invalid/", basic={"user": "hub", "password": SECRET})).send(Request("list"))
    assert (caught.value.code, caught.value.facts["key"]) == ("wire.password_in_file", "basic.password")
    assert SECRET not in shown(caught.value)


def test_a_password_in_the_address_is_refused() -> None:
    with pytest.raises(WireError) as caught:
        Rest(setup(f"http://hub:{quote(SECRET, safe='')}@dinas.invalid/"))
    assert caught.value.code == "wire.password_in_file"
    assert SECRET not in shown(caught.value)


def test_a_key_nobody_reads_is_refused() -> None:
    with pytest.raises(WireError) as caught:
        Rest(setup("http://dinas.invalid/", beerer="<secret.kunci>"))
    assert (caught.value.code, caught.value.facts["key"]) == ("wire.connection_key", "beerer")


ALL_AT_ONCE: dict[str, Any] = {
    "basic": {"user": "hub", "password": "<secret.kunci>"},
    "header": {"X-Api-Key": "<secret.kunci>"},
    "query": {"key": "<secret.kunci>"},
}


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://tidak-ada.invalid/", "https://127.0.0.1:1/"],
    ids=["refused", "no host", "tls"],
)
def test_no_failure_before_sending_shows_a_secret(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(WireError) as caught:
        Rest(setup(url, **ALL_AT_ONCE)).send(Request("list", target="issues"))
    assert not any(form in shown(caught.value) + caplog.text for form in FORMS)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nX-Half",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbroken header\r\n x\r\n\r\n{}",
        pause(0.5),
        http("", "302 Found", Location="http://tidak-ada.invalid/"),
    ],
    ids=["cut body", "cut headers", "no http", "broken header", "silence", "redirect"],
)
def test_no_failure_after_sending_shows_a_secret(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    text = ""
    with peer(answer) as there:
        try:
            text = repr(Rest(setup(there.url, limits=Limits(call_seconds=0.3), **ALL_AT_ONCE)).send(Request("list")))
        except WireError as problem:
            text = shown(problem)
    assert not any(form in text + caplog.text for form in FORMS)


@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized", "500 Oops"])
def test_a_peer_that_echoes_our_credentials_gets_them_nowhere(status: str) -> None:
    def echo(there: Any) -> bytes:
        body = json.dumps({"pesan": [f"kunci {form} salah" for form in FORMS]})
        return http(body, status)

    with peer(echo(None)) as there:
        answer = Rest(setup(there.url, **ALL_AT_ONCE)).send(Request("list"))
    assert answer.body["pesan"][0] == "kunci secret.kunci salah"
    assert not any(form in repr(answer) for form in FORMS)


def test_the_wires_do_not_log_what_they_carry(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    carried(query={"key": "<secret.kunci>"})
    assert "key=" not in caplog.text
