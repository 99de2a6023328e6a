"""Tables out of files as people make them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.tabular_words import RECORDS, NamePattern, SameKey, TableWords
from tests.adapters.dropped import WORDS, Drop

GOOD = "Nomor,Tanggal,Isi\n1,2026-01-03,lampu padam\n2,2026-01-04,jalan rusak\n"


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path, {RECORDS: WORDS})


def with_words(tmp_path: Path, **words: object) -> Drop:
    return Drop(tmp_path, {RECORDS: dataclasses.replace(WORDS, **words)})  # type: ignore[arg-type]


def test_every_row_becomes_a_record_of_texts(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD)
    assert drop.pull().records == [
        {"Nomor": "1", "Tanggal": "2026-01-03", "Isi": "lampu padam"},
        {"Nomor": "2", "Tanggal": "2026-01-04", "Isi": "jalan rusak"},
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_structure(drop: Drop, delimiter: str) -> None:
    drop.put("lapor.csv", GOOD.replace(",", delimiter).replace("lampu padam", '"lampu; padam, di | sana"'))
    assert drop.pull().records[0]["Isi"] == "lampu; padam, di | sana"


def test_commas_in_texts_do_not_outvote_the_headings(drop: Drop) -> None:
    rows = "".join(f"{n};2026-01-01;satu, dua, tiga, empat\n" for n in range(1, 40))
    drop.put("lapor.csv", "Nomor;Tanggal;Isi\n" + rows)
    assert len(drop.pull().records) == 39


def test_the_line_that_excel_writes_for_itself_is_obeyed(drop: Drop) -> None:
    drop.put("lapor.csv", "sep=;\r\n" + GOOD.replace(",", ";"))
    stored = drop.pull()
    assert stored.numbers == ["1", "2"]


def test_a_declared_delimiter_wins(tmp_path: Path) -> None:
    drop = with_words(tmp_path, delimiter="|")
    drop.put("lapor.csv", "Nomor|Tanggal|Isi\n1|a,b|c,d\n")
    assert drop.pull().records == [{"Nomor": "1", "Tanggal": "a,b", "Isi": "c,d"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_and_unicode_are_read_without_a_word(drop: Drop, encoding: str) -> None:
    drop.put("lapor.csv", GOOD.replace("lampu", "lámpu €").encode(encoding))
    stored = drop.pull()
    assert stored.records[0]["Isi"] == "lámpu € padam"
    assert not stored.findings


def test_an_undeclared_encoding_is_guessed_and_said(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD.replace("padam", "padam – café").encode("windows-1252"))
    stored = drop.pull()
    assert stored.records[0]["Isi"] == "lampu padam – café"
    assert [(one.code, one.facts["encoding"]) for one in stored.findings] == [("file.encoding_guessed", "windows-1252")]


def test_a_declared_encoding_is_no_guess(tmp_path: Path) -> None:
    drop = with_words(tmp_path, encoding="windows-1252")
    drop.put("lapor.csv", GOOD.replace("padam", "café").encode("windows-1252"))
    stored = drop.pull()
    assert stored.records[0]["Isi"] == "lampu café"
    assert not stored.findings


def test_a_wrongly_declared_encoding_does_not_spoil_utf_8(tmp_path: Path) -> None:
    drop = with_words(tmp_path, encoding="cp437")
    drop.put("lapor.csv", GOOD.replace("padam", "café"))
    assert drop.pull().records[0]["Isi"] == "lampu café"


def test_a_cell_may_hold_line_breaks(drop: Drop) -> None:
    drop.put("lapor.csv", 'Nomor,Tanggal,Isi\n1,x,"satu\ndua\r\ntiga"\n2,y,z\n')
    stored = drop.pull()
    assert stored.records[0]["Isi"] == "satu\ndua\r\ntiga"
    assert stored.positions == ["lapor.csv: baris 2", "lapor.csv: baris 3"]


def test_rows_of_title_above_the_headings_are_passed_over(drop: Drop) -> None:
    drop.put("lapor.csv", "Rekap Pengaduan,,\nKota Contoh,,\n\nDibuat 3 Jan 2026,,\n" + GOOD)
    stored = drop.pull()
    assert stored.numbers == ["1", "2"]
    assert stored.positions[0] == "lapor.csv: baris 6"


def test_declared_first_heading_finds_the_table(tmp_path: Path) -> None:
    drop = with_words(tmp_path, header_starts="nomor")
    drop.put("lapor.csv", "Nomor surat,5,\n" + GOOD)
    assert drop.pull().numbers == ["1", "2"]


def test_headings_are_compared_without_spaces_case_and_width(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD.replace("Nomor,Tanggal", "\u00a0NOMOR ,Ｔanggal"))
    assert list(drop.pull().records[0]) == ["Nomor", "Tanggal", "Isi"]


def test_headings_once_more_in_the_middle_are_no_record(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + "Nomor,Tanggal,Isi\n3,2026-01-05,banjir\n")
    assert drop.pull().numbers == ["1", "2", "3"]


def test_totals_are_no_record_where_declared(tmp_path: Path) -> None:
    drop = with_words(tmp_path, totals=("Jumlah", "Total"))
    drop.put("lapor.csv", GOOD + "Totalitas,x,y\n,,\nJUMLAH: 2,,\n,Total,2\n")
    assert drop.pull().numbers == ["1", "2", "Totalitas"]


def test_blank_rows_are_no_record(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD.replace("2,2026", "\n , \t,\u00a0\n,,\n2,2026"))
    assert drop.pull().numbers == ["1", "2"]


def test_a_row_with_too_few_or_many_cells_is_told_and_the_rest_goes_on(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + "3,2026-01-05\n4,2026-01-06,a,b\n5,2026-01-07,c\n6,2026-01-08,d,,\n")
    stored = drop.pull()
    assert stored.numbers == ["1", "2", "5", "6"]
    assert [(one.position, one.code) for one in stored.unreadable] == [
        ("lapor.csv: baris 4", "file.too_few_cells"),
        ("lapor.csv: baris 5", "file.too_many_cells"),
    ]
    assert stored.unreadable[0].facts == {"row": 4, "cells": 2, "expected": 3, "shape": "9 | 9999-99-99"}


def test_an_open_quote_costs_one_row_only(drop: Drop) -> None:
    rows = "".join(f"{n},2026-01-05,isi {n}\n" for n in range(4, 3000))
    drop.put("lapor.csv", GOOD + '3,2026-01-05,"tidak ditutup\n' + rows)
    stored = drop.pull()
    assert stored.codes == ["file.bad_quotes"]
    assert len(stored.records) == 2 + 2996
    assert stored.records[-1]["Isi"] == "isi 2999"


def test_a_cell_of_fifty_megabytes_costs_one_row_only(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + f"3,2026-01-05,{'x' * 50_000_000}\n4,2026-01-06,akhir\n")
    stored = drop.pull()
    assert stored.codes == ["file.cell_too_long"]
    assert len(stored.unreadable[0].raw) < 100_000
    assert stored.numbers == ["1", "2", "4"]


def test_a_file_of_nothing_but_broken_rows_is_refused_whole(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + '3,x,"a"b\n' * 300)
    stored = drop.pull()
    assert stored.codes == ["file.too_broken"]
    assert not stored.records


def test_equal_rows_of_one_number_are_one(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + "1,2026-01-03,lampu padam\n")
    stored = drop.pull()
    assert stored.numbers == ["1", "2"]
    assert not stored.unreadable


def test_rows_of_one_number_that_differ_are_all_set_aside(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + "1,2026-01-03,lampu menyala\n")
    stored = drop.pull()
    assert stored.numbers == ["2"]
    assert [one.position for one in stored.unreadable] == ["lapor.csv: baris 2", "lapor.csv: baris 4"]
    assert stored.unreadable[0].facts["first"] == "lapor.csv: baris 2"
    assert "lampu" not in str(stored.unreadable[0].facts)


def test_the_last_row_wins_where_declared(tmp_path: Path) -> None:
    drop = with_words(tmp_path, same_key=SameKey.LAST_WINS)
    drop.put("lapor.csv", GOOD + "1,2026-01-09,lampu menyala\n")
    assert [record["Isi"] for record in drop.pull().records] == ["jalan rusak", "lampu menyala"]


def test_a_heading_twice_is_numbered(drop: Drop) -> None:
    drop.put("lapor.csv", "Nomor,Tanggal,Isi,Catatan,Catatan,\n1,a,b,c,d,\n")
    assert drop.pull().records == [{"Nomor": "1", "Tanggal": "a", "Isi": "b", "Catatan": "c", "Catatan (2)": "d"}]


def test_a_mapped_heading_twice_is_refused(drop: Drop) -> None:
    drop.put("lapor.csv", "Nomor,Tanggal,Isi,Tanggal\n1,a,b,c\n")
    assert drop.pull().codes == ["file.heading_twice"]


def test_missing_columns_are_said_and_missing_in_the_record(drop: Drop) -> None:
    drop.put("lapor.csv", "Nomor,Isi\n1,a\n")
    stored = drop.pull()
    assert stored.records == [{"Nomor": "1", "Isi": "a"}]
    assert [(one.code, one.facts["headings"]) for one in stored.findings] == [("file.headings_missing", "Tanggal")]


def test_a_file_without_headings_is_read_by_declared_columns(tmp_path: Path) -> None:
    drop = with_words(tmp_path, columns=("Nomor", "Tanggal", "Isi"))
    drop.put("lapor.csv", GOOD.split("\n", 1)[1])
    assert drop.pull().numbers == ["1", "2"]


def test_marks_against_formulas_are_taken_off(drop: Drop) -> None:
    drop.put("lapor.csv", "Nomor,Tanggal,Isi\n1,'+62812,'=SUM(A1)\n2,'kata',''-x\n")
    assert [list(record.values()) for record in drop.pull().records] == [
        ["1", "+62812", "=SUM(A1)"],
        ["2", "'kata'", "'-x"],
    ]


def test_nul_characters_are_told_per_row(drop: Drop) -> None:
    filler = "".join(f"{n},2026-01-05,{'isi ' * 20}\n" for n in range(10, 200))
    drop.put("lapor.csv", GOOD + filler + "3,2026-01-05,a\0b\n4,2026-01-05,c\n")
    stored = drop.pull()
    assert stored.codes == ["file.control_characters"]
    assert stored.numbers[-1] == "4"


def test_old_line_ends_are_read(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD.replace("\n", "\r"))
    assert drop.pull().numbers == ["1", "2"]


def test_pages_stay_small(drop: Drop) -> None:
    drop.put("lapor.csv", "Nomor,Tanggal,Isi\n" + "".join(f"{n},x,y\n" for n in range(2500)))
    assert [len(page.records) for page in drop.pull().pages] == [1000, 1000, 500, 0]


def test_the_date_in_the_name_is_when_the_content_was_true(tmp_path: Path) -> None:
    drop = with_words(tmp_path, name=NamePattern("lapor_<date>.csv", ("%Y%m%d",)))
    drop.put("lapor_20260106.csv", GOOD)
    first = drop.pull().pages[0].as_of
    assert first is not None
    assert first.isoformat() == "2026-01-06T00:00:00+07:00"


def test_without_a_date_in_the_name_the_file_time_counts(drop: Drop) -> None:
    path = drop.put("lapor.csv", GOOD)
    first = drop.pull().pages[0].as_of
    assert first is not None
    assert abs(first.timestamp() - next(drop.archive.rglob("lapor.*.csv")).stat().st_mtime) < 1
    assert not path.exists()


def test_pieces_of_the_name_become_columns(tmp_path: Path) -> None:
    drop = with_words(tmp_path, name=NamePattern("TL_<OPD>_<date>.csv"))
    drop.put("TL_Dinas PU_2026-01-06.csv", GOOD)
    drop.put("lain.csv", GOOD)
    stored = drop.pull()
    assert {record["OPD"] for record in stored.records} == {"Dinas PU"}
    assert drop.waiting() == ["lain.csv"]


def test_one_file_can_be_one_record(tmp_path: Path) -> None:
    words = TableWords(name=NamePattern("TL_<Nomor>.txt"), each="file", same_key=SameKey.ALLOWED)
    drop = Drop(tmp_path, {"updates": words})
    drop.put("TL_17.txt", "Sudah ditambal,\nterima kasih.\n")
    assert drop.pull(stream="updates").records == [{"text": "Sudah ditambal,\nterima kasih.\n", "Nomor": "17"}]


def test_no_content_is_newer_than_its_reading(tmp_path: Path) -> None:
    drop = with_words(tmp_path, name=NamePattern("lapor_<date>.csv"))
    drop.put("lapor_2999-01-01.csv", GOOD)
    first = drop.pull().pages[0].as_of
    assert first is not None
    assert first <= datetime.now(UTC)
