"""OpenDocument workbooks (.ods, LibreOffice) as rows of text: values, not how they are shown; nothing is computed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from adapters.tabular.packed import refuse_bombs, refuse_missing
from adapters.tabular.text import FileRefused
from adapters.tabular_rows import cell_text

MOST_CONTENT = 128 << 20  # bytes: it is read as one tree
MOST_COLUMNS = 16_384
MOST_ROWS = 1_048_576
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TIME = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_MARKS = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n", f"{_TEXT}s": " "}


def open_document(file: BinaryIO, names: list[str]) -> Iterator[tuple[str, Iterator[list[str]]]]:
    """Title and rows of the named sheets, or of every visible one. Each must be read before the next is asked for."""
    refuse_bombs(file, "content.xml")
    with zipfile.ZipFile(file) as packed, packed.open("content.xml") as content:
        if (size := packed.getinfo("content.xml").file_size) > MOST_CONTENT:
            raise FileRefused("file.unpacks_too_big", bytes=size, most=MOST_CONTENT)
        root = etree.parse(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)).getroot()
    hidden = {
        style.get(f"{_STYLE}name")
        for style in root.iter(f"{_STYLE}style")
        for shown in style.iter(f"{_STYLE}table-properties")
        if shown.get(f"{_TABLE}display") == "false"
    }
    found = {str(one.get(f"{_TABLE}name")): one for one in root.iter(f"{_TABLE}table")}
    refuse_missing(names, found)
    for name in names or found:
        if names or found[name].get(f"{_TABLE}style-name") not in hidden:
            yield name, _rows(found[name])


def _rows(table: Any) -> Iterator[list[str]]:
    """Rows that repeat are told once in the file; the empty ones behind the last are left out."""
    blank = told = 0
    for row in table.iter(f"{_TABLE}table-row"):
        cells = _cells(row)
        times = min(_count(row, "number-rows-repeated"), MOST_ROWS - told)
        told += times
        if not cells:
            blank += times
            continue
        yield from ([] for _ in range(blank))
        blank = 0
        yield from (list(cells) for _ in range(times))


def _cells(row: Any) -> list[str]:
    cells: list[str] = []
    empty = 0
    for cell in row.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        text, times = _value(cell), _count(cell, "number-columns-repeated")
        if not text:
            empty += times
            continue
        cells += [""] * min(empty, MOST_COLUMNS - len(cells))
        cells += [text] * min(times, MOST_COLUMNS - len(cells))
        empty = 0
    return cells


def _count(node: Any, name: str) -> int:
    text = str(node.get(f"{_TABLE}{name}") or "1")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 1


def _value(cell: Any) -> str:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return cell_text(float(cell.get(f"{_OFFICE}value")))
    if kind == "date":
        day, _, clock = str(cell.get(f"{_OFFICE}date-value")).partition("T")
        return f"{day} {clock[:8]}" if clock.strip("0:.") else day
    if kind == "time" and (found := _TIME.fullmatch(str(cell.get(f"{_OFFICE}time-value")))):
        return f"{int(found[1]):02d}:{int(found[2]):02d}:{int(found[3]):02d}"
    if kind == "boolean":
        return str(cell.get(f"{_OFFICE}boolean-value")).upper()
    return "\n".join(_paragraph(one) for one in cell.iterchildren(f"{_TEXT}p"))


def _paragraph(node: Any) -> str:
    pieces: list[str] = []
    for event, one in etree.iterwalk(node, events=("start", "end")):
        if event == "start":
            pieces.append(_MARKS.get(one.tag, "") * int(one.get(f"{_TEXT}c") or 1) + (one.text or ""))
        elif one is not node:
            pieces.append(one.tail or "")
    return "".join(pieces)
