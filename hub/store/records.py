"""What each system holds under its own numbers: records, raws, links to complaints, and what a stream saw last."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from hub.store import bulk
from hub.store.tables import connector, link, raw, record, seen, stream, system

OPEN_ROLES = ("origin", "copy")  # the roles under which a complaint's news goes out to a record


@dataclass(frozen=True, slots=True)
class Seen:
    digest: bytes
    effective: str
    open: bool


@dataclass(slots=True)
class Record:
    id: int
    key: str
    as_of: datetime | None
    raw_id: int | None


@dataclass(slots=True)
class Link:
    """An open link. ``base`` is a box under the complaint's data key: ``{"said": {…}, "sent": {…}}``."""

    id: int
    record_id: int
    complaint_id: int
    system_id: int
    role: str
    status: str | None
    status_raw: str | None
    base: bytes | None
    base_as_of: datetime | None
    base_version: str | None
    key: str = ""
    system_role: str = ""
    raw_id: int | None = None


def seen_before(conn: Connection, stream_id: int, keys: Collection[str]) -> dict[str, Seen]:
    columns = (seen.c.key, seen.c.digest, seen.c.effective, seen.c.open)
    ask = select(*columns).where(seen.c.stream_id == stream_id, seen.c.key.in_(keys))
    return {key: Seen(digest, effective, is_open) for key, digest, effective, is_open in conn.execute(ask)}


def mark_seen(
    conn: Connection, stream_id: int, rows: Iterable[tuple[str, bytes, bool]], *, effective: str, run_id: int
) -> None:
    """Rows of (key, digest, open). Open: something about it waits, read it again next time."""
    columns = ("stream_id", "key", "digest", "effective", "run_id", "open")
    ready = [(stream_id, key, digest, effective, run_id, is_open) for key, digest, is_open in rows]
    bulk.upsert(conn, seen, columns, ready, ("stream_id", "key"))


def known(conn: Connection, system_id: int, keys: Collection[str]) -> dict[str, Record]:
    columns = (record.c.id, record.c.key, record.c.as_of, record.c.raw_id)
    mine = (record.c.system_id == system_id) & (record.c.kind == "complaint")
    ask = select(*columns).where(mine, record.c.key.in_(keys))
    return {row[1]: Record(*row) for row in conn.execute(ask)}


def _links() -> Any:
    columns = (
        link.c.id, link.c.record_id, link.c.complaint_id, link.c.system_id, link.c.role, link.c.status,
        link.c.status_raw, link.c.base, link.c.base_as_of, link.c.base_version,
    )  # fmt: skip
    return (
        select(*columns, record.c.key, system.c.role, record.c.raw_id)
        .join(record, record.c.id == link.c.record_id)
        .join(system, system.c.id == link.c.system_id)
        .where(link.c.valid_until.is_(None))
        .order_by(link.c.id)
    )


def links_of_records(conn: Connection, record_ids: Collection[int]) -> list[Link]:
    if not record_ids:
        return []
    return [Link(*row) for row in conn.execute(_links().where(link.c.record_id.in_(record_ids)))]


def links_of_complaints(conn: Connection, complaint_ids: Collection[int]) -> list[Link]:
    if not complaint_ids:
        return []
    return [Link(*row) for row in conn.execute(_links().where(link.c.complaint_id.in_(complaint_ids)))]


def end_links(conn: Connection, ids: Collection[int], now: datetime) -> None:
    if ids:
        conn.execute(update(link).where(link.c.id.in_(ids)).values(valid_until=now))


def raw_box(conn: Connection, raw_id: int | None) -> tuple[bytes | None, int | None]:
    """The box of a raw, and the complaint under whose data key it is (None: under the vault's own)."""
    row = conn.execute(select(raw.c.box, raw.c.complaint_id).where(raw.c.id == raw_id)).one_or_none()
    return (None, None) if row is None else (row[0], row[1])


def raw_boxes(conn: Connection, raw_ids: Collection[int]) -> list[tuple[int, int | None, bytes | None]]:
    """(raw, complaint under whose data key it is, box) of several."""
    if not raw_ids:
        return []
    ask = select(raw.c.id, raw.c.complaint_id, raw.c.box).where(raw.c.id.in_(raw_ids))
    return [(row[0], row[1], row[2]) for row in conn.execute(ask)]


def record_streams(conn: Connection, system_id: int) -> list[int]:
    """The pull streams of complaints of every connector to a system."""
    ask = (
        select(stream.c.id)
        .join(connector, connector.c.id == stream.c.connector_id)
        .where(connector.c.system_id == system_id, stream.c.direction == "pull", stream.c.name == "records")
    )
    return list(conn.scalars(ask))


def forget_seen(conn: Connection, stream_ids: Collection[int], keys: Collection[str]) -> None:
    """Read these again, whatever their digest."""
    if stream_ids and keys:
        which = seen.c.stream_id.in_(stream_ids) & seen.c.key.in_(keys)
        conn.execute(update(seen).where(which).values(open=True))
