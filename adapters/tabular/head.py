"""The headings of a table: in which rows they stand, and the name each gives its column."""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from adapters.contract import Finding
from adapters.tabular.text import Broken, FileRefused
from adapters.tabular_words import TableWords, fold

WITHIN = 200  # rows in which the headings must begin

Cells = list[str]


@dataclass(frozen=True, slots=True)
class Head:
    """``row``: the last row of the headings (from 1; 0: there are none)."""

    row: int
    headings: tuple[str, ...]
    again: tuple[tuple[str, ...], ...] = ()  # its rows, folded: one that comes once more is no record
    firsts: frozenset[str] = frozenset()  # their first cells, as they stand there
    findings: tuple[Finding, ...] = ()


def find_head(source: Iterable[Cells | Broken], words: TableWords) -> Head:
    """The headings as declared, or the first row that holds the key and most of the mapped headings."""
    if words.columns:
        return Head(0, words.columns)
    block: deque[Cells | Broken] = deque(maxlen=words.header_rows)
    for number, row in enumerate(islice(source, WITHIN + words.header_rows - 1), 1):
        block.append(row)
        rows = [one for one in block if isinstance(one, list)]
        if len(rows) == words.header_rows and _is_head(rows, words):
            return _head(number, rows, words)
    wanted = words.header_starts or ", ".join(words.header_has or words.keys or words.headings[:5])
    raise FileRefused("file.no_headings", wanted=wanted, rows=WITHIN)


def _is_head(rows: Sequence[Cells], words: TableWords) -> bool:
    if words.header_starts is not None:
        return next((text for cell in rows[0] if (text := fold(cell))), None) == fold(words.header_starts)
    held = set(map(fold, names_of(rows)))
    if words.header_has:
        return held.issuperset(map(fold, words.header_has))
    wanted = {fold(heading) for heading in words.headings}
    if not held.issuperset(fold(one) for one in words.keys if one != words.sheet_name):
        return False
    return bool(wanted) and len(wanted & held) * 2 >= len(wanted)


def _head(number: int, rows: Sequence[Cells], words: TableWords) -> Head:
    cells = names_of(rows)
    while cells and not cells[-1].strip():
        cells.pop()
    declared = {fold(heading): heading for heading in words.headings}
    names: dict[str, int] = {}  # name → how often it came
    for at, cell in enumerate(cells, 1):
        name = declared.get(fold(cell)) or " ".join(unicodedata.normalize("NFKC", cell).split())
        name = _numbered(name or f"(kolom {at})", names, declared)
        names[name] = names.get(name, 0) + 1
    lost = [heading for heading in words.keys if heading not in names and heading != words.sheet_name]
    if lost:
        raise FileRefused("file.no_key_column", heading=", ".join(lost), row=number)
    missing = [one for one in words.headings if one not in names and one != words.sheet_name]
    findings = (Finding("file.headings_missing", True, {"headings": ", ".join(missing)}),) if missing else ()
    again = tuple(tuple(map(fold, row[: len(cells)])) for row in rows)
    return Head(number, tuple(names), again, frozenset(row[0] for row in rows if row), findings)


def names_of(rows: Sequence[Cells]) -> Cells:
    """One name a column: ``Tanggal`` over ``Masuk | Selesai`` is ``Tanggal Masuk | Tanggal Selesai``.

    Of merged cells a file keeps the text in the first only, so a heading also counts for empty cells to its
    right, as long as something stands below both.
    """
    if len(rows) == 1:
        return list(rows[0])
    width = max(map(len, rows))
    texts = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    over = [""] * len(rows)
    names = []
    for at in range(width):
        pieces: list[str] = []
        for level, row in enumerate(texts):
            below = any(lower[at] for lower in texts[level + 1 :])
            if row[at]:
                over[level:] = [row[at] if below else ""] + [""] * (len(rows) - level - 1)
            elif not below:
                over[level] = ""
            text = row[at] or over[level]
            pieces += [text] if text and text not in pieces[-1:] else []
        names.append(" ".join(pieces))
    return names


def _numbered(name: str, names: dict[str, int], declared: Mapping[str, str]) -> str:
    """``Tanggal``, ``Tanggal (2)``: refused where the mapping reads ``Tanggal`` and does not know of a second."""
    if name not in names:
        return name
    numbered = name
    while numbered in names:
        names[name] += 1
        numbered = f"{name} ({names[name]})"
    if fold(name) in declared and fold(numbered) not in declared:
        raise FileRefused("file.heading_twice", heading=name, second=numbered)
    return declared.get(fold(numbered), numbered)
