"""How a value is put on the wire: its type, its length, the characters it may hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hub.mapping.reader import Node
from hub.mapping.values import Unread, fold, text_form

Convert = Callable[[Any], Any]
CUT_MARK = "…"
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")


def as_number(value: Any) -> int | float:
    text = text_form(value).strip()
    if not _NUMBER.fullmatch(text):
        raise Unread("mapping.write.not_number")
    return float(text) if "." in text else int(text)


def as_yes_no(value: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "ya": True, "false": False, "no": False, "0": False, "tidak": False}
    found = known.get(text_form(value).lower())
    if found is None:
        raise Unread("mapping.write.not_yes_no")
    return found


TYPES: dict[str, Convert] = {
    "text": text_form,
    "number": as_number,
    "yes/no": as_yes_no,
    "list": lambda value: [value],
}


def first_of_list(value: Any) -> Any:
    """The one thing in a list of one; an empty list is nothing."""
    if not isinstance(value, list):
        return value
    if len(value) > 1:
        raise Unread("mapping.read.not_one", found=len(value))
    return value[0] if value else None


def joiner(mark: str) -> Convert:
    def join(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return mark.join(text for one in value if (text := text_form(one).strip())) or None

    return join


def compile_limit(node: Node) -> Callable[[str], str]:
    """``at_most: 200`` (characters) or ``at_most: 200 bytes``: cut at a word, with a mark."""
    text = node.text()
    most = text.removesuffix(" bytes").removesuffix(" characters")
    if not most.isdecimal() or not 1 <= int(most) <= 10_000_000:
        node.refuse("mapping.rule.at_most", text=text)
    return cutter(int(most), in_bytes=text.endswith(" bytes"))


def cutter(most: int, *, in_bytes: bool = False) -> Callable[[str], str]:
    def size(text: str) -> int:
        return len(text.encode()) if in_bytes else len(text)

    def cut(text: str) -> str:
        if size(text) <= most:
            return text
        room = most - size(CUT_MARK)
        if room < 1:
            return text.encode()[:most].decode(errors="ignore") if in_bytes else text[:most]
        kept = text.encode()[:room].decode(errors="ignore") if in_bytes else text[:room]
        pieces = [kept] if text[len(kept)].isspace() else kept.rsplit(None, 1)
        whole = pieces[0] if len(pieces) == 2 and len(pieces[0]) * 2 >= len(kept) else kept
        return whole.rstrip() + CUT_MARK

    return cut


def without(characters: str) -> Callable[[str], str]:
    """Characters the other side cannot hold become spaces."""
    table = dict.fromkeys(map(ord, characters), " ")
    return lambda text: text.translate(table)


def folded(value: str) -> str:
    return fold(value)
