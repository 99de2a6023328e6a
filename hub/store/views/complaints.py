"""One complaint's whole way, and how to find it. Boxes are given back closed: who may open them is decided above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from hub.store.tables import (
    agency,
    attachment,
    change,
    complaint,
    connector,
    delivery,
    event,
    event_link,
    issue,
    link,
    outbox,
    raw,
    record,
    run,
    system,
)
from hub.store.views.scope import Row, Scope, complaints_in


def _base(scope: Scope) -> Select[Any]:
    return (
        select(complaint, agency.c.name.label("agency"), agency.c.zone.label("zone"))
        .outerjoin(agency, agency.c.code == complaint.c.agency_code)
        .where(complaints_in(scope))
    )


def latest(
    conn: Connection, scope: Scope, *, status: str = "", before: int | None = None, limit: int = 50
) -> list[Row]:
    query = _base(scope)
    if status:
        query = query.where(complaint.c.status == status)
    if before:
        query = query.where(complaint.c.id < before)
    return list(conn.execute(query.order_by(complaint.c.id.desc()).limit(limit)).mappings())


def search(conn: Connection, scope: Scope, text: str, limit: int = 50) -> list[Row]:
    """By tracking ID (also as ``#9165816``), by any system's number, or by hub id; whole numbers only."""
    wanted = text.strip().lstrip("#").strip()
    by_record = (
        select(link.c.complaint_id)
        .join(record, record.c.id == link.c.record_id)
        .where(or_(record.c.key == wanted, record.c.number == wanted))
    )
    query = _base(scope).where(
        or_(complaint.c.core_tracking_id == wanted, complaint.c.hub_id == wanted.lower(), complaint.c.id.in_(by_record))
    )
    return list(conn.execute(query.order_by(complaint.c.id.desc()).limit(limit)).mappings())


def one(conn: Connection, scope: Scope, hub_id: str) -> Row | None:
    return conn.execute(_base(scope).where(complaint.c.hub_id == hub_id)).mappings().one_or_none()


def links(conn: Connection, complaint_id: int) -> list[Row]:
    query = (
        select(
            link,
            system.c.name.label("system"),
            system.c.role.label("system_role"),
            record.c.key.label("key"),
            record.c.number.label("number"),
            record.c.raw_id.label("raw_id"),
            record.c.last_seen.label("last_seen"),
            record.c.gone_at.label("gone_at"),
        )
        .join(record, record.c.id == link.c.record_id)
        .join(system, system.c.id == link.c.system_id)
        .where(link.c.complaint_id == complaint_id)
        .order_by(system.c.role.desc(), link.c.valid_from)
    )
    return list(conn.execute(query).mappings())


def events(conn: Connection, complaint_id: int) -> list[Row]:
    query = (
        select(event, system.c.name.label("system"))
        .outerjoin(system, system.c.id == event.c.system_id)
        .where(event.c.complaint_id == complaint_id)
        .order_by(func.coalesce(event.c.at, event.c.created_at), event.c.id)
    )
    return list(conn.execute(query).mappings())


def event_places(conn: Connection, event_ids: Sequence[int]) -> dict[int, list[str]]:
    """Event id → the systems that are known to have it."""
    query = (
        select(event_link.c.event_id, system.c.name)
        .join(system, system.c.id == event_link.c.system_id)
        .where(event_link.c.event_id.in_(event_ids))
        .order_by(event_link.c.id)
    )
    places: dict[int, list[str]] = {}
    for event_id, name in conn.execute(query) if event_ids else ():
        places.setdefault(event_id, []).append(name)
    return places


def raws(conn: Connection, complaint_id: int, limit: int = 200) -> list[Row]:
    """Every raw record kept for the complaint, oldest first."""
    query = (
        select(
            raw,
            system.c.name.label("system"),
            system.c.id.label("system_id"),
            record.c.key.label("key"),
            record.c.kind.label("kind"),
            run.c.connector_id.label("connector_id"),
            connector.c.name.label("connector"),
        )
        .join(record, record.c.id == raw.c.record_id)
        .join(system, system.c.id == record.c.system_id)
        .join(link, link.c.record_id == record.c.id)
        .outerjoin(run, run.c.id == raw.c.run_id)
        .outerjoin(connector, connector.c.id == run.c.connector_id)
        .where(link.c.complaint_id == complaint_id)
        .order_by(raw.c.id)
        .limit(limit)
    )
    # a record may be linked twice over time, and DISTINCT over blobs is not portable: one row per raw by hand
    rows = {row["id"]: row for row in conn.execute(query).mappings()}
    return list(rows.values())


def changes(conn: Connection, complaint_id: int, limit: int = 200) -> list[Row]:
    query = (
        select(change, system.c.name.label("system"))
        .outerjoin(system, system.c.id == change.c.system_id)
        .where(change.c.complaint_id == complaint_id)
        .order_by(change.c.id)
        .limit(limit)
    )
    return list(conn.execute(query).mappings())


def deliveries(conn: Connection, complaint_id: int) -> list[Row]:
    """What was to be told about the complaint, with its attempts' last state."""
    query = (
        select(outbox, connector.c.name.label("connector"), agency.c.name.label("target"))
        .outerjoin(connector, connector.c.id == outbox.c.connector_id)
        .outerjoin(agency, agency.c.code == func.coalesce(outbox.c.target_agency, connector.c.agency_code))
        .where(outbox.c.complaint_id == complaint_id)
        .order_by(outbox.c.id)
    )
    return list(conn.execute(query).mappings())


def attempts(conn: Connection, outbox_ids: Sequence[int]) -> dict[int, list[Row]]:
    query = select(delivery).where(delivery.c.outbox_id.in_(outbox_ids)).order_by(delivery.c.id)
    found: dict[int, list[Row]] = {}
    for row in conn.execute(query).mappings() if outbox_ids else ():
        found.setdefault(row["outbox_id"], []).append(row)
    return found


def attachments(conn: Connection, complaint_id: int) -> list[Row]:
    query = select(attachment).where(attachment.c.complaint_id == complaint_id).order_by(attachment.c.id)
    return list(conn.execute(query).mappings())


def issues(conn: Connection, complaint_id: int) -> list[Row]:
    query = (
        select(issue, connector.c.name.label("connector"))
        .join(connector, connector.c.id == issue.c.connector_id)
        .where(issue.c.complaint_id == complaint_id, issue.c.state == "open")
        .order_by(issue.c.id)
    )
    return list(conn.execute(query).mappings())
