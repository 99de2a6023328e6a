"""Which operator a rule's words ask for: the scalar or the wide one, with its own words checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.domain.complaint import Field, Flag, Kind
from hub.mapping.codes import compile_codes
from hub.mapping.context import Context
from hub.mapping.dates import DateWords, compile_date, compile_zone
from hub.mapping.parts import compile_parts
from hub.mapping.reader import Node
from hub.mapping.reading import FieldClass
from hub.mapping.rules import Vocabulary
from hub.mapping.scalars import PLAIN, TRACKING, Scalar, choice, coordinate, markup, number, phone, yes_no
from hub.mapping.typed import folded
from hub.mapping.values import Unread
from hub.mapping.wide import Columns, DayAndTime, Item, Marker, Wide

# What systems write for "never"; always nothing in a date.
NO_DATES = frozenset(("0000-00-00", "0000-00-00 00:00:00", "0001-01-01T00:00:00", "0001-01-01 00:00:00", "0001-01-01"))
_BOUNDS = {"rating": (1, 5)}
_LATITUDE, _LONGITUDE = 90.0, 180.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operator may know of the rule that asks for it."""

    node: Node
    name: str
    field: Field
    vocabulary: Vocabulary
    context: Context
    nulls: frozenset[Any]
    writes: bool


def field_of(vocabulary: Vocabulary, node: Node, name: str) -> Field:
    """The canonical field of that name; another name is refused with the nearest."""
    if name not in vocabulary.fields:
        node.refuse_word(name, vocabulary.fields, "mapping.rule.no_field")
    return vocabulary.fields[name]


# -- one value


def scalar_of(asked: Asked) -> Scalar:
    word = next((word for word in _SCALARS if word in asked.node), None)
    if word is not None:
        return _SCALARS[word](asked, asked.node.need(word))
    if asked.field.kind is Kind.TIME and "parts" not in asked.node:
        asked.node.refuse("mapping.rule.date_missing", field=asked.name)
    return plain_scalar(asked.field, asked.name, asked.context)


def plain_scalar(field: Field, name: str, context: Context) -> Scalar:
    """The operator a canonical field has by itself."""
    known: Mapping[Kind, Callable[[], Scalar]] = {
        Kind.CHOICE: lambda: choice(name, core=context.core),
        Kind.FLAG: lambda: yes_no(None),
        Kind.DIGITS: lambda: TRACKING,
        Kind.NUMBER: lambda: _within(name, number(None)),
        Kind.COORDINATE: lambda: coordinate(None, _most(name)),
    }
    if field.kind in known:
        return known[field.kind]()
    if name.startswith("category_"):
        return replace(PLAIN, read=folded, kind=FieldClass.NORMALISING, words="spasi dirapikan")
    return PLAIN


def dated(words: DateWords) -> Scalar:
    told = f"tanggal {', '.join(words.forms)}"
    return Scalar(words.read, words.write, FieldClass.NORMALISING, told, loses=words.loses())


def date_words(asked: Asked, node: Node) -> DateWords:
    """``date:`` with the ``zone:`` and ``time:`` that stand beside it."""
    context = asked.context
    zone = compile_zone(said, context.agency_zone) if (said := asked.node.get("zone")) else context.zone
    time = asked.node.get("time")
    form = time.only("system", "form").need("form") if time is not None else None
    return compile_date(node, zone, context.agency_zone, form)


def _codes(asked: Asked, node: Node) -> Scalar:
    """A list, with the rule's own ``back:``, ``unsent:`` and ``only_sent:`` laid over it."""
    own = any(word in asked.node for word in ("back", "unsent", "only_sent"))
    listed = compile_codes(node, asked.context, field=asked.name, writes=asked.writes and not own)
    if own:
        listed = listed.with_back(asked.node, asked.name, needed=asked.writes)
    scalar = listed.scalar()
    return replace(scalar, fills_nothing=Flag.UNKNOWN.value) if asked.field.kind is Kind.FLAG else scalar


def _number(asked: Asked, node: Node) -> Scalar:
    return _within(asked.name, number(node)) if asked.field.kind is Kind.NUMBER else coordinate(node, _most(asked.name))


def _within(name: str, scalar: Scalar) -> Scalar:
    """A number within the bounds of its canonical field."""
    if name not in _BOUNDS:
        return scalar
    least, most = _BOUNDS[name]

    def read(text: str) -> Any:
        value = scalar.read(text)
        if not (least <= value <= most and float(value).is_integer()):
            raise Unread("mapping.read.out_of_bounds", least=least, most=most)
        return value

    return replace(scalar, read=read)


def _most(name: str) -> float:
    return _LATITUDE if name.endswith("lat") else _LONGITUDE


_SCALARS: Mapping[str, Callable[[Asked, Node], Scalar]] = {
    "codes": _codes,
    "date": lambda asked, node: dated(date_words(asked, node)),
    "html": lambda asked, node: markup(node),
    "phone": lambda asked, node: phone(node),
    "yes_no": lambda asked, node: yes_no(node),
    "number": _number,
}


# -- several places or values


def wide_of(asked: Asked, scalar: Scalar, places: int) -> Wide | None:
    """The wide operator, or None where one text ↔ one value is enough."""
    for word, build in _WIDE.items():
        if (said := asked.node.get(word)) is not None and (word != "join" or places > 1):
            return build(asked, said, scalar)
    return None


def _parts(asked: Asked, node: Node, scalar: Scalar) -> Wide:
    def plain(where: Node, name: str) -> Scalar:
        return plain_scalar(field_of(asked.vocabulary, where, name), name, asked.context)

    return compile_parts(node, asked.name, asked.context, plain, asked.nulls)


def _marker(asked: Asked, node: Node, scalar: Scalar) -> Wide:
    before, slot, after = node.text().partition("<key>")
    if not slot or not before.strip():
        node.refuse("mapping.marker.slot")
    at_end = (said := asked.node.get("at")) is None or said.choice("end", "start") == "end"
    drawn = rf"^[ \t]*{re.escape(before.strip())}\s*(?P<key>[^\s<>]+?)\s*{re.escape(after.strip())}[ \t]*$"
    return Marker(asked.name, before, after, at_end, scalar, re.compile(drawn, re.MULTILINE))


def _item(asked: Asked, node: Node, scalar: Scalar) -> Wide:
    many = asked.node.need("of")
    of = 0 if many.text() == "any" else many.number(least=2, most=20)
    said = asked.node.need("item")
    at = {"first": 1, "last": of}.get(said.text())
    at = said.number(least=1, most=of or 20) if at is None else at
    return Item(asked.name, node.text(), at - 1, of, scalar, asked.nulls)


_WIDE: Mapping[str, Callable[[Asked, Node, Scalar], Wide]] = {
    "parts": _parts,
    "marker": _marker,
    "split": _item,
    "time": lambda asked, node, scalar: DayAndTime(asked.name, date_words(asked, asked.node.need("date")), asked.nulls),
    "join": lambda asked, node, scalar: Columns(asked.name, node.text(), scalar, asked.nulls),
}
