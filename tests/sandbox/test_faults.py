from __future__ import annotations

import time

import pytest
import requests

from hub.sandbox.country import SECRETS, Country

HEADERS = {"Authorization": f"Bearer {SECRETS['sandbox-pusat']}"}
BODY = {"isi": "Jalan rusak", "id_instansi": "900100"}


def _create(country: Country) -> requests.Response:
    return requests.post(country.core.url + "api/v3-asumsi/laporan", json=BODY, headers=HEADERS, timeout=3)


def _list(country: Country) -> requests.Response:
    return requests.get(country.core.url + "api/v3-asumsi/laporan", headers=HEADERS, timeout=3)


def test_a_reply_cut_after_commit_leaves_the_complaint_behind(country: Country) -> None:
    country.core.faults.add("cut", on="POST /api/v3-asumsi/laporan", times=1)
    with pytest.raises(requests.ConnectionError):
        _create(country)
    assert len(country.core.complaints) == 1
    assert _create(country).status_code == 201


def test_a_reset_leaves_nothing_behind(country: Country) -> None:
    country.core.faults.add("reset", times=1)
    with pytest.raises(requests.ConnectionError):
        _create(country)
    assert not country.core.complaints


def test_maintenance_is_an_html_page_and_does_nothing(country: Country) -> None:
    country.core.faults.add("maintenance")
    answer = _create(country)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert not country.core.complaints


def test_slow_answers_late_but_has_done_its_work(country: Country) -> None:
    country.core.faults.add("slow", seconds=0.3)
    begun = time.monotonic()
    assert _create(country).status_code == 201
    assert time.monotonic() - begun >= 0.3


def test_busy_says_when_to_come_back(country: Country) -> None:
    country.core.faults.add("busy", seconds=7)
    answer = _list(country)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_truncated_answer_is_a_200_that_cannot_be_read(country: Country) -> None:
    country.core.faults.add("truncated")
    answer = _list(country)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_wrong_data_replaces_text_in_the_answer(country: Country) -> None:
    _create(country)
    country.core.faults.add("wrong", find="900100", put="000000")
    assert _list(country).json()["data"][0]["id_instansi"] == "000000"


def test_refuse_speaks_the_systems_own_way(country: Country) -> None:
    country.province.faults.add("refuse", put="kuota habis")
    country.regency.faults.add("refuse", put="kuota habis")
    rest = requests.get(country.province.url + "aduan/me", timeout=3)
    soap = requests.post(country.regency.url + "ws/aduan.php", data=b"<x/>", timeout=3)
    assert (rest.status_code, rest.json()["code"]) == (422, "422")
    assert soap.status_code == 200
    assert "kuota habis" in soap.text


def test_a_fault_may_wait_and_end(country: Country) -> None:
    country.core.faults.add("maintenance", on="GET", after=1, times=1)
    assert [_list(country).status_code for _ in range(3)] == [200, 503, 200]


def test_faults_are_switched_from_outside(country: Country) -> None:
    switch = country.core.url + "_faults"
    assert requests.post(switch, json={"kind": "maintenance"}, timeout=3).status_code == 200
    assert _list(country).status_code == 503
    requests.delete(switch, timeout=3)
    assert _list(country).status_code == 200


def test_an_unknown_fault_is_refused_with_the_known_ones(country: Country) -> None:
    answer = requests.post(country.core.url + "_faults", json={"kind": "banjir"}, timeout=3)
    assert answer.status_code == 400
    assert "maintenance" in answer.json()["error"]


def test_a_stopped_system_refuses_connections_and_comes_back_on_its_port(country: Country) -> None:
    _create(country)
    country.core.stop()
    with pytest.raises(requests.ConnectionError):
        _list(country)
    country.core.start()
    assert _list(country).json()["total"] == "1"
