"""Deliveries that had nobody to go to are routed when a connector appears, with all that was said since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from hub.connectors import State
from hub.domain.agency import with_parents
from hub.domain.complaint import Moment
from hub.domain.side import Side
from hub.store import complaints, outbox
from hub.store.tables import outbox as rows
from hub.sync import owed
from hub.sync.case import opened
from hub.sync.job import Job
from hub.sync.meeting import in_turn
from hub.sync.tell import holder

_NO_CORE = "route.no_core"
_PAGE = 500


def no_route(job: Job) -> int:
    """Give this connector every ``no_route`` row that it can deliver. How many."""
    if job.connector.state is not State.LIVE:
        return 0
    columns = (rows.c.id, rows.c.complaint_id, rows.c.target_agency, rows.c.kind)
    code = rows.c.code == _NO_CORE if job.connector.role is Side.CORE else rows.c.code != _NO_CORE
    homeless = (rows.c.state == "no_route") & rows.c.connector_id.is_(None) & code
    after = given = 0
    while True:
        with job.hub.store.read() as conn:
            page = conn.execute(select(*columns).where(homeless, rows.c.id > after).order_by(rows.c.id).limit(_PAGE))
            some = page.all()
            mine = [row for row in some if _serves(conn, job, row)]
        if not some:
            return given
        after = some[-1].id
        if mine:
            given += in_turn(job, lambda conn, mine=mine: _give(conn, job, mine))  # type: ignore[misc]


def _give(conn: Connection, job: Job, mine: Sequence[Any]) -> int:
    which = rows.c.id.in_([row.id for row in mine]) & (rows.c.state == "no_route")
    given = outbox.set_state(conn, which, job.hub.now(), "waiting", connector_id=job.connector.id, code=None)
    owed.owe(conn, job, {row.complaint_id for row in mine if row.kind == "create"})
    return given


def _serves(conn: Connection, job: Job, row: Any) -> bool:
    """Is it for this connector, and not from before the day it went live?"""
    if row.target_agency is not None and not _is_mine(job, row.target_agency):
        return False
    case = opened(job.vault, complaints.load(conn, [row.complaint_id])[row.complaint_id])
    said = case.values.get
    if job.connector.role is Side.CORE:
        moment = said("received_at")
    else:
        moment = said("dispatched_at") or said("received_at")
        # the agency of a LAPOR! number that nobody knew when the complaint was disposed to it
        target = row.target_agency or holder(job, case)
        if target is None or not _is_mine(job, target):
            return False
    since = job.connector.live_from
    return since is None or not isinstance(moment, Moment) or moment.utc >= since


def _is_mine(job: Job, target: str) -> bool:
    return any(code in job.party.agencies for code in with_parents(target, job.parents))
