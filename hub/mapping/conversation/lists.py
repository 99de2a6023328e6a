"""Lists: where the records stand in an answer, how pages follow each other, how changes are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from adapters.contract import Raw
from adapters.conversation import Answer, Paging, Since
from hub.mapping.context import Context
from hub.mapping.conversation.answers import Test, compile_test, one_text
from hub.mapping.conversation.slots import Formatter
from hub.mapping.dates import DateWords, compile_date, compile_zone, lost_by, render
from hub.mapping.paths import Path, parse_path
from hub.mapping.reader import Node
from hub.mapping.values import MISFIT, MISSING, Unread

_ENDS = ("empty", "short", "repeated")
_BY = ("page", "offset", "cursor", "next", "none")
_DURATION = re.compile(r"(\d{1,6}) (second|minute|hour|day|week|detik|menit|jam|hari|minggu)s?")
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_UNITS |= {"detik": 1, "menit": 60, "jam": 3600, "hari": 86400, "minggu": 604800}
_GRAINS = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "day": timedelta(days=1)}
_TOTAL = re.compile(r"(?:[a-z ]*[\d*-]+/)?(\d{1,12})")
_LINK = re.compile(r"<([^<>]+)>\s*;[^,]*?\brel=\"?next\"?", re.IGNORECASE)

Key = Callable[[Raw], str | None]


def duration(node: Node) -> timedelta:
    """``2 minutes`` · ``7 hari``."""
    found = _DURATION.fullmatch(node.text())
    if found is None:
        node.refuse("conversation.duration", text=node.text())
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


# -- records


def compile_entries(node: Node, key: Key, context: Context) -> Callable[[Answer], Sequence[Any] | None]:
    """The list at ``records:``. One record standing alone is a list of one; nothing at all is no list.

    ``{path: items, empty: {path: total, is: "0"}}`` names the sign by which an answer says that there is none.
    """
    inner = node
    empty: Test | None = None
    if node.is_map:
        node.only("path", "empty")
        inner = node.need("path")
        empty = compile_test(node.need("empty"), context) if "empty" in node else None
    path = parse_path(inner, context.settings)

    def entries(answer: Answer) -> Sequence[Any] | None:
        found = path.read(answer.body)
        if isinstance(found, list):
            return found
        if empty is not None and empty(answer):
            return []
        if isinstance(found, dict) and key(found) is not None:
            return [found]
        return None

    return entries


def renamed(
    entries: Callable[[Answer], Sequence[Any] | None], node: Node, context: Context
) -> Callable[[Answer], Sequence[Any] | None]:
    """``entry: {id: "2", date_mod: "19"}``: what the list calls otherwise, beside its own names."""
    names = {name: parse_path(one, context.settings) for name, one in node.entries().items()}

    def more(entry: Any) -> Any:
        if not isinstance(entry, dict):
            return entry
        found = {name: path.read(entry) for name, path in names.items()}
        return {
            **entry,
            **{name: value for name, value in found.items() if value is not MISSING and value is not MISFIT},
        }

    def read(answer: Answer) -> Sequence[Any] | None:
        found = entries(answer)
        return None if found is None else [more(one) for one in found]

    return read


def compile_record(node: Node, context: Context) -> Callable[[Answer], Any]:
    """The one record at ``record:``; a list of one is that record."""
    path = parse_path(node, context.settings)

    def record(answer: Answer) -> Any:
        found = path.read(answer.body)
        if isinstance(found, list) and len(found) == 1:
            found = found[0]
        return None if found is MISSING or found is MISFIT else found

    return record


# -- pages


def compile_paging(node: Node | None, context: Context) -> Paging:
    if node is None:
        return Paging()
    node.only("by", "first", "size", "ends", "send", "next", "cursor", "total", "size_from", "overlap_rows", "most")
    by = node.need("by").choice(*_BY)
    size = said.number(least=1, most=100_000) if (said := node.get("size")) else None
    ends, statuses, total = _ends(node.get("ends"), context)
    following, last_of = _following(node, by, context)
    overlap = said.number(most=10_000) if (said := node.get("overlap_rows")) else 0
    if overlap and by != "offset":
        node.need("overlap_rows").refuse("conversation.overlap_rows")
    return Paging(
        by=by,
        first=said.number(most=1) if (said := node.get("first")) else 1,
        size=size,
        ends=ends,
        end_status=statuses,
        overlap_rows=overlap,
        most=said.number(least=1, most=1_000_000) if (said := node.get("most")) else 10_000,
        next=following,
        last_of=last_of,
        total=_number(said, context) if (said := node.get("total")) else total,
        size_of=_number(said, context) if (said := node.get("size_from")) else None,
    )


def _ends(node: Node | None, context: Context) -> tuple[frozenset[str], frozenset[int], Any]:
    """The words, the HTTP numbers, and the total that end a list."""
    words, statuses, total = {"empty"}, set(), None
    for one in node.one_or_many() if node is not None else ():
        if one.is_text:
            words.add(one.choice(*_ENDS))
            continue
        one.only("http", "total")
        if "total" in one:
            total = _number(one.need("total"), context)
        statuses |= (
            {each.number(least=300, most=599) for each in one.need("http").one_or_many()} if "http" in one else set()
        )
    return frozenset(words), frozenset(statuses), total


def _number(node: Node, context: Context) -> Callable[[Answer], int | None]:
    """A whole number in the body or in ``{header: X-Total}``; of ``Content-Range: 0-49/200`` the total."""
    header = node.only("header").need("header").text().lower() if node.is_map else None
    path = parse_path(node, context.settings) if header is None else None

    def number(answer: Answer) -> int | None:
        text = answer.headers.get(header) if header else one_text(path, answer.body) if path else None
        found = _TOTAL.fullmatch(text.strip()) if text else None
        return int(found[1]) if found else None

    return number


def _following(node: Node, by: str, context: Context) -> tuple[Callable[[Answer], str | None] | None, Key | None]:
    """Where the next cursor or link stands."""
    if by == "cursor":
        said = node.need("cursor")
        if said.is_map:
            path = parse_path(said.only("last").need("last"), context.settings)
            return None, lambda entry: one_text(path, entry)
        cursor = parse_path(said, context.settings)
        return lambda answer: one_text(cursor, answer.body), None
    if by != "next":
        return None, None
    said = node.need("next")
    if said.is_map:
        header = said.only("header").need("header").text().lower()
        return lambda answer: _link_in(answer.headers.get(header, "")), None
    link = parse_path(said, context.settings)
    return lambda answer: one_text(link, answer.body), None


def _link_in(header: str) -> str | None:
    """The ``rel=next`` of a Link header (RFC 8288), or the whole of any other header."""
    found = _LINK.search(header)
    if found:
        return found[1]
    return None if "<" in header else header.strip() or None


# -- since


def compile_since(
    node: Node | None, context: Context, date_of: Callable[[str], Node | None]
) -> tuple[Since | None, Formatter]:
    """The question's arithmetic, and how its times are written. ``date_of``: a field's own ``date:`` words."""
    if node is None:
        return None, lambda moment: render(moment.astimezone(UTC).replace(microsecond=0), "iso")
    node.only("field", "send", "zone", "reads", "includes", "overlap", "grain", "window", "starts", "ignored")
    zone = zone_asked(node, context)
    form = _form(node.get("send"))
    lost = {"time": "day", "seconds": "minute"}.get("" if form == "dotnet" else lost_by(form), "second")
    grain = said.choice(*_GRAINS) if (said := node.get("grain")) else lost
    window = duration(said) if (said := node.get("window")) else None
    starts = DateWords(["iso"], zone).read(said.text()).utc if (said := node.get("starts")) else None
    if window is not None and starts is None:
        node.refuse("mapping.key.missing", key="starts")
    since = Since(
        overlap=duration(said) if (said := node.get("overlap")) else timedelta(0),
        grain=_GRAINS[grain],
        after_only=bool((said := node.get("includes")) and said.choice("equal", "after") == "after"),
        window=window,
        starts=starts,
        changed_at=_changed_at(node, context, zone, form, date_of),
        warn_ignored=not ((said := node.get("ignored")) and said.choice("warn", "no") == "no"),
    )
    return since, _formatter(form, zone)


def zone_asked(node: Node | None, context: Context) -> tzinfo:
    """The zone in which a question's times are written."""
    said = node.get("zone") if node is not None else None
    return compile_zone(said, context.agency_zone) if said is not None else context.zone


