"""How each stream of a connector is doing, shared by every process; the connector's row shows the one that does worst.

A system that is down or does not accept us rests as a whole. Any other failure is about one direction: a list that
cannot be read stops no push, and pushes that fail stop no pull.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, select, update

from hub.store.tables import connector
from hub.store.tables import stream as rows

FIRST = timedelta(seconds=30)
MOST = timedelta(hours=1)
_OF_THE_SYSTEM = ("down", "credentials")
_NOTHING: Mapping[str, Any] = {
    "failures": 0, "not_before": None, "failure": None, "failure_code": None, "failure_facts": None, "down_since": None,
}  # fmt: skip
_SHOWN = (rows.c.failures, rows.c.last_failure, rows.c.failure, rows.c.failure_code, rows.c.failure_facts)


def note(conn: Connection, stream_id: int, outcome: str, code: str, *, facts: Mapping[str, Any], now: datetime) -> None:
    """Write down how a run ended; a stopped one says nothing about the system."""
    if outcome == "stopped":
        return
    mine = rows.c.id == stream_id
    values = _failed(code, facts, now) if outcome == "failed" else {**_NOTHING, "last_ok": now}
    told = (rows.c.connector_id, rows.c.direction, rows.c.failures)
    number, direction, failures = conn.execute(update(rows).where(mine).values(values).returning(*told)).one()
    this = connector.c.id == number
    if outcome == "failed":
        wait = _not_before(now, failures, facts)
        conn.execute(update(rows).where(mine).values(not_before=wait))
        _sum_up(conn, number, _later(direction, wait))
        return
    # Pushes that work say nothing about what should have been fetched meanwhile.
    good = {"last_ok": now} if direction == "pull" else {"last_ok": connector.c.last_ok}
    if conn.scalar(update(connector).where(this).values(good).returning(connector.c.failures)):
        _sum_up(conn, number, {})


def _sum_up(conn: Connection, number: int, more: Mapping[str, Any]) -> None:
    """The connector's row: the stream with most failures in a row, and until when nothing at all is tried."""
    mine = (rows.c.connector_id == number) & (rows.c.failures > 0)
    ask = select(*_SHOWN, rows.c.down_since).where(mine).order_by(rows.c.failures.desc(), rows.c.last_failure.desc())
    worst = conn.execute(ask.limit(1)).mappings().one_or_none()
    rest = select(rows.c.not_before).where(mine, rows.c.failure.in_(_OF_THE_SYSTEM)).order_by(rows.c.not_before.desc())
    values = {**(worst or _NOTHING), "not_before": conn.scalar(rest.limit(1)), **more}
    conn.execute(update(connector).where(connector.c.id == number).values(values))


def _later(direction: str, wait: datetime) -> dict[str, Any]:
    """The schedule asks for this direction again then; pushes ask the stream's own row."""
    if direction != "pull":
        return {}
    full = connector.c.due_full
    return {"due_pull": wait, "due_full": case((full < wait, wait), else_=full)}


def _failed(code: str, facts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "failures": rows.c.failures + 1,
        "last_failure": now,
        "failure": str(facts.get("failure", "defect"))[:20],
        "failure_code": code,
        "failure_facts": dict(facts),
        "down_since": case((rows.c.down_since.is_(None), now), else_=rows.c.down_since),
    }


def _not_before(now: datetime, failures: int, facts: Mapping[str, Any]) -> datetime:
    """Twice as long each time, up to an hour, spread at random; later where the peer itself named a time."""
    longest = min(MOST, FIRST * 2 ** min(failures - 1, 10))
    wait: datetime = now + longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
    told = facts.get("not_before")
    return max(wait, datetime.fromisoformat(told)) if isinstance(told, str) else wait
