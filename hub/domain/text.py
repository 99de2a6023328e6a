"""Texts made comparable: what a person would call the same, compares equal. Nothing folded is ever shown or sent."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_MARKS = re.compile(r"[^\w\s]|_")


def fold(text: str) -> str:
    """Compatibility forms, case and every kind of space (NBSP too) folded; punctuation stays."""
    if text.isascii():
        return " ".join(text.lower().split())
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def fold_words(text: str) -> str:
    """The words only, for recognising a follow-up typed again by hand: punctuation and mark-up do not count."""
    return " ".join(_MARKS.sub(" ", fold(text)).split())
