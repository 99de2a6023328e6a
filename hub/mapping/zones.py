"""Time zones as Indonesian systems name them: WIB, WITA, WIT, an IANA name, an offset."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_OFFSETS = {"utc": 0, "gmt": 0, "z": 0, "wib": 7, "wita": 8, "wit": 9, "est": -5, "edt": -4, "cst": -6, "pst": -8}
_ZONES: dict[str, tzinfo] = {
    name: timezone(timedelta(hours=hours), name) for name, hours in (("WIB", 7), ("WITA", 8), ("WIT", 9))
}
_ZONES["UTC"] = UTC
WIB, WITA, WIT = _ZONES["WIB"], _ZONES["WITA"], _ZONES["WIT"]


def zone_of(text: str, agency: tzinfo) -> tzinfo | None:
    """WIB, WITA, WIT, UTC, an IANA name, an offset (+07:00) or ``agency``; None for anything else."""
    if text == "agency":
        return agency
    if text.upper() in _ZONES:
        return _ZONES[text.upper()]
    if re.fullmatch(r"[+-]\d\d:\d\d", text):
        return offset_of(text)
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, KeyError):  # a name that is a folder, has "..", or does not exist
        return None


def zone_name(zone: tzinfo) -> str:
    """``WIB``, ``UTC``, ``+07:00``, ``Asia/Makassar``."""
    return str(getattr(zone, "key", None) or str(zone).removeprefix("UTC") or "UTC")


def zone_in(offset: str | None, name: str | None) -> tzinfo | None:
    if offset:
        return offset_of(offset)
    if not name:
        return None
    if name.upper() in _ZONES:
        return _ZONES[name.upper()]
    if name.lower() not in _OFFSETS:
        raise ValueError("zone")
    return timezone(timedelta(hours=_OFFSETS[name.lower()]), name.upper())


def offset_of(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if text[0] == "-" else ahead)
