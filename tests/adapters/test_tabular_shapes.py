"""Tables as offices print them and as other people's systems export them."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from adapters.tabular import pages
from adapters.tabular.head import names_of
from adapters.tabular_words import RECORDS, Format, NamePattern, SameKey, TableWords
from tests.adapters.dropped import WORDS, Drop, Stored

GOOD = "Nomor,Tanggal,Isi\n1,2026-01-03,lampu padam\n2,2026-01-04,jalan rusak\n"


def pulled(tmp_path: Path, content: str | bytes, name: str = "lapor.csv", **words: Any) -> Stored:
    return drop_with(tmp_path, content, name, **words).pull()


def drop_with(tmp_path: Path, content: str | bytes, name: str = "lapor.csv", **words: Any) -> Drop:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(WORDS, **words)})
    drop.put(name, content)
    return drop


def workbook(**sheets: Iterable[Iterable[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# -- headings


def test_headings_in_two_rows_are_one_name_each() -> None:
    above = ["No", "Nomor", "Tanggal", "", "Lokasi", "", "Status"]
    below = ["", "", "Masuk", "Selesai", "Kecamatan", "Kelurahan", ""]
    assert names_of([above, below]) == [
        "No", "Nomor", "Tanggal Masuk", "Tanggal Selesai", "Lokasi Kecamatan", "Lokasi Kelurahan", "Status",
    ]  # fmt: skip


def test_spread_out_headings_are_not_said_twice() -> None:
    assert names_of([["No", "Tanggal", "Tanggal"], ["No", "Masuk", "Selesai"]]) == [
        "No", "Tanggal Masuk", "Tanggal Selesai",
    ]  # fmt: skip


def test_a_heading_over_nothing_does_not_reach_its_neighbour() -> None:
    assert names_of([["Nomor", ""], ["", "Isi"]]) == ["Nomor", "Isi"]


def test_a_table_below_two_rows_of_headings_is_read(tmp_path: Path) -> None:
    words: dict[str, Any] = {"headings": ("Nomor", "Tanggal Masuk"), "header_rows": 2}
    stored = pulled(
        tmp_path, "REKAP,,\nNomor,Tanggal,\n,Masuk,Selesai\n1,a,b\nNomor,Tanggal,\n,Masuk,Selesai\n2,c,d\n", **words
    )
    assert [tuple(record.values()) for record in stored.records] == [("1", "a", "b"), ("2", "c", "d")]
    assert list(stored.records[0]) == ["Nomor", "Tanggal Masuk", "Tanggal Selesai"]


@pytest.mark.parametrize("numbers", ["1,2,3", "(1),(2),(3)", "1.,2.,3.", "1),2),3)"])
def test_the_row_of_column_numbers_is_no_record(tmp_path: Path, numbers: str) -> None:
    assert pulled(tmp_path, GOOD.replace("1,2026", f"{numbers}\n1,2026", 1)).numbers == ["1", "2"]


def test_numbers_further_down_are_a_record(tmp_path: Path) -> None:
    assert pulled(tmp_path, GOOD + "1,2,3\n", same_key=SameKey.ALLOWED).numbers == ["1", "2", "1"]


def test_a_hundred_thousand_headings_take_no_age(tmp_path: Path) -> None:
    heads = ",".join(["Nomor", "Tanggal", "Isi", *["x"] * 100_000])
    stored = pulled(tmp_path, f"{heads}\n{','.join(['1', 'a', 'b', *['y'] * 100_000])}\n")
    assert len(stored.records[0]) == 100_003
    assert stored.records[0]["x (100000)"] == "y"


# -- what is no record, and what an empty cell means


def test_the_table_ends_where_it_is_declared_to(tmp_path: Path) -> None:
    content = GOOD + "Jumlah,2,\n,,\n,,Kota Contoh\n,,NIP. 1\n"
    stored = pulled(tmp_path, content, ends=("jumlah",))
    assert (stored.numbers, stored.codes) == (["1", "2"], [])


def test_the_first_blank_row_may_end_the_table(tmp_path: Path) -> None:
    content = GOOD.replace("1,2026", ",,\n1,2026", 1) + ",,\n,,Kepala Dinas\n"
    assert pulled(tmp_path, content, ends_blank=True).numbers == ["1", "2"]  # the one above the records does not


def test_what_lies_below_the_end_is_counted(tmp_path: Path) -> None:
    drop = drop_with(tmp_path, GOOD + "Jumlah,2,\na,b,c\n", ends=("Jumlah",))
    drop.pull()
    (note,) = drop.archive.glob(".seen/*/*.json")
    assert json.loads(note.read_text())["counts"]["below_the_end"] == 2


def test_words_for_nothing_make_empty_cells(tmp_path: Path) -> None:
    stored = pulled(tmp_path, "Nomor,Tanggal,Isi\n1,-,x\n2, N/A ,y\n-,n/a,-\n", blank=frozenset({"-", "n/a"}))
    assert [record["Tanggal"] for record in stored.records] == ["", ""]


def test_merged_cells_are_filled_from_above(tmp_path: Path) -> None:
    content = "Nomor,Tanggal,Isi\n1,Senin,a\n2,,b\n3,Rabu,c\n,,\n4,,d\n"
    stored = pulled(tmp_path, content, fill_down=("Tanggal",))
    assert [record["Tanggal"] for record in stored.records] == ["Senin", "Senin", "Rabu", ""]  # not over a blank row


def test_a_broken_row_between_fills_nothing(tmp_path: Path) -> None:
    stored = pulled(tmp_path, "Nomor,Tanggal,Isi\n1,Senin,a\n2,Rabu\n3,,c\n", fill_down=("Tanggal",))
    assert [record["Tanggal"] for record in stored.records] == ["Senin", ""]


def test_a_row_without_a_number_goes_on_with_the_one_above(tmp_path: Path) -> None:
    content = "Nomor,Tanggal,Isi\n1,Senin,jalan\n,,rusak\n,5 Jan,\n2,Rabu,lampu\n"
    stored = pulled(tmp_path, content, continues="Nomor")
    assert [tuple(record.values()) for record in stored.records] == [
        ("1", "Senin\n5 Jan", "jalan\nrusak"),
        ("2", "Rabu", "lampu"),
    ]
    assert stored.positions == ["lapor.csv: baris 2", "lapor.csv: baris 5"]


def test_what_goes_on_with_nothing_is_told(tmp_path: Path) -> None:
    content = "Nomor,Tanggal,Isi\n,,awal\n1,Senin,jalan\nJumlah,,\n,,Kepala Dinas\n"
    stored = pulled(tmp_path, content, continues="Nomor", totals=("Jumlah",))
    assert [one.position for one in stored.unreadable] == ["lapor.csv: baris 2", "lapor.csv: baris 5"]
    assert set(stored.codes) == {"file.continues_nothing"}
    assert stored.records[0]["Isi"] == "jalan"


def test_a_killed_run_neither_loses_nor_doubles_continued_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    content = "Nomor,Tanggal,Isi\n" + "".join(f"{n},a,b\n,,c\n" for n in range(35))
    drop = drop_with(tmp_path, content, continues="Nomor")
    first = drop.pull(kill_after=2)
    rest = drop.pull(resume=first.pages[-1].resume)
    assert [record["Isi"] for record in first.records + rest.records] == ["b\nc"] * 35
    assert first.numbers + rest.numbers == [str(n) for n in range(35)]


def test_rows_that_end_early_have_empty_cells_where_declared(tmp_path: Path) -> None:
    stored = pulled(tmp_path, GOOD + "3,2026-01-05\n4,x,y,z\n", short_rows=True)
    assert stored.records[2] == {"Nomor": "3", "Tanggal": "2026-01-05", "Isi": ""}
    assert stored.codes == ["file.too_many_cells"]


# -- numbers made of several columns


def test_rows_alike_in_every_piece_of_the_number_are_told(tmp_path: Path) -> None:
    content = "Nomor,Tanggal,Isi\n1,a,x\n1,b,y\n1,a,z\n1,b,y\n"
    stored = pulled(tmp_path, content, keys=("Nomor", "Tanggal"))
    assert [record["Isi"] for record in stored.records] == ["y"]
    assert [one.position for one in stored.unreadable] == ["lapor.csv: baris 2", "lapor.csv: baris 4"]
    assert stored.unreadable[0].place == "Nomor, Tanggal"


def test_cells_that_only_join_alike_are_not_alike(tmp_path: Path) -> None:
    content = "Nomor,Tanggal,Isi\n1,a | b,c\n1,a,b | c\n"
    assert pulled(tmp_path, content).codes == ["file.same_key_differs"] * 2


def test_the_name_of_a_sheet_is_a_column_and_a_part_of_the_number(tmp_path: Path) -> None:
    rows = [("No", "Isi"), (1, "a"), (2, "b")]
    stored = pulled(
        tmp_path, workbook(Januari=rows, Februari=rows), "rekap.xlsx",
        headings=("Bulan", "No", "Isi"), keys=("Bulan", "No"), sheet_name="Bulan",
    )  # fmt: skip
    assert [(record["Bulan"], record["No"]) for record in stored.records] == [
        ("Januari", "1"), ("Januari", "2"), ("Februari", "1"), ("Februari", "2"),
    ]  # fmt: skip


# -- JSON

TREE = TableWords(headings=("id",), keys=("id",), format=Format.JSONL)


def test_every_line_is_a_record_and_a_broken_one_costs_one_line(tmp_path: Path) -> None:
    lines = ['{"id": 1, "a": {"b": [1.5, null, "x"]}}', "", '{"id": 2, "a":', "[1]", '"teks"', '{"id": 3}']
    drop = Drop(tmp_path, {RECORDS: TREE})
    drop.put("dump.jsonl", "\n".join(lines))
    stored = drop.pull()
    assert stored.records == [{"id": 1, "a": {"b": [1.5, None, "x"]}}, {"id": 3}]
    assert [(one.position, one.code) for one in stored.unreadable] == [
        ("dump.jsonl: baris 3", "file.bad_json"),
        ("dump.jsonl: baris 4", "file.no_object"),
        ("dump.jsonl: baris 5", "file.no_object"),
    ]
    assert stored.positions == ["dump.jsonl: baris 1", "dump.jsonl: baris 6"]


def test_one_number_in_two_lines_is_told_however_it_is_typed(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(TREE, keys=("a.id",))})
    drop.put("dump.jsonl", '{"a": {"id": 1}}\n{"a": {"id": "1"}, "x": 2}\n{"a": {}}\n{"a": 1}\n')
    stored = drop.pull()
    assert stored.codes == ["file.same_key_differs"] * 2
    assert stored.records == [{"a": {}}, {"a": 1}]  # no number: the caller's words refuse them


def test_a_line_of_many_megabytes_costs_one_line(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: TREE})
    drop.put("dump.jsonl", '{"id": 1}\n{"id": 2, "a": "' + "x" * (5 << 20) + '"}\n{"id": 3}')
    stored = drop.pull()
    assert [record["id"] for record in stored.records] == [1, 3]
    assert [one.code for one in stored.unreadable] == ["file.cell_too_long"]
    assert len(stored.unreadable[0].raw) <= 64 * 1024


def test_a_document_holds_its_list_where_declared(tmp_path: Path) -> None:
    words = dataclasses.replace(TREE, format=Format.JSON, records=("result", "items"))
    drop = Drop(tmp_path, {RECORDS: words})
    drop.put("a.json", json.dumps({"result": {"items": [{"id": 1}, "x", {"id": 2}]}}, indent=1))
    stored = drop.pull()
    assert ([one["id"] for one in stored.records], stored.codes) == ([1, 2], ["file.no_object"])
    assert stored.positions == ["a.json: entri 1", "a.json: entri 3"]


@pytest.mark.parametrize(
    ("content", "code"),
    [('{"result": {', "file.bad_document"), ('{"error": 1}', "file.no_list"), ("{" * 100_000, "file.bad_document")],
)
def test_a_document_that_holds_no_list_is_rejected(tmp_path: Path, content: str, code: str) -> None:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(TREE, format=Format.JSON, records=("result",))})
    drop.put("a.json", content)
    assert drop.pull().codes == [code]
    assert len(drop.rejected()) == 2


def test_json_that_nobody_declared_is_told_as_json(tmp_path: Path) -> None:
    assert pulled(tmp_path, '[{"Nomor": 1}]', "a.csv").codes == ["file.undeclared_json"]


# -- web pages

PAGE = """<html><head><meta charset="utf-8"></head><body><table><tr><td colspan=3>LAPORAN</td></tr></table>
<table border=1><tr><th>Nomor</th><th>Tanggal</th><th>Isi</th></tr>
<tr><td>1</td><td rowspan=2>Senin&nbsp;pagi</td><td>Jalan <b>rusak</b><br>dekat pasar<script>x()</script></td></tr>
<tr><td>2</td><td><!-- apa -->A &amp; B</td></tr></table></body></html>"""


def test_a_web_table_named_xls_is_read_as_a_reader_sees_it(tmp_path: Path) -> None:
    stored = pulled(tmp_path, PAGE, "laporan.xls")
    assert [tuple(record.values()) for record in stored.records] == [
        ("1", "Senin pagi", "Jalan rusak\ndekat pasar"),
        ("2", "Senin pagi", "A & B"),
    ]
    assert stored.positions[0] == "laporan.xls [tabel 2]: baris 2"


def test_a_page_without_the_table_is_told_as_a_page(tmp_path: Path) -> None:
    login = "<!DOCTYPE html><html><body><table><tr><td>Masuk</td></tr></table></body></html>"
    assert pulled(tmp_path, login, "laporan.xls").codes == ["file.html"]


def test_a_page_cut_off_is_rejected_whole(tmp_path: Path) -> None:
    stored = pulled(tmp_path, PAGE[:-40], "laporan.xls")
    assert (stored.codes, stored.records) == (["file.cut_off"], [])


def test_a_web_cell_of_a_megabyte_costs_one_row(tmp_path: Path) -> None:
    stored = pulled(tmp_path, PAGE.replace("Senin&nbsp;pagi", "x" * (2 << 20)).replace("rowspan=2", ""), "a.xls")
    assert "file.cell_too_long" in stored.codes


# -- several kinds in one folder


def test_tables_and_lists_lie_side_by_side(tmp_path: Path) -> None:
    notes = dataclasses.replace(TREE, name=NamePattern("*.jsonl"))
    drop = Drop(tmp_path, {"tl": notes, RECORDS: WORDS})
    drop.put("lapor.csv", GOOD)
    drop.put("tl.jsonl", '{"id": 7}\n')
    assert drop.pull().numbers == ["1", "2"]
    assert drop.pull(stream="tl").records == [{"id": 7}]


def test_files_that_nobody_reads_are_told_by_every_run(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(WORDS, name=NamePattern("lapor*"))})
    drop.put("lain.csv", GOOD)
    (drop.folder / "Januari").mkdir()
    (drop.folder / "tautan.csv").symlink_to(drop.folder / "lain.csv")
    for _ in range(2):
        stands = [(one.code, one.facts["file"], one.ok) for one in drop.pull().pages[-1].findings]
        assert stands == [
            ("file.no_stream", "lain.csv", False),
            ("file.folder_inside", "Januari", False),
            ("file.link", "tautan.csv", False),
        ]
    assert drop.waiting() == ["Januari", "lain.csv", "tautan.csv"]
