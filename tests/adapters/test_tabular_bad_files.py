"""Bad files and bad disks: each is told by name, row and next step; the good rows go through; nothing is lost."""

from __future__ import annotations

import csv
import dataclasses
import errno
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from adapters.contract import Failure, Page, WireError
from adapters.tabular import folder as folder_room
from adapters.tabular_words import RECORDS, Format
from tests.adapters.dropped import PLACES, WORDS, Drop

GOOD = "Nomor,Tanggal,Isi\n1,2026-01-03,lampu padam\n2,2026-01-04,jalan rusak\n"


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path, {RECORDS: WORDS})


# -- letters


def test_one_damaged_letter_costs_one_row_and_spoils_no_other(drop: Drop) -> None:
    rows = "".join(f"{n},a,jalan — “rusak”\n" for n in range(1, 6)).encode()
    drop.put("lapor.csv", b"Nomor,Tanggal,Isi\n" + rows + b"6,a,terpotong \xe2\x80\n7,b,ok\n")
    stored = drop.pull()
    assert stored.numbers == ["1", "2", "3", "4", "5", "7"]
    assert stored.records[0]["Isi"] == "jalan — “rusak”"
    assert [(one.position, one.code) for one in stored.unreadable] == [("lapor.csv: baris 7", "file.bad_letters")]
    stored.unreadable[0].raw.encode()  # can be stored
    str(stored.unreadable[0].facts).encode()


def test_latin_letters_are_no_damaged_utf_8(drop: Drop) -> None:
    drop.put("lapor.csv", "Nomor,Tanggal,Isi\n1,a,café é\n2,b,naïve\n".encode("windows-1252"))
    stored = drop.pull()
    assert [record["Isi"] for record in stored.records] == ["café é", "naïve"]
    assert [one.code for one in stored.findings] == ["file.encoding_guessed"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_read_and_said(drop: Drop, encoding: str) -> None:
    drop.put("lapor.csv", GOOD.replace("lampu", "lámpu").replace(",", "\t").encode(encoding))
    stored = drop.pull()
    assert stored.records[0]["Isi"] == "lámpu padam"
    assert [one.facts["encoding"] for one in stored.findings] == [encoding]


def test_a_nul_near_the_start_costs_one_row(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD.replace("lampu", "lam\0pu"))
    stored = drop.pull()
    assert (stored.numbers, stored.codes) == (["2"], ["file.control_characters"])


def test_a_damaged_line_of_json_costs_one_line(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(WORDS, headings=(), format=Format.JSONL)})
    drop.put("a.jsonl", '{"Nomor": 1, "Isi": "é é é é é é é é"}\n'.encode() + b'{"Nomor": 2, "Isi": "\xe2\x80"}\n')
    stored = drop.pull()
    assert [record["Isi"][0] for record in stored.records] == ["é"]
    assert stored.codes == ["file.bad_letters"]


# -- rows and cells


def test_a_row_of_a_hundred_thousand_cells_costs_one_row(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + ",".join(["x"] * 100_000) + "\n3,a,b\n")
    stored = drop.pull()
    assert (stored.numbers, stored.codes) == (["1", "2", "3"], ["file.too_many_cells"])
    assert stored.unreadable[0].facts["cells"] == 100_000
    assert len(stored.unreadable[0].raw) <= 64 * 1024


