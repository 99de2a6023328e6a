"""Operators for one value: each reads a system's text into a canonical value and writes it back.

A scalar never sees nothing: empty values are decided before it, by the null words of the rule.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from hub.domain.complaint import CHOICES, Flag
from hub.mapping.reader import Node
from hub.mapping.reading import FieldClass
from hub.mapping.values import Unread, fold, fold_code

Reader = Callable[[str], Any]
Writer = Callable[[Any], Any]


def same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Scalar:
    """``read``: stripped text → value; ``write``: value → text or typed value. Both raise Unread."""

    read: Reader
    write: Writer
    kind: FieldClass = FieldClass.EXACT
    words: str = ""  # in a person's words, for the trace
    known: Mapping[str, Any] | None = None  # text → value, where a look-up does nearly all reading
    loses: str = ""  # what cannot be held in writing
    fills_nothing: Any = None  # what an empty value means (a flag's UNKNOWN)
    values: frozenset[str] = frozenset()  # canonical values it can give, where they are a closed list
    unsent: frozenset[str] = frozenset()  # values the list itself keeps back
    shown: Writer = same  # what the peer makes of a text it is given

    @property
    def is_plain(self) -> bool:
        return self.read is same


PLAIN = Scalar(same, same)

# -- phone numbers

_PHONE_FILL = re.compile(r"[\s().\-/]+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


def read_phone(text: str) -> str:
    """``0812-3456-789``, ``62812…``, ``0062…``, ``812…`` (zero lost in a spreadsheet) → ``+62812…``."""
    digits = _PHONE_FILL.sub("", fold_code(text).removeprefix("'"))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = "+62" + digits[1:]
    elif digits.startswith("62"):
        digits = "+" + digits
    elif digits.startswith("8") and 9 <= len(digits) <= 13:
        digits = "+62" + digits
    if not _PHONE.fullmatch(digits):
        raise Unread("mapping.read.phone")
    return digits


def phone(node: Node) -> Scalar:
    """``phone: ID`` writes 08…; ``phone: {country: ID, write: "+62"}`` (or "62") writes that form."""
    lead = "0"
    if node.is_map:
        node.only("country", "write")
        node.need("country").choice("ID")
        lead = node.need("write").choice("0", "62", "+62")
    else:
        node.choice("ID")

    def write(value: str) -> str:
        if value.startswith("+62"):
            return lead + value[3:]
        return value if lead != "62" else value.removeprefix("+")

    return Scalar(read_phone, write, FieldClass.NORMALISING, "nomor telepon Indonesia")


# -- HTML

_BREAKS = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"))
_UNSEEN = frozenset(("script", "style", "head", "title"))


class _TextOf(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen = max(0, self.unseen - (tag in _UNSEEN))
        if tag in _BREAKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def html_to_text(text: str) -> str:
    """What a reader would see: paragraphs become lines, entities characters, scripts nothing."""
    parser = _TextOf()
    parser.feed(text)
    parser.close()
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in "".join(parser.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def text_to_html(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def markup(node: Node) -> Scalar:
    """``text`` takes tags and entities away and writes escaped text; ``entities`` only entities; ``escaped``: the
    peer escapes what it is given once more, so what it shows is read through two coats and one is written."""
    said = node.choice("text", "entities", "escaped")
    if said == "escaped":
        return Scalar(
            lambda text: html_to_text(html.unescape(text)), text_to_html, FieldClass.NORMALISING, "teks tanpa HTML",
            loses="entities", shown=lambda text: html.escape(text, quote=False),
        )  # fmt: skip
    if said == "entities":
        return Scalar(
            lambda text: html.unescape(text).strip(), lambda value: html.escape(value, quote=False),
            FieldClass.NORMALISING, "entitas HTML dibersihkan",
        )  # fmt: skip
    return Scalar(html_to_text, text_to_html, FieldClass.NORMALISING, "teks tanpa HTML")


# -- numbers and coordinates


def number(node: Node | None, *, what: str = "number") -> Scalar:
    """``number: {decimal: ",", thousands: "."}``; without it, a point and no thousands mark."""
    decimal, thousands = ".", ""
    if node is not None:
        node.only("decimal", "thousands")
        decimal = mark.choice(",", ".") if (mark := node.get("decimal")) else "."
        thousands = mark.choice(",", ".", " ") if (mark := node.get("thousands")) else ""
        if decimal == thousands:
            node.refuse("mapping.number.same_marks")

    def read(text: str) -> int | float:
        plain = fold(text)
        if thousands:
            plain = plain.replace(thousands, "")
        plain = plain.replace(decimal, ".")
        if not re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", plain):
            raise Unread(f"mapping.read.{what}")
        value = float(plain)
        return int(value) if value.is_integer() and what == "number" else value

    def write(value: Any) -> Any:
        return value if decimal == "." else f"{value:.15g}".replace(".", decimal)

    return Scalar(read, write, FieldClass.NORMALISING, "angka")


def coordinate(node: Node | None, most: float) -> Scalar:
    """Degrees; a comma may stand for the point. Outside ±``most`` it is not a place."""
    comma = bool(node and "decimal" in node and node.need("decimal").text() == ",")
    plain = number(node if comma else None, what="coordinate")

    def read(text: str) -> float:
        value = float(plain.read(text.replace(",", ".") if not comma else text))
        if not -most <= value <= most:
            raise Unread("mapping.read.coordinate")
        return value

    return Scalar(read, plain.write, FieldClass.NORMALISING, "koordinat")


# -- tracking numbers

_LINK = re.compile(r"\[\s*#?(\d{1,15})\s*\]\s*\([^)]*\)|https?://\S*/(\d{1,15})/?|#?\s*(\d{1,15})(?:\.0+)?")


def read_tracking(text: str) -> str:
    """``#9165816``, ``9165816.0``, ``[9165816](https://…)``, ``https://…/9165816`` → ``9165816``."""
    if text.isdecimal() and text.isascii() and len(text) < 16:
        return text
    found = _LINK.fullmatch(fold(text))
    if found is None:
        raise Unread("mapping.read.tracking")
    return next(group for group in found.groups() if group)


