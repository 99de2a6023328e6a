"""Texts made comparable: what a person would call the same, compares equal. Nothing folded is ever shown or sent."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_MARKS = re.compile(r"[^\w\s]|_")
_MOST_DIGITS = 8  # a telephone number has nine or more
_REGION = re.compile(r"[1-9]\d(\.?\d\d(\.?\d{2,3}(\.?\d{3,4})?)?)?")
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
    r"([ T]\d{1,2}[:.]\d\d([:.]\d\d([.,]\d{1,9})?)? ?(Z|WIB|WITA|WIT|[+-]\d\d:?\d\d)?)?"
)


def fold(text: str) -> str:
    """Compatibility forms, case and every kind of space (NBSP too) folded; punctuation stays."""
    if text.isascii():
        return " ".join(text.lower().split())
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def fold_words(text: str) -> str:
    """The words only, for recognising a follow-up typed again by hand: punctuation and mark-up do not count."""
    return " ".join(_MARKS.sub(" ", fold(text)).split())


def like_a_code(text: str) -> bool:
    """May it be shown where a code is due? What stands there by mistake (a telephone number, an address, a whole
    sentence) does not pass; a bare word does, for it may be the very code that is missing in a list."""
    return _REGION.fullmatch(text) is not None or _short(text, 40, 5)


def like_a_name(text: str) -> bool:
    """Of a field, as a system calls it: a heading may be long."""
    return _short(text, 80, 10)


def _short(text: str, most: int, words: int) -> bool:
    plain = text.isprintable() and "@" not in text and len(text) <= most and len(text.split()) <= words
    return plain and sum(one.isdigit() for one in text) <= _MOST_DIGITS


def like_a_region(text: str) -> bool:
    """A Kemendagri or BPS code: 2, 4, 6, 7 or 10 figures, the first two a province; a telephone number is none."""
    return _REGION.fullmatch(text) is not None


def like_a_date(text: str) -> bool:
    """A date or time in figures, however impossible."""
    return _DATE.fullmatch(text) is not None


def like_a_number(text: str) -> bool:
    return like_a_code(text) and not any(one.isalpha() for one in text)