def test_a_workbook_cell_of_megabytes_costs_one_row(drop: Drop) -> None:
    book = openpyxl.Workbook()
    for row in (["Nomor", "Tanggal", "Isi"], ["1", "a", "b"], ["2", "a", "KERING"], ["3", "a", "c"]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    grown = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(grown, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part.filename, content.replace(b"KERING", b"x" * (2 << 20)))
    drop.put("lapor.xlsx", grown.getvalue())
    stored = drop.pull()
    assert (stored.numbers, stored.codes) == (["1", "3"], ["file.cell_too_long"])
    assert stored.unreadable[0].position == "lapor.xlsx [Sheet]: baris 3"


def test_a_workbook_with_a_wrong_offset_is_rejected_and_stops_no_other(drop: Drop) -> None:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    content = bytearray(out.getvalue())
    at = content.rfind(b"PK\x01\x02") + 42  # where the last part of the directory says that its part begins
    content[at : at + 4] = b"\xff\xff\xff\x7f"
    end = content.rfind(b"PK\x05\x06") + 16
    content[end : end + 4] = b"\xff\xff\xff\x7f"  # the directory itself: zip readers believe it and go below zero
    drop.put("a.xlsx", bytes(content))
    drop.put("b.csv", GOOD)
    stored = drop.pull()
    assert (stored.codes, stored.numbers) == (["file.broken_workbook"], ["1", "2"])


def test_a_disk_that_fails_in_the_middle_of_a_file_is_down(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop.put("lapor.csv", GOOD)

    def failing(*_: Any) -> Any:
        raise OSError(errno.EIO, "bad sector")

    monkeypatch.setattr("adapters.tabular.open_entries", failing)
    with pytest.raises(WireError) as refused:
        drop.pull()
    assert (refused.value.failure, refused.value.code) == (Failure.DOWN, "file.trouble")
    assert refused.value.facts == {"name": "lapor.csv", "errno": "EIO"}
    assert drop.waiting() == ["lapor.csv"]


def test_headings_alone_are_a_file_of_no_records(drop: Drop) -> None:
    drop.put("lapor.csv", "Nomor,Tanggal,Isi\n")
    stored = drop.pull()
    assert (stored.records, stored.codes) == ([], [])
    assert len(drop.archived()) == 1


def test_a_csv_cut_in_a_quote_keeps_the_rows_before(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + '3,2026-01-05,"lampu di dep')
    stored = drop.pull()
    assert (stored.numbers, stored.codes) == (["1", "2"], ["file.bad_quotes"])


# -- files that move while they are read


def test_a_file_that_grows_while_it_is_read_is_read_again_whole(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.tabular.pages.PAGE_ROWS", 10)
    path = drop.put("lapor.csv", "Nomor,Tanggal,Isi\n" + "".join(f"{n},a,b\n" for n in range(25)))
    adapter = drop.adapter()
    codes: list[str] = []
    for page in adapter.pull(RECORDS, since=None):
        if not codes and page.records:
            with path.open("a") as more:
                more.write("99,a,b\n")
        codes += [one.code for one in page.findings] or ["-"]
    assert "file.changed_while_read" in codes
    assert (drop.waiting(), drop.archived()) == (["lapor.csv"], [])
    assert drop.pull().numbers[-1] == "99"
    assert drop.waiting() == []


def test_a_file_that_goes_while_it_is_read_is_told_and_stops_no_other(drop: Drop) -> None:
    first = drop.put("a.csv", GOOD)
    drop.put("b.csv", GOOD.replace("1,", "7,").replace("2,", "8,"))
    pages: list[Page] = []
    for page in drop.adapter().pull(RECORDS, since=None):
        pages.append(page)
        first.unlink(missing_ok=True)
    assert [one.code for page in pages for one in page.findings] == ["file.gone"]
    assert [record["Nomor"] for page in pages for record in page.records] == ["1", "2", "7", "8"]
    assert len(drop.archived()) == 1


def test_a_file_swapped_for_a_link_while_it_waits_is_not_followed(drop: Drop, tmp_path: Path) -> None:
    secret = tmp_path / "rahasia.csv"
    secret.write_text(GOOD)
    path = drop.put("lapor.csv", GOOD)
    adapter = drop.adapter()
    waiting, _ = adapter.keeper.waiting()
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(WireError) as refused, adapter.keeper.open(waiting[0]):
        pass
    assert refused.value.code in {"file.trouble", "file.changed_while_read"}
    assert secret.exists()


# -- folders and disks


def test_a_folder_that_may_not_be_read_is_told(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop.put("lapor.csv", GOOD)

    def closed(*_: Any) -> Any:
        raise PermissionError(errno.EACCES, "closed")

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(WireError) as refused:
        drop.pull()
    assert (refused.value.failure, refused.value.code) == (Failure.DOWN, "file.no_permission")
    assert [one.code for one in drop.adapter().check()] == ["file.no_permission"]


def test_a_folder_that_went_away_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    share = tmp_path / "share"
    drop = Drop(tmp_path / "home", {RECORDS: WORDS}, connection={**PLACES, "folder": str(share / "in")})
    with pytest.raises(WireError) as refused:
        drop.pull()
    assert (refused.value.failure, refused.value.code) == (Failure.DOWN, "file.folder_missing")
    assert not share.exists()


@pytest.mark.parametrize("at", ["write_whole", "_move"])
def test_a_full_disk_while_putting_away_keeps_the_file_and_reads_nothing_twice(
    drop: Drop, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    path = drop.put("lapor.csv", GOOD)

    def full(*_: Any, **__: Any) -> None:
        raise WireError(Failure.DOWN, "file.disk_full", name="lapor.csv")

    with monkeypatch.context() as patch:
        patch.setattr(folder_room, at, full)
        with pytest.raises(WireError) as refused:
            drop.pull()
    assert (refused.value.failure, refused.value.code) == (Failure.DOWN, "file.disk_full")
    assert path.read_text() == GOOD
    again = drop.pull()
    assert len(again.records) == (2 if at == "write_whole" else 0)  # not yet remembered, or remembered and only moved
    assert (drop.waiting(), len(drop.archived())) == ([], 1)


def test_a_disk_full_in_the_middle_of_a_list_leaves_half_a_line_and_no_harm(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + "3,a\n")
    adapter = drop.adapter()
    for page in adapter.pull(RECORDS, since=None):
        if page.records:
            (place,) = [adapter.keeper._noted(str(page.resume["file"]))]
            place.write_text('{"position": "lapor.csv: baris 4", "code": "fi')
            break
    stored = drop.pull()
    assert stored.codes == ["file.too_few_cells"]
    assert [row[0] for row in drop.reasons()] == ["posisi", "lapor.csv: baris 4"]


@pytest.mark.parametrize("name", ["archive", "reject"])
def test_a_folder_of_ours_laid_as_a_link_is_refused(drop: Drop, tmp_path: Path, name: str) -> None:
    drop.put("lapor.csv", GOOD)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (drop.folder.parent / name).symlink_to(elsewhere)
    with pytest.raises(WireError) as refused:
        drop.pull()
    assert (refused.value.failure, refused.value.code) == (Failure.CONTRACT, "file.path_leaves")
    assert (drop.waiting(), list(elsewhere.iterdir())) == (["lapor.csv"], [])


def test_a_pipe_is_not_waited_for(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD)
    os.mkfifo(drop.folder / "pipa.csv")
    stored = drop.pull()
    assert stored.numbers == ["1", "2"]
    assert [one.code for one in stored.findings] == ["file.link"]


def test_the_list_for_the_sender_is_safe_in_a_spreadsheet(drop: Drop) -> None:
    drop.put("=cmd.csv", GOOD + "3,x\n")
    drop.pull()
    (place,) = drop.reject.glob("*.alasan.csv")
    cells = [cell for row in csv.reader(io.StringIO(place.read_text("utf-8-sig"))) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+@")]
