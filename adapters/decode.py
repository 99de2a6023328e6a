"""From the bytes of an answer to a plain tree, strictly: what cannot be read whole is not read at all.

JSON is judged by its content, never by the declared type: PHP says text/html for everything. Of a name
given twice in one JSON object the last counts, as in every client the peer itself has. A number that this
machine cannot hold exactly stays text; NaN and Infinity are no JSON.
"""

from __future__ import annotations

import codecs
import json
import re
from decimal import Decimal
from typing import Any

_HALF_A_SIGN = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Undecodable(Exception):
    """The content is not what the wire can read. Carries no content."""


# possessive (++): a peer that sends forty comments in a row would else keep the pattern busy for days
_PAGE = re.compile(rb"\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)


def is_page(content: bytes) -> bool:
    """Whether this is a page for people (maintenance, login) where data was due."""
    return bool(_PAGE.match(content[:4096].removeprefix(codecs.BOM_UTF8)))


def tree(content: bytes, charset: str | None) -> Any:
    """JSON or XML as a plain tree; an HTML page and anything else raises Undecodable."""
    written = text(content, charset)
    if written.lstrip()[:1] == "<":
        from adapters import xmltree

        return xmltree.document(content, charset)
    return from_json(written, broken=bool(_HALF_A_SIGN.search(content)))


def text(content: bytes, charset: str | None) -> str:
    """By its byte order mark, else the declared charset, else UTF-8; never a guess."""
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), charset or "utf-8")
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise Undecodable("encoding") from None


def from_json(written: str, *, broken: bool = False) -> Any:
    try:
        value = json.loads(written, parse_int=_whole, parse_float=_fraction, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise Undecodable("json") from None
    return _mended(value) if broken else value


def _whole(digits: str) -> int | str:
    """Beyond 64 bits a number is a name made of digits; stores and peers would round it."""
    return int(digits) if len(digits) <= 18 else digits


def _fraction(digits: str) -> float | str:
    number = float(digits)
    if len(digits) <= 15 and "e" not in digits and "E" not in digits:
        return number
    return number if Decimal(digits) == Decimal(repr(number)) else digits


def _refused(name: str) -> Any:
    raise ValueError(name)


def _mended(value: Any) -> Any:
    """Half a surrogate pair (``\\ud83d`` alone) cannot be stored or sent by anyone: it becomes U+FFFD."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_mended(name): _mended(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_mended(one) for one in value]
    return value
