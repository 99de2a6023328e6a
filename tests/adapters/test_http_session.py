"""The HTTP session against a real peer on loopback: time, size, cuts, redirects."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from adapters.contract import Failure, Limits, WireError
from adapters.http import Http, same_home
from adapters.patience import LONGEST_WAIT, Budget, retry_after
from tests.adapters.loopback import NOW, SECRET, drip, http, pause, peer, setup, stream


def failure(one: Http, method: str = "GET", url: str = "", data: bytes | None = None) -> WireError:
    with pytest.raises(WireError) as caught:
        one.call(method, url, data=data)
    return caught.value


def test_a_dripping_body_cannot_hold_a_call_past_its_deadline() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    with peer(drip(b"x" * 5000, first=head)) as there:
        begun = time.monotonic()
        problem = failure(Http(setup(there.url, limits=Limits(call_seconds=0.6))), url=there.url)
        assert time.monotonic() - begun < 1.5
        assert (problem.code, problem.failure, problem.sent) == ("wire.timeout", Failure.DOWN, True)


def test_dripping_headers_cannot_hold_a_call_either() -> None:
    with peer(drip(b"HTTP/1.1 200 OK\r\n" + b"X-A: y\r\n" * 500)) as there:
        begun = time.monotonic()
        problem = failure(Http(setup(there.url, limits=Limits(call_seconds=0.6))), url=there.url)
        assert time.monotonic() - begun < 1.5
        assert problem.code == "wire.timeout"


def test_a_dripping_chunk_size_cannot_hold_a_call_either() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with peer(drip(b"0" * 1000, first=head)) as there:
        begun = time.monotonic()
        assert failure(Http(setup(there.url, limits=Limits(call_seconds=0.6))), url=there.url).code == "wire.timeout"
        assert time.monotonic() - begun < 1.5


def test_a_run_has_a_deadline_over_all_its_calls() -> None:
    with peer(http("{}")) as there:
        one = Http(setup(there.url, limits=Limits(run_seconds=0.2)))
        one.call("GET", there.url)
        time.sleep(0.25)
        problem = failure(one, url=there.url)
        assert (problem.code, problem.failure, problem.sent) == ("wire.run_time", Failure.LATER, False)


def test_an_answer_cut_inside_its_headers_is_no_empty_answer() -> None:
    with peer(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Half") as there:
        problem = failure(Http(setup(there.url)), url=there.url)
        assert (problem.code, problem.failure, problem.sent) == ("wire.cut", Failure.DOWN, True)


def test_an_answer_cut_right_after_its_headers_is_no_empty_answer() -> None:
    with peer(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n") as there:
        assert failure(Http(setup(there.url)), url=there.url).code == "wire.cut"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{",
    ],
    ids=["length", "chunks"],
)
def test_an_answer_cut_inside_its_body_is_noticed(answer: bytes) -> None:
    with peer(answer) as there:
        problem = failure(Http(setup(there.url)), "POST", there.url, b"{}")
        assert (problem.code, problem.failure, problem.sent) == ("wire.cut", Failure.DOWN, True)


def test_a_peer_that_hangs_up_after_reading_may_have_acted() -> None:
    with peer(b"") as there:
        problem = failure(Http(setup(there.url)), "POST", there.url, b"{}")
        assert (problem.code, problem.sent) == ("wire.cut", True)


def test_silence_after_sending_may_have_acted() -> None:
    with peer(pause(1.0)) as there:
        problem = failure(Http(setup(there.url, limits=Limits(call_seconds=0.3))), "POST", there.url, b"{}")
        assert (problem.code, problem.failure, problem.sent) == ("wire.timeout", Failure.DOWN, True)


def test_a_refused_connection_has_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}/"
    problem = failure(Http(setup(url)), "POST", url, b"{}")
    assert (problem.code, problem.failure, problem.sent) == ("wire.no_connection", Failure.DOWN, False)


def test_an_unknown_host_has_sent_nothing() -> None:
    url = "http://tidak-ada.invalid/"
    problem = failure(Http(setup(url)), "POST", url, b"{}")
    assert (problem.code, problem.failure, problem.sent) == ("wire.no_such_host", Failure.DOWN, False)


def test_plain_http_behind_an_https_address_has_sent_nothing() -> None:
    with peer(http("{}"), greets=True) as there:
        url = there.url.replace("http:", "https:")
        problem = failure(Http(setup(url)), "POST", url, b"{}")
        assert (problem.code, problem.failure, problem.sent) == ("wire.tls", Failure.DOWN, False)


def test_a_silent_peer_behind_an_https_address_has_sent_nothing() -> None:
    with peer(pause(1.0)) as there:
        url = there.url.replace("http:", "https:")
        problem = failure(Http(setup(url, limits=Limits(call_seconds=0.3))), "POST", url, b"{}")
        assert (problem.code, problem.sent) == ("wire.no_connection", False)


def test_an_answer_over_the_cap_is_not_read_to_its_end() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b'{"isi":"'
    with peer(stream([head, *([b"A" * 1_000_000] * 50)])) as there:
        problem = failure(Http(setup(there.url, limits=Limits(answer_bytes=5_000_000))), url=there.url)
        assert (problem.code, problem.failure) == ("wire.too_large", Failure.CONTRACT)
        assert problem.facts["bytes"] == 5_000_000


def test_a_packed_answer_counts_by_its_unpacked_size() -> None:
    import gzip

    with peer(http(gzip.compress(b"0" * 10_000_000), Content_Encoding="gzip")) as there:
        one = Http(setup(there.url, limits=Limits(answer_bytes=1_000_000)))
        assert failure(one, url=there.url).code == "wire.too_large"


def test_a_redirect_to_another_host_is_refused_and_gets_no_credentials() -> None:
    with peer(http("{}")) as other, peer(http("", "302 Found", Location=other.url)) as there:
        one = Http(setup(there.url, header={"X-Api-Key": "<secret.kunci>"}))
        problem = failure(one, url=there.url)
        assert problem.code == "wire.redirect_elsewhere"
        assert other.requests == []


def test_a_redirect_on_the_same_host_is_followed_for_reading() -> None:
    with peer(http("", "301 Moved", Location="/api/issues/"), http('{"a": 1}')) as there:
        assert Http(setup(there.url)).call("GET", there.url + "issues").content == b'{"a": 1}'
        assert there.requests[1].startswith(b"GET /api/issues/ ")


def test_a_redirect_after_writing_is_shown_and_not_followed() -> None:
    with peer(http("", "303 See Other", Location="/api/issues/7")) as there:
        reply = Http(setup(there.url)).call("POST", there.url, data=b"{}")
        assert (reply.status_code, reply.headers["location"]) == (303, "/api/issues/7")
        assert len(there.requests) == 1


def test_redirects_in_a_circle_end() -> None:
    with peer(http("", "302 Found", Location="/api/")) as there:
        assert failure(Http(setup(there.url)), url=there.url).code == "wire.redirects"


def test_nothing_is_retried_behind_our_back() -> None:
    with peer(http("", "503 Busy", Retry_After="1")) as there:
        begun = time.monotonic()
        assert Http(setup(there.url)).call("GET", there.url).status_code == 503
        assert len(there.requests) == 1
        assert time.monotonic() - begun < 0.9


def test_the_surroundings_give_neither_proxy_nor_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    with peer(http("{}")) as there:
        Http(setup(there.url)).call("GET", there.url)
        assert b"uthorization" not in there.requests[0]


def test_a_declared_proxy_is_used() -> None:
    with peer(http('{"by": "proxy"}')) as proxy:
        one = Http(setup("http://dinas.invalid/", proxy=proxy.url))
        assert one.call("GET", "http://dinas.invalid/x").content == b'{"by": "proxy"}'
        assert proxy.requests[0].startswith(b"GET http://dinas.invalid/x ")


def test_we_say_who_we_are() -> None:
    with peer(http("{}")) as there:
        Http(setup(there.url)).call("GET", there.url)
        assert b"User-Agent: hub-lapor/" in there.requests[0]


def test_a_hostile_header_value_is_refused_before_sending() -> None:
    with peer(http("{}")) as there:
        with pytest.raises(WireError) as caught:
            Http(setup(there.url)).call("GET", there.url, headers={"If-Match": "x\r\nX-Evil: 1"})
        assert caught.value.code == "wire.header_invalid"
        assert there.requests == []


def test_a_missing_authority_file_is_said_when_the_session_is_made() -> None:
    with pytest.raises(WireError) as caught:
        Http(setup("https://dinas.invalid/", ca="ca.pem"))
    assert caught.value.code == "wire.ca_missing"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Mon, 02 Mar 2026 01:05:00 GMT", 300),
        ("Mon, 02 Mar 2020 01:05:00 GMT", 0),
        ("21600", 21600),
        ("99999999999999999999", LONGEST_WAIT.total_seconds()),
        ("Fri, 31 Dec 2999 23:59:59 GMT", LONGEST_WAIT.total_seconds()),
    ],
)
def test_retry_after_becomes_a_due_time_within_reason(said: str, seconds: float) -> None:
    assert retry_after({"retry-after": said}, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("said", ["", "soon", "-5", "1.5", "٣"])
def test_a_retry_after_that_says_nothing_gives_no_due_time(said: str) -> None:
    assert retry_after({"retry-after": said}, NOW) is None


def test_a_spent_budget_names_the_time_of_the_next_free_call() -> None:
    one = Budget("kota-uji", 2)
    one.spend(NOW)
    one.spend(NOW)
    with pytest.raises(WireError) as caught:
        one.spend(NOW)
    problem = caught.value
    assert (problem.failure, problem.code, problem.sent) == (Failure.LATER, "wire.budget", False)
    assert problem.not_before is not None
    assert timedelta(minutes=59) < problem.not_before - NOW <= timedelta(hours=1)


def test_a_budget_outlives_the_run() -> None:
    limits = Limits(calls_per_hour=1)
    with peer(http("{}")) as there:
        Http(setup(there.url, limits=limits)).call("GET", there.url)
        assert failure(Http(setup(there.url, limits=limits)), url=there.url).code == "wire.budget"


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://a.example/x", True),
        ("https://A.example:443/", True),
        ("http://a.example/", False),
        ("https://a.example:8443/", False),
        ("https://b.example/", False),
        ("ftp://a.example/", False),
        ("nonsense", False),
    ],
)
def test_home_is_scheme_host_and_port(url: str, same: bool) -> None:
    assert same_home(url, "https://a.example/") is same


def test_the_step_to_https_on_the_same_host_stays_home() -> None:
    assert same_home("https://a.example/", "http://a.example/")
    assert not same_home("https://a.example:8443/", "http://a.example/")


def test_the_peer_s_clock_is_read() -> None:
    with peer(http("{}", Date="Mon, 02 Mar 2026 01:05:00 GMT")) as there:
        assert Http(setup(there.url)).call("GET", there.url).clock == datetime(2026, 3, 2, 1, 5, tzinfo=UTC)


def test_an_address_with_a_name_and_password_in_it_is_refused() -> None:
    one = Http(setup("http://dinas.invalid/"))
    problem = failure(one, url=f"http://hub:{quote(SECRET, safe='')}@dinas.invalid/")
    assert problem.code == "wire.address_invalid"
    assert SECRET not in str(problem)
