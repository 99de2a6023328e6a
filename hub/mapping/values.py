"""Plain values of a record as text: one form each, so that 1, 1.0, "1" and true are decided once."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final


class _Nothing:
    """MISSING (not there at all) and MISFIT (something else stands where the path leads)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Nothing("MISSING")
MISFIT: Final = _Nothing("MISFIT")

_FLOAT = re.compile(r"(-?[0-9]+)\.0+")
_LETTERS = re.compile(r"[^\W\d_]")
_DIGITS = re.compile(r"\d")


class Unread(Exception):
    """A value that cannot be read or written; the code names a sentence. Never carries the value itself."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def text_form(value: Any) -> str:
    """The text of a scalar: ``true``, ``4``, ``4`` for 4.0. Raises Unread for lists and maps."""
    if isinstance(value, str):
        return value
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise Unread("mapping.read.not_scalar", found="list" if isinstance(value, list) else "object")


def fold(text: str) -> str:
    """NFKC with white space (also no-break spaces) folded: how codes and categories are compared."""
    return " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).split())


def fold_code(text: str) -> str:
    """``fold``, and a whole number that passed through a spreadsheet (``1.0``) is that number."""
    folded = fold(text)
    found = _FLOAT.fullmatch(folded) if "." in folded else None
    return found[1] if found else folded


def shape(value: Any) -> str:
    """What a value looks like, without saying it: ``99-AAA``, at most 24 characters."""
    try:
        text = text_form(value)
    except Unread as error:
        return str(error.facts["found"])
    drawn = _DIGITS.sub("9", _LETTERS.sub("A", text[:25]))
    return drawn if len(drawn) <= 24 else drawn[:23] + "…"
