"""Records set aside (quarantine) and fields set aside (issues): kept whole, with the reason, until they heal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, tuple_, update

from hub.store import bulk
from hub.store.tables import connector, issue, quarantine

_ASIDE = (
    "connector_id", "stream", "run_id", "key", "position", "cause", "field", "rule", "facts", "effective", "at",
    "state", "tries", "box",
)  # fmt: skip
_ISSUE = (
    "connector_id", "record_id", "complaint_id", "run_id", "field", "path", "rule", "code", "facts", "effective", "at",
    "state", "box",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Aside:
    """One record set aside. ``box`` is sealed by the vault: ``{"raw": …}``, or ``{"text": …}`` where unreadable."""

    cause: str
    box: bytes
    key: str | None = None
    position: str | None = None
    field: str | None = None
    rule: str | None = None
    facts: Mapping[str, Any] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldIssue:
    record_id: int | None
    complaint_id: int | None
    field: str
    path: str
    rule: str
    code: str
    facts: Mapping[str, Any] = attribute(default_factory=dict)
    box: bytes | None = None


def set_aside(
    conn: Connection,
    connector_id: int,
    stream: str,
    aside: Sequence[Aside],
    *,
    run_id: int | None,
    effective: str,
    now: datetime,
) -> None:
    """Keep them, one open row per place: the same record failing again is the same row, tried once more."""
    known = _open_rows(conn, connector_id, stream, aside)
    rows, again = [], []
    for one in aside:
        row = (run_id, one.cause, one.field, one.rule, dict(one.facts), effective, now, one.box)
        found = known.get(_place(one.key, _spot(one)))
        if found is not None:
            again.append((*row, found[1] + 1, found[0]))
        else:
            rows.append(_new(connector_id, stream, one, row))
    bulk.insert(conn, quarantine, _ASIDE, rows)
    changed = ("run_id", "cause", "field", "rule", "facts", "effective", "at", "box", "tries")
    bulk.update(conn, quarantine, changed, again)


def _new(connector_id: int, stream: str, one: Aside, row: tuple[Any, ...]) -> tuple[Any, ...]:
    run_id, cause, field_, rule, facts, effective, now, box = row
    return (
        connector_id, stream, run_id, one.key, _spot(one), cause, field_, rule, facts, effective, now, "open", 0, box,
    )  # fmt: skip


def _spot(one: Aside) -> str | None:
    return one.position[:120] if one.position else None


def _place(key: str | None, position: str | None) -> tuple[str, str]:
    return (key, "") if key is not None else ("", position or "")


def _open_rows(
    conn: Connection, connector_id: int, stream: str, aside: Sequence[Aside]
) -> dict[tuple[str, str], tuple[int, int]]:
    if not aside:
        return {}
    mine = (
        (quarantine.c.connector_id == connector_id) & (quarantine.c.stream == stream) & (quarantine.c.state == "open")
    )
    keys = {one.key for one in aside if one.key is not None}
    places = {_spot(one) for one in aside if one.key is None}
    which = quarantine.c.key.in_(keys) | (quarantine.c.key.is_(None) & quarantine.c.position.in_(places))
    ask = select(quarantine.c.key, quarantine.c.position, quarantine.c.id, quarantine.c.tries).where(mine, which)
    return {_place(key, position): (row_id, tries) for key, position, row_id, tries in conn.execute(ask)}


def heal(conn: Connection, connector_id: int, stream: str, keys: Collection[str], now: datetime) -> int:
    """Close what stood aside under these keys: the records have gone through."""
    mine = (
        (quarantine.c.connector_id == connector_id) & (quarantine.c.stream == stream) & (quarantine.c.state == "open")
    )
    waiting = set(conn.scalars(select(quarantine.c.key).where(mine)))
    healed = waiting.intersection(keys)
    return close(conn, mine & quarantine.c.key.in_(healed), now, "replayed") if healed else 0


def close(conn: Connection, which: ColumnElement[bool], now: datetime, state: str) -> int:
    """``state``: replayed | dismissed."""
    done = update(quarantine).where(quarantine.c.state == "open", which).values(state=state, ended_at=now)
    return conn.execute(done).rowcount


def erase(conn: Connection, system_id: int, keys: Collection[str], now: datetime) -> None:
    """What ever stood aside under these keys: its box is under the installation's key, so the box itself must go."""
    mine = select(connector.c.id).where(connector.c.system_id == system_id)
    which = quarantine.c.key.in_(keys) & quarantine.c.connector_id.in_(mine)
    close(conn, which, now, "dismissed")
    conn.execute(update(quarantine).where(which).values(box=None, facts=None))


