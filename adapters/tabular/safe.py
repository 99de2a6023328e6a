"""Cells that no spreadsheet program takes for a formula, and back.

A cell that begins with ``= + - @``, a tab or a carriage return gets an apostrophe in front; so does one
that begins with apostrophes and then such a sign, which makes the way back exact. A lone ``-`` (the usual
word for "nothing") and a plain negative number are no formulas and stay.
"""

from __future__ import annotations

import re

_RISKY = re.compile(r"'*[=+\-@\t\r]")
_HARMLESS = re.compile(r"-(?:\d+(?:[.,]\d+)?)?\Z")
_MARKED = re.compile(r"'+[=+\-@\t\r]")


def safe(text: str) -> str:
    return "'" + text if _RISKY.match(text) and not _HARMLESS.match(text) else text


def unsafe(text: str) -> str:
    """The text that ``safe`` was given."""
    return text[1:] if text.startswith("'") and _MARKED.match(text) else text


def shape(text: str, most: int = 80) -> str:
    """What a text looks like without what it says: digits 9, letters A, runs cut to four."""
    plain = re.sub(r"\d", "9", text)
    plain = "".join("A" if one.isalpha() else " " if one.isspace() else one for one in plain[: most * 4])
    return re.sub(r"(9|A| )\1{4,}", r"\1\1\1\1…", plain)[:most]
