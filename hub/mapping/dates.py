"""Dates and times as Indonesian systems write them, both ways.

A form is ``iso``, ``epoch``, ``epoch_ms`` or a pattern of ``%d %m %Y %y %B %b %A %a %H %I %p %M %S %f %z %Z``.
Month and weekday names are read in Indonesian (long, short, and the variants in use) and English, and
written in Indonesian unless told otherwise. A time without an offset is in the rule's zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from hub.domain.complaint import Moment
from hub.mapping.reader import Node
from hub.mapping.values import Unread, fold, text_form

EARLIEST, LATEST = 1990, 2100  # years; what lies outside is a default or a slip, not a complaint's time
_MEMO = 8192


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MONTHS = _names("Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember")
SHORT_MONTHS = _names("Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des")
DAYS = _names("Senin Selasa Rabu Kamis Jumat Sabtu Minggu")
SHORT_DAYS = _names("Sen Sel Rab Kam Jum Sab Min")
_ENGLISH = _names("January February March April May June July August September October November December")
_ENGLISH_DAYS = _names("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_MORE_MONTHS = {"peb": 2, "pebruari": 2, "mrt": 3, "agt": 8, "ags": 8, "agst": 8, "sept": 9, "nopember": 11, "nop": 11}
_MORE_DAYS = ("jum'at", "jumaat", "ahad", "sn", "sl", "rb", "km", "jm", "sb", "mg")

_MONTH_NUMBER = {
    **{name.lower(): number for names in (MONTHS, SHORT_MONTHS, _ENGLISH) for number, name in enumerate(names, 1)},
    **{name[:3].lower(): number for number, name in enumerate(_ENGLISH, 1)},
    **_MORE_MONTHS,
}
_DAY_NAMES = sorted(
    {name.lower() for names in (DAYS, SHORT_DAYS, _ENGLISH_DAYS) for name in names}
    | {name[:3].lower() for name in _ENGLISH_DAYS}
    | set(_MORE_DAYS),
    key=len,
    reverse=True,
)
_OFFSETS = {"utc": 0, "gmt": 0, "z": 0, "wib": 7, "wita": 8, "wit": 9, "est": -5, "edt": -4, "cst": -6, "pst": -8}
_ZONES: dict[str, tzinfo] = {
    name: timezone(timedelta(hours=hours), name) for name, hours in (("WIB", 7), ("WITA", 8), ("WIT", 9))
}
_ZONES["UTC"] = UTC
WIB, WITA, WIT = _ZONES["WIB"], _ZONES["WITA"], _ZONES["WIT"]

_RELATIVE = re.compile(
    r"\b(lalu|kemarin|barusan|baru saja|hari ini|tadi|besok|ago|yesterday|today|just now)\b", re.IGNORECASE
)
_ISO = re.compile(
    r"(?P<Y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
    r"(?:[Tt ](?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?)? ?(?P<z>Z|z|[+-]\d\d(?::?\d\d)?)?)?"
)
_PIECES = {
    "d": r"(?P<d>\d{1,2})",
    "e": r"(?P<d>\d{1,2})",
    "m": r"(?P<m>\d{1,2})",
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "p": r"(?P<p>[AaPp]\.?[Mm]\.?)",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "z": r"(?P<z>Z|[+-]\d\d(?::?\d\d)?)",
    "Z": r"(?P<Z>[A-Za-z]{1,5})",
    "B": r"(?P<B>[A-Za-z]{3,9})\.?",
    "b": r"(?P<B>[A-Za-z]{3,9})\.?",
    "A": "(?:" + "|".join(map(re.escape, _DAY_NAMES)) + ")",
    "a": "(?:" + "|".join(map(re.escape, _DAY_NAMES)) + ")",
    "%": "%",
}
WORDS = ("iso", "epoch", "epoch_ms")


def zone_of(text: str, agency: tzinfo) -> tzinfo | None:
    """WIB, WITA, WIT, UTC, an IANA name, an offset (+07:00) or ``agency``; None for anything else."""
    if text == "agency":
        return agency
    if text.upper() in _ZONES:
        return _ZONES[text.upper()]
    if re.fullmatch(r"[+-]\d\d:\d\d", text):
        return _offset(text)
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, KeyError):  # a name that is a folder, has "..", or does not exist
        return None


def compile_zone(node: Node, agency: tzinfo) -> tzinfo:
    zone = zone_of(node.text(), agency)
    if zone is None:
        node.refuse("mapping.date.zone", zone=node.text())
    return zone


def zone_name(zone: tzinfo) -> str:
    return getattr(zone, "key", None) or str(zone)


class DateWords:
    """Reads and writes one way of telling times. Reading is remembered per distinct text."""

    __slots__ = ("_memo", "_readers", "_times", "english", "forms", "ignore_offset", "times", "zone", "zone_name")

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
        self._readers = [_reader(form) for form in forms]
        self._times = [_reader(form) for form in times]
        self._memo: dict[str, Moment] = {}

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
        if hour is None:
            return self.read(day)
        text = f"{text_form(day)} {text_form(hour)}"
        found = self._memo.get(text)
        if found is None:
            time = self._time(text_form(hour))
            found = self.read(day)
            local = found.utc.astimezone(self.zone)
            local = local.replace(hour=time.hour, minute=time.minute, second=time.second)
            found = self._memo[text] = Moment(local.astimezone(UTC), text, found.zone)
        return found

    def write(self, moment: Moment | datetime) -> str:
        """The text of a moment in the first form, in the rule's zone."""
        return render(self._wall(moment), self.forms[0], english=self.english)

    def write_time(self, moment: Moment | datetime) -> str:
        """The text for the second column."""
        return render(self._wall(moment), self.times[0], english=self.english)

    def patterns(self) -> list[str]:
        """The forms as patterns without groups, to stand inside a longer pattern."""
        known = {"iso": _ISO.pattern, "epoch": r"\d{1,15}", "epoch_ms": r"\d{1,15}"}
        drawn = [known.get(form) or _pattern(form).pattern for form in self.forms]
        return [re.sub(r"\(\?P<\w+>", "(?:", f"(?i:{one})") for one in drawn]

    def loses(self) -> str:
        """What the written form cannot hold: "time", "seconds" or nothing."""
        return lost_by((*self.times, self.forms[0])[0])

    def _wall(self, moment: Moment | datetime) -> datetime:
        return (moment.utc if isinstance(moment, Moment) else moment).astimezone(self.zone)

    def _time(self, text: str) -> datetime:
        try:
            return _local({"Y": "2000", **_texts(self._parts(text, self._times, self.times))})[0]
        except ValueError as error:
            raise Unread("mapping.read.date_impossible") from error

    def _parse(self, text: str) -> Moment:
        return self._moment(self._parts(text, self._readers, self.forms), text)

    def _parts(self, text: str, readers: Sequence[_Reader], forms: Sequence[str]) -> _Parts:
        folded = fold(text)
        for reader in readers:
            parts = reader(folded)
            if parts is not None:
                return parts
        code = "mapping.read.date_relative" if _RELATIVE.search(folded) else "mapping.read.date"
        raise Unread(code, forms=", ".join(forms))

    def _moment(self, parts: _Parts, text: str) -> Moment:
        try:
            local, zone = _local(parts)
        except ValueError as error:
            raise Unread("mapping.read.date_impossible") from error
        if not EARLIEST <= local.year <= LATEST:
            raise Unread("mapping.read.date_absurd", year=local.year, earliest=EARLIEST, latest=LATEST)
        if zone is None or self.ignore_offset:
            return Moment(local.replace(tzinfo=self.zone).astimezone(UTC), text, self.zone_name)
        return Moment(local.replace(tzinfo=zone).astimezone(UTC), text, str(zone))


