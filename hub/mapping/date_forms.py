"""Forms of dates: how each is found in a text and how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from hub.mapping.values import fold
from hub.mapping.zones import zone_in


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
ISO = re.compile(
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
WORDS = ("iso", "epoch", "epoch_ms", "excel")
_EXCEL_START = datetime(1899, 12, 30)  # noqa: DTZ001 (day 0 of a spreadsheet, on any wall clock)


Parts = Mapping[str, str | None] | datetime
Reader = Callable[[str], Parts | None]


def clock_parts(parts: Parts) -> Mapping[str, str | None]:
    return {"H": str(parts.hour), "M": str(parts.minute)} if isinstance(parts, datetime) else parts


def reader_of(form: str) -> Reader:
    if form == "iso":
        return _iso
    if form in ("epoch", "epoch_ms"):
        scale = 1000 if form == "epoch_ms" else 1
        return lambda text: _epoch(text, scale)
    if form == "excel":
        return _serial
    pattern = pattern_of(form)
    return lambda text: found.groupdict() if (found := pattern.fullmatch(text)) else None


def _iso(text: str) -> Parts | None:
    """The usual 19 to 25 characters go the short way: four times as fast as the pattern."""
    if len(text) in (19, 25) and text[4] == text[7] == "-" and text[13] == text[16] == ":":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # 31 February, or not ISO after all: the pattern tells which
    found = ISO.fullmatch(text)
    return found.groupdict() if found else None


def pattern_of(form: str) -> re.Pattern[str]:
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


def _serial(text: str) -> datetime | None:
    """Days since the end of 1899, as a spreadsheet counts them: ``46023.34375``."""
    if not re.fullmatch(r"\d{1,6}(\.\d{1,15})?", text):
        return None
    return _EXCEL_START + timedelta(seconds=round(float(text) * 86400))


def wall_clock(parts: Parts) -> tuple[datetime, tzinfo | None]:
    """The wall-clock time and the zone the text itself names. Raises ValueError for 31 February."""
    if isinstance(parts, datetime):
        return parts.replace(tzinfo=None), parts.tzinfo
    get = parts.get
    month = _month(get("B")) if get("B") else int(get("m") or 1)
    hour = int(get("H") or 0)
    if half := get("I"):
        hour = int(half) % 12 + (12 if (get("p") or "a")[0] in "pP" else 0)
    year = get("Y") or _century(get("y") or "")
    micro = int((get("f") or "0")[:6].ljust(6, "0"))
    minute, second = int(get("M") or 0), int(get("S") or 0)
    local = datetime(int(year), month, int(get("d") or 1), hour, minute, second, micro)  # noqa: DTZ001 (zone follows)
    return local, zone_in(get("z"), get("Z"))


def _century(two: str) -> str:
    return f"20{two}" if two < "70" else f"19{two}"


def _month(name: str | None) -> int:
    number = _MONTH_NUMBER.get((name or "").lower())
    if number is None:
        raise ValueError("month")
    return number


def render(local: datetime, form: str, *, english: bool = False) -> str:
    """A zoned wall-clock time in a form."""
    if form == "iso":
        text = local.isoformat(timespec="microseconds" if local.microsecond else "seconds")
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    if form == "epoch":
        return str(int(local.timestamp()))
    if form == "epoch_ms":
        return str(round(local.timestamp() * 1000))
    if form == "excel":
        return f"{(local.replace(tzinfo=None) - _EXCEL_START) / timedelta(days=1):.10f}".rstrip("0").rstrip(".")
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
