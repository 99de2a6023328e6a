"""The real servers themselves: they start, keep their own books, and break when asked to."""

from __future__ import annotations

import pytest
import requests

from tests.counterparts.servers import PASSWORD, PhpSoap, Roundup

pytestmark = pytest.mark.counterpart


def test_php_serves_its_description(simadu: PhpSoap, elapor: PhpSoap) -> None:
    for server in (simadu, elapor):
        answer = requests.get(server.wsdl, auth=("hub", PASSWORD), timeout=5)
        assert b"definitions" in answer.content


def test_php_keeps_what_its_officers_write(simadu: PhpSoap) -> None:
    number = simadu.add(judul="Lampu jalan mati")
    simadu.answer(number, "Sudah dicek")
    assert simadu.ledger()[number]["tindak_lanjut"][0]["isi"] == "Sudah dicek"


def test_a_stopped_server_refuses_and_comes_back_on_the_same_address(simadu: PhpSoap) -> None:
    simadu.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(simadu.wsdl, auth=("hub", PASSWORD), timeout=5)
    simadu.start()
    assert requests.get(simadu.wsdl, auth=("hub", PASSWORD), timeout=5).ok


def test_roundup_keeps_issues_and_messages(roundup: Roundup) -> None:
    number = roundup.add("Jalan berlubang", nomor_lapor="9100001")
    roundup.answer(number, "Tim menuju lokasi")
    roundup.change(number, status="in-progress")
    kept = roundup.ledger()[number]
    assert kept["title"] == "Jalan berlubang"
    assert kept["nomor_lapor"] == "9100001"
    assert kept["messages"] == ["Tim menuju lokasi"]
