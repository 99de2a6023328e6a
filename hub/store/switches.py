"""Facts that hold for the whole installation: one row each, small JSON values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from hub.store.tables import switch
from hub.store.upsert import upsert

PUSHES_STOPPED = "pushes_stopped"  # {"why": text}: nothing leaves, whoever it is for
OBSERVING = "observing"  # {"why": code}: every connector only observes (a copied or restored store)


def get(conn: Connection, name: str) -> Any:
    """The value, or None where the switch was never set."""
    return conn.scalar(select(switch.c.value).where(switch.c.name == name))


def put(conn: Connection, name: str, value: Any, *, by: str, now: datetime) -> None:
    row = {"name": name, "value": value, "by": by, "at": now}
    upsert(conn, switch, [row], keys=("name",))


def clear(conn: Connection, name: str) -> None:
    conn.execute(delete(switch).where(switch.c.name == name))


def pushes_stopped(conn: Connection) -> bool:
    """Asked before every single delivery, so that the switch works in the middle of a run."""
    return bool(get(conn, PUSHES_STOPPED)) or bool(get(conn, OBSERVING))
