from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests

from hub.sandbox.core import State
from hub.sandbox.country import SECRETS, Country

HEADERS = {"Authorization": f"Bearer {SECRETS['sandbox-pusat']}"}
FILED = {
    "judul": "Lampu mati",
    "isi": "Lampu jalan mati. Mohon diperbaiki.",
    "anonim": "0",
    "rahasia": "0",
    "pelapor": {"nama": "Contoh Buatan", "telpon": "084000000001", "email": "contoh@example.id"},
}


class Caller:
    def __init__(self, country: Country) -> None:
        self.base = country.core.url + "api/v3-asumsi"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return requests.request(method, self.base + path, headers=HEADERS, timeout=5, **more)

    def create(self, **more: Any) -> str:
        answer = self("POST", "/laporan", json={**FILED, "id_instansi": "900100", **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["trackingid"])

    def read(self, number: str) -> dict[str, Any]:
        data: dict[str, Any] = self("GET", f"/laporan/{number}").json()["data"]
        return data


@pytest.fixture
def call(country: Country) -> Caller:
    return Caller(country)


def test_without_a_token_nothing_is_read(country: Country) -> None:
    answer = requests.get(country.core.url + "api/v3-asumsi/laporan", timeout=5)
    assert answer.status_code == 401
    assert answer.json()["status"] == "0"


def test_a_new_complaint_gets_two_numbers_and_is_disposed_to_its_agency(call: Caller) -> None:
    answer = call("POST", "/laporan", json={**FILED, "id_instansi": "900100"}).json()
    record = call.read(answer["trackingid"])
    assert len(answer["trackingid"]) == 7
    assert record["transaksiid"] == answer["transaksiid"]
    assert record["status"] == "Terdisposisi ke Pemerintah Provinsi Jawa Barat (simulasi)"


def test_numbers_are_far_apart(call: Caller) -> None:
    numbers = [int(call.create()) for _ in range(5)]
    assert min(b - a for a, b in pairwise(numbers)) > 50


def test_sent_twice_it_exists_twice_and_is_found_by_reference(call: Caller) -> None:
    first, second = call.create(referensi="hub-1"), call.create(referensi="hub-1")
    found = call("GET", "/laporan", params={"referensi": "hub-1"}).json()
    assert [one["trackingid"] for one in found["data"]] == [first, second]
    assert found["total"] == "2"


def test_identity_is_left_out_where_the_reporter_is_anonymous(call: Caller) -> None:
    assert "pelapor" not in call.read(call.create(anonim="1"))
    assert call.read(call.create())["pelapor"]["nama"] == "Contoh Buatan"


def test_the_list_hides_the_title_of_a_confidential_complaint(call: Caller) -> None:
    number = call.create(rahasia="1")
    assert call("GET", "/laporan").json()["data"][0]["judul"] == ""
    assert call.read(number)["judul"] == "Lampu mati"


def test_every_value_is_text(call: Caller) -> None:
    record = call.read(call.create())
    scalars = [value for name, value in record.items() if name not in ("riwayat", "lokasi", "pelapor")]
    assert all(isinstance(value, str) for value in scalars)


def test_since_includes_the_second_asked_for_and_nothing_older(country: Country, call: Caller) -> None:
    call.create()
    country.clock.advance(timedelta(hours=1))
    later = call.create()
    asked = call.read(later)["diubah"]
    found = call("GET", "/laporan", params={"sejak": asked}).json()["data"]
    assert [one["trackingid"] for one in found] == [later]


def test_pages_cover_everything_once(call: Caller) -> None:
    numbers = {call.create() for _ in range(5)}
    pages = [call("GET", "/laporan", params={"halaman": page, "ukuran": 2}).json() for page in (1, 2, 3)]
    assert pages[0]["jumlah_halaman"] == "3"
    assert sorted(one["trackingid"] for page in pages for one in page["data"]) == sorted(numbers)


def test_an_account_sees_its_own_agencies_and_what_it_held_before(country: Country, call: Caller) -> None:
    from hub.sandbox.core import Account

    country.core.accounts["t2"] = Account("prov", "t2", frozenset({"900100"}))
    mine, other = call.create(), call.create(id_instansi="900200")
    own = {"Authorization": "Bearer t2"}
    country.core.dispose(country.core.complaints[mine], "900200")
    listed = requests.get(call.base + "/laporan", headers=own, timeout=5).json()["data"]
    assert [one["trackingid"] for one in listed] == [mine]
    assert requests.get(f"{call.base}/laporan/{other}", headers=own, timeout=5).status_code == 404


def test_a_follow_up_moves_the_status_and_stands_in_list_and_history(country: Country, call: Caller) -> None:
    number = call.create()
    given = call("POST", f"/laporan/{number}/tindak-lanjut", json={"isi": "Sudah diganti."}).json()["data"]["id"]
    listed = call("GET", f"/laporan/{number}/tindak-lanjut").json()["data"]
    record = call.read(number)
    assert [(one["id"], one["isi"]) for one in listed] == [(given, "Sudah diganti.")]
    assert record["status"] == "Ditindaklanjuti oleh Instansi"
    assert record["riwayat"][-1]["keterangan"] == "Tindak lanjut: Sudah diganti."
    assert record["riwayat"][-1]["tanggal"] == "Senin, 2 November 2026, 08:00"


def test_bukan_wewenang_needs_a_reason_and_returns_the_complaint(call: Caller) -> None:
    number = call.create()
    refused = call("POST", f"/laporan/{number}/aksi", json={"aksi": "kembalikan"})
    call("POST", f"/laporan/{number}/aksi", json={"aksi": "kembalikan", "alasan": "di luar wilayah"})
    record = call.read(number)
    assert refused.status_code == 422
    assert record["status"] == "Dikembalikan oleh Instansi (bukan wewenang)"
    assert record["alasan"] == "di luar wilayah"


def test_work_that_begins_again_leaves_an_answered_complaint_answered(call: Caller) -> None:
    number = call.create()
    call("POST", f"/laporan/{number}/tindak-lanjut", json={"isi": "Dikerjakan."})
    assert call("POST", f"/laporan/{number}/aksi", json={"aksi": "proses"}).status_code == 200
    assert call.read(number)["status"] == "Ditindaklanjuti oleh Instansi"


def test_the_core_closes_after_ten_working_days_of_silence(country: Country, call: Caller) -> None:
    number = call.create()
    call("POST", f"/laporan/{number}/tindak-lanjut", json={"isi": "Selesai."})
    country.clock.advance(timedelta(days=13))
    country.core.close_quiet()
    early = call.read(number)["status"]
    country.clock.advance(timedelta(days=1))
    country.core.close_quiet()
    assert early == "Ditindaklanjuti oleh Instansi"
    assert call.read(number)["status"] == "Ditutup oleh Sistem"


def test_a_closed_complaint_takes_no_follow_up(country: Country, call: Caller) -> None:
    number = call.create()
    country.core.complaints[number].state = State.CLOSED
    assert call("POST", f"/laporan/{number}/tindak-lanjut", json={"isi": "Terlambat"}).status_code == 422


def test_verification_edits_the_body_and_changes_the_category(country: Country, call: Caller) -> None:
    number = call.create(id_instansi="", id_kategori="101")
    country.core.verify(country.core.complaints[number], edited="Lampu jalan mati.", category="102")
    record = call.read(number)
    assert (record["isi_awal"], record["isi_akhir"]) == (FILED["isi"], "Lampu jalan mati.")
    assert (record["id_kategori"], record["kategori"]) == ("102", "Penerangan Jalan")


def test_privacy_can_be_raised_but_not_lowered(call: Caller) -> None:
    number = call.create(anonim="1")
    record = call("PATCH", f"/laporan/{number}", json={"anonim": "0", "rahasia": "1"}).json()["data"]
    assert (record["anonim"], record["rahasia"]) == ("1", "1")


def test_the_ledger_keeps_what_was_accepted_in_order(country: Country, call: Caller) -> None:
    number = call.create()
    call("POST", f"/laporan/{number}/tindak-lanjut", json={"isi": "Satu"})
    call("POST", f"/laporan/{number}/tindak-lanjut", json={"isi": ""})
    entries = requests.get(country.core.url + "_ledger", timeout=5).json()["entries"]
    assert [(one["operation"], one["key"], one["by"]) for one in entries] == [
        ("create", number, "hub"),
        ("comment", number, "hub"),
    ]


def test_the_date_header_is_the_countrys_own_clock(country: Country, call: Caller) -> None:
    assert call("GET", "/saya").headers["Date"] == "Mon, 02 Nov 2026 01:00:00 GMT"
