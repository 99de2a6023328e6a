"""Workbooks as rows of text: every value in one standard way, formulas by their cached value, nothing executed."""

from __future__ import annotations

import csv
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

from adapters.contract import Failure, WireError
from adapters.tabular.opendoc import open_document
from adapters.tabular.packed import is_damage, is_open_document, refuse_bombs, refuse_missing
from adapters.tabular.text import KEPT, Broken, FileRefused
from adapters.tabular_rows import MOST_CELL, cell_text


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
    read = open_document if is_open_document(file) else _excel
    done: list[SheetRows] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for title, rows in read(file, list(names)):
                done.append(SheetRows(title, *_spooled(rows)))
    except BaseException as error:
        for one in done:
            one.close()
        if is_damage(error):
            raise FileRefused("file.broken_workbook", what=type(error).__name__) from error
        raise
    return done


def library() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise WireError(Failure.CONTRACT, "file.extra_missing", extra="xlsx") from error
    return openpyxl


def _excel(file: BinaryIO, names: list[str]) -> Iterator[tuple[str, Iterable[list[str]]]]:
    openpyxl = library()
    refuse_bombs(file, "[Content_Types].xml")
    file.seek(0)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    refuse_missing(names, book.sheetnames)
    for sheet in [book[name] for name in names] or book.worksheets:
        if names or getattr(sheet, "sheet_state", "visible") == "visible":
            sheet.reset_dimensions()  # a sheet that claims a million columns is not believed
            yield sheet.title, ([cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True))
    book.close()


def _spooled(rows: Iterable[list[str]]) -> tuple[IO[str], dict[int, str]]:
    long: dict[int, str] = {}
    spool = tempfile.TemporaryFile("w+", encoding="utf-8", newline="", buffering=1 << 17)  # noqa: SIM115
    try:
        writer = csv.writer(spool)
        for number, row in enumerate(rows, 1):
            cells = row
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
