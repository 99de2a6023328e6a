"""A table's records: which rows below the headings they are, and what their empty cells mean."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from adapters.contract import Raw, Unreadable
from adapters.tabular.head import Cells, Head
from adapters.tabular.safe import shape, unsafe
from adapters.tabular.text import TORN, Broken, kept
from adapters.tabular_words import TableWords, fold

_BETWEEN = "\x1f"  # between the pieces of a joined number: stands in no cell that people type
_COLUMN_NUMBER = re.compile(r"\(?(\d{1,3})[.)]?")


Entry = Any
"""A row's cells, or a tree."""


class Entries(Protocol):
    """The entries of one table or list, to be read as often as one likes."""

    label: str  # "lapor.csv", "lapor.xlsx [Januari]"
    words: TableWords
    left_out: Counter[str]  # what was passed over, by reason
    key: Callable[[Entry], str] | None  # an entry's number, "" where it has none; None where nothing holds one

    @property
    def width(self) -> int:
        """Columns; 0 where there are none."""

    def rows(self, after: int = 0) -> Iterator[tuple[int, Entry | Unreadable]]: ...
    def position(self, row: int) -> str: ...
    def record(self, entry: Entry) -> Raw: ...
    def text(self, entry: Entry) -> str: ...
    def unreadable(self, number: int, code: str, text: str, /, **facts: object) -> Unreadable: ...


@dataclass(slots=True)
class Table:
    """Rows of cells below headings."""

    label: str
    source: Iterable[Cells | Broken]
    head: Head
    words: TableWords
    ragged: bool  # a short row is one whose last cells are empty (sheets), not a broken one (text)
    careful: bool  # cells may hold NUL, damaged letters or our mark against formulas
    title: str = ""  # of the sheet
    left_out: Counter[str] = field(default_factory=Counter)
    key: Callable[[Cells], str] | None = field(init=False)

    def __post_init__(self) -> None:
        names = self.head.headings
        self.key = key_of([self._piece(one) for one in self.words.keys if one in (*names, self.words.sheet_name)])
        self.careful = self.careful or bool(self.words.blank)

    def _piece(self, heading: str) -> Callable[[Cells], str]:
        if heading == self.words.sheet_name:
            return lambda cells: self.title
        return partial(_cell, self.head.headings.index(heading))

    @property
    def width(self) -> int:
        return len(self.head.headings)

    def position(self, row: int) -> str:
        return f"{self.label}: baris {row}"

    def record(self, cells: Cells) -> Raw:
        raw: Raw = dict(zip(self.head.headings, cells))  # noqa: B905 - as long by now, and hot
        if self.words.sheet_name is not None:
            raw[self.words.sheet_name] = self.title
        return raw

    def text(self, cells: Cells) -> str:
        return " | ".join(cells)

    def unreadable(self, number: int, code: str, text: str, /, **facts: object) -> Unreadable:
        text = kept(text)
        facts = {"row": number, "shape": shape(text), **facts}
        return Unreadable(self.position(number), code, text, facts, rule=self.words.rule)

    def rows(self, after: int = 0) -> Iterator[tuple[int, Cells | Unreadable]]:
        """Row numbers as a spreadsheet program counts them, with a record's cells or why there is none."""
        if not self.words.continues and not self.words.fill_down:
            return self._single(after)
        return ((number, one) for number, one in self._joined() if number > after)

    # -- rows by themselves

    def _single(self, after: int) -> Iterator[tuple[int, Cells | Unreadable]]:
        width, again, careful = len(self.head.headings), self.head.firsts, self.careful
        totals = starting_with(self.words.totals)
        behind = max(after, self.head.row)
        below = self.head.row + 1
        for number, row in self._numbered():
            if number <= behind:
                continue
            # the usual row, decided by its first cell alone
            if (
                row.__class__ is list
                and not careful
                and len(row) == width
                and (first := row[0])
                and first not in again
                and not first.isspace()
                and number != below
                and not (totals and totals.match(first))
            ):
                yield number, row
            elif (judged := self._judge(number, row)) is not None:
                yield number, judged

    def _numbered(self) -> Iterator[tuple[int, Cells | Broken]]:
        """Every row up to the declared end."""
        rows = enumerate(self.source, 1)
        ends = starting_with(self.words.ends)
        if ends is None and not self.words.ends_blank:
            yield from rows
            return
        filled = False
        for number, row in rows:
            if number > self.head.row and isinstance(row, list):
                first = self._first(row)
                if (ends and first and ends.match(first)) or (self.words.ends_blank and filled and first is None):
                    self.left_out["below_the_end"] += 1 + sum(1 for _ in rows)
                    return
                filled = filled or first is not None
            yield number, row

    def _judge(self, number: int, row: Cells | Broken) -> Cells | Unreadable | None:
        if isinstance(row, Broken):
            return self.unreadable(number, row.code, row.text)
        reason = self._no_record(number, row)
        if reason:
            self.left_out[reason] += 1
            return None
        width, cells = len(self.head.headings), row
        if len(row) > width:
            cells = row[:width]
            if any(self._is_filled(cell) for cell in row[width:]):
                return self._odd(number, "file.too_many_cells", row)
        elif len(row) < width:
            if not self.ragged:
                return self._odd(number, "file.too_few_cells", row)
            cells = row + [""] * (width - len(row))
        return self._cleaned(number, cells) if self.careful else cells

    def _cleaned(self, number: int, cells: Cells) -> Cells | Unreadable:
        """Cells without our mark against formulas and without words for nothing; damaged ones are told."""
        if any("\0" in cell for cell in cells):
            return self._odd(number, "file.control_characters", cells)
        if any(not cell.isascii() and TORN.search(cell) for cell in cells):
            return self._odd(number, "file.bad_letters", cells)
        cells = cells if self.title else [unsafe(cell) for cell in cells]
        return [cell if self._is_filled(cell) else "" for cell in cells] if self.words.blank else cells

    def _no_record(self, number: int, row: Cells) -> str | None:
        first = self._first(row)
        if first is None:
            return "blank"
        totals = starting_with(self.words.totals)
        if totals and totals.match(first):
            return "totals"
        if any(one and tuple(map(fold, row[: len(one)])) == one for one in self.head.again):
            return "headings_again"
        return "column_numbers" if number == self.head.row + 1 and _are_column_numbers(row) else None

    def _first(self, row: Cells) -> str | None:
        return next((cell for cell in row if self._is_filled(cell)), None)

    def _is_filled(self, cell: str) -> bool:
        return bool(cell.strip()) and not (self.words.blank and fold(cell) in self.words.blank)

    def _odd(self, number: int, code: str, row: Cells) -> Unreadable:
        return self.unreadable(number, code, self.text(row), cells=len(row), expected=len(self.head.headings))

    # -- rows that need the one above them

    def _joined(self) -> Iterator[tuple[int, Cells | Unreadable]]:
        """Merged cells filled from above, continued rows put below the record they belong to.

        A row that is no record (blank, a total, broken) comes between: nothing is carried over it.
        """
        fill = [at for at, name in enumerate(self.head.headings) if name in self.words.fill_down]
        held: list[tuple[int, Cells]] = []  # the record that may still go on
        above: Cells | None = None
        last = self.head.row
        for number, got in self._single(0):
            above = above if number == last + 1 else None
            last = number
            if not isinstance(got, Unreadable) and self._goes_on(got):
                if above is not None:
                    held[0] = held[0][0], _put_below(held[0][1], got)
                    continue
                got = self._odd(number, "file.continues_nothing", got)  # noqa: PLW2901
            yield from _taken(held)
            above = None if isinstance(got, Unreadable) else _filled(got, above, fill)
            if above is None:
                yield number, got
            else:
                held.append((number, above))
        yield from held

    def _goes_on(self, cells: Cells) -> bool:
        names, word = self.head.headings, self.words.continues
        return word in names and not cells[names.index(word)].strip()


