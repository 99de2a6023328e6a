"""Parts: a text made of fixed and typed pieces, taken apart and put together again.

``parts: ["LB", {one_of: sumber, to: channel}, "-", {digits: any}]``. A piece without ``to:`` is the rule's own
field. Several patterns may be given as lists of pieces; the first that fits is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.mapping.codes import compile_codes
from hub.mapping.context import Context
from hub.mapping.dates import compile_date
from hub.mapping.reader import Node
from hub.mapping.reading import FieldClass
from hub.mapping.scalars import PLAIN, Scalar
from hub.mapping.values import MISSING, Unread, text_form
from hub.mapping.wide import Held, text_at

_SORTS = ("date", "one_of", "digits", "word", "rest")
Plain = Callable[[Node, str], Scalar]


@dataclass(frozen=True, slots=True)
class Piece:
    name: str
    pattern: str
    scalar: Scalar


@dataclass(frozen=True, slots=True)
class Pattern:
    pieces: tuple[str | Piece, ...]
    compiled: re.Pattern[str]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(piece.name for piece in self.pieces if isinstance(piece, Piece))

    def read(self, text: str) -> dict[str, Any] | None:
        found = self.compiled.fullmatch(text)
        if found is None:
            return None
        typed = [piece for piece in self.pieces if isinstance(piece, Piece)]
        texts = [group.strip() for group in found.groups()]
        return {piece.name: piece.scalar.read(part) if part else None for piece, part in zip(typed, texts, strict=True)}

    def returns(self, text: str, wanted: Mapping[str, Any]) -> bool:
        """Whether the text reads back as what was meant, but for what a piece declares it cannot hold."""
        found = self.read(text)
        exact = [piece.name for piece in self.pieces if isinstance(piece, Piece) and not piece.scalar.loses]
        return found is not None and all(found[name] == wanted[name] for name in exact)

    def write(self, values: Mapping[str, Any]) -> str:
        drawn = (
            piece if isinstance(piece, str) else text_form(piece.scalar.write(values[piece.name]))
            for piece in self.pieces
        )
        return "".join(drawn)


@dataclass(frozen=True, slots=True)
class Parts:
    patterns: tuple[Pattern, ...]
    names: tuple[str, ...]
    nulls: frozenset[Any]
    kind: FieldClass = FieldClass.NORMALISING
    words: str = "teks dari beberapa bagian"

    @property
    def loses(self) -> str:
        typed = (piece for pattern in self.patterns for piece in pattern.pieces if isinstance(piece, Piece))
        return next((piece.scalar.loses for piece in typed if piece.scalar.loses), "")

    def read(self, places: Held) -> Mapping[str, Any]:
        if places[0] is MISSING:
            return {}
        text = text_at(places[0])
        if text in self.nulls:
            return dict.fromkeys(self.names)
        return self.parse(text)

    def parse(self, text: str) -> dict[str, Any]:
        for pattern in self.patterns:
            found = pattern.read(text)
            if found is not None:
                return found
        raise Unread("mapping.read.parts")

    def write(self, values: Mapping[str, Any], held: Held) -> Held:
        """The first pattern for which every value is known and which reads back as what was written."""
        for pattern in self.patterns:
            wanted = {name: values.get(name) for name in pattern.names}
            if None in wanted.values():
                continue
            text = pattern.write(wanted)
            if pattern.returns(text, wanted):
                return [text]
        raise Unread("mapping.write.parts")


def compile_parts(node: Node, own: str, context: Context, plain: Plain, nulls: frozenset[Any] = frozenset()) -> Parts:
    """``plain`` gives the operator that a canonical field has by itself (and refuses unknown fields)."""
    lists = [node] if any(not one.is_list for one in node.items()) else node.items()
    patterns = tuple(_pattern(one, own, context, plain) for one in lists)
    names = tuple(dict.fromkeys(name for pattern in patterns for name in pattern.names))
    return Parts(patterns, names, nulls)


def _pattern(node: Node, own: str, context: Context, plain: Plain) -> Pattern:
    pieces = tuple(_piece(one, own, context, plain) for one in node.items())
    names = [piece.name for piece in pieces if isinstance(piece, Piece)]
    if not names or len(set(names)) != len(names):
        node.refuse("mapping.parts.names")
    drawn = "".join(_literal(piece) if isinstance(piece, str) else f"({piece.pattern})" for piece in pieces)
    return Pattern(pieces, re.compile(drawn, re.DOTALL))


def _literal(text: str) -> str:
    return re.sub(r"(?:\\ |\s)+", r"\\s+", re.escape(text))


def _piece(node: Node, own: str, context: Context, plain: Plain) -> str | Piece:
    if node.is_text:
        return node.text()
    node.only("to", *_SORTS)
    sorts = [sort for sort in _SORTS if sort in node]
    if len(sorts) != 1:
        node.refuse("mapping.parts.one_sort", known=", ".join(_SORTS))
    to = node.get("to")
    name = to.text() if to else own
    inner = node.need(sorts[0])
    scalar = PLAIN if sorts[0] in ("date", "one_of") else plain(to or node, name)
    return _SORT[sorts[0]](inner, name, scalar, context)


def _date(node: Node, name: str, scalar: Scalar, context: Context) -> Piece:
    words = compile_date(node, context.zone, context.agency_zone)
    kind = Scalar(words.read, words.write, FieldClass.NORMALISING, loses=words.loses())
    return Piece(name, "|".join(sorted(words.patterns(), key=len, reverse=True)), kind)


def _one_of(node: Node, name: str, scalar: Scalar, context: Context) -> Piece:
    codes = compile_codes(node, context, field=name, writes=context.writes)
    texts: Sequence[str] = sorted({*codes.known, *codes.back.values()}, key=len, reverse=True)
    return Piece(name, "|".join(map(re.escape, texts)), codes.scalar())


def _digits(node: Node, name: str, scalar: Scalar, context: Context) -> Piece:
    count = "+" if node.text() == "any" else f"{{{node.number(least=1, most=64)}}}"
    return Piece(name, f"[0-9]{count}", scalar)


def _word(node: Node, name: str, scalar: Scalar, context: Context) -> Piece:
    node.choice("any")
    return Piece(name, r"\S+", scalar)


def _rest(node: Node, name: str, scalar: Scalar, context: Context) -> Piece:
    node.choice("any", "text")
    return Piece(name, ".*", scalar)


_SORT: Mapping[str, Callable[[Node, str, Scalar, Context], Piece]] = {
    "date": _date,
    "one_of": _one_of,
    "digits": _digits,
    "word": _word,
    "rest": _rest,
}