TRACKING = Scalar(read_tracking, same, FieldClass.NORMALISING, "nomor dibersihkan")

# -- closed lists


def choice(field: str, *, core: bool) -> Scalar:
    """The canonical words themselves; CLOSED is the core's to say."""
    allowed = frozenset(str(one) for one in CHOICES[field] if core or field != "status" or one != "CLOSED")

    def read(text: str) -> str:
        if text not in allowed:
            raise Unread("mapping.read.not_canonical", known=", ".join(sorted(allowed)))
        return text

    return Scalar(read, same, words="kata kanonik", known={one: one for one in allowed}, values=allowed)


_USUAL = {
    **dict.fromkeys(("yes", "true", "ya", "y", "1"), Flag.YES.value),
    **dict.fromkeys(("no", "false", "tidak", "t", "n", "0"), Flag.NO.value),
    "unknown": Flag.UNKNOWN.value,
}
_USUAL.pop("t")  # "t" is yes in databases and "tidak" to people


def yes_no(node: Node | None) -> Scalar:
    """``yes_no: {yes: ["1", Ya], no: ["0", Tidak], unknown: ["9"]}``; the first of each is what is written.

    Without it: yes/true/ya/1 and no/false/tidak/0, written as true and false. Anything else is unreadable.
    """
    words: dict[str, str] = dict(_USUAL)
    written: dict[str, Any] = {Flag.YES.value: True, Flag.NO.value: False}
    if node is not None:
        words, written = _vocabulary(node)

    def read(text: str) -> str:
        value = words.get(fold_code(text).lower())
        if value is None:
            raise Unread("mapping.read.flag", known=", ".join(words))
        return value

    def write(value: str) -> Any:
        if value not in written:
            raise Unread("mapping.write.flag_unknown")
        return written[value]

    kind = FieldClass.EXACT if node and len(words) == len(written) else FieldClass.NORMALISING
    return Scalar(read, write, kind, "ya/tidak", fills_nothing=Flag.UNKNOWN.value)


def _vocabulary(node: Node) -> tuple[dict[str, str], dict[str, Any]]:
    node.only("yes", "no", "unknown")
    words: dict[str, str] = {}
    written: dict[str, Any] = {}
    for value in ("yes", "no", "unknown"):
        texts = found.texts() if (found := node.get(value)) else []
        for text in texts:
            if words.setdefault(fold_code(text).lower(), value) != value:
                node.refuse("mapping.codes.twice", code=text)
        if texts and value != "unknown":
            written[value] = texts[0]
    if not written:
        node.refuse("mapping.key.missing", key="yes")
    return words, written