_Parts = Mapping[str, str | None] | datetime
_Reader = Callable[[str], _Parts | None]


def _texts(parts: _Parts) -> Mapping[str, str | None]:
    return {"H": str(parts.hour), "M": str(parts.minute)} if isinstance(parts, datetime) else parts


def _reader(form: str) -> _Reader:
    if form == "iso":
        return lambda text: found.groupdict() if (found := _ISO.fullmatch(text)) else None
    if form in ("epoch", "epoch_ms"):
        scale = 1000 if form == "epoch_ms" else 1
        return lambda text: _epoch(text, scale)
    pattern = _pattern(form)
    return lambda text: found.groupdict() if (found := pattern.fullmatch(text)) else None


def _pattern(form: str) -> re.Pattern[str]:
    """The pattern of a form. Raises ValueError for a letter that is not known."""
    drawn, at = "", 0
    form = fold(form)
    while at < len(form):
        if form[at] != "%":
            drawn += r"\s+" if form[at] == " " else re.escape(form[at])
            at += 1
            continue
        letter = form[at + 1 : at + 2].replace("-", form[at + 2 : at + 3])
        at += 3 if form[at + 1 : at + 2] == "-" else 2
        if letter not in _PIECES:
            raise ValueError(f"%{letter}")
        drawn += _PIECES[letter]
    try:
        return re.compile(drawn, re.IGNORECASE | re.ASCII)
    except re.error as error:  # the same piece twice
        raise ValueError(form) from error


