"""What is in a file: its tables or its list, told by the content."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO

from adapters.contract import Finding
from adapters.tabular.head import Head, find_head
from adapters.tabular.packed import is_open_document
from adapters.tabular.sheet import SheetRows, sheets
from adapters.tabular.table import Entries, Table
from adapters.tabular.text import FileRefused, Look, look, open_text, text_rows
from adapters.tabular.trees import trees
from adapters.tabular.webtable import WebRows, web_tables
from adapters.tabular_rows import MOST_CELL
from adapters.tabular_words import Format, TableWords, fold


def open_entries(
    stack: ExitStack, name: str, file: BinaryIO, digest: str, words: TableWords
) -> tuple[Sequence[Entries], tuple[Finding, ...]]:
    """The tables or lists of one file, closed with ``stack``, and what was noticed. Raises FileRefused."""
    seen = look(file, digest, words.encoding)
    findings = [Finding("file.encoding_guessed", True, {"encoding": seen.encoding})] if seen.guessed else []
    found: Sequence[Entries]
    if words.format.is_tree and words.each != "file":
        if seen.is_workbook or seen.is_page:
            raise FileRefused("file.other_format", wanted=str(words.format))
        found = [trees(name, file, seen, words)]
    else:
        found = tables = _tables(stack, name, file, seen, words)
        findings += [finding for table in tables for finding in table.head.findings]
    return found, tuple(replace(one, facts={"file": name, **one.facts}) for one in findings)


def _tables(stack: ExitStack, name: str, file: BinaryIO, seen: Look, words: TableWords) -> list[Table]:
    packed = Format.ODS if is_open_document(file) else Format.XLSX
    shown = packed if seen.is_workbook else Format.HTML if seen.is_page else Format.CSV
    if words.format not in (Format.ANY, shown) and words.each != "file":
        raise FileRefused("file.other_format", wanted=str(words.format))
    if seen.is_workbook:
        return _of_sheets(stack, name, sheets(file, words.sheets), words)
    if seen.is_page and words.each != "file":
        return _of_page(stack, name, web_tables(file, seen), words)
    try:
        return [_of_text(name, file, seen, words)]
    except FileRefused as why:
        if seen.is_tree and why.code == "file.no_headings":
            raise FileRefused("file.undeclared_json") from why
        raise


def _of_sheets(stack: ExitStack, name: str, found: Sequence[SheetRows | WebRows], words: TableWords) -> list[Table]:
    """Named sheets must have the headings; of the others, those that have them count."""
    tables: list[Table] = []
    refused: FileRefused | None = None
    for sheet in found:
        stack.callback(sheet.close)
    for sheet in found:
        try:
            head = find_head(sheet, words)
        except FileRefused as why:
            if words.sheets or why.code != "file.no_headings":
                raise
            refused = why
            continue
        tables.append(
            Table(f"{name} [{sheet.title}]", sheet, head, words, ragged=True, careful=False, title=sheet.title)
        )
    if not tables:
        raise refused or FileRefused("file.empty")
    return tables


def _of_page(stack: ExitStack, name: str, found: Sequence[WebRows], words: TableWords) -> list[Table]:
    """A page whose tables are others (a login, an error) is told as a page."""
    try:
        return _of_sheets(stack, name, found, replace(words, sheets=()))
    except FileRefused as why:
        if why.code not in ("file.no_headings", "file.empty"):
            raise
        raise FileRefused("file.html", wanted=why.facts.get("wanted", "")) from why


def _of_text(name: str, file: BinaryIO, seen: Look, words: TableWords) -> Table:
    if words.each == "file":
        return Table(name, [[_whole_text(file, seen)]], Head(0, ("text",)), words, ragged=False, careful=False)
    rows = text_rows(file, seen, words.delimiter, frozenset(map(fold, words.headings)))
    careful = seen.zero or seen.escaped or seen.errors != "strict"
    return Table(name, rows, find_head(rows, words), words, ragged=words.short_rows, careful=careful)


def _whole_text(file: BinaryIO, seen: Look) -> str:
    if seen.errors != "strict":
        raise FileRefused("file.encoding", tried=seen.encoding)
    with open_text(file, seen) as text:
        whole = text.read(MOST_CELL + 1)
    if len(whole) > MOST_CELL:
        raise FileRefused("file.too_big", bytes=seen.size, most=MOST_CELL)
    return whole
