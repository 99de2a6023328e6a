"""A connector file (``schedules/<connector>.yaml``), read strictly into plain values. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from hub.mapping.dates import zone_of
from hub.mapping.faults import Faults
from hub.mapping.reader import Node

KEYS = (
    "connector", "describes", "agency", "agencies", "system", "core", "creates", "sandbox", "mapping", "overlay",
    "adapter", "connection", "settings", "when", "full", "hours", "zone", "budget", "live_from", "settle", "streams",
)  # fmt: skip
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]{0,31}")
_DAYS = {
    **{name: at for at, name in enumerate(("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"))},
    **{
        name: at
        for at, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    },
    "jum'at": 4,
    "ahad": 6,
}
_UNITS = {
    **dict.fromkeys(("second", "seconds", "detik"), 1),
    **dict.fromkeys(("minute", "minutes", "menit"), 60),
    **dict.fromkeys(("hour", "hours", "jam"), 3600),
    **dict.fromkeys(("day", "days", "hari"), 86400),
}
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_SPAN = re.compile(r"(\d{1,6}) +([a-z]+)")
_SLOT = re.compile(r"<([^<>]*)>")
_SECRET = re.compile(r"secret\.[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Weekly:
    """A time of day, every day or on one weekday (Monday 0 … Sunday 6), on the wall clock of a zone."""

    at: time
    weekday: int | None = None

    def next(self, after: datetime, zone: tzinfo) -> datetime:
        """The first such moment after ``after``, in UTC."""
        day = after.astimezone(zone).date()
        while True:
            found = datetime.combine(day, self.at, zone).astimezone(UTC)
            if found > after and self.weekday in (None, day.weekday()):
                return found
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ConnectorFile:
    """What an installation says of one system. Slots ``<secret.x>`` in ``connection`` stay unresolved."""

    connector: str
    mapping: str
    adapter: str
    system: str
    agency: str | None = None
    agencies: tuple[str, ...] = ()  # what the account may read and write; "*" is all
    describes: str = ""
    core: bool = False
    creates: bool = False
    sandbox: bool = False
    connection: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    overlay: Mapping[str, Any] | None = None
    every: timedelta | None = None  # None: by hand only
    full: Weekly | None = None
    hours: tuple[time, time] | None = None  # a window may go over midnight
    zone: str | None = None  # None: the agency's
    calls_per_hour: int | None = None
    run_seconds: float = 600.0
    live_from: date | None = None  # None: observe
    settle_seconds: int = 60
    streams: tuple[str, ...] = ()  # () = all that the mapping has


def read_connector_file(root: Node) -> ConnectorFile:
    """The values of a connector file. Raises MappingError with every fault."""
    faults = Faults()
    with faults.gather():
        root.only(*KEYS)
    values: dict[str, Any] = {}
    for key, read in _READERS.items():
        with faults.gather():
            if (node := root.get(key)) is not None:
                found = read(node)
                values.update(found if key == "budget" else {_NAMES.get(key, key): found})
            elif key in ("connector", "mapping", "adapter"):
                root.need(key)
    with faults.gather():
        _check_whole(root)
    faults.finish()
    return ConnectorFile(**{"system": values["connector"], **values})


def _check_whole(root: Node) -> None:
    if "agency" not in root and "agencies" not in root and not ("core" in root and root.need("core").text() == "yes"):
        root.refuse("schedule.no_agency")
    if "full" in root and "when" not in root:
        root.need("full").refuse("schedule.full_without_when")


def _name(node: Node) -> str:
    if not NAME.fullmatch(node.text()):
        node.refuse("schedule.name", text=node.text())
    return node.text()


def _code(node: Node) -> str:
    if not CODE.fullmatch(node.text()):
        node.refuse("schedule.code", text=node.text())
    return node.text()


def _codes(node: Node) -> tuple[str, ...]:
    return tuple("*" if one.text() == "*" else _code(one) for one in node.one_or_many())


def span(node: Node) -> timedelta:
    """``5 minutes``, ``60 seconds``, ``2 jam``."""
    found = _SPAN.fullmatch(node.text().lower())
    if found is None or found[2] not in _UNITS or int(found[1]) == 0:
        node.refuse("schedule.span", text=node.text())
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _every(node: Node) -> timedelta | None:
    """``every 5 minutes``, ``setiap 5 menit``, ``by hand``."""
    text = node.text().lower()
    if text in ("by hand", "manual"):
        return None
    lead, _, rest = text.partition(" ")
    found = _SPAN.fullmatch(rest)
    if lead not in ("every", "setiap", "tiap") or found is None or found[2] not in _UNITS or int(found[1]) == 0:
        node.refuse("schedule.when", text=node.text())
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _clock(node: Node, text: str) -> time:
    found = _CLOCK.fullmatch(text)
    if found is None:
        node.refuse("schedule.clock", text=text)
    return time(int(found[1]), int(found[2]))


def _weekly(node: Node) -> Weekly:
    """``sunday 02:00``, ``minggu 02:00``, ``02:00``."""
    day, _, clock = node.text().lower().rpartition(" ")
    if day and day not in _DAYS:
        node.refuse_word(day, _DAYS)
    return Weekly(_clock(node, clock), _DAYS[day] if day else None)


def _hours(node: Node) -> tuple[time, time]:
    start, _, end = node.text().replace(" ", "").partition("-")
    return _clock(node, start), _clock(node, end if end != "24:00" else "00:00")


def _zone(node: Node) -> str:
    if node.text() == "agency" or zone_of(node.text(), UTC) is None:
        node.refuse("mapping.date.zone", zone=node.text())
    return node.text()


def _budget(node: Node) -> dict[str, Any]:
    """``{calls: 600 per hour, run: 10 minutes}``."""
    node.only("calls", "run")
    found: dict[str, Any] = {}
    if (calls := node.get("calls")) is not None:
        said = re.fullmatch(r"(\d{1,7}) (?:per hour|per jam)", calls.text())
        if said is None or int(said[1]) == 0:
            calls.refuse("schedule.calls", text=calls.text())
        found["calls_per_hour"] = int(said[1])
    if (run := node.get("run")) is not None:
        found["run_seconds"] = span(run).total_seconds()
    return found


def _live_from(node: Node) -> date:
    try:
        return datetime.strptime(node.text(), "%Y-%m-%d").date()  # noqa: DTZ007 (a day, no time)
    except ValueError:
        return node.refuse("schedule.live_from", text=node.text())


def _connection(node: Node) -> dict[str, Any]:
    """Plain values; secrets only as slots, so that no password ever stands in a file."""
    _check_slots(node)
    entries: dict[str, Any] = {key: one.plain() for key, one in node.entries().items()}
    return entries


def _check_slots(node: Node) -> None:
    if isinstance(node.value, str):
        for slot in _SLOT.findall(node.value):
            if not _SECRET.fullmatch(slot):
                node.refuse("schedule.slot", slot=slot)
        return
    for one in node.value.values() if isinstance(node.value, dict) else node.value:
        _check_slots(one)


def _settings(node: Node) -> dict[str, str]:
    return {key: one.text() for key, one in node.entries().items()}


def _overlay(node: Node) -> dict[str, Any]:
    node.only("codes", "tables", "ignore", "nulls")
    return {key: one.plain() for key, one in node.entries().items()}


_NAMES = {"when": "every", "settle": "settle_seconds"}
_READERS: dict[str, Any] = {
    "connector": _name,
    "describes": lambda node: node.text(),
    "agency": _code,
    "agencies": _codes,
    "system": _name,
    "core": lambda node: node.yes_no(),
    "creates": lambda node: node.yes_no(),
    "sandbox": lambda node: node.yes_no(),
    "mapping": lambda node: node.text(),
    "overlay": _overlay,
    "adapter": lambda node: node.text(),
    "connection": _connection,
    "settings": _settings,
    "when": _every,
    "full": _weekly,
    "hours": _hours,
    "zone": _zone,
    "budget": _budget,
    "live_from": _live_from,
    "settle": lambda node: int(span(node).total_seconds()),
    "streams": lambda node: tuple(node.texts()),
}
