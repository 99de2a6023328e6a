"""A file in two goes: a survey (repeated keys, what is left out), then pages of records in bounded memory."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

from adapters.contract import Page, Raw, Unreadable
from adapters.tabular.table import Entries, Entry, fingerprint
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


@dataclass(frozen=True, slots=True)
class Positions(Sequence[str]):
    """Where the records of a page stand, told when somebody asks."""

    table: Entries
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


def survey(tables: Sequence[Entries], size: int) -> Survey:
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


def _suspects(tables: Sequence[Entries], counts: Counter[str]) -> set[int]:
    """Hashes of keys that come more than once (nearly surely; the second look is exact)."""
    lanes = [array("q") for _ in range(_LANES)]
    for table in tables:
        key_of = None if table.words.same_key is SameKey.ALLOWED else table.key
        for _, entry in table.rows():
            counts["rows"] += 1
            if isinstance(entry, Unreadable):
                counts["unreadable"] += 1
            elif key_of is not None and (key := key_of(entry)):
                code = hash(key)
                lanes[code % _LANES].append(code)
    twice: set[int] = set()
    for lane in lanes:
        if len(set(lane)) != len(lane):
            twice.update(code for code, count in Counter(lane).items() if count > 1)
    return twice


def _repeats(tables: Sequence[Entries], suspects: set[int]) -> dict[str, Repeat]:
    found: dict[str, Repeat] = {}
    for at, table in enumerate(tables):
        if table.key is None:
            continue
        for number, entry in table.rows():
            if isinstance(entry, Unreadable) or hash(key := table.key(entry)) not in suspects:
                continue
            digest = fingerprint(entry)
            repeat = found.setdefault(key, Repeat((at, number), (at, number), digest, count=0))
            repeat.last, repeat.count = (at, number), repeat.count + 1
            repeat.equal = repeat.equal and digest == repeat.digest
        table.left_out.clear()
    return {key: repeat for key, repeat in found.items() if repeat.count > 1}


def pages(
    tables: Sequence[Entries], found: Survey, digest: str, extra: Mapping[str, str], resume: Mapping[str, Any]
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


def parts(tables: Sequence[Entries], found: Survey, *, table: int = 0, row: int = 0) -> Iterator[Part]:
    """Pages behind the given row of the given table; a page never spans two tables."""
    for at in range(table, len(tables)):
        yield from _parts_of(tables, at, found, row if at == table else 0)


def _parts_of(tables: Sequence[Entries], at: int, found: Survey, after: int) -> Iterator[Part]:
    one = tables[at]
    record, repeats, most = one.record, found.repeats, found.page_rows
    page = Part(at)
    for number, got in one.rows(after):
        entry = _unique(tables, at, number, got, repeats) if repeats else got
        if isinstance(entry, Unreadable):
            page.unreadable.append(entry)
        elif entry is not None:
            page.records.append(record(entry))
            page.rows.append(number)
        page.row = number
        if len(page.records) + len(page.unreadable) >= most:
            yield page
            page = Part(at)
    if page.row:
        yield page


def _unique(
    tables: Sequence[Entries], at: int, number: int, entry: Entry | Unreadable, repeats: dict[str, Repeat]
) -> Entry | Unreadable | None:
    """The entry, or what ``same_key`` makes of it: None where another one of the file stands for it."""
    table = tables[at]
    if isinstance(entry, Unreadable) or table.key is None:
        return entry
    repeat = repeats.get(table.key(entry))
    if repeat is None:
        return entry
    if table.words.same_key is SameKey.LAST_WINS:
        return entry if repeat.last == (at, number) else None
    if repeat.equal:
        return entry if repeat.first == (at, number) else None
    first, last = (tables[part].position(row) for part, row in (repeat.first, repeat.last))
    why = table.unreadable(
        number, "file.same_key_differs", table.text(entry), first=first, last=last, count=repeat.count
    )
    return replace(why, place=", ".join(table.words.keys))
