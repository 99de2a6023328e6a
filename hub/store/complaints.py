"""Canonical complaints with their data keys, people's look-up values, changes and attachments."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from hub.store import bulk
from hub.store.tables import attachment, change, complaint, person

INSERTED = (
    "id", "hub_id", "core_tracking_id", "status", "classification", "urgency", "channel", "is_anonymous",
    "is_confidential", "agency_code", "region_code", "received_at", "closed_at", "created_at", "updated_at", "rev",
    "data_key", "box", "sources",
)  # fmt: skip
UPDATED = (
    "core_tracking_id", "status", "classification", "urgency", "channel", "is_anonymous", "is_confidential",
    "agency_code", "region_code", "received_at", "closed_at", "updated_at", "rev", "box", "sources",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """One complaint as the store holds it; ``data_key`` is None once it was erased."""

    id: int
    hub_id: str
    core_tracking_id: str | None
    status: str | None
    agency_code: str | None
    rev: int
    data_key: bytes | None
    box: bytes | None
    sources: dict[str, int] | None
    received_at: datetime | None
    merged_into: int | None


def new_hub_id() -> str:
    """A UUID that rises with time (version 7): new complaints land at the end of the index, not all over it."""
    number = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | (0x7 << 76)
    text = f"{number & ~(0x3 << 62) | (0x2 << 62):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def load(conn: Connection, ids: Collection[int], *, lock: bool = False) -> dict[int, Stored]:
    """Complaints by id. ``lock`` holds them until the transaction ends, always in the order of their hub ids."""
    if not ids:
        return {}
    columns = (
        complaint.c.id, complaint.c.hub_id, complaint.c.core_tracking_id, complaint.c.status, complaint.c.agency_code,
        complaint.c.rev, complaint.c.data_key, complaint.c.box, complaint.c.sources, complaint.c.received_at,
        complaint.c.merged_into,
    )  # fmt: skip
    ask = select(*columns).where(complaint.c.id.in_(ids)).order_by(complaint.c.hub_id)
    rows = conn.execute(ask.with_for_update() if lock else ask)
    return {row[0]: Stored(*row) for row in rows}


def by_tracking_id(conn: Connection, numbers: Collection[str]) -> dict[str, int]:
    if not numbers:
        return {}
    ask = select(complaint.c.core_tracking_id, complaint.c.id).where(complaint.c.core_tracking_id.in_(numbers))
    return {number: complaint_id for number, complaint_id in conn.execute(ask)}


def by_hub_id(conn: Connection, hub_ids: Collection[str]) -> dict[str, int]:
    if not hub_ids:
        return {}
    ask = select(complaint.c.hub_id, complaint.c.id).where(complaint.c.hub_id.in_(hub_ids))
    return {hub_id: complaint_id for hub_id, complaint_id in conn.execute(ask)}


def become_history(conn: Connection, complaint_id: int, into: int, now: datetime) -> None:
    """This complaint was proved to be another one: it stays as it was, without a number of its own."""
    values = {"merged_into": into, "core_tracking_id": None, "updated_at": now}
    conn.execute(update(complaint).where(complaint.c.id == complaint_id).values(values))


def put_people(conn: Connection, rows: Iterable[tuple[int, bytes | None, bytes | None, bytes | None]]) -> None:
    """Look-up values of reporters: (complaint, phone, e-mail, NIK); they replace what there was."""
    ready = [(complaint_id, "reporter", *values) for complaint_id, *values in rows]
    bulk.insert(conn, person, ("complaint_id", "role", "phone_hmac", "email_hmac", "nik_hmac"), ready)


def forget_people(conn: Connection, complaint_ids: Collection[int]) -> None:
    if complaint_ids:
        conn.execute(delete(person).where(person.c.complaint_id.in_(complaint_ids)))


def add_changes(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """(complaint, run, system, rev, at, names of fields, box of ``{name: [before, after]}``)"""
    columns = ("complaint_id", "run_id", "system_id", "rev", "at", "fields", "box")
    bulk.insert(conn, change, columns, rows)


def add_attachments(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """(complaint, identity, sha256, mime, size, side, state, system, box, content); known ones stay as they are."""
    columns = (
        "complaint_id", "identity", "sha256", "mime", "size", "side", "state", "system_id", "box", "content",
    )  # fmt: skip
    bulk.insert_new(conn, attachment, columns, rows)


def erase(conn: Connection, complaint_id: int, now: datetime) -> None:
    """Destroy the data key: every box under it is noise from now on. The row stays as a tombstone."""
    nothing = {
        "data_key": None, "box": None, "sources": None, "region_code": None, "erased_at": now, "updated_at": now,
    }  # fmt: skip
    conn.execute(update(complaint).where(complaint.c.id == complaint_id).values(nothing))
    forget_people(conn, [complaint_id])
    conn.execute(update(change).where(change.c.complaint_id == complaint_id).values(box=None))
    empty = {"box": None, "content": None, "sha256": None, "state": "erased"}
    conn.execute(update(attachment).where(attachment.c.complaint_id == complaint_id).values(empty))
