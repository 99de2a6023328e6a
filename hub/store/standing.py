"""How a connector is doing: rows that every process shares, so that nobody hammers a system that is down.

The breaker is a row: after a failure nothing is tried before ``not_before``, which backs off with full jitter (a
random part of a doubling limit, so that 600 connectors do not return in step after the core's maintenance).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from hub.store.tables import connector

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
_WORKED = frozenset({"ok", "partial", "observed"})
_NO_WORD = frozenset({"stopped"})  # busy, paused, switched off: says nothing about the system


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, as far as the connector's standing goes. ``failure`` is one of the wire's five classes."""

    started: datetime
    ended: datetime
    outcome: str  # ok | partial | failed | observed | stopped
    failure: str | None = None
    code: str | None = None
    facts: Mapping[str, Any] | None = None
    not_before: datetime | None = None  # what the system itself asked for


def pause_after(failures: int, chance: float) -> timedelta:
    """Full jitter: ``chance`` (0–1) of a limit that doubles from 30 seconds to an hour; never under a second."""
    limit = min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(failures - 1, 10)))
    return max(timedelta(seconds=1), limit * chance)


def note_run(conn: Connection, connector_id: int, end: RunEnd) -> None:
    """Write a run's end into its connector's row; a second note of the same run changes nothing."""
    if end.outcome in _NO_WORD:
        return
    this = connector.c.id == connector_id
    before = conn.execute(
        select(connector.c.failures, connector.c.down_since, connector.c.last_ok, connector.c.last_failure).where(this)
    ).one()
    if any(noted is not None and noted > end.started for noted in (before.last_ok, before.last_failure)):
        return
    values = _worked(end) if end.outcome in _WORKED else _failed(end, before.failures, before.down_since)
    conn.execute(update(connector).where(this).values(**values))


def _worked(end: RunEnd) -> dict[str, Any]:
    return {
        "failures": 0, "not_before": end.not_before, "last_ok": end.ended, "down_since": None,
        "failure": None, "failure_code": None, "failure_facts": None,
    }  # fmt: skip


def _failed(end: RunEnd, failures: int, down_since: datetime | None) -> dict[str, Any]:
    # Not a secret: this spreads load, nobody gains by guessing it.
    pause = end.ended + pause_after(failures + 1, random.random())  # noqa: S311
    return {
        "failures": failures + 1, "not_before": max(pause, end.not_before or pause), "last_failure": end.ended,
        "down_since": down_since or end.ended, "failure": end.failure, "failure_code": end.code,
        "failure_facts": dict(end.facts) if end.facts else None,
    }  # fmt: skip


def pause(conn: Connection, connector_id: int) -> None:
    conn.execute(update(connector).where(connector.c.id == connector_id).values(state="paused"))


def resume(conn: Connection, connector_id: int, now: datetime) -> None:
    """Go on at once, whatever the breaker said; a person has looked."""
    live = conn.scalar(select(connector.c.live_from).where(connector.c.id == connector_id))
    values = {
        "state": "observe" if live is None else "live", "not_before": None, "failures": 0,
        "due_pull": now, "due_push": now,
    }  # fmt: skip
    conn.execute(update(connector).where(connector.c.id == connector_id).values(**values))
