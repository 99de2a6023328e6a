"""How each connector is: one word that a person can act on, why, and since when.

``down``   it cannot be reached, or does not accept us            → its operator, or its credentials
``late``   it works, but not as often or as fast as it should      → look at the last run, at what waits
``silent`` it works, and brings nothing for longer than its norm   → is it still used? is the filter right?
``paused`` ``observe`` ``ok`` ``new``                              → nothing to do
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, case, func, select

from hub.connectors import Connector, State, all_connectors
from hub.home import Hub
from hub.store.tables import connector, outbox, record, run


class Health(StrEnum):
    OK = "ok"
    NEW = "new"
    OBSERVE = "observe"
    PAUSED = "paused"
    SILENT = "silent"
    LATE = "late"
    DOWN = "down"


DOWN_AFTER = 3  # failures in a row: one bad answer is weather
LATE_ROUNDS = 3  # missed rounds of its own interval
LEAST_LATE = timedelta(minutes=15)
LATE_WAITING = timedelta(hours=1)
LATE_COMPLETE = timedelta(days=1)  # runs end well, and still none has seen its last page for so long
LOOK_BACK = timedelta(days=90)
SILENT_GAPS = 6  # times its usual gap between two new records
LEAST_SILENT = timedelta(days=3)
FEW = 5  # fewer records than this in 90 days: silence says nothing


@dataclass(frozen=True, slots=True)
class Signs:
    """What health is read from; all of it rows."""

    state: State
    interval: timedelta | None  # how often it should be pulled; None: by hand only
    last_ok: datetime | None = None
    failures: int = 0
    down_since: datetime | None = None
    failure_code: str | None = None
    failure_facts: Mapping[str, Any] | None = None
    oldest_waiting: datetime | None = None
    incomplete_since: datetime | None = None  # the newest pull did not see its last page, and none has since then
    last_new: datetime | None = None
    new_records: int = 0  # in the last 90 days
    maintenance_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One connector's health; ``code`` names the sentence that says why."""

    health: Health
    code: str
    since: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def judge(signs: Signs, now: datetime) -> Standing:
    """The worst that holds, in the order a person should act."""
    if signs.state is State.PAUSED:
        return Standing(Health.PAUSED, "health.paused")
    in_maintenance = signs.maintenance_until is not None and now < signs.maintenance_until
    if signs.failures >= DOWN_AFTER and not in_maintenance:
        return Standing(Health.DOWN, signs.failure_code or "health.down", signs.down_since, signs.failure_facts or {})
    if signs.last_ok is None:
        return Standing(Health.NEW, "health.new")
    for found in (_late(signs, now), _incomplete(signs, now), _waiting(signs, now), _silent(signs, now)):
        if found is not None and not in_maintenance:
            return found
    if signs.state is State.OBSERVE:
        return Standing(Health.OBSERVE, "health.observe")
    return Standing(Health.OK, "health.ok", signs.last_ok)


def _late(signs: Signs, now: datetime) -> Standing | None:
    if signs.interval is None or signs.last_ok is None:
        return None
    allowed = max(signs.interval * LATE_ROUNDS, LEAST_LATE)
    if now - signs.last_ok <= allowed:
        return None
    return Standing(Health.LATE, "health.late", signs.last_ok)


def _incomplete(signs: Signs, now: datetime) -> Standing | None:
    allowed = max((signs.interval or timedelta()) * LATE_ROUNDS, LATE_COMPLETE)
    if signs.incomplete_since is None or now - signs.incomplete_since <= allowed:
        return None
    return Standing(Health.LATE, "health.incomplete", signs.incomplete_since)


def _waiting(signs: Signs, now: datetime) -> Standing | None:
    allowed = max((signs.interval or timedelta()) * LATE_ROUNDS, LATE_WAITING)
    if signs.oldest_waiting is None or now - signs.oldest_waiting <= allowed:
        return None
    return Standing(Health.LATE, "health.waiting", signs.oldest_waiting)


def _silent(signs: Signs, now: datetime) -> Standing | None:
    if signs.last_new is None or signs.new_records < FEW:
        return None
    norm = max(LOOK_BACK / signs.new_records * SILENT_GAPS, LEAST_SILENT)
    if now - signs.last_new <= norm:
        return None
    return Standing(Health.SILENT, "health.silent", signs.last_new, {"days": norm.days})


def of_all(hub: Hub) -> dict[str, Standing]:
    """Connector name → health, in a handful of queries for all of them."""
    now = hub.now()
    known = all_connectors(hub)
    with hub.store.read() as conn:
        rows = {row.id: row for row in conn.execute(select(connector).where(connector.c.removed_at.is_(None)))}
        waiting = _oldest_waiting(conn)
        broken = _incomplete_since(conn, now)
        news = _new_records(conn, now)
    return {one.name: judge(_signs(one, rows[one.id], waiting, broken, news), now) for one in known}


def _signs(
    one: Connector,
    row: Any,
    waiting: Mapping[int, datetime],
    broken: Mapping[int, datetime],
    news: Mapping[int, tuple[int, datetime]],
) -> Signs:
    count, last = news.get(one.system_id, (0, None))
    return Signs(
        state=one.state,
        interval=one.interval,
        last_ok=row.last_ok,
        failures=row.failures,
        down_since=row.down_since,
        failure_code=row.failure_code,
        failure_facts=row.failure_facts,
        oldest_waiting=waiting.get(one.id),
        incomplete_since=broken.get(one.id),
        last_new=last,
        new_records=count,
        maintenance_until=row.maintenance_until,
    )


def _oldest_waiting(conn: Connection) -> dict[int, datetime]:
    ask = (
        select(outbox.c.connector_id, func.min(outbox.c.created_at))
        .where(outbox.c.state.in_(("waiting", "sending", "unknown")), outbox.c.connector_id.is_not(None))
        .group_by(outbox.c.connector_id)
    )
    return {number: oldest for number, oldest in conn.execute(ask)}


def _incomplete_since(conn: Connection, now: datetime) -> dict[int, datetime]:
    """Judged by our own clock, not by the watermark: that is the peer's, which may run elsewhere."""
    whole = run.c.outcome.in_(("ok", "observed"))
    complete = func.max(case((whole, run.c.started_at)))
    partial = func.max(case((run.c.outcome == "partial", run.c.started_at)))
    first = func.min(run.c.started_at)
    ask = (
        select(run.c.connector_id, complete, partial, first)
        .where(run.c.direction == "pull", run.c.stream == "records", run.c.started_at > now - LOOK_BACK)
        .group_by(run.c.connector_id)
    )
    rows = [(number, last, short, start) for number, last, short, start in conn.execute(ask) if short is not None]
    return {number: last or start for number, last, short, start in rows if last is None or short > last}


def _new_records(conn: Connection, now: datetime) -> dict[int, tuple[int, datetime]]:
    ask = (
        select(record.c.system_id, func.count(), func.max(record.c.first_seen))
        .where(record.c.kind == "complaint", record.c.first_seen > now - LOOK_BACK)
        .group_by(record.c.system_id)
    )
    return {number: (count, last) for number, count, last in conn.execute(ask)}