def _epoch(text: str, scale: int) -> datetime | None:
    if not re.fullmatch(r"-?\d{1,15}(\.\d+)?", text):
        return None
    try:
        return datetime.fromtimestamp(float(text) / scale, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _local(parts: _Parts) -> tuple[datetime, tzinfo | None]:
    """The wall-clock time and the zone the text itself names. Raises ValueError for 31 February."""
    if isinstance(parts, datetime):
        return parts.replace(tzinfo=None), UTC
    get = parts.get
    month = _month(get("B")) if get("B") else int(get("m") or 1)
    hour = int(get("H") or 0)
    if half := get("I"):
        hour = int(half) % 12 + (12 if (get("p") or "a")[0] in "pP" else 0)
    year = get("Y") or _century(get("y") or "")
    micro = int((get("f") or "0")[:6].ljust(6, "0"))
    minute, second = int(get("M") or 0), int(get("S") or 0)
    local = datetime(int(year), month, int(get("d") or 1), hour, minute, second, micro)  # noqa: DTZ001 (zone follows)
    return local, _zone_in(get("z"), get("Z"))


def _century(two: str) -> str:
    return f"20{two}" if two < "70" else f"19{two}"


def _month(name: str | None) -> int:
    number = _MONTH_NUMBER.get((name or "").lower())
    if number is None:
        raise ValueError("month")
    return number


def _zone_in(offset: str | None, name: str | None) -> tzinfo | None:
    if offset:
        return _offset(offset)
    if not name:
        return None
    if name.upper() in _ZONES:
        return _ZONES[name.upper()]
    if name.lower() not in _OFFSETS:
        raise ValueError("zone")
    return timezone(timedelta(hours=_OFFSETS[name.lower()]), name.upper())


def _offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if text[0] == "-" else ahead)


def render(local: datetime, form: str, *, english: bool = False) -> str:
    """A zoned wall-clock time in a form."""
    if form == "iso":
        text = local.isoformat(timespec="microseconds" if local.microsecond else "seconds")
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    if form == "epoch":
        return str(int(local.timestamp()))
    if form == "epoch_ms":
        return str(round(local.timestamp() * 1000))
    months, days = (_ENGLISH, _ENGLISH_DAYS) if english else (MONTHS, DAYS)
    short = (lambda name: name[:3]) if english else dict(zip(MONTHS + DAYS, SHORT_MONTHS + SHORT_DAYS, strict=True)).get
    named = {
        "B": months[local.month - 1],
        "b": short(months[local.month - 1]),
        "A": days[local.weekday()],
        "a": short(days[local.weekday()]),
        "p": "AM" if local.hour < 12 else "PM",
        "e": str(local.day),
        "z": local.strftime("%z")[:3] + ":" + local.strftime("%z")[3:5],
        "Z": local.tzname() or "",
        "%": "%",
    }
    plain = {"-d": str(local.day), "-m": str(local.month), "-H": str(local.hour)}
    return re.sub(
        "%(-?[A-Za-z%])", lambda found: named.get(found[1]) or plain.get(found[1]) or local.strftime(found[0]), form
    )


def lost_by(form: str) -> str:
    """What a form cannot hold: "time", "seconds" or nothing."""
    if form in WORDS or "%S" in form:
        return ""
    return "seconds" if "%M" in form else "time"


def compile_date(node: Node, zone: tzinfo, agency: tzinfo, time: Node | None = None) -> DateWords:
    """``iso`` · ``"%d/%m/%Y"`` · a list of forms · ``{forms: […], zone: WIB, offset: ignore, language: en}``."""
    ignore = english = False
    forms = node
    if node.is_map:
        node.only("forms", "zone", "offset", "language")
        forms = node.need("forms")
        zone = compile_zone(found, agency) if (found := node.get("zone")) else zone
        ignore = bool((found := node.get("offset")) and found.choice("ignore", "read") == "ignore")
        english = bool((found := node.get("language")) and found.choice("id", "en") == "en")
    times = _checked(time) if time else []
    return DateWords(_checked(forms), zone, ignore_offset=ignore, english=english, times=times)


def _checked(forms: Node) -> list[str]:
    for one in forms.one_or_many():
        if one.text() not in WORDS and "%" not in one.text():  # a word that is no form
            one.refuse("mapping.date.form", form=one.text())
        try:
            _reader(one.text())
        except ValueError:
            one.refuse("mapping.date.form", form=one.text())
    texts = forms.texts()
    if not texts:
        forms.refuse("mapping.date.form", form="[]")
    return texts