def _form(node: Node | None) -> str:
    if node is None:
        return "iso"
    if node.text() == "dotnet":
        return "dotnet"
    if node.text() not in ("iso", "epoch", "epoch_ms") and "%" not in node.text():
        node.refuse("mapping.date.form", form=node.text())
    return node.text()


def _formatter(form: str, zone: tzinfo) -> Formatter:
    def write(moment: datetime) -> str:
        local = moment.astimezone(zone).replace(microsecond=0)
        if form == "dotnet":
            return f"/Date({int(local.timestamp() * 1000)})/"
        return render(local, form, english=True)

    return write


def _changed_at(
    node: Node, context: Context, zone: tzinfo, form: str, date_of: Callable[[str], Node | None]
) -> Callable[[Raw], datetime | None] | None:
    """How the change time of an entry is read: as its own field says, or ``reads:``, or ISO and the question's form."""
    field = node.get("field")
    if field is None:
        return None
    path: Path = parse_path(field, context.settings)
    said = node.get("reads") or date_of(field.text())
    if said is not None:
        words = compile_date(said, context.zone, context.agency_zone)
    else:
        words = DateWords(list(dict.fromkeys(["iso", "iso" if form == "dotnet" else form])), zone)

    def read(entry: Raw) -> datetime | None:
        value = path.read(entry)
        if value is MISSING or value is MISFIT or value is None or value == "":
            return None
        try:
            return words.read(value).utc
        except Unread:
            return None

    return read
