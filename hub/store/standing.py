"""What a person or the schedule writes into a connector's row; how its runs went is written by the runs themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from hub.store.tables import connector, stream

PAUSE_AFTER_DEFECT = timedelta(minutes=10)


def pause(conn: Connection, connector_id: int) -> None:
    conn.execute(update(connector).where(connector.c.id == connector_id).values(state="paused"))


def resume(conn: Connection, connector_id: int, now: datetime) -> None:
    """Go on at once, whatever the breaker said; a person has looked."""
    live = conn.scalar(select(connector.c.live_from).where(connector.c.id == connector_id))
    healthy = {"failures": 0, "not_before": None, "failure": None, "down_since": None}
    conn.execute(update(stream).where(stream.c.connector_id == connector_id).values(healthy))
    values = {
        "state": "observe" if live is None else "live", "not_before": None, "failures": 0,
        "due_pull": now, "due_push": now,
    }  # fmt: skip
    conn.execute(update(connector).where(connector.c.id == connector_id).values(**values))


def caught_up(conn: Connection, connector_id: int, since: datetime | None) -> None:
    """What this connector is owed since then has been routed; None: it observes, and things come that are not told."""
    conn.execute(update(connector).where(connector.c.id == connector_id).values(caught_up=since))


def note_defect(conn: Connection, connector_id: int, error: str, started: datetime, now: datetime) -> None:
    """A run that broke before it could say so itself; ``error`` is a type's name, its text may be personal."""
    row = connector.c.id == connector_id
    unsaid = connector.c.last_failure.is_(None) | (connector.c.last_failure < started)
    values = {
        "failures": connector.c.failures + 1, "last_failure": now, "not_before": now + PAUSE_AFTER_DEFECT,
        "failure": "defect", "failure_code": "sync.defect", "failure_facts": {"error": error},
    }  # fmt: skip
    conn.execute(update(connector).where(row, unsaid).values(**values))