def open_rows(conn: Connection, which: ColumnElement[bool], limit: int) -> Sequence[Any]:
    """Open rows, oldest first (columns of ``tables.quarantine``)."""
    ask = select(quarantine).where(quarantine.c.state == "open", which).order_by(quarantine.c.id).limit(limit)
    return conn.execute(ask).all()


def renew_issues(
    conn: Connection,
    connector_id: int,
    record_ids: Collection[int],
    issues: Iterable[FieldIssue],
    *,
    run_id: int | None,
    effective: str,
    now: datetime,
) -> int:
    """The issues of these records as of now: what is no longer wrong closes, what is new is written."""
    wanted = {(one.record_id, one.field, one.code): one for one in issues}
    mine = (issue.c.connector_id == connector_id) & (issue.c.state == "open")
    ask = select(issue.c.id, issue.c.record_id, issue.c.field, issue.c.code).where(
        mine, issue.c.record_id.in_(record_ids)
    )
    healed = []
    for row_id, record_id, field_, code in conn.execute(ask) if record_ids else ():
        if wanted.pop((record_id, field_, code), None) is None:
            healed.append(row_id)
    if healed:
        conn.execute(update(issue).where(issue.c.id.in_(healed)).values(state="closed"))
    return add_issues(conn, connector_id, wanted.values(), run_id=run_id, effective=effective, now=now)


def add_issues(
    conn: Connection,
    connector_id: int,
    issues: Iterable[FieldIssue],
    *,
    run_id: int | None,
    effective: str,
    now: datetime,
) -> int:
    rows = [
        (connector_id, one.record_id, one.complaint_id, run_id, one.field, one.path, one.rule, one.code,
         dict(one.facts), effective, now, "open", one.box)
        for one in issues
    ]  # fmt: skip
    bulk.insert(conn, issue, _ISSUE, rows)
    return len(rows)


def renew_said(
    conn: Connection,
    connector_id: int,
    complaint_id: int,
    issues: Iterable[FieldIssue],
    covers: Callable[[str, Mapping[str, Any]], bool],
    *,
    run_id: int | None,
    effective: str,
    now: datetime,
) -> int:
    """Issues that stand with no record: of what we say, or of a follow-up that came by itself.

    ``covers`` (field, facts) tells which open ones this time would have shown again; those that it did not are closed.
    """
    wanted = {(one.field, one.code, one.facts.get("event")): one for one in issues}
    keys = tuple_(issue.c.connector_id, issue.c.complaint_id, issue.c.state)
    ask = select(issue.c.id, issue.c.field, issue.c.code, issue.c.facts).where(
        keys == tuple_(connector_id, complaint_id, "open"), issue.c.record_id.is_(None)
    )
    healed = []
    for row_id, field_, code, facts in conn.execute(ask):
        known = wanted.pop((field_, code, (facts or {}).get("event")), None)
        if known is None and covers(field_, facts or {}):
            healed.append(row_id)
    if healed:
        conn.execute(update(issue).where(issue.c.id.in_(healed)).values(state="closed"))
    return add_issues(conn, connector_id, wanted.values(), run_id=run_id, effective=effective, now=now)


def close_issues(conn: Connection, record_ids: Collection[int]) -> None:
    """These records are gone: nothing about them can be mended any more."""
    if record_ids:
        which = issue.c.record_id.in_(record_ids) & (issue.c.state == "open")
        conn.execute(update(issue).where(which).values(state="closed"))
