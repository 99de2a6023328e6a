"""The shipped mappings of files, and a file of somebody else's city: through the wire and the words together."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from adapters.contract import Change, ChangeKind, Setup
from adapters.tabular import TabularAdapter
from hub.domain.complaint import Moment
from hub.mapping import Mapping, RecordRefused, compile_mapping
from hub.mapping.check import check_mapping
from tests.adapters.contract import Journal

ROOT = Path(__file__).resolve().parents[2]
JAKARTA = ZoneInfo("Asia/Jakarta")
EXPORT = [
    "Tracking ID", "Tanggal Laporan Masuk", "Waktu Laporan Masuk", "Nama Pelapor", "Klasifikasi Laporan",
    "ID Kategori", "Kategori", "Judul Laporan", "Isi Laporan Awal", "Isi Laporan Akhir",
    "Tipe Laporan (Anonim/Rahasia)", "Sumber Laporan", "Instansi Induk", "ID Instansi Terdisposisi",
    "Instansi Terdisposisi", "Status Laporan", "Alasan Tunda/Arsip", "Provinsi", "Kota/Kabupaten", "Kecamatan",
    "Kelurahan", "Nomor SK", "Url SK", "Url Dokumen Laporan Tahunan",
    "Laporan yang Masuk melalui Kanal Aduan Setwapres", "Rating",
]  # fmt: skip


class Shelf:
    def __init__(self, folder: str) -> None:
        self.folder = ROOT / folder

    def mapping(self, name: str) -> tuple[str, str]:
        return (self.folder / f"{name}.yaml").read_text("utf-8"), f"{self.folder.name}/{name}.yaml"

    def codes(self, path: str) -> str:
        return (self.folder / path).read_text("utf-8")


def compiled(name: str, folder: str = "mappings") -> Mapping:
    return compile_mapping(name, Shelf(folder), settings={}, zone=JAKARTA)


class Office:
    """A home with a drop folder, read by one mapping."""

    def __init__(self, home: Path, mapping: Mapping) -> None:
        places = {"folder": "in", "out": "out", "finished_after": "0 seconds"}
        self.mapping = mapping
        self.setup = Setup("kantor", places, mapping.words, lambda name: "", JAKARTA, folder=home)
        self.files = home / "files"
        (self.files / "in").mkdir(parents=True)

    def drop(self, name: str, content: bytes) -> None:
        (self.files / "in" / name).write_bytes(content)

    def rows(self, stream: str = "records") -> list[dict[str, Any]]:
        pages = list(TabularAdapter(self.setup).pull(stream, since=None))
        assert not [one for page in pages for one in page.unreadable]
        return [record for page in pages for record in page.records]

    def push(self, change: Change) -> str:
        outcome = TabularAdapter(self.setup).push(change, Journal())
        return (self.files / "out" / outcome.facts["file"]).read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("name", "folder"),
    [("lapor-ekspor-admin", "mappings"), ("csv-sederhana", "mappings"), ("nyc311", "tests/mappings")],
)
def test_the_tests_and_laws_of_the_mapping_hold(name: str, folder: str) -> None:
    assert [result for result in check_mapping(compiled(name, folder)) if not result.ok] == []


def test_each_of_a_hundred_real_requests_is_accounted_for(tmp_path: Path) -> None:
    office = Office(tmp_path, compiled("nyc311", "tests/mappings"))
    office.drop("nyc311-100.csv", (ROOT / "tests/data/nyc311-100.csv").read_bytes())
    fate: Counter[str] = Counter()
    for row in office.rows():
        try:
            reading = office.mapping.read(row)
        except RecordRefused as refused:
            fate[f"quarantined: {refused.issue.code}"] += 1
            continue
        assert reading.issues == ()
        assert reading.unmapped == ()
        fate["skipped" if reading.skipped else "stored"] += 1
        if not reading.skipped:
            assert reading.complaint["is_anonymous"] == "unknown"
            assert reading.complaint["status"] in {"RESPONDED", "DISPATCHED", "ON_HOLD"}
    assert fate == {"stored": 99, "skipped": 1}


def test_a_real_request_is_read_in_the_time_of_its_city(tmp_path: Path) -> None:
    office = Office(tmp_path, compiled("nyc311", "tests/mappings"))
    office.drop("nyc311-100.csv", (ROOT / "tests/data/nyc311-100.csv").read_bytes())
    reading = office.mapping.read(office.rows()[0])
    assert reading.complaint["received_at"].utc == datetime(2019, 4, 19, 1, 55, 45, tzinfo=UTC)
    assert [event.values["kind"] for event in reading.events] == ["TINDAK_LANJUT"]
    assert (reading.complaint["location.lat"], reading.complaint["location.lon"]) == (40.5863974, -73.9325913)


def export(*rows: dict[str, Any]) -> bytes:
    """As the admin site writes it: titles above the headings, numbers as floats, dates as Excel keeps them."""
    book = openpyxl.Workbook()
    sheet = book.active
    for line in (["REKAP LAPORAN"], ["Pemerintah Kota Contoh"], ["Dibuat: 7 Agu 2026"], [], EXPORT):
        sheet.append(line)
    for row in rows:
        sheet.append([row.get(heading, "-") for heading in EXPORT])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_admin_export_is_read_as_excel_keeps_it(tmp_path: Path) -> None:
    office = Office(tmp_path, compiled("lapor-ekspor-admin"))
    office.drop(
        "ekspor.xlsx",
        export(
            {
                "Tracking ID": 9165816.0, "Tanggal Laporan Masuk": datetime(2026, 1, 6), "Waktu Laporan Masuk": "08:15",
                "Klasifikasi Laporan": "Aspirasi", "Status Laporan": "Diarsipkan oleh Admin", "Rating": 4.0,
                "Kategori": "PEKERJAAN\u00a0UMUM", "ID Instansi Terdisposisi": 1021.0,
                "Tipe Laporan (Anonim/Rahasia)": "Rahasia", "Sumber Laporan": "Website",
            },
            {"Tracking ID": "#9197446", "Tanggal Laporan Masuk": "06 Peb 2026", "Status Laporan": "Terverifikasi"},
        ),
    )  # fmt: skip
    first, second = (office.mapping.read(row) for row in office.rows())
    complaint = first.complaint
    assert first.issues == second.issues == ()
    assert first.unmapped == ()
    assert (complaint["core_tracking_id"], second.complaint["core_tracking_id"]) == ("9165816", "9197446")
    assert complaint["received_at"].utc == datetime(2026, 1, 6, 1, 15, tzinfo=UTC)
    assert second.complaint["received_at"].utc == datetime(2026, 2, 5, 17, 0, tzinfo=UTC)
    assert (complaint["status"], complaint["rating"], complaint["category_raw"]) == ("ARCHIVED", 4, "PEKERJAAN UMUM")
    assert (complaint["is_anonymous"], complaint["is_confidential"]) == ("no", "yes")
    assert second.complaint["is_anonymous"] == "unknown"
    assert complaint["agency.unit_id"] == "1021"


def test_an_unknown_status_of_the_export_is_an_issue_with_its_value(tmp_path: Path) -> None:
    reading = compiled("lapor-ekspor-admin").read({"Tracking ID": "9165816", "Status Laporan": "Diputihkan"})
    assert [(issue.field, issue.value) for issue in reading.issues] == [("status", "Diputihkan")]
    assert reading.complaint.get("status") is None
    assert reading.complaint["status_raw"] == "Diputihkan"


def test_the_export_says_nothing_of_answers_and_closing_dates() -> None:
    """So importing it never wipes them."""
    mapping = compiled("lapor-ekspor-admin")
    said = mapping.read(dict.fromkeys(EXPORT, "-") | {"Tracking ID": "1"}).complaint
    assert not {"closed_at", "responded_at", "verified_at", "dispatched_at"} & set(said)


def test_a_spreadsheet_of_an_office_travels_both_ways(tmp_path: Path) -> None:
    office = Office(tmp_path, compiled("csv-sederhana"))
    office.drop(
        "laporan-januari.csv",
        "No. Tiket;Nomor LAPOR;Tanggal;Judul;Status;Anonim;Rahasia\nT-1;;03/01/2026 08:15;Lampu;Proses;Tidak;Ya\n"
        "Total;1;;;;;\n".encode("utf-8-sig"),
    )
    office.drop(
        "tindak_lanjut-1.csv", b"No. Tiket,Tanggal,Isi,Petugas\nT-1,04/01/2026 09:00,Sudah diganti,Ani Contoh\n"
    )
    (row,) = office.rows()
    complaint = office.mapping.read(row).complaint
    assert (complaint["status"], complaint["is_confidential"]) == ("IN_PROGRESS", "yes")
    (note,) = office.rows("tindak-lanjut")
    event = office.mapping.read_event(note, "tindak-lanjut")
    assert (event.of, event.values["text"], event.values["kind"]) == ("T-1", "Sudah diganti", "TINDAK_LANJUT")

    writing = office.mapping.write({"core_tracking_id": "9165816", "status": "RESPONDED"}, row)
    update = Change(ChangeKind.UPDATE, "T-1", writing.fields, writing.changed, row)
    assert office.push(update).splitlines()[1] == "T-1,9165816,03/01/2026 08:15,Lampu,Tidak,Ya,Selesai"


def test_a_disposition_becomes_a_file_for_the_office(tmp_path: Path) -> None:
    office = Office(tmp_path, compiled("csv-sederhana"))
    received = Moment(datetime(2026, 1, 6, 1, 15, tzinfo=UTC))
    told = {"core_tracking_id": "9165816", "title": "Lampu", "received_at": received, "status": "DISPATCHED"}
    new = Change(ChangeKind.CREATE, fields=office.mapping.write(told, None).fields, key="9165816")
    assert office.push(new).splitlines() == [
        "Nomor LAPOR,Tanggal,Judul,Status",
        "9165816,06/01/2026 08:15,Lampu,Diteruskan",
    ]
    said = office.mapping.write_event({"text": "Mohon segera", "at": received})
    note = Change(ChangeKind.COMMENT, "T-1", event=said, text="Mohon segera")
    assert "T-1" in office.push(note)
    assert "Mohon segera" in office.push(note)
