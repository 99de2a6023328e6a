from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.sandbox import export
from hub.sandbox.country import Country


def _file(quiet: Country, **more: str) -> str:
    filed = {"isi": "Air keruh", "judul": "Air", "id_instansi": "900310", "pelapor": {"nama": "Misal Fiktif"}}
    return quiet.core.file({**filed, **more}, by="warga").tracking_id


def test_the_export_has_its_26_headings_below_rows_of_title(quiet: Country, tmp_path: Path) -> None:
    number = _file(quiet)
    with export.write_csv(quiet.core, tmp_path / "lapor.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    at = next(place for place, row in enumerate(rows) if row and row[0] == "Tracking ID")
    record = dict(zip(rows[at], rows[at + 1], strict=True))
    assert (at, len(rows[at])) == (4, 26)
    assert record["Tracking ID"] == f"#{number}"
    assert record["Tanggal Laporan Masuk"] == "2 Nop 2026"
    assert record["Instansi Induk"] == "Pemerintah Kota Salatiga (simulasi)"
    assert record["Rating"] == "-"


def test_an_anonymous_reporter_has_no_name_in_it(quiet: Country) -> None:
    _file(quiet, anonim="1", rahasia="1")
    *_, row = export.rows(quiet.core)
    assert row[3] == "-"
    assert row[10] == "Anonim, Rahasia"


def test_one_agency_sees_its_own_rows_only(quiet: Country) -> None:
    _file(quiet)
    mine = _file(quiet, id_instansi="900100")
    rows = list(export.rows(quiet.core, "900100"))[5:]
    assert [row[0] for row in rows] == [f"#{mine}"]


@pytest.mark.parametrize(("month", "name"), [(2, "Peb"), (5, "Mei"), (8, "Agu"), (12, "Des")])
def test_months_are_the_old_indonesian_ones(month: int, name: str) -> None:
    assert export._date(datetime(2026, month, 3, 5, tzinfo=UTC)) == f"3 {name} 2026"


def test_the_spreadsheet_holds_the_same_rows(quiet: Country, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    _file(quiet)
    book = openpyxl.load_workbook(export.write_xlsx(quiet.core, tmp_path / "lapor.xlsx"), read_only=True)
    shown = [[cell for cell in row if cell is not None] for row in book.active.iter_rows(values_only=True)]
    book.close()
    assert shown == list(export.rows(quiet.core))
