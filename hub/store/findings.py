"""Differences that a person should look at. One open row per (kind, record or complaint, field): never a flood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, update

from hub.store import bulk
from hub.store.tables import finding

_COLUMNS = (
    "connector_id", "run_id", "complaint_id", "record_id", "kind", "field", "code", "facts", "state", "at", "box",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """``facts`` are safe to show; what is personal goes into ``box``."""

    kind: str
    code: str
    complaint_id: int | None = None
    record_id: int | None = None
    field: str | None = None
    facts: Mapping[str, Any] = attribute(default_factory=dict)
    box: bytes | None = None

    @property
    def about(self) -> tuple[Any, ...]:
        return (self.kind, self.complaint_id, self.record_id, self.field)


def add(conn: Connection, connector_id: int, run_id: int | None, found: Sequence[Found], now: datetime) -> int:
    """Write down what is not open already; how many that was."""
    fresh = {one.about: one for one in found}
    for about in _open(conn, connector_id, fresh.values()):
        fresh.pop(about, None)
    rows = [
        (connector_id, run_id, one.complaint_id, one.record_id, one.kind, one.field, one.code, dict(one.facts),
         "open", now, one.box)
        for one in fresh.values()
    ]  # fmt: skip
    bulk.insert(conn, finding, _COLUMNS, rows)
    return len(rows)


def _open(conn: Connection, connector_id: int, found: Iterable[Found]) -> list[tuple[Any, ...]]:
    several = list(found)
    if not several:
        return []
    complaints = {one.complaint_id for one in several if one.complaint_id}
    records = {one.record_id for one in several if one.record_id}
    about = or_(
        finding.c.complaint_id.in_(complaints),
        finding.c.record_id.in_(records),
        finding.c.complaint_id.is_(None) & finding.c.record_id.is_(None),
    )
    ask = select(finding.c.kind, finding.c.complaint_id, finding.c.record_id, finding.c.field)
    mine = (finding.c.connector_id == connector_id) & (finding.c.state == "open")
    return [tuple(row) for row in conn.execute(ask.where(mine, about))]


def close(conn: Connection, which: ColumnElement[bool], now: datetime, state: str = "closed") -> int:
    """Close the open findings that ``which`` picks (columns of ``tables.finding``)."""
    done = update(finding).where(finding.c.state == "open", which).values(state=state, ended_at=now)
    return conn.execute(done).rowcount