def _taken(held: list[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    while held:
        yield held.pop()


def _filled(cells: Cells, above: Cells | None, fill: Sequence[int]) -> Cells:
    if above is not None:
        for at in fill:
            cells[at] = cells[at] if cells[at].strip() else above[at]
    return cells


def _cell(at: int, cells: Cells) -> str:
    return cells[at].strip()


def key_of(pieces: Sequence[Callable[[Any], str]]) -> Callable[[Any], str] | None:
    """An entry's number out of its pieces."""
    if len(pieces) < 2:
        return pieces[0] if pieces else None
    return lambda entry: _BETWEEN.join(piece(entry) for piece in pieces).strip(_BETWEEN)


def _put_below(cells: Cells, more: Cells) -> Cells:
    return [
        f"{cell}\n{other}" if cell.strip() and other.strip() else cell if cell.strip() else other
        for cell, other in zip(cells, more, strict=True)
    ]


def _are_column_numbers(row: Cells) -> bool:
    """``1 | 2 | 3`` or ``(1) | (2) | (3)`` right below the headings, as official tables have it."""
    while row and not row[-1].strip():
        row = row[:-1]
    found = [_COLUMN_NUMBER.fullmatch(cell.strip()) for cell in row]
    return len(row) > 2 and all(one is not None and int(one[1]) == at for at, one in enumerate(found, 1))


def starting_with(words: tuple[str, ...]) -> re.Pattern[str] | None:
    if not words:
        return None
    return re.compile(rf"\s*(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)


def fingerprint(entry: Entry) -> bytes:
    drawn = json.dumps(entry, sort_keys=True)
    return hashlib.blake2b(drawn.encode(), digest_size=16).digest()
