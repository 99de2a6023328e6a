"""Each nasty system is nasty in exactly the way its first sentence says, and fair otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from lxml import etree

from hub.sandbox.clock import Clock
from hub.sandbox.country import START
from hub.sandbox.desk import Desk
from hub.sandbox.nasty.a import A
from hub.sandbox.nasty.c import C
from hub.sandbox.nasty.desa import Desa
from hub.sandbox.nasty.f import F
from hub.sandbox.nasty.g import G
from hub.sandbox.nasty.h import H
from hub.sandbox.nasty.i import I

Open = Callable[[type[Desa]], "Caller"]
FILED = {
    "judul": "Saluran tersumbat di gang contoh",
    "isi": "Saluran di gang contoh tersumbat sampah.",
    "no_lapor": "3000123",
}


class Caller:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __call__(self, method: str, path: str, key: str = "kunci", **more: Any) -> Any:
        answer = requests.request(method, self.desk.url + path, headers={"Token-Key": key}, timeout=3, **more)
        return answer.json() if answer.content else None


@pytest.fixture
def opened() -> Iterator[Open]:
    started: list[Desa] = []

    def start(kind: type[Desa]) -> Caller:
        desk = kind(Clock(START), agency="900400", key="kunci")
        desk.start()
        started.append(desk)
        return Caller(desk)

    yield start
    for desk in started:
        desk.stop()


def test_a_lists_ids_only_and_keeps_the_text_in_a_third_call(opened: Open) -> None:
    call = opened(A)
    number = call("POST", "v1/tiket", json=FILED)["nomor"]
    assert call("GET", "v1/tiket")["tiket"] == [{"id": number}]
    head = call("GET", f"v1/tiket/{number}")["tiket"]
    [first] = call("GET", f"v1/tiket/{number}/riwayat")["riwayat"]
    assert "isi" not in head
    assert first["lampiran"]["isi"] == FILED["isi"]


def test_a_comment_gives_no_id_and_an_unknown_filter_gives_everything(opened: Open) -> None:
    call = opened(A)
    numbers = [call("POST", "v1/tiket", json=FILED)["nomor"] for _ in range(2)]
    assert call("POST", f"v1/tiket/{numbers[0]}/komentar", json={"teks": "Dikeruk"}) == {"ok": True}
    assert len(call("GET", "v1/tiket", params={"no_lapor": "999"})["tiket"]) == 2
    later = (START + timedelta(hours=1)).isoformat()
    assert call("GET", "v1/tiket", params={"sejak": later})["tiket"] == []


def test_f_reads_public_records_to_a_wrong_key_but_does_not_write(opened: Open) -> None:
    call = opened(F)
    call("POST", "api/aduan", json=FILED)
    call("POST", "api/aduan", json={**FILED, "rahasia": "1"})
    assert len(call("GET", "api/aduan", key="salah")["data"]) == 1
    assert call("GET", "api/saya", key="salah")["data"] == {"pengguna": "publik"}
    assert call("GET", "api/saya")["data"] == {"pengguna": "hub"}
    assert call("POST", "api/aduan", key="salah", json=FILED)["success"] is False
    assert len(call.desk.tickets) == 2


def test_g_is_newest_first_and_gives_its_last_page_again(opened: Open) -> None:
    call = opened(G)
    numbers = [call("POST", "laporan", json=FILED)["data"] for _ in range(7)]
    pages = [[one["id"] for one in call("GET", "laporan", params={"halaman": page})["data"]] for page in range(4)]
    assert pages[0] == numbers[:1:-1]
    assert pages[1] == pages[2] == pages[3] == numbers[1::-1]
    assert len(call("GET", "laporan", params={"sejak": "2030-01-01"})["data"]) == 5


def test_h_keeps_the_whole_thread_in_one_column(opened: Open) -> None:
    call = opened(H)
    number = call("POST", "aduan", json=FILED)["data"]["id"]
    ticket = call.desk.tickets[number]
    call.desk.answer(ticket, "Akan ditinjau", by="petugas")
    column = call("GET", f"aduan/{number}")["data"]["jawaban"]
    assert column == "[02/11/2026 08:00 petugas]\nAkan ditinjau"
    longer = f"{column}\n\n[02/11/2026 09:00 hub]\nMasih tersumbat\nsampai kini"
    assert call("PUT", f"aduan/{number}", json={"jawaban": longer})["data"]["jawaban"] == longer
    assert [(one.by, one.text) for one in ticket.answers][1] == ("hub", "Masih tersumbat\nsampai kini")
    assert [one.fields for one in call.desk.ledger.entries("comment", wire=True)] == [
        {"text": "Masih tersumbat\nsampai kini"}
    ]


def test_h_refuses_a_column_without_headings_and_forgets_what_is_not_sent(opened: Open) -> None:
    call = opened(H)
    number = call("POST", "aduan", json=FILED)["data"]["id"]
    call.desk.answer(call.desk.tickets[number], "Akan ditinjau", by="petugas")
    assert call("PUT", f"aduan/{number}", json={"jawaban": "tanpa judul"})["success"] is False
    call("PUT", f"aduan/{number}", json={"jawaban": ""})
    assert call.desk.tickets[number].answers == []


def test_i_keeps_capitals_and_cuts(opened: Open) -> None:
    call = opened(I)
    number = call("POST", "aduan", json={**FILED, "judul": "saluran " * 10, "isi": "air " * 80})["data"]["id"]
    call("POST", f"aduan/{number}/jawaban", json={"teks": "dikeruk " * 40})
    record = call("GET", f"aduan/{number}")["data"]
    assert record["judul"] == ("SALURAN " * 10)[:40]
    assert len(record["isi"]) == 160
    assert record["jawaban"][0]["teks"] == ("DIKERUK " * 40)[:120]


def test_a_business_error_is_a_200_that_says_so(opened: Open) -> None:
    for kind, path in ((F, "api/aduan"), (G, "laporan"), (H, "aduan"), (I, "aduan")):
        call = opened(kind)
        assert call("POST", path, json={"judul": "x"})["success"] is False
        assert not call.desk.tickets


class Soap:
    def __init__(self, desk: C) -> None:
        self.desk = desk

    def __call__(self, operation: str, **parts: str) -> Any:
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in {"sandi": "kunci", **parts}.items())
        body = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
            f'<n:{operation} xmlns:n="urn:desa-c">{inner}</n:{operation}></e:Body></e:Envelope>'
        )
        return etree.fromstring(requests.post(self.desk.url + "soap", data=body.encode(), timeout=3).content)

    def codes(self, **parts: str) -> list[str]:
        return [one.text or "" for one in self("Daftar", **parts).iter("kode")]


@pytest.fixture
def soap() -> Iterator[Soap]:
    desk = C(Clock(datetime(2026, 11, 2, 10, tzinfo=UTC)), agency="900400", password="kunci")
    desk.start()
    yield Soap(desk)
    desk.stop()


def test_c_knows_days_only(soap: Soap) -> None:
    code = soap("Tambah", **FILED).findtext(".//kode")
    assert soap.codes(tahun="2026", bulan="11", hari="2") == [code]
    assert soap.codes(tahun="2026", bulan="11", hari="3") == []


def test_c_gives_its_last_page_for_ever(soap: Soap) -> None:
    for _ in range(7):
        soap("Tambah", **FILED)
    pages = [soap.codes(halaman=str(page)) for page in (1, 2, 3, 9)]
    assert len(pages[0]) == 5
    assert pages[1] == pages[2] == pages[3]
    assert len(pages[1]) == 2


def test_c_clears_what_an_update_does_not_send_again(soap: Soap) -> None:
    code = soap("Tambah", **FILED).findtext(".//kode")
    soap("Ubah", kode=code, status="diproses")
    row = soap("Baca", kode=code)
    assert row.findtext(".//status") == "diproses"
    assert [row.findtext(f".//{name}") for name in ("judul", "isi", "no_lapor")] == ["", "", ""]


def test_c_says_no_inside_a_200(soap: Soap) -> None:
    assert soap("Baca", kode="C9").findtext(".//pesan") == "kode tidak ditemukan"
    assert soap("Daftar", sandi="salah").findtext(".//respon") == "0"
