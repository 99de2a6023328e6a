"""Deliveries that had nobody to go to are routed when a connector appears."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from hub.connectors import State
from hub.domain.agency import with_parents
from hub.domain.side import Side
from hub.store import complaints, outbox
from hub.store.tables import outbox as rows
from hub.sync.case import opened
from hub.sync.job import Job
from hub.sync.tell import holder

_NO_CORE = "route.no_core"
_MOST = 1000


def no_route(job: Job) -> int:
    """Give this connector the ``no_route`` rows that it can deliver. How many."""
    if job.connector.state is not State.LIVE:
        return 0
    columns = (rows.c.id, rows.c.complaint_id, rows.c.target_agency, rows.c.code)
    ask = select(*columns).where(rows.c.state == "no_route", rows.c.connector_id.is_(None)).order_by(rows.c.id)
    with job.hub.store.read() as conn:
        mine = [row.id for row in conn.execute(ask.limit(_MOST)).all() if _serves(conn, job, row)]
    if not mine:
        return 0
    with job.hub.store.begin() as conn:
        job.guard(conn)
        which = rows.c.id.in_(mine) & (rows.c.state == "no_route")
        return outbox.set_state(conn, which, job.hub.now(), "waiting", connector_id=job.connector.id, code=None)


def _serves(conn: Connection, job: Job, row: Any) -> bool:
    if job.connector.role is Side.CORE:
        return bool(row.code == _NO_CORE)
    if row.code == _NO_CORE:
        return False
    target = row.target_agency or _known_by_now(conn, job, row.complaint_id)
    return target is not None and any(code in job.party.agencies for code in with_parents(target, job.parents))


def _known_by_now(conn: Connection, job: Job, complaint_id: int) -> str | None:
    """The agency of a LAPOR! number that nobody knew when the complaint was disposed to it."""
    return holder(job, opened(job.vault, complaints.load(conn, [complaint_id])[complaint_id]))
