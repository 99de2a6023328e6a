"""One complaint's whole way, put together for a person: where each value came from, what went out, who said what.

Opens the complaint's boxes under its data key, and hands out only what ``Sight`` allows; pages and CLI just show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from hub.connectors import load
from hub.domain.complaint import FIELDS, Data, Kind, Moment
from hub.domain.errors import HubError
from hub.domain.text import like_a_code, like_a_name, like_a_region
from hub.home import Hub
from hub.mapping import MappingError
from hub.mapping.reading import Trace
from hub.mapping.values import shape
from hub.sight import Sight
from hub.store.vault import DataKey, VaultError
from hub.store.views import complaints as views
from hub.store.views.scope import Row

LEAST_STEPS = 400  # a page holds no more; the newest are kept


@dataclass(frozen=True, slots=True)
class Value:
    """One canonical value and the rule that made it. ``masked``: it exists and may not be seen."""

    field: str
    masked: bool
    text: str = ""
    when: datetime | None = None
    word: str | None = None  # its name in the language's ``word.<word>.<text>``, for codes
    system: str | None = None
    path: str | None = None
    rule: str | None = None
    words: str | None = None
    version: str | None = None  # the effective version that read it
    newer: bool = False  # the rule shown is of a newer version than the one that read it
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One station: raw in, merged, told, answered. ``code`` names the sentence."""

    at: datetime
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    tone: str = ""  # in | out | ask | stop
    fields: Sequence[str] = ()
    run_id: int | None = None
    outbox_id: int | None = None
    state: str = ""
    reason: str | None = None
    reason_facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the thread."""

    kind: str
    actor_role: str | None
    at: datetime | None
    state: str
    text: str
    masked: bool
    places: Sequence[str]  # where it was said first, then who else is known to have it


@dataclass(frozen=True, slots=True)
class RawShown:
    system: str
    key: str
    received_at: datetime
    text: str | None  # None: may not be seen


@dataclass(frozen=True, slots=True)
class Way:
    title: str | None
    links: Sequence[Row]
    values: Sequence[Value]
    steps: Sequence[Step]
    thread: Sequence[Said]
    issues: Sequence[Row]
    raws: Sequence[RawShown]
    revealed: bool
    erased: bool


def flags(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("is_anonymous", "is_confidential")}


def way(hub: Hub, row: Row, sight: Sight) -> Way:
    """All of it for one complaint row (of ``views.complaints.one``)."""
    with hub.store.read() as conn:
        links = views.links(conn, row["id"])
        events = views.events(conn, row["id"])
        places = views.event_places(conn, [one["id"] for one in events])
        raws = views.raws(conn, row["id"])
        changes = views.changes(conn, row["id"])
        told = views.deliveries(conn, row["id"])
        attempts = views.attempts(conn, [one["id"] for one in told])
        issues = views.issues(conn, row["id"])
    key = data_key(hub, row)
    complaint = _open(key, row["box"]) or {}
    opened = {one["id"]: _open(key, one["box"]) for one in raws}
    steps = [*_came(raws), *_merged(changes), *_told(told, attempts)]
    steps.sort(key=lambda step: step.at)
    title = complaint.get("title") if sight.may_see(Data.CONTENT, flags(row)) else None
    return Way(
        title=title,
        links=links,
        values=_values(row, complaint, _sources(hub, row, raws, opened), sight),
        steps=steps[-LEAST_STEPS:],
        thread=[_said(one, key, places.get(one["id"], []), sight, flags(row)) for one in events],
        issues=issues,
        raws=[_raw(one, opened[one["id"]], sight.may_see_raw(flags(row))) for one in raws],
        revealed=sight.reveal,
        erased=row["erased_at"] is not None,
    )


def titles(hub: Hub, rows: Sequence[Row], sight: Sight) -> dict[int, str]:
    """Complaint id → title, for those whose content may be seen."""
    found = {}
    for row in rows:
        if sight.may_see(Data.CONTENT, flags(row)):
            complaint = _open(data_key(hub, row), row["box"]) or {}
            if complaint.get("title"):
                found[row["id"]] = str(complaint["title"])
    return found


def data_key(hub: Hub, row: Row) -> DataKey | None:
    """None where the complaint was erased."""
    return hub.store.vault.unwrap(row["data_key"]) if row["data_key"] else None


def as_text(value: Any) -> str:
    """A raw record or payload as a person reads it."""
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=_plain).decode()


def shapes(value: Any) -> Any:
    """The same tree with every value replaced by its shape (``99-AAA``), and every name that is none."""
    if isinstance(value, dict):
        return {_name(str(name), at): shapes(inner) for at, (name, inner) in enumerate(value.items(), 1)}
    if isinstance(value, list):
        return [shapes(inner) for inner in value]
    return None if value is None else shape(str(value))


def _name(text: str, at: int) -> str:
    """Some systems key their lists by telephone numbers: such a name is a value."""
    return text if like_a_name(text) else f"{shape(text)} ({at})"


def _plain(value: Any) -> Any:
    return value.text or value.utc.isoformat() if isinstance(value, Moment) else str(value)


def _open(key: DataKey | None, box: bytes | None) -> Any:
    if key is None or not box:
        return None
    try:
        return key.open(box)
    except VaultError as error:
        if error.code == "vault.damaged":
            return None  # sealed under a key that was destroyed since; the row still tells its story
        raise


@dataclass(frozen=True, slots=True)
class _Source:
    """The raw record a value came from, and the rules that read it. ``newer``: they changed since."""

    raw: Row
    rules: Mapping[str, Trace]
    newer: bool


def _sources(hub: Hub, row: Row, raws: Sequence[Row], opened: Mapping[int, Any]) -> dict[str, _Source]:
    """Field → where it came from; fields without a stored raw record are absent."""
    by_id = {one["id"]: one for one in raws}
    wanted = {name: int(number) for name, number in (row["sources"] or {}).items() if int(number) in by_id}
    read = {number: _source(hub, by_id[number], opened[number]) for number in set(wanted.values())}
    return {name: read[number] for name, number in wanted.items()}


def _values(row: Row, complaint: Mapping[str, Any], sources: Mapping[str, _Source], sight: Sight) -> list[Value]:
    return [
        _value(
            name, complaint[name], sources.get(name), seen=sight.may_see(_data_of(name, complaint[name]), flags(row))
        )
        for name in FIELDS
        if complaint.get(name) is not None
    ]


def _data_of(name: str, value: Any) -> Data:
    """A place for a code or a name in which somebody wrote something longer holds content."""
    rule = FIELDS[name]
    if rule.data is not Data.OPEN or rule.kind is not Kind.TEXT or name.endswith("_id"):
        return rule.data
    fits = like_a_name if name.startswith(("agency.", "location.")) else like_a_code
    return Data.OPEN if fits(str(value)) or like_a_region(str(value)) else Data.CONTENT


def _value(name: str, value: Any, source: _Source | None, *, seen: bool) -> Value:
    shown = value if seen else None
    trace = source.rules.get(name) if source else None
    return Value(
        field=name,
        masked=not seen,
        text="" if shown is None or isinstance(shown, Moment) else str(shown),
        when=shown.utc if isinstance(shown, Moment) else None,
        word=_word_of(name) if seen else None,
        system=source.raw["system"] if source else None,
        path=trace.path if trace else None,
        rule=trace.rule if trace else None,
        words=trace.words if trace else None,
        version=source.raw["effective"] if source else None,
        newer=bool(source and trace and source.newer),
        run_id=source.raw["run_id"] if source else None,
    )


def _word_of(name: str) -> str | None:
    kind = FIELDS[name].kind
    if kind is Kind.FLAG:
        return "flag"
    return {"status_actor": "actor", "agency.level": "level"}.get(name, name) if kind is Kind.CHOICE else None


def _source(hub: Hub, raw: Row, opened: Any) -> _Source:
    if opened is None or raw["connector"] is None:
        return _Source(raw, {}, False)
    try:
        mapping = load(hub, raw["connector"]).mapping
    except (HubError, MappingError):
        return _Source(raw, {}, False)  # its file is gone or broken: the value stands, its rule cannot be shown
    return _Source(raw, {one.field: one for one in mapping.trace(opened)}, mapping.effective != raw["effective"])


def _came(raws: Sequence[Row]) -> Iterator[Step]:
    for one in raws:
        facts = {"system": one["system"], "number": one["key"]}
        yield Step(one["received_at"], "way.came", facts, "in", run_id=one["run_id"])


def _merged(changes: Sequence[Row]) -> Iterator[Step]:
    for one in changes:
        names = sorted(one["fields"])
        code = "way.created" if one["rev"] == 1 else "way.changed"
        facts = {"rev": one["rev"], "system": one["system"] or "hub"}
        yield Step(one["at"], code, facts, fields=names, run_id=one["run_id"])


_TONES = {
    "delivered": "out",
    "sent": "out",
    "handed_over": "out",
    "unknown": "ask",
    "refused": "stop",
    "no_route": "stop",
}


def _told(told: Sequence[Row], attempts: Mapping[int, Sequence[Row]]) -> Iterator[Step]:
    for one in told:
        facts = {"target": one["connector"] or one["target"] or one["target_agency"] or "?", "kind": one["kind"]}
        tried = attempts.get(one["id"], [])
        for again in tried[:-1]:
            yield _station(again, one["id"], "way.tried", facts, _ended(again))
        at = _ended(tried[-1]) if tried else one["updated_at"]
        yield _station(one, one["id"], f"way.told.{one['kind']}", facts, at)


def _ended(attempt: Row) -> datetime:
    ended: datetime = attempt["ended_at"] or attempt["started_at"]
    return ended


def _station(row: Row, outbox_id: int, code: str, facts: Mapping[str, Any], at: datetime) -> Step:
    return Step(
        at, code, facts, _TONES.get(row["state"], ""), tuple(row.get("fields") or ()), outbox_id=outbox_id,
        state=row["state"], reason=row["code"], reason_facts=row["facts"] or {},
    )  # fmt: skip


def _said(one: Row, key: DataKey | None, places: Sequence[str], sight: Sight, protects: Mapping[str, Any]) -> Said:
    values = _open(key, one["box"]) or {}
    seen = sight.may_see(Data.CONTENT, protects)
    first = [one["system"]] if one["system"] else []
    text = str(values.get("text") or "") if seen else ""
    others = [name for name in places if name not in first]
    return Said(one["kind"], one["actor_role"], one["at"], one["state"], text, not seen, [*first, *others])


def _raw(one: Row, opened: Any, seen: bool) -> RawShown:
    text = as_text(opened) if seen and opened is not None else None
    return RawShown(one["system"], one["key"], one["received_at"], text)
