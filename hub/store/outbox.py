"""What must be told to whom, and the story of each attempt.

A row says *what* (kind, complaint, event, fields); the words are rendered and stored, boxed, before they are sent.
States: waiting → sending → delivered | sent | handed_over | refused | unknown; no_route, held and dropped beside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from hub.store import bulk
from hub.store.tables import connector, outbox

OPEN = ("waiting", "sending", "unknown", "held")  # an open row keeps the later ones of its complaint waiting
UNPROVEN = ("unknown", "sent", "handed_over")  # told, as far as we know: seeing it there proves it
ADDED = (
    "complaint_id", "connector_id", "target_agency", "kind", "event_id", "fields", "state", "urgent", "key", "code",
    "not_before", "attempts", "absent", "created_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What a complaint's row in the outbox says, for those who decide what else must be told."""

    id: int
    complaint_id: int
    connector_id: int | None
    system_id: int | None
    target_agency: str | None
    kind: str
    state: str
    event_id: int | None
    fields: tuple[str, ...]
    key: str | None
    code: str | None
    payload: bytes | None


def of_complaints(conn: Connection, complaint_ids: Collection[int], *, dropped: bool = False) -> list[Told]:
    """All that was told, or is to be, about these complaints, in order; ``dropped``: with what need not be told."""
    if not complaint_ids:
        return []
    columns = (
        outbox.c.id, outbox.c.complaint_id, outbox.c.connector_id, connector.c.system_id, outbox.c.target_agency,
        outbox.c.kind, outbox.c.state, outbox.c.event_id, outbox.c.fields, outbox.c.key, outbox.c.code,
        outbox.c.payload,
    )  # fmt: skip
    ask = select(*columns).outerjoin(connector, connector.c.id == outbox.c.connector_id)
    ask = ask.where(outbox.c.complaint_id.in_(complaint_ids)).order_by(outbox.c.id)
    rows = conn.execute(ask if dropped else ask.where(outbox.c.state != "dropped"))
    return [Told(**{**row, "fields": tuple(row["fields"] or ())}) for row in rows.mappings()]


def add(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    bulk.insert(conn, outbox, ADDED, rows)


def widen(conn: Connection, rows: Iterable[tuple[list[str], bool, datetime, int]]) -> None:
    """(fields, urgent, now, id): one waiting update says more."""
    bulk.update(conn, outbox, ("fields", "urgent", "updated_at"), rows)


def set_state(conn: Connection, which: ColumnElement[bool], now: datetime, state: str, **values: Any) -> int:
    """New state for the rows that ``which`` picks (columns of ``tables.outbox``); how many there were."""
    done = update(outbox).where(which).values(state=state, updated_at=now, **values)
    return conn.execute(done).rowcount


def one(conn: Connection, outbox_id: int) -> Any:
    return conn.execute(select(outbox).where(outbox.c.id == outbox_id)).one_or_none()


@dataclass(frozen=True, slots=True)
class Queued:
    id: int
    complaint_id: int
    kind: str
    state: str
    not_before: datetime | None


def queue(conn: Connection, connector_id: int, after: int, limit: int, *, urgent: bool) -> list[Queued]:
    """Open rows in order, without their payloads. ``urgent``: of complaints that have something urgent only."""
    columns = (outbox.c.id, outbox.c.complaint_id, outbox.c.kind, outbox.c.state, outbox.c.not_before)
    which = (outbox.c.connector_id == connector_id) & outbox.c.state.in_(OPEN) & (outbox.c.id > after)
    if urgent:
        hot = (outbox.c.connector_id == connector_id) & outbox.c.state.in_(OPEN) & outbox.c.urgent
        which &= outbox.c.complaint_id.in_(select(outbox.c.complaint_id).where(hot))
    ask = select(*columns).where(which).order_by(outbox.c.id).limit(limit)
    return [Queued(*row) for row in conn.execute(ask)]


def unknown(conn: Connection, connector_id: int, now: datetime, limit: int) -> list[Any]:
    due = outbox.c.not_before.is_(None) | (outbox.c.not_before <= now)
    which = (outbox.c.connector_id == connector_id) & (outbox.c.state == "unknown") & due
    return list(conn.execute(select(outbox).where(which).order_by(outbox.c.id).limit(limit)))


def pending_creates(conn: Connection, system_id: int) -> list[Any]:
    """Creates to a system whose outcome nobody knows yet: (id, complaint, payload, connector)."""
    columns = (outbox.c.id, outbox.c.complaint_id, outbox.c.payload, outbox.c.connector_id)
    ask = select(*columns).join(connector, connector.c.id == outbox.c.connector_id)
    open_ = outbox.c.state.in_(("sending", *UNPROVEN))
    which = (connector.c.system_id == system_id) & (outbox.c.kind == "create") & open_ & outbox.c.payload.is_not(None)
    return list(conn.execute(ask.where(which).order_by(outbox.c.id)))
