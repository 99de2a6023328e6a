"""The thread of follow-ups: append-only, each known by its identity and by where else it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from hub.store import bulk
from hub.store.tables import event, event_link

INSERTED = (
    "id", "complaint_id", "identity", "kind", "at", "actor_role", "visible", "text_hmac", "record_id", "system_id",
    "state", "twin_id", "box", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A follow-up in the thread. ``at`` is when it was said, or else when it was stored."""

    id: int
    complaint_id: int
    identity: str
    text_hmac: bytes | None
    system_id: int | None  # where it was said first
    kind: str
    state: str
    twin_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A follow-up is in a system too, there under ``key`` where that is known."""

    id: int
    event_id: int
    system_id: int
    record_id: int | None
    key: str | None


def threads(conn: Connection, complaint_ids: Collection[int]) -> list[Known]:
    if not complaint_ids:
        return []
    columns = (
        event.c.id, event.c.complaint_id, event.c.identity, event.c.text_hmac, event.c.system_id, event.c.kind,
        event.c.state, event.c.twin_id, event.c.at, event.c.created_at,
    )  # fmt: skip
    ask = select(*columns).where(event.c.complaint_id.in_(complaint_ids))
    return [Known(*row[:8], row[8] or row[9]) for row in conn.execute(ask.order_by(event.c.id))]


def places(conn: Connection, complaint_ids: Collection[int], system_id: int | None = None) -> list[Place]:
    """Where these complaints' follow-ups are besides where they were said; in one system, or in all."""
    if not complaint_ids:
        return []
    columns = (event_link.c.id, event_link.c.event_id, event_link.c.system_id, event_link.c.record_id, event_link.c.key)
    ask = select(*columns).join(event, event.c.id == event_link.c.event_id)
    ask = ask.where(event.c.complaint_id.in_(complaint_ids))
    if system_id is not None:
        ask = ask.where(event_link.c.system_id == system_id)
    return [Place(*row) for row in conn.execute(ask)]


def put_places(conn: Connection, rows: Iterable[tuple[int, int, int | None, str | None]]) -> None:
    """(event, system, record, key): the follow-up is there; a key that is known now replaces none."""
    columns = ("event_id", "system_id", "record_id", "key")
    bulk.upsert(conn, event_link, columns, rows, ("event_id", "system_id", "record_id"))


def add(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    bulk.insert(conn, event, INSERTED, rows)


def one(conn: Connection, event_id: int) -> Any:
    """The whole row of a follow-up."""
    return conn.execute(select(event).where(event.c.id == event_id)).one()


def erase(conn: Connection, complaint_id: int) -> None:
    values = {"box": None, "text_hmac": None}
    conn.execute(update(event).where(event.c.complaint_id == complaint_id).values(values))
