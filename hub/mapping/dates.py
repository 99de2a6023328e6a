"""Dates and times as Indonesian systems write them, both ways.

A form is ``iso``, ``epoch``, ``epoch_ms``, ``excel`` (a spreadsheet's day number) or a pattern of
``%d %m %Y %y %B %b %A %a %H %I %p %M %S %f %z %Z``.
Month and weekday names are read in Indonesian (long, short, and the variants in use) and English, and
written in Indonesian unless told otherwise. A time without an offset is in the rule's zone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, tzinfo
from typing import Any

from hub.domain.complaint import Moment
from hub.mapping.date_forms import (
    ISO,
    WORDS,
    Parts,
    Reader,
    clock_parts,
    lost_by,
    pattern_of,
    reader_of,
    render,
    wall_clock,
)
from hub.mapping.reader import Node
from hub.mapping.values import Unread, fold, text_form
from hub.mapping.zones import WIB, WIT, WITA, zone_name, zone_of

__all__ = [
    "WIB", "WIT", "WITA", "DateWords", "compile_date", "compile_zone", "lost_by", "render", "zone_name", "zone_of",
]  # fmt: skip

EARLIEST, LATEST = 1990, 2100  # years; what lies outside is a default or a slip, not a complaint's time
_MEMO = 8192

_RELATIVE = re.compile(
    r"\b(lalu|kemarin|barusan|baru saja|hari ini|tadi|besok|ago|yesterday|today|just now)\b", re.IGNORECASE
)


def compile_zone(node: Node, agency: tzinfo) -> tzinfo:
    zone = zone_of(node.text(), agency)
    if zone is None:
        node.refuse("mapping.date.zone", zone=node.text())
    return zone


class DateWords:
    """Reads and writes one way of telling times. Reading is remembered per distinct text."""

    __slots__ = (
        "_clocks", "_memo", "_readers", "_times", "english", "forms", "ignore_offset", "times", "zone", "zone_name",
    )  # fmt: skip

    def __init__(
        self,
        forms: Sequence[str],
        zone: tzinfo,
        *,
        ignore_offset: bool = False,
        english: bool = False,
        times: Sequence[str] = (),
    ) -> None:
        """``times``: forms of a second column that holds the time of day. Raises ValueError for a bad form."""
        self.forms = tuple(forms)
        self.zone = zone
        self.zone_name = zone_name(zone)
        self.ignore_offset = ignore_offset
        self.english = english
        self.times = tuple(times)
        self._readers = [reader_of(form) for form in forms]
        self._times = [reader_of(form) for form in times]
        self._memo: dict[str, Moment] = {}
        self._clocks: dict[str, time] = {}

    def read(self, value: Any) -> Moment:
        """The moment a text tells. Raises Unread; the message never carries the text."""
        text = value if isinstance(value, str) else text_form(value)
        found = self._memo.get(text)
        if found is None:
            found = self._parse(text)
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            self._memo[text] = found
        return found

    def read_pair(self, day: Any, hour: Any) -> Moment:
        """The moment told by two columns; ``hour`` may be None where only the day is known."""
        midnight = self.read(day)
        if hour is None:
            return midnight
        local = midnight.utc.astimezone(self.zone)
        moment = datetime.combine(local, self._clock(text_form(hour)), self.zone)
        return Moment(moment.astimezone(UTC), f"{text_form(day)} {text_form(hour)}", midnight.zone)

    def write(self, moment: Moment | datetime) -> str:
        """The text of a moment in the first form, in the rule's zone."""
        return render(self._wall(moment), self.forms[0], english=self.english)

    def write_time(self, moment: Moment | datetime) -> str:
        """The text for the second column."""
        return render(self._wall(moment), self.times[0], english=self.english)

    def patterns(self) -> list[str]:
        """The forms as patterns without groups, to stand inside a longer pattern."""
        known = {"iso": ISO.pattern, "epoch": r"\d{1,15}", "epoch_ms": r"\d{1,15}", "excel": r"\d{1,6}(?:\.\d+)?"}
        drawn = [known.get(form) or pattern_of(form).pattern for form in self.forms]
        return [re.sub(r"\(\?P<\w+>", "(?:", f"(?i:{one})") for one in drawn]

    def loses(self) -> str:
        """What the written form cannot hold: "time", "seconds" or nothing."""
        return lost_by((*self.times, self.forms[0])[0])

    def _wall(self, moment: Moment | datetime) -> datetime:
        return (moment.utc if isinstance(moment, Moment) else moment).astimezone(self.zone)

    def _clock(self, text: str) -> time:
        found = self._clocks.get(text)
        if found is None:
            try:
                parts = self._parts(text, self._times, self.times)
                found = wall_clock({"Y": "2000", **clock_parts(parts)})[0].time()
            except ValueError as error:
                raise Unread("mapping.read.date_impossible") from error
            if len(self._clocks) < _MEMO:
                self._clocks[text] = found
        return found

    def _parse(self, text: str) -> Moment:
        return self._moment(self._parts(text, self._readers, self.forms), text)

    def _parts(self, text: str, readers: Sequence[Reader], forms: Sequence[str]) -> Parts:
        folded = fold(text).replace("\u2019", "'")  # Jum’at, as Word writes it
        for reader in readers:
            parts = reader(folded)
            if parts is not None:
                return parts
        code = "mapping.read.date_relative" if _RELATIVE.search(folded) else "mapping.read.date"
        raise Unread(code, forms=", ".join(forms))

    def _moment(self, parts: Parts, text: str) -> Moment:
        try:
            local, zone = wall_clock(parts)
        except ValueError as error:
            raise Unread("mapping.read.date_impossible") from error
        if not EARLIEST <= local.year <= LATEST:
            raise Unread("mapping.read.date_absurd", year=local.year, earliest=EARLIEST, latest=LATEST)
        if zone is None or self.ignore_offset:
            return Moment(local.replace(tzinfo=self.zone).astimezone(UTC), text, self.zone_name)
        return Moment(local.replace(tzinfo=zone).astimezone(UTC), text, zone_name(zone))


def compile_date(node: Node, zone: tzinfo, agency: tzinfo, clock: Node | None = None) -> DateWords:
    """``iso`` · ``"%d/%m/%Y"`` · a list of forms · ``{forms: […], zone: WIB, offset: ignore, language: en}``."""
    ignore = english = False
    forms = node
    if node.is_map:
        node.only("forms", "zone", "offset", "language")
        forms = node.need("forms")
        zone = compile_zone(found, agency) if (found := node.get("zone")) else zone
        ignore = bool((found := node.get("offset")) and found.choice("ignore", "read") == "ignore")
        english = bool((found := node.get("language")) and found.choice("id", "en") == "en")
    times = _checked(clock) if clock else []
    return DateWords(_checked(forms), zone, ignore_offset=ignore, english=english, times=times)


def _checked(forms: Node) -> list[str]:
    for one in forms.one_or_many():
        if one.text() not in WORDS and "%" not in one.text():  # a word that is no form
            one.refuse("mapping.date.form", form=one.text())
        try:
            reader_of(one.text())
        except ValueError:
            one.refuse("mapping.date.form", form=one.text())
    texts = forms.texts()
    if not texts:
        forms.refuse("mapping.date.form", form="[]")
    return texts
