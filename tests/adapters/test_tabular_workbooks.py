"""Workbooks: every value in one standard way, several sheets, and what is no workbook at all."""

from __future__ import annotations

import dataclasses
import io
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from adapters.contract import WireError
from adapters.tabular import packed as wire
from adapters.tabular.sheet import cell_text
from adapters.tabular_words import RECORDS
from tests.adapters.dropped import WORDS, Drop


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path, {RECORDS: WORDS})


def book(**sheets: list[list[Any]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


HEAD = ["Nomor", "Tanggal", "Isi"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (9165816.0, "9165816"),
        (9165816, "9165816"),
        (-6.2, "-6.2"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (3.171e15, "3171000000000000.0"),
        (True, "TRUE"),
        (datetime(2026, 1, 6), "2026-01-06"),
        (datetime(2026, 1, 6, 8, 30, 0, 999_000), "2026-01-06 08:30:01"),
        (date(2026, 1, 6), "2026-01-06"),
        (time(8, 5), "08:05:00"),
        (timedelta(hours=30, minutes=5), "30:05:00"),
        ("satu_x000D_\ndua", "satu\r\ndua"),
        (" 010 ", " 010 "),
    ],
)
def test_a_value_has_one_text(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_numbers_and_dates_of_a_sheet_become_texts(drop: Drop) -> None:
    drop.put("lapor.xlsx", book(Data=[HEAD, [9165816.0, datetime(2026, 1, 6), "lampu"], [2, None, True]]))
    stored = drop.pull()
    assert [list(record.values()) for record in stored.records] == [
        ["9165816", "2026-01-06", "lampu"],
        ["2", "", "TRUE"],
    ]
    assert stored.positions == ["lapor.xlsx [Data]: baris 2", "lapor.xlsx [Data]: baris 3"]


def test_a_workbook_called_csv_is_still_a_workbook(drop: Drop) -> None:
    drop.put("lapor.csv", book(Data=[HEAD, ["1", "a", "b"]]))
    assert drop.pull().numbers == ["1"]


def test_rows_of_title_and_short_rows_do_no_harm(drop: Drop) -> None:
    rows = [["Rekap"], [], ["Kota Contoh"], HEAD, ["1"], [], ["2", "a", "b", "", None]]
    drop.put("lapor.xlsx", book(Data=rows))
    stored = drop.pull()
    assert stored.records[0] == {"Nomor": "1", "Tanggal": "", "Isi": ""}
    assert stored.positions == ["lapor.xlsx [Data]: baris 5", "lapor.xlsx [Data]: baris 7"]


def test_every_sheet_with_the_headings_counts_and_the_others_are_left(drop: Drop) -> None:
    drop.put("lapor.xlsx", book(Januari=[HEAD, ["1", "a", "b"]], Petunjuk=[["Cara"]], Februari=[HEAD, ["2", "c", "d"]]))
    stored = drop.pull()
    assert stored.numbers == ["1", "2"]
    assert stored.positions[1] == "lapor.xlsx [Februari]: baris 2"


def test_a_hidden_sheet_is_not_read(drop: Drop) -> None:
    made = openpyxl.load_workbook(io.BytesIO(book(A=[HEAD, ["1", "a", "b"]], B=[HEAD, ["2", "a", "b"]])))
    made["B"].sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    drop.put("lapor.xlsx", out.getvalue())
    assert drop.pull().numbers == ["1"]


def test_only_the_named_sheet_is_read(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(WORDS, sheets=("Februari",))})
    drop.put("lapor.xlsx", book(Januari=[HEAD, ["1", "a", "b"]], Februari=[HEAD, ["2", "c", "d"]]))
    assert drop.pull().numbers == ["2"]


def test_a_named_sheet_that_is_missing_is_told(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(WORDS, sheets=("Maret",))})
    drop.put("lapor.xlsx", book(Januari=[HEAD, ["1", "a", "b"]]))
    assert drop.pull().codes == ["file.no_sheet"]


def test_one_number_in_two_sheets_is_seen(drop: Drop) -> None:
    drop.put("lapor.xlsx", book(A=[HEAD, ["1", "a", "b"]], B=[HEAD, ["1", "a", "lain"], ["2", "c", "d"]]))
    stored = drop.pull()
    assert stored.numbers == ["2"]
    assert [one.position for one in stored.unreadable] == ["lapor.xlsx [A]: baris 2", "lapor.xlsx [B]: baris 2"]


def test_a_kill_between_two_sheets_goes_on_in_the_second(drop: Drop) -> None:
    drop.put("lapor.xlsx", book(A=[HEAD, ["1", "a", "b"]], B=[HEAD, ["2", "c", "d"]]))
    first = drop.pull(kill_after=1)
    rest = drop.pull(resume=first.pages[-1].resume)
    assert (first.numbers, rest.numbers) == (["1"], ["2"])


def test_a_formula_is_never_computed(drop: Drop) -> None:
    drop.put("lapor.xlsx", book(Data=[HEAD, ["1", "=1+1", '=WEBSERVICE("http://127.0.0.1")']]))
    assert drop.pull().records == [{"Nomor": "1", "Tanggal": "", "Isi": ""}]


def test_a_workbook_without_a_table_is_rejected(drop: Drop) -> None:
    drop.put("lapor.xlsx", book(Data=[["Rekap"], ["Kota"]]))
    assert drop.pull().codes == ["file.no_headings"]


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_workbook_is_rejected_whole(drop: Drop, part: float) -> None:
    whole = book(Data=[HEAD, *([str(n), "a", f"isi {n}"] for n in range(500))])
    drop.put("lapor.xlsx", whole[: int(len(whole) * part)])
    stored = drop.pull()
    assert stored.codes == ["file.broken_workbook"]
    assert not stored.records
    assert drop.waiting() == []


def repacked(whole: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return out.getvalue()


def test_xml_that_makes_no_sense_is_rejected(drop: Drop) -> None:
    drop.put("lapor.xlsx", repacked(book(Data=[HEAD, ["1", "a", "b"]]), "xl/worksheets/sheet1.xml", b"<worksheet><x"))
    assert drop.pull().codes == ["file.broken_workbook"]


def test_a_workbook_with_entities_is_refused(drop: Drop) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaa">]><worksheet>&a;</worksheet>'
    drop.put("lapor.xlsx", repacked(book(Data=[HEAD]), "xl/worksheets/sheet1.xml", bomb))
    assert drop.pull().codes == ["file.workbook_with_entities"]


def test_a_workbook_that_unpacks_without_end_is_refused(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_UNPACKED", 5_000_000)
    drop.put("lapor.xlsx", repacked(book(Data=[HEAD]), "xl/styles.xml", b" " * 6_000_000))
    assert drop.pull().codes == ["file.unpacks_too_big"]


def test_another_zip_is_no_workbook(drop: Drop) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("lapor.csv", "Nomor\n1\n")
    drop.put("lapor.zip", out.getvalue())
    assert drop.pull().codes == ["file.not_a_workbook"]


def test_a_sheet_that_claims_a_million_columns_is_not_believed(drop: Drop) -> None:
    whole = book(Data=[HEAD, ["1", "a", "b"]])
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        xml = packed.read("xl/worksheets/sheet1.xml")
    drop.put("lapor.xlsx", repacked(whole, "xl/worksheets/sheet1.xml", xml.replace(b"A1:C2", b"A1:XFD1048576")))
    assert drop.pull().records == [{"Nomor": "1", "Tanggal": "a", "Isi": "b"}]


def test_without_the_extra_the_file_waits_and_the_reason_is_told(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    drop.put("lapor.xlsx", book_bytes)
    with pytest.raises(WireError) as missing:
        drop.pull()
    assert (missing.value.code, missing.value.facts) == ("file.extra_missing", {"extra": "xlsx"})
    assert drop.waiting() == ["lapor.xlsx"]


book_bytes = book(Data=[HEAD, ["1", "a", "b"]])
