"""A file in two goes: a survey (repeated keys, what is left out), then pages of records in bounded memory."""

from __future__ import annotations

import csv
import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, overload

from adapters.contract import Page, Raw, Unreadable
from adapters.tabular.safe import safe, shape
from adapters.tabular.table import Cells, Table
from adapters.tabular_words import SameKey

PAGE_ROWS = 1000
PAGE_BYTES = 16 << 20
_LANES = 64


@dataclass(slots=True)
class Repeat:
    """One key that stands in several rows: of which table, first and last, and whether all say the same."""

    first: tuple[int, int]
    last: tuple[int, int]
    digest: bytes
    equal: bool = True
    count: int = 1


@dataclass(slots=True)
class Survey:
    """What a whole file holds, before any of it is handed out."""

    counts: Counter[str] = field(default_factory=Counter)
    repeats: dict[str, Repeat] = field(default_factory=dict)
    page_rows: int = PAGE_ROWS

    @property
    def has_reasons(self) -> bool:
        """Some row is no record, for a reason a person should read."""
        return bool(self.counts["unreadable"])


@dataclass(frozen=True, slots=True)
class Positions(Sequence[str]):
    """Where the records of a page stand, told when somebody asks."""

    table: Table
    rows: list[int]

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self.table.position(row) for row in self.rows[at]]
        return self.table.position(self.rows[at])


@dataclass(slots=True)
class Part:
    """One page of one table; ``row`` is the last row of the file that it covers."""

    table: int
    row: int = 0
    records: list[Raw] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


def survey(tables: Sequence[Table], size: int) -> Survey:
    """Read all once. Memory: eight bytes a row; the rows themselves only where keys really repeat."""
    found = Survey()
    suspects = _suspects(tables, found.counts)
    for table in tables:
        found.counts.update(table.left_out)
        table.left_out.clear()
    if suspects:
        found.repeats = _repeats(tables, suspects)
        _count_repeats(found, tables[0].words.same_key)
    rows = found.counts["rows"]
    if rows:
        found.page_rows = max(10, min(PAGE_ROWS, PAGE_BYTES * rows // max(size, 1)))
    return found


def _suspects(tables: Sequence[Table], counts: Counter[str]) -> set[int]:
    """Hashes of keys that come more than once (nearly surely; the second look is exact)."""
    lanes = [array("q") for _ in range(_LANES)]
    for table in tables:
        key_at = None if table.words.same_key is SameKey.ALLOWED else table.key_at
        for _, cells in table.rows():
            counts["rows"] += 1
            if isinstance(cells, Unreadable):
                counts["unreadable"] += 1
            elif key_at is not None and (key := cells[key_at].strip()):
                code = hash(key)
                lanes[code % _LANES].append(code)
    twice: set[int] = set()
    for lane in lanes:
        if len(set(lane)) != len(lane):
            twice.update(code for code, count in Counter(lane).items() if count > 1)
    return twice


def _repeats(tables: Sequence[Table], suspects: set[int]) -> dict[str, Repeat]:
    found: dict[str, Repeat] = {}
    for at, table in enumerate(tables):
        key_at = table.key_at
        if key_at is None:
            continue
        for number, cells in table.rows():
            if isinstance(cells, Unreadable) or hash(key := cells[key_at].strip()) not in suspects:
                continue
            digest = hashlib.blake2b("\x1f".join(cells).encode(), digest_size=16).digest()
            repeat = found.setdefault(key, Repeat((at, number), (at, number), digest, count=0))
            repeat.last, repeat.count = (at, number), repeat.count + 1
            repeat.equal = repeat.equal and digest == repeat.digest
        table.left_out.clear()
    return {key: repeat for key, repeat in found.items() if repeat.count > 1}


def pages(
    tables: Sequence[Table], found: Survey, digest: str, extra: Mapping[str, str], resume: Mapping[str, Any]
) -> Iterator[Page]:
    """The file's pages behind ``resume``; ``extra`` are columns that every record gets."""
    for part in parts(tables, found, table=resume.get("table", 0), row=resume.get("row", 0)):
        yield Page(
            [{**record, **extra} for record in part.records] if extra else part.records,
            last=False,
            resume={"file": digest, "table": part.table, "row": part.row},
            unreadable=part.unreadable,
            positions=Positions(tables[part.table], part.rows),
        )


def _count_repeats(found: Survey, rule: SameKey) -> None:
    for repeat in found.repeats.values():
        if rule is SameKey.LAST_WINS or repeat.equal:
            found.counts["repeated"] += repeat.count - 1
        else:
            found.counts["unreadable"] += repeat.count


def parts(tables: Sequence[Table], found: Survey, *, table: int = 0, row: int = 0) -> Iterator[Part]:
    """Pages behind the given row of the given table; a page never spans two tables."""
    for at in range(table, len(tables)):
        yield from _parts_of(tables, at, found, row if at == table else 0)


def _parts_of(tables: Sequence[Table], at: int, found: Survey, after: int) -> Iterator[Part]:
    one = tables[at]
    headings, key_at, repeats, most = one.head.headings, one.key_at, found.repeats, found.page_rows
    page = Part(at)
    for number, got in one.rows(after):
        cells = _unique(tables, at, number, got, repeats) if repeats and key_at is not None else got
        if isinstance(cells, Unreadable):
            page.unreadable.append(cells)
        elif cells is not None:
            page.records.append(dict(zip(headings, cells)))  # noqa: B905 - as long by now, and hot
            page.rows.append(number)
        page.row = number
        if len(page.records) + len(page.unreadable) >= most:
            yield page
            page = Part(at)
    if page.row:
        yield page


def _unique(
    tables: Sequence[Table], at: int, number: int, cells: Cells | Unreadable, repeats: dict[str, Repeat]
) -> Cells | Unreadable | None:
    """The row, or what ``same_key`` makes of it: None where another row of the file stands for it."""
    table = tables[at]
    if isinstance(cells, Unreadable) or table.key_at is None:
        return cells
    repeat = repeats.get(cells[table.key_at].strip())
    if repeat is None:
        return cells
    if table.words.same_key is SameKey.LAST_WINS:
        return cells if repeat.last == (at, number) else None
    if repeat.equal:
        return cells if repeat.first == (at, number) else None
    first, last = (f"{tables[part].label}: baris {row}" for part, row in (repeat.first, repeat.last))
    text = " | ".join(cells)
    return table.unreadable(
        number, "file.same_key_differs", text, first=first, last=last, count=repeat.count, shape=shape(text)
    )


def write_reasons(out: IO[str], tables: Sequence[Table], found: Survey) -> None:
    """Every row of a file that is no record."""
    write_list(out, (one for part in parts(tables, found) for one in part.unreadable))


def write_list(out: IO[str], unreadable: Iterable[Unreadable]) -> None:
    """As CSV: where, code, facts and shape; never what the row says."""
    writer = csv.writer(out)
    writer.writerow(["posisi", "kode", "keterangan", "bentuk"])
    for one in unreadable:
        facts = "; ".join(f"{name}: {value}" for name, value in one.facts.items() if name not in ("row", "shape"))
        writer.writerow(map(safe, (one.position, one.code, facts, str(one.facts.get("shape", "")))))
