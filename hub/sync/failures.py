"""How a connector is doing, shared by every process: failures in a row, when to try again, since when it is down."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import case, update

from hub.connectors import Connector
from hub.home import Hub
from hub.store.tables import connector as rows
from hub.sync.job import RunResult

FIRST = timedelta(seconds=30)
MOST = timedelta(hours=1)


def noted(hub: Hub, connector: Connector, result: RunResult, *, dry_run: bool = False) -> RunResult:
    """Write down how a run ended; a stopped one says nothing about the system."""
    if dry_run or result.outcome == "stopped":
        return result
    if result.outcome == "failed":
        _failed(hub, connector, result)
    else:
        _worked(hub, connector)
    return result


def _worked(hub: Hub, connector: Connector) -> None:
    values = {
        "failures": 0, "not_before": None, "last_ok": hub.now(), "failure": None, "failure_code": None,
        "failure_facts": None, "down_since": None,
    }  # fmt: skip
    with hub.store.begin() as conn:
        conn.execute(update(rows).where(rows.c.id == connector.id).values(values))


def _failed(hub: Hub, connector: Connector, result: RunResult) -> None:
    now = hub.now()
    values = {
        "failures": rows.c.failures + 1,
        "last_failure": now,
        "failure": str(result.facts.get("failure", "defect"))[:20],
        "failure_code": result.code,
        "failure_facts": result.facts,
        "down_since": case((rows.c.down_since.is_(None), now), else_=rows.c.down_since),
    }
    with hub.store.begin() as conn:
        conn.execute(update(rows).where(rows.c.id == connector.id).values(values))
        failures = conn.scalar(rows.select().with_only_columns(rows.c.failures).where(rows.c.id == connector.id)) or 1
        wait = _not_before(now, failures, result)
        conn.execute(update(rows).where(rows.c.id == connector.id).values(not_before=wait))


def _not_before(now: datetime, failures: int, result: RunResult) -> datetime:
    """Twice as long each time, up to an hour, spread at random; later where the peer itself named a time."""
    longest = min(MOST, FIRST * 2 ** min(failures - 1, 10))
    wait: datetime = now + longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
    told = result.facts.get("not_before")
    return max(wait, datetime.fromisoformat(told)) if isinstance(told, str) else wait
