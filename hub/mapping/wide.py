"""Operators over several places or several values: what one text and one value cannot say.

``read`` takes what stands in the rule's places and gives canonical values by name; a name left out was not
said. ``write`` takes the values (the complaint's, over those the record held) and what the places hold now,
and gives what they shall hold; ``KEEP`` leaves a place as it is. Both raise Unread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from hub.mapping.dates import DateWords
from hub.mapping.reading import FieldClass
from hub.mapping.scalars import Scalar
from hub.mapping.values import MISFIT, MISSING, Unread, fold_code, text_form

_MEMO = 4096


class _Keep:
    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = _Keep()
Held = Sequence[Any]


class Wide(Protocol):
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def kind(self) -> FieldClass: ...
    @property
    def words(self) -> str: ...
    @property
    def loses(self) -> str: ...
    def read(self, places: Held) -> Mapping[str, Any]: ...
    def write(self, values: Mapping[str, Any], held: Held) -> Held: ...


def text_at(value: Any) -> str:
    """The stripped text of a place; empty where there is nothing. Raises Unread for a misfit."""
    if value is None or value is MISSING:
        return ""
    if value is MISFIT:
        raise Unread("mapping.read.misfit")
    return text_form(value).strip()


def nothing(places: Held, nulls: frozenset[Any]) -> bool | None:
    """True: all said to be empty. None: at least one was not in this view. False: something is there."""
    if any(place is MISSING for place in places):
        return None
    return all(text_at(place) in nulls for place in places)


@dataclass(frozen=True, slots=True)
class Table:
    """Several columns ↔ one value; the first row that fits; None in a row is ``any``."""

    name: str
    rows: tuple[tuple[tuple[str | None, ...], str], ...]
    back: Mapping[str, tuple[str | None, ...]]
    only_sent: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    memo: dict[tuple[str, ...], str] = field(default_factory=dict)
    kind: FieldClass = FieldClass.NORMALISING
    words: str = "tabel keputusan"
    loses: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def find(self, texts: Sequence[str]) -> str | None:
        for pattern, value in self.rows:
            if all(want is None or want == text for want, text in zip(pattern, texts, strict=True)):
                return value
        return None

    def reads_back(self, value: Any) -> Any:
        """What a value reads as once it was written."""
        cells = self.only_sent.get(value)
        return value if cells is None else self.find([cell or "" for cell in cells])

    def read(self, places: Held) -> Mapping[str, Any]:
        if any(place is MISSING for place in places):
            return self._without(places)
        texts = tuple(fold_code(text_at(place)) for place in places)
        value = self.memo.get(texts)
        if value is None:
            value = self.find(texts)
            if value is None:
                if not any(texts):
                    return {self.name: None}
                raise Unread("mapping.read.undecided")
            if len(self.memo) < _MEMO:
                self.memo[texts] = value
        return {self.name: value}

    def _without(self, places: Held) -> Mapping[str, Any]:
        """In a view that lacks columns: decided where the first row that may fit asks nothing of them."""
        seen = [None if place is MISSING else fold_code(text_at(place)) for place in places]
        if not any(seen):
            return {}
        for pattern, value in self.rows:
            if all(want is None or text is None or want == text for want, text in zip(pattern, seen, strict=True)):
                asks = any(want is not None for want, text in zip(pattern, seen, strict=True) if text is None)
                return {} if asks else {self.name: value}
        raise Unread("mapping.read.undecided")

    def write(self, values: Mapping[str, Any], held: Held) -> Held:
        value = values[self.name]
        texts = self.back.get(value) or self.only_sent.get(value)
        if texts is None:
            raise Unread("mapping.write.no_code", value=value)
        return [
            KEEP if text is None or (place is not MISSING and fold_code(text_at(place)) == text) else text
            for text, place in zip(texts, held, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class DayAndTime:
    """A date column and a time column ↔ one moment."""

    name: str
    dates: DateWords
    nulls: frozenset[Any]
    kind: FieldClass = FieldClass.NORMALISING
    words: str = "tanggal dan jam dari dua kolom"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def loses(self) -> str:
        return self.dates.loses()

    def read(self, places: Held) -> Mapping[str, Any]:
        day, hour = places
        if day is MISSING:
            return {}
        text, clock = text_at(day), text_at(hour)
        if text in self.nulls:
            return {self.name: None}
        return {self.name: self.dates.read_pair(text, None if clock in self.nulls else clock)}

    def write(self, values: Mapping[str, Any], held: Held) -> Held:
        moment = values[self.name]
        return [self.dates.write(moment), self.dates.write_time(moment)]


@dataclass(frozen=True, slots=True)
class Columns:
    """Several columns ↔ one text, joined by a mark; empty columns are left out."""

    name: str
    mark: str
    inner: Scalar  # what is made of the joined text
    nulls: frozenset[Any]
    kind: FieldClass = FieldClass.NORMALISING

    @property
    def words(self) -> str:
        return ", ".join(filter(None, ("beberapa kolom digabung", self.inner.words)))

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def loses(self) -> str:
        return self.inner.loses

    def read(self, places: Held) -> Mapping[str, Any]:
        if any(place is MISSING for place in places):
            return {}
        texts = [text for place in places if (text := text_at(place)) not in self.nulls]
        return {self.name: self.inner.read(self.mark.join(texts)) if texts else self.inner.fills_nothing}

    def write(self, values: Mapping[str, Any], held: Held) -> Held:
        value = values[self.name]
        text = "" if value is None else text_form(self.inner.write(value))
        parts = text.split(self.mark, len(held) - 1)
        return [*parts, *[""] * (len(held) - len(parts))]


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of a divided text (``-7.1,112.5``); the other pieces belong to other rules."""

    name: str
    mark: str
    at: int
    of: int  # 0: any number; a piece that is not there says nothing
    inner: Scalar
    nulls: frozenset[Any]
    words: str = "satu bagian dari teks yang dipisah"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def kind(self) -> FieldClass:
        return FieldClass.NORMALISING

    @property
    def loses(self) -> str:
        return self.inner.loses

    def read(self, places: Held) -> Mapping[str, Any]:
        if places[0] is MISSING:
            return {}
        text = text_at(places[0])
        if text in self.nulls:
            return {self.name: None}
        parts = text.split(self.mark.strip() or self.mark)
        if self.of and len(parts) != self.of:
            raise Unread("mapping.read.split", wanted=self.of, found=len(parts))
        piece = parts[self.at].strip() if self.at < len(parts) else ""
        return {self.name: None if piece in self.nulls else self.inner.read(piece)}

    def write(self, values: Mapping[str, Any], held: Held) -> Held:
        parts = text_at(held[0]).split(self.mark.strip() or self.mark)
        if self.of and len(parts) != self.of:
            parts = [""] * self.of
        parts += [""] * (self.at + 1 - len(parts)) if self.at >= 0 else []
        value = values[self.name]
        parts[self.at] = "" if value is None else text_form(self.inner.write(value))
        return [self.mark.join(part.strip() for part in parts)]


