"""What came before it could be used: a call by the peer, a follow-up whose complaint is not known yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from hub.store import bulk
from hub.store.tables import connector, inbox

_COLUMNS = ("connector_id", "kind", "key", "of", "received_at", "state", "box")


@dataclass(frozen=True, slots=True)
class Waiting:
    """``kind``: record (a call by the peer) | event (a follow-up that came early, ``of`` a record's number)."""

    id: int
    connector_id: int
    kind: str
    key: str
    of: str | None
    received_at: datetime
    box: bytes


def put(
    conn: Connection, connector_id: int, kind: str, rows: Iterable[tuple[str, str | None, bytes]], now: datetime
) -> int:
    """Rows of (key, of, box); what is there already under the same key stays as it was. How many were new."""
    ready = [(connector_id, kind, key, of, now, "waiting", box) for key, of, box in rows]
    mine = select(func.count()).where(inbox.c.connector_id == connector_id, inbox.c.kind == kind)
    before = conn.scalar(mine) or 0 if ready else 0
    bulk.insert_new(conn, inbox, _COLUMNS, ready)
    return (conn.scalar(mine) or 0) - before if ready else 0


def waiting(conn: Connection, connector_id: int, kind: str, limit: int = 1000) -> list[Waiting]:
    mine = (inbox.c.connector_id == connector_id) & (inbox.c.kind == kind) & (inbox.c.state == "waiting")
    return _read(conn, mine, limit)


def early_events(conn: Connection, system_id: int, of: Collection[str]) -> list[Waiting]:
    """Follow-ups of these records that any connector of the system brought before the records were known."""
    if not of:
        return []
    mine = select(connector.c.id).where(connector.c.system_id == system_id)
    which = (inbox.c.kind == "event") & (inbox.c.state == "waiting") & inbox.c.of.in_(of)
    return _read(conn, which & inbox.c.connector_id.in_(mine), None)


def done(conn: Connection, ids: Collection[int], state: str = "done") -> None:
    """Used up: what it said stands with its complaint now, under a key that can be destroyed."""
    if ids:
        values = {"state": state, "box": b""} if state == "done" else {"state": state}
        conn.execute(update(inbox).where(inbox.c.id.in_(ids)).values(values))


def erase(conn: Connection, system_id: int, keys: Collection[str]) -> None:
    """Follow-ups of these records that still wait, or were refused: nobody may read them any more."""
    mine = select(connector.c.id).where(connector.c.system_id == system_id)
    which = (inbox.c.of.in_(keys)) & inbox.c.connector_id.in_(mine)
    conn.execute(update(inbox).where(which).values(state="done", box=b""))


def _read(conn: Connection, which: object, limit: int | None) -> list[Waiting]:
    columns = (inbox.c.id, inbox.c.connector_id, inbox.c.kind, inbox.c.key, inbox.c.of, inbox.c.received_at)
    ask = select(*columns, inbox.c.box).where(which).order_by(inbox.c.id).limit(limit)  # type: ignore[arg-type]
    return [Waiting(*row) for row in conn.execute(ask)]
