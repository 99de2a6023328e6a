"""Finding the table in a file: its row of headings, and which of the rows below are records."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from adapters.contract import Finding, Unreadable
from adapters.tabular.safe import shape, unsafe
from adapters.tabular.text import Broken, FileRefused
from adapters.tabular_words import TableWords, fold

HEADER_WITHIN = 200  # rows in which the headings must come

Cells = list[str]


@dataclass(frozen=True, slots=True)
class Head:
    """The row of headings: where it stands (from 1; 0: there is none) and the names it gives the cells."""

    row: int
    headings: tuple[str, ...]
    folded: tuple[str, ...]
    first: str = ""  # its first cell, as it stands there
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Table:
    """One table of one file. ``rows`` may be read as often as one likes."""

    label: str  # "lapor.csv", "lapor.xlsx [Januari]"
    source: Iterable[Cells | Broken]
    head: Head
    words: TableWords
    ragged: bool  # a short row is one whose last cells are empty (sheets), not a broken one (text)
    careful: bool  # cells may hold NUL or our mark against formulas
    left_out: Counter[str] = field(default_factory=Counter)

    def position(self, row: int) -> str:
        return f"{self.label}: baris {row}"

    @property
    def key_at(self) -> int | None:
        key = self.words.key
        return self.head.headings.index(key) if key in self.head.headings else None

    def rows(self, after: int = 0) -> Iterator[tuple[int, Cells | Unreadable]]:
        """Row numbers as a spreadsheet program counts them, with a record's cells or why there is none."""
        width, again, careful = len(self.head.headings), self.head.first, self.careful
        totals = _starting_with(self.words.totals)
        behind = max(after, self.head.row)
        for number, row in enumerate(self.source, 1):
            if number <= behind:
                continue
            # the usual row, decided by its first cell alone
            if (
                row.__class__ is list
                and not careful
                and len(row) == width
                and (first := row[0])
                and first != again
                and not first.isspace()
                and not (totals and totals.match(first))
            ):
                yield number, row
            elif (judged := self._judge(number, row)) is not None:
                yield number, judged

    def _judge(self, number: int, row: Cells | Broken) -> Cells | Unreadable | None:
        if isinstance(row, Broken):
            return self.unreadable(number, row.code, row.text, shape=shape(row.text))
        reason = self._no_record(row)
        if reason:
            self.left_out[reason] += 1
            return None
        width, cells = len(self.head.headings), row
        if len(row) > width:
            cells = row[:width]
            if any(cell.strip() for cell in row[width:]):
                return self._odd(number, "file.too_many_cells", row)
        elif len(row) < width:
            if not self.ragged:
                return self._odd(number, "file.too_few_cells", row)
            cells = row + [""] * (width - len(row))
        if self.careful:
            if any("\0" in cell for cell in cells):
                return self._odd(number, "file.control_characters", row)
            cells = cells if self.ragged else [unsafe(cell) for cell in cells]
        return cells

    def _no_record(self, row: Cells) -> str | None:
        first = next((cell for cell in row if cell.strip()), None)
        if first is None:
            return "blank"
        totals = _starting_with(self.words.totals)
        if totals and totals.match(first):
            return "totals"
        again = self.head.folded and tuple(map(fold, row[: len(self.head.folded)])) == self.head.folded
        return "headings_again" if again else None

    def _odd(self, number: int, code: str, row: Cells) -> Unreadable:
        text = " | ".join(row)
        return self.unreadable(number, code, text, cells=len(row), expected=len(self.head.headings), shape=shape(text))

    def unreadable(self, number: int, code: str, text: str, **facts: object) -> Unreadable:
        return Unreadable(self.position(number), code, text, {"row": number, **facts})


def _starting_with(words: tuple[str, ...]) -> re.Pattern[str] | None:
    if not words:
        return None
    return re.compile(rf"\s*(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)


def find_head(source: Iterable[Cells | Broken], words: TableWords) -> Head:
    """The row of headings as declared, or the first row that holds the key and most of the mapped headings."""
    if words.columns:
        return Head(0, words.columns, ())
    for number, row in enumerate(islice(source, HEADER_WITHIN), 1):
        if isinstance(row, list) and _is_head(row, words):
            return _head(number, row, words)
    wanted = words.header_starts or ", ".join(words.header_has) or words.key or ", ".join(words.headings[:5])
    raise FileRefused("file.no_headings", wanted=wanted, rows=HEADER_WITHIN)


def _is_head(row: Cells, words: TableWords) -> bool:
    cells = [fold(cell) for cell in row]
    if words.header_starts is not None:
        return next((cell for cell in cells if cell), None) == fold(words.header_starts)
    held = set(cells)
    if words.header_has:
        return held.issuperset(map(fold, words.header_has))
    wanted = {fold(heading) for heading in words.headings}
    if words.key is not None and fold(words.key) not in held:
        return False
    return bool(wanted) and len(wanted & held) * 2 >= len(wanted)


def _head(number: int, row: Cells, words: TableWords) -> Head:
    while row and not row[-1].strip():
        row = row[:-1]
    declared = {fold(heading): heading for heading in words.headings}
    names: list[str] = []
    for at, cell in enumerate(row, 1):
        name = declared.get(fold(cell)) or " ".join(unicodedata.normalize("NFKC", cell).split())
        names.append(_numbered(name or f"(kolom {at})", names, declared))
    if words.key is not None and words.key not in names:
        raise FileRefused("file.no_key_column", heading=words.key, row=number)
    missing = [heading for heading in words.headings if heading not in names]
    findings = (Finding("file.headings_missing", True, {"headings": ", ".join(missing)}),) if missing else ()
    return Head(number, tuple(names), tuple(map(fold, row)), row[0], findings)


def _numbered(name: str, names: list[str], declared: Mapping[str, str]) -> str:
    """``Tanggal``, ``Tanggal (2)``: refused where the mapping reads ``Tanggal`` and does not know of a second."""
    if name not in names:
        return name
    count = 2
    while f"{name} ({count})" in names:
        count += 1
    numbered = f"{name} ({count})"
    if fold(name) in declared and fold(numbered) not in declared:
        raise FileRefused("file.heading_twice", heading=name, second=numbered)
    return declared.get(fold(numbered), numbered)