@dataclass(frozen=True, slots=True)
class Marker:
    """A line of our own inside a text that belongs to people: taken off when reading, put on when writing."""

    name: str
    before: str
    after: str
    at_end: bool
    inner: Scalar
    pattern: re.Pattern[str]
    kind: FieldClass = FieldClass.EXACT
    words: str = "tanda dalam teks"
    loses: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def take(self, text: str) -> tuple[str, str | None]:
        """The text without the mark, and what the mark said."""
        marks = list(self.pattern.finditer(text))
        if not marks:
            return text, None
        found = marks[-1 if self.at_end else 0]
        around = (text[: found.start()].rstrip(), text[found.end() :].strip())
        return "\n".join(part for part in around if part), found["key"]

    def read(self, places: Held) -> Mapping[str, Any]:
        if places[0] is MISSING:
            return {}
        _, key = self.take(text_at(places[0]))
        return {self.name: self.inner.read(key) if key else None}

    def write(self, values: Mapping[str, Any], held: Held) -> Held:
        text = text_at(held[0])
        body, key = self.take(text)
        value = values.get(self.name)
        if value is None or (key is not None and self.inner.read(key) == value):
            return [KEEP]
        mark = f"{self.before}{self.inner.write(value)}{self.after}"
        parts = [body, mark] if self.at_end else [mark, body]
        return ["\n\n".join(part for part in parts if part)]


@dataclass(frozen=True, slots=True)
class Lines:
    """Several fields into one text, each on a line of its own; there is no way back."""

    pieces: tuple[tuple[str, str], ...]  # (words before, canonical name)
    writers: Mapping[str, Scalar]
    mark: str
    kind: FieldClass = FieldClass.ONE_WAY
    words: str = "beberapa isian dalam satu teks"
    loses: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for _, name in self.pieces)

    def read(self, places: Held) -> Mapping[str, Any]:
        return {}

    def write(self, values: Mapping[str, Any], held: Held) -> Held:
        said = [(before, name) for before, name in self.pieces if values.get(name) is not None]
        return [self.mark.join(before + text_form(self.writers[name].write(values[name])) for before, name in said)]
