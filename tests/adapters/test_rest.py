"""REST at the level of one call: addresses, bodies, and what an answer is taken for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.contract import Failure, WireError
from adapters.conversation import Answer, File, Request
from adapters.rest import Rest
from tests.adapters.loopback import http, peer, setup

HTML = "<!DOCTYPE html><html><head><title>x</title></head><body>Sedang pemeliharaan &copy;</body></html>"


LIST = Request("list")


def answered(answer: bytes, request: Request = LIST) -> Answer:
    with peer(answer) as there:
        return Rest(setup(there.url)).send(request)


def sent(request: Request, **connection: Any) -> tuple[str, str, str]:
    """The request line, the headers and the body that reached the peer."""
    with peer(http("{}")) as there:
        Rest(setup(there.url, **connection)).send(request)
        head, _, body = there.requests[0].decode().partition("\r\n\r\n")
        line, _, headers = head.partition("\r\n")
        return line, headers, body


# addresses


def test_target_and_query_are_put_below_the_home_address() -> None:
    line, _, _ = sent(Request("list", target="issues.json", query=(("q", "a b&c=d"), ("q", "é"), ("@page", "1"))))
    assert line == "GET /api/issues.json?q=a%20b%26c%3Dd&q=%C3%A9&%40page=1 HTTP/1.1"


def test_a_leading_slash_does_not_leave_the_home_path() -> None:
    assert sent(Request("list", target="/issues"))[0] == "GET /api/issues HTTP/1.1"


def test_an_encoded_slot_stays_encoded() -> None:
    assert sent(Request("detail", target="issues/A%2F1"))[0] == "GET /api/issues/A%2F1 HTTP/1.1"


@pytest.mark.parametrize("target", ["issues/../users", "..", "a/%2e%2E/b"])
def test_a_number_that_climbs_out_of_its_path_is_refused(target: str) -> None:
    with pytest.raises(WireError) as caught:
        sent(Request("detail", target=target))
    assert caught.value.code == "wire.target_climbs"


def test_the_next_page_s_whole_address_is_taken_on_the_same_host() -> None:
    with peer(http("{}")) as there:
        Rest(setup(there.url)).send(Request("list", target=there.url + "issues?page=2"))
        assert there.requests[0].startswith(b"GET /api/issues?page=2 ")


def test_the_next_page_on_another_host_is_refused() -> None:
    with peer(http("{}")) as other, peer(http("{}")) as there, pytest.raises(WireError) as caught:
        Rest(setup(there.url, header={"X-Api-Key": "<secret.kunci>"})).send(Request("list", target=other.url))
    assert (caught.value.code, other.requests, there.requests) == ("wire.address_elsewhere", [], [])


def test_a_declared_second_address_is_used_by_its_name() -> None:
    with peer(http("{}")) as writes, peer(http("{}")) as reads:
        Rest(setup(reads.url, addresses={"tulis": writes.url})).send(
            Request("create", "POST", "issues", address="tulis", body={})
        )
        assert writes.requests[0].startswith(b"POST /api/issues ")


def test_an_undeclared_address_is_refused() -> None:
    with pytest.raises(WireError) as caught:
        sent(Request("create", "POST", "x", address="http://lain.invalid/", body={}))
    assert caught.value.facts["elsewhere"] == "lain.invalid"


@pytest.mark.parametrize("url", ["", "dinas.go.id/api", "ftp://dinas.invalid/", "http://"])
def test_a_connection_without_a_usable_address_is_said_at_once(url: str) -> None:
    with pytest.raises(WireError) as caught:
        Rest(setup(url))
    assert caught.value.code == "wire.url_missing"


# bodies


def test_json_is_utf8_and_says_so() -> None:
    _, headers, body = sent(Request("create", "POST", "x", body={"judul": "Jalan “rusak”", "n": 1, "kosong": None}))
    assert "Content-Type: application/json" in headers
    assert json.loads(body) == {"judul": "Jalan “rusak”", "n": 1, "kosong": None}


def test_a_form_repeats_a_name_for_a_list() -> None:
    body = {"a": ["1", "2"], "b": True, "c": None, "d": "x&y"}
    assert sent(Request("create", "POST", "x", body=body, form="form"))[2] == "a=1&a=2&b=true&c=&d=x%26y"


def test_multipart_carries_fields_and_files() -> None:
    body = {"judul": "Bukti", "berkas": File("foto é.jpg", "image/jpeg", b"\x01\x02")}
    _, headers, text = sent(Request("attach", "POST", "x", body=body, form="multipart"))
    assert "Content-Type: multipart/form-data; boundary=" in headers
    assert 'name="judul"\r\n\r\nBukti\r\n' in text
    assert "Content-Type: image/jpeg\r\n\r\n\x01\x02\r\n" in text


def test_a_raw_file_is_sent_as_it_is() -> None:
    _, headers, body = sent(Request("attach", "PUT", "x", body=File("a.txt", "text/csv", b"a;b"), form="raw"))
    assert "Content-Type: text/csv" in headers
    assert body == "a;b"


def test_xml_is_written_with_attributes_and_escaped_text() -> None:
    tree = {
        "lapor": {"@token": "{T}", "pelapor": {"namadepan": "Siti"}, "laporan": {"@anonim": "1", "isi": "a < b & c"}}
    }
    _, headers, body = sent(Request("create", "POST", "x", body=tree, form="xml"))
    assert "Content-Type: text/xml" in headers
    assert body.partition("?>\n")[2] == (
        '<lapor token="{T}"><pelapor><namadepan>Siti</namadepan></pelapor>'
        '<laporan anonim="1"><isi>a &lt; b &amp; c</isi></laporan></lapor>'
    )


def test_an_unknown_form_names_the_known_ones() -> None:
    with pytest.raises(WireError) as caught:
        sent(Request("create", "POST", "x", body={}, form="yaml"))
    assert caught.value.facts["known"] == "form, json, multipart, none, raw, xml"


def test_a_version_guard_passes_through() -> None:
    assert 'If-Match: "abc"' in sent(Request("update", "PUT", "x", headers={"If-Match": '"abc"'}, body={}))[1]


# answers


def test_json_is_decoded_and_the_start_kept_as_text() -> None:
    got = answered(http('{"id": 7, "judul": "Jalan"}'))
    assert (got.status, got.body, got.decoded) == (200, {"id": 7, "judul": "Jalan"}, True)
    assert got.text.startswith('{"id"')


def test_json_counts_whatever_its_declared_type() -> None:
    assert answered(http("[1]", mime="text/html")).body == [1]


@pytest.mark.parametrize("status", ["200 OK", "503 Service Unavailable"])
def test_a_maintenance_page_is_not_data(status: str) -> None:
    got = answered(http(HTML, status, "text/html"))
    assert (got.decoded, got.body, got.status) == (False, None, int(status[:3]))
    assert "pemeliharaan" in got.text


def test_an_empty_200_is_not_data() -> None:
    assert answered(http("")).decoded is False
    assert answered(b"HTTP/1.0 200 OK\r\n\r\n", Request("create", "POST", "x", body={})).decoded is False


@pytest.mark.parametrize("status", ["201 Created", "202 Accepted", "204 No Content"])
def test_an_empty_answer_is_whole_where_none_is_due(status: str) -> None:
    got = answered(http("", status, Location="/issues/7"), Request("create", "POST", "x", body={}))
    assert (got.decoded, got.body, got.headers["location"]) == (True, None, "/issues/7")


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1',
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"\xff\xfe\xfd",
        '{"a": "é"}'.encode("cp1252"),
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"e",
        b"OK",
    ],
    ids=["cut", "quotes", "NaN", "Infinity", "bytes", "cp1252", "deep", "digits", "word"],
)
def test_what_is_not_json_is_not_data(body: bytes) -> None:
    assert answered(http(body)).decoded is False


def test_a_declared_charset_is_used() -> None:
    assert answered(http('{"a": "é"}'.encode("cp1252"), mime="application/json; charset=windows-1252")).body == {
        "a": "é"
    }


def test_a_wrong_declared_charset_is_not_guessed_away() -> None:
    assert answered(http('{"a": "é"}'.encode("cp1252"), mime="application/json; charset=utf-8")).decoded is False


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_understood(encoding: str) -> None:
    assert answered(http('{"a": "é"}'.encode(encoding))).body == {"a": "é"}


def test_numbers_beyond_a_machine_s_reach_stay_text() -> None:
    got = answered(http('{"a": 123456789012345678901234, "b": 9165816, "c": 0.12345678901234567891, "d": 1.10}'))
    assert got.body == {"a": "123456789012345678901234", "b": 9165816, "c": "0.12345678901234567891", "d": 1.1}


def test_of_a_repeated_name_the_last_counts() -> None:
    assert answered(http('{"a": 1, "a": 2}')).body == {"a": 2}


def test_half_a_sign_becomes_the_replacement_sign() -> None:
    assert answered(http(r'{"a": "x\ud83d", "b": "\ud83d\ude00"}')).body == {"a": "x\ufffd", "b": "\U0001f600"}


def test_xml_is_decoded_too() -> None:
    got = answered(
        http('<?xml version="1.0"?><r x="1"><trackingid>7</trackingid><a/><b>1</b><b>2</b></r>', mime="text/xml")
    )
    assert got.body == {"r": {"@x": "1", "trackingid": "7", "a": "", "b": ["1", "2"]}}


def test_an_entity_bomb_is_not_data() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><r>&b;</r>'
    assert answered(http(bomb, mime="text/xml")).decoded is False


def test_errors_come_home_as_answers() -> None:
    got = answered(http('{"errors": ["judul wajib"]}', "422 Unprocessable"))
    assert (got.status, got.body) == (422, {"errors": ["judul wajib"]})


def test_the_text_for_diagnosis_is_short() -> None:
    assert len(answered(http(HTML + "x" * 200_000, "500 Oops", "text/html")).text) <= 65_536


def test_headers_have_lower_case_names() -> None:
    assert answered(http("{}", ETag='"v1"')).headers["etag"] == '"v1"'


def test_a_broken_line_is_no_answer() -> None:
    with pytest.raises(WireError) as caught:
        answered(b"")
    assert caught.value.failure is Failure.DOWN
