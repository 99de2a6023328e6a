"""Slots: a closed list of names in angle brackets, one value each, encoded for the place they stand in.

They are not templates. A value never becomes a path separator, a parameter, a header or a piece of a foreign
query language: it is encoded by structure, or it must have the shape its mapping declares, or it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from adapters.conversation import SlotRefused, Values, WithSecret
from hub.mapping.context import Context
from hub.mapping.paths import Path, path_of
from hub.mapping.reader import Node
from hub.mapping.values import MISFIT, MISSING, Unread, text_form

PLAIN = frozenset({"id", "key", "text", "since", "until", "page", "offset", "last", "size", "next", "version", "now"})
TIMES = frozenset({"since", "until"})
MACHINE = TIMES | {"page", "offset", "last", "size"}
"""Written by the hub itself: they hold no foreign text."""
QUESTION = MACHINE | {"next"}
"""May have no value: what holds them is then left out."""
TREES = frozenset({"record", "entry", "fields", "changed", "event", "attachment"})
TIME_PARTS = frozenset({"year", "month", "day"})

SHAPES: dict[str, re.Pattern[str]] = {
    "date": re.compile(r"[0-9TtZz:+./ -]{1,40}"),
    "digits": re.compile(r"[0-9]{1,40}"),
    "word": re.compile(r"[A-Za-z0-9_.-]{1,200}"),
    "prose": re.compile(r".*", re.DOTALL),  # free text, read by a person: only in a body
}

_SLOT = re.compile(r"<([a-z_][a-z0-9_]*)((?:\.[A-Za-z0-9_@-]+)*)>")
_OPERATOR = re.compile(r"[<>=!~]*")
_UNFIT = re.compile(r"[\"'`\\;<>(){}\[\]\x00-\x1f]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Place(StrEnum):
    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"  # a leaf of a tree: text stays text
    RAW = "raw"  # a text that is the whole body


class _Omit:
    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final = _Omit()
"""There is no value, and the place that would hold it is left out."""

Formatter = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Slot:
    name: str
    part: Path | None = None  # <record.status.id>, <person.id>
    time_part: str | None = None
    zone: tzinfo | None = None  # in which a day is meant
    shape: str | None = None


@dataclass(slots=True)
class Scope:
    """What the slots of one operation may be."""

    context: Context
    types: Mapping[str, str]  # setting → text | number
    steps: frozenset[str] = frozenset()
    shapes: Mapping[str, str] = field(default_factory=dict)
    reads: bool = True
    always_since: bool = False  # a question is always asked: since has a start
    moment: Formatter = datetime.isoformat
    zone: tzinfo | None = None  # of the question
    used: set[str] = field(default_factory=set)
    appends: bool = False  # said by a body while it is compiled


@dataclass(frozen=True, slots=True)
class Template:
    """A text with slots, for one place."""

    pieces: tuple[str | Slot, ...]
    place: Place
    moment: Formatter
    demands: bool  # a missing value is refused, not left out
    whole: Any = None  # a constant with its type (a number setting)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(piece.name for piece in self.pieces if isinstance(piece, Slot))

    def fill(self, values: Values) -> Any:
        """The text (for a body: also a number or list, where one slot is the whole leaf), or OMIT.

        Raises SlotRefused; the value itself is never told.
        """
        if self.whole is not None:
            return self.whole
        if len(self.pieces) == 1 and isinstance(slot := self.pieces[0], Slot) and self.place is Place.BODY:
            return self._value(slot, values)
        texts = []
        for piece in self.pieces:
            text = piece if isinstance(piece, str) else self._text(piece, values)
            if text is OMIT:
                return OMIT
            texts.append(text)
        return _joined(texts)

    def _value(self, slot: Slot, values: Values) -> Any:
        value = _look_up(slot, values, self.moment)
        if value is not OMIT and value is not None and value != "":
            return value
        if slot.name in QUESTION or (not self.demands and slot.name != "id"):
            return OMIT
        raise SlotRefused("conversation.slot_empty", slot=slot.name)

    def _text(self, slot: Slot, values: Values) -> Any:
        value = self._value(slot, values)
        if value is OMIT:
            return OMIT
        try:
            text = text_form(value)
        except Unread as error:
            raise SlotRefused("conversation.slot_shape", slot=slot.name, shape="text") from error
        if slot.shape and not SHAPES[slot.shape].fullmatch(text):
            raise SlotRefused("conversation.slot_shape", slot=slot.name, shape=slot.shape)
        return _encoded(text, self.place, slot.name)


def _joined(texts: list[str]) -> str:
    text = "".join(texts)
    return WithSecret(text) if any(isinstance(one, WithSecret) for one in texts) else text


def _encoded(text: str, place: Place, name: str) -> str:
    if place is Place.PATH:
        if text in (".", "..") or _CONTROL.search(text):
            raise SlotRefused("conversation.slot_shape", slot=name, shape="path")
        return quote(text, safe="")
    if place is Place.HEADER and (_CONTROL.search(text) or not text.isascii()):
        raise SlotRefused("conversation.slot_shape", slot=name, shape="header")
    return text


def _look_up(slot: Slot, values: Values, moment: Formatter) -> Any:
    if slot.name in PLAIN:
        value = values.slots.get(slot.name, OMIT)
        if isinstance(value, datetime):
            return str(getattr(value.astimezone(slot.zone), slot.time_part)) if slot.time_part else moment(value)
        return value
    tree = getattr(values, slot.name) if slot.name in TREES else values.kept.get(slot.name, {})
    found = slot.part.read(tree) if slot.part else tree
    return OMIT if found is MISSING or found is MISFIT or found is None else found


def compile_text(node: Node, place: Place, scope: Scope) -> Template:
    """A text with its slots checked against the closed list, and for the place."""
    text = node.text()
    pieces: list[str | Slot] = []
    at = 0
    whole: Any = None
    for found in _SLOT.finditer(text):
        pieces.append(text[at : found.start()])
        piece = _slot(node, found, scope)
        if isinstance(piece, str):
            whole = _typed(node, found, piece, scope) if found[0] == text and place is Place.BODY else None
            piece = _setting(node, found, piece, place, alone=found[0] == text)
        pieces.append(piece)
        at = found.end()
    pieces.append(text[at:])
    kept = tuple(_merged(pieces))
    _check_secret(node, kept)
    kept = tuple(_shaped(node, kept, place, scope))
    return Template(kept, place, scope.moment, _demands(place, scope), whole)


def _demands(place: Place, scope: Scope) -> bool:
    return place is not Place.BODY or scope.reads


def _merged(pieces: list[str | Slot]) -> list[str | Slot]:
    """Neighbouring texts as one; a text with a secret stays apart."""
    merged: list[str | Slot] = []
    for piece in pieces:
        if piece == "":
            continue
        if isinstance(piece, str) and merged and isinstance(before := merged[-1], str):
            merged[-1] = _joined([before, piece])
        else:
            merged.append(piece)
    return merged or [""]


def _slot(node: Node, found: re.Match[str], scope: Scope) -> str | Slot:
    """A slot, or the text of a setting or secret."""
    name, rest = found[1], found[2][1:]
    scope.used.add(name)
    if name == "secret" and rest:
        return WithSecret(found[0])
    if name in PLAIN:
        return _plain(node, name, rest, scope)
    if rest and (name in TREES or name in scope.steps):
        return Slot(name, path_of(rest), shape=scope.shapes.get(name))
    if not rest and name == "entry":  # a bare number in a list
        return Slot(name, shape=scope.shapes.get(name))
    if not rest and name in scope.context.settings:
        return scope.context.settings[name]
    known = {*PLAIN, *scope.context.settings, *(f"{tree}.…" for tree in {*TREES, *scope.steps, "secret"})}
    node.refuse_word(found[0][1:-1], known, "mapping.slot.unknown")


def _plain(node: Node, name: str, rest: str, scope: Scope) -> Slot:
    if not rest:
        return Slot(name, shape=scope.shapes.get(name))
    if name not in TIMES or rest not in TIME_PARTS:
        node.refuse_word(
            f"{name}.{rest}", [f"{one}.{part}" for one in TIMES for part in TIME_PARTS], "mapping.slot.unknown"
        )
    return Slot(name, time_part=rest, zone=scope.zone, shape=scope.shapes.get(name))


def _typed(node: Node, found: re.Match[str], text: str, scope: Scope) -> Any:
    """A setting that is the whole leaf goes out with its declared type."""
    if scope.types.get(found[1]) == "number" and re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return None


def _setting(node: Node, found: re.Match[str], text: str, place: Place, *, alone: bool) -> str:
    if isinstance(text, WithSecret):
        return text
    if not alone and _UNFIT.search(text):
        node.refuse("conversation.setting_unfit", setting=found[1])
    return quote(text, safe="") if place is Place.PATH else text


def _check_secret(node: Node, pieces: tuple[str | Slot, ...]) -> None:
    """A secret beside data would let the data speak in its name."""
    if any(isinstance(one, WithSecret) for one in pieces) and any(isinstance(one, Slot) for one in pieces):
        node.refuse("conversation.secret_beside_data")


def _shaped(node: Node, pieces: tuple[str | Slot, ...], place: Place, scope: Scope) -> list[str | Slot]:
    """Inside a longer text every slot needs a declared shape; anything else would be quoting by hope."""
    words = "".join(piece for piece in pieces if isinstance(piece, str))
    inside = bool(words) and place is not Place.PATH
    for slot in (piece for piece in pieces if isinstance(piece, Slot)):
        if slot.name == "login" and place is Place.HEADER:
            continue  # ``Bearer <login.token>``: the peer's own word, back to the peer
        plain_operator = slot.name in MACHINE and _OPERATOR.fullmatch(words)
        if inside and not plain_operator and slot.shape is None:
            node.refuse("conversation.slot_undeclared", slot=slot.name)
        if slot.shape == "prose" and place is not Place.BODY:
            node.refuse("conversation.slot_prose", slot=slot.name)
        if slot.name in TIMES and not scope.always_since and (place is Place.PATH or (inside and not plain_operator)):
            node.refuse("conversation.since_starts", slot=slot.name)
    return list(pieces)


def compile_shapes(node: Node | None) -> dict[str, str]:
    """``slots: {since: date, key: digits}``."""
    return {} if node is None else {name: one.choice(*SHAPES) for name, one in node.entries().items()}
