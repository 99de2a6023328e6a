"""Who did what: changes by people and by the hub itself that somebody may be asked about later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from hub.store.tables import audit


def note(conn: Connection, who: str, what: str, now: datetime, object: str | None = None, **facts: Any) -> None:
    """One line, in the caller's transaction. ``what`` is a code (``connector.paused``); facts are safe to show."""
    conn.execute(insert(audit).values(at=now, who=who, what=what, object=object, facts=dict(facts) or None))
