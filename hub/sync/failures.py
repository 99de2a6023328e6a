"""How a connector is doing, shared by every process: failures in a row, when to try again, since when it is down."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, update

from hub.store.tables import connector as rows

FIRST = timedelta(seconds=30)
MOST = timedelta(hours=1)


def note(
    conn: Connection, connector_id: int, outcome: str, code: str, *, facts: Mapping[str, Any], now: datetime
) -> None:
    """Write down how a run ended; a stopped one says nothing about the system."""
    if outcome == "stopped":
        return
    values = _failed(code, facts, now) if outcome == "failed" else _worked(now)
    failures = conn.scalar(update(rows).where(rows.c.id == connector_id).values(values).returning(rows.c.failures))
    if outcome == "failed":
        wait = _not_before(now, failures or 1, facts)
        conn.execute(update(rows).where(rows.c.id == connector_id).values(not_before=wait))


def _worked(now: datetime) -> dict[str, Any]:
    return {
        "failures": 0, "not_before": None, "last_ok": now, "failure": None, "failure_code": None,
        "failure_facts": None, "down_since": None,
    }  # fmt: skip


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
