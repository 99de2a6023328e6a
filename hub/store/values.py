"""Values to bytes and back, for what is sealed: a JSON tree plus times, bytes and decimals.

``orjson`` does the usual work. What JSON cannot say becomes an object with one key that starts with NUL
(``{"\\0t": "2026-03-01T00:00:00+00:00"}``); a source that sends such keys itself is escaped, so that every tree
comes back as it went in. Enums come back as their text, tuples as lists.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from hub.domain.complaint import Moment

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_MARK = b'{"\\u0000'
_INT64 = 2**63


class Unsealable(ValueError):
    """A value that cannot be stored: nested too deep, or of a type no record has."""


def dump(value: Any) -> bytes:
    """The bytes of a tree of plain values, ``Moment``, datetime, date, bytes and Decimal."""
    tags = 0

    def tag(one: Any) -> Any:
        nonlocal tags
        tags += 1
        return _tag(one)

    try:
        data = orjson.dumps(value, tag, _OPTIONS)
    except TypeError:
        return _dump_odd(value)
    return data if data.count(_MARK) == tags else _dump_odd(value)


def load(data: bytes) -> Any:
    value = orjson.loads(data)
    return _untag(value) if _MARK in data else value


def _tag(one: Any) -> dict[str, Any]:
    if isinstance(one, Moment):
        return {"\0m": [one.utc.isoformat(), one.text, one.zone]}
    if isinstance(one, datetime):
        return {"\0t": one.isoformat()}
    if isinstance(one, date):
        return {"\0d": one.isoformat()}
    if isinstance(one, bytes):
        return {"\0b": b64encode(one).decode()}
    if isinstance(one, Decimal):
        return {"\0n": str(one)}
    raise TypeError(f"{type(one).__name__} cannot be stored")


def _moment(parts: list[str]) -> Moment:
    return Moment(datetime.fromisoformat(parts[0]), parts[1], parts[2])


_UNTAG: dict[str, Callable[[Any], Any]] = {
    "\0m": _moment,
    "\0t": datetime.fromisoformat,
    "\0d": date.fromisoformat,
    "\0b": b64decode,
    "\0n": Decimal,
    "\0i": int,
    "\0s": lambda text: b64decode(text).decode("utf-8", "surrogatepass"),
    "\0o": dict,
}


def _untag(value: Any) -> Any:
    if isinstance(value, list):
        return [_untag(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, inner = next(iter(value.items()))
        if name in _UNTAG:
            return _UNTAG[name](_untag(inner))
    return {name: _untag(inner) for name, inner in value.items()}


def _dump_odd(value: Any) -> bytes:
    """The slow way, for trees with huge numbers, lone surrogates, keys that are no text, or keys like our tags."""
    try:
        return orjson.dumps(_odd(value), _tag, _OPTIONS)
    except (TypeError, RecursionError) as error:
        raise Unsealable(str(error)) from error


def _odd(value: Any) -> Any:
    if isinstance(value, dict):
        if all(type(name) is str and not name.startswith("\0") and _is_utf8(name) for name in value):
            return {name: _odd(inner) for name, inner in value.items()}
        return {"\0o": [[_odd(name), _odd(inner)] for name, inner in value.items()]}
    if isinstance(value, list | tuple):
        return [_odd(inner) for inner in value]
    if isinstance(value, str) and not _is_utf8(value):
        return {"\0s": b64encode(value.encode("utf-8", "surrogatepass")).decode()}
    if isinstance(value, int) and not isinstance(value, bool) and not -_INT64 <= value < _INT64:
        return {"\0i": str(value)}
    return value


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
