"""Workbooks as rows of text: every value in one standard way, formulas by their cached value, nothing executed."""

from __future__ import annotations

import csv
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

from adapters.contract import Failure, WireError
from adapters.tabular.text import KEPT, Broken, FileRefused
from adapters.tabular_rows import MOST_CELL, cell_text

MOST_UNPACKED = 1 << 30
MOST_PARTS = 10_000
# openpyxl answers a damaged workbook with any of these.
_DAMAGED = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OverflowError, SyntaxError,
    NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The rows of one sheet, as often as one likes, out of a nameless temporary file."""

    title: str
    spool: IO[str]
    long: Mapping[int, str]  # rows with a cell beyond MOST_CELL (left empty in the spool): what it begins with

    def __iter__(self) -> Iterator[list[str] | Broken]:
        self.spool.seek(0)
        rows = csv.reader(self.spool, strict=True)
        if not self.long:
            return rows
        return (
            Broken("file.cell_too_long", self.long[number]) if number in self.long else row
            for number, row in enumerate(rows, 1)
        )

    def close(self) -> None:
        self.spool.close()


def sheets(file: BinaryIO, names: Iterable[str]) -> list[SheetRows]:
    """The named sheets, or every visible one. Raises FileRefused; WireError where openpyxl is missing."""
    openpyxl = library()
    _refuse_bombs(file)
    file.seek(0)
    done: list[SheetRows] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            for sheet in _chosen(book, list(names)):
                done.append(SheetRows(sheet.title, *_spooled(sheet)))
            book.close()
    except _DAMAGED as error:
        for one in done:
            one.close()
        raise FileRefused("file.broken_workbook", what=type(error).__name__) from error
    return done


def library() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise WireError(Failure.CONTRACT, "file.extra_missing", extra="xlsx") from error
    return openpyxl


def _refuse_bombs(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > MOST_UNPACKED or len(parts) > MOST_PARTS:
                raise FileRefused("file.unpacks_too_big", bytes=unpacked, most=MOST_UNPACKED)
            if "[Content_Types].xml" not in packed.namelist():
                raise FileRefused("file.not_a_workbook")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with packed.open(part) as inner:
                        if b"<!DOCTYPE" in inner.read(4096).upper():
                            raise FileRefused("file.workbook_with_entities")
    except _DAMAGED as error:
        raise FileRefused("file.broken_workbook", what=type(error).__name__) from error


def _chosen(book: Any, names: list[str]) -> list[Any]:
    missing = [name for name in names if name not in book.sheetnames]
    if missing:
        raise FileRefused("file.no_sheet", sheet=", ".join(missing))
    if names:
        return [book[name] for name in names]
    return [sheet for sheet in book.worksheets if getattr(sheet, "sheet_state", "visible") == "visible"]


def _spooled(sheet: Any) -> tuple[IO[str], dict[int, str]]:
    long: dict[int, str] = {}
    spool = tempfile.TemporaryFile("w+", encoding="utf-8", newline="", buffering=1 << 17)  # noqa: SIM115
    try:
        sheet.reset_dimensions()  # a sheet that claims a million columns is not believed
        writer = csv.writer(spool)
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [cell_text(value) for value in row]
            if (most := max(cells, key=len, default="")) and len(most) > MOST_CELL:
                long[number] = most[:KEPT]
                cells = []
            while cells and not cells[-1]:
                cells.pop()
            writer.writerow(cells)
        spool.flush()
    except BaseException:
        spool.close()
        raise
    return spool, long
