"""A tracking ID that an agency typed by hand is a claim: the core is asked, and its own record must carry it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from adapters.contract import Adapter, Raw
from hub.mapping.reading import RecordRefused
from hub.store import findings, outbox, records
from hub.store.findings import Found
from hub.store.tables import finding
from hub.store.tables import outbox as rows
from hub.sync import chunk
from hub.sync.absorb import uncounted
from hub.sync.arrival import Arrival, arrival_of
from hub.sync.deliver import End
from hub.sync.job import Job
from hub.sync.join import join
from hub.sync.meeting import in_turn
from hub.sync.unknown import bounded


def verify(job: Job, adapter: Adapter, outbox_id: int) -> End | None:
    """Found: the agency's record and the core's stand for one complaint from now on. Else a finding for a person."""
    with job.hub.store.read() as conn:
        row = outbox.one(conn, outbox_id)
    if row.state != "waiting":
        return None
    if not adapter.can & {"find", "fetch"}:
        return _end(job, row, End("held", "sync.cannot_ask"))
    arrival = _ask(job, adapter, str(row.key))
    if arrival is None:
        return _unknown(job, row)
    end = End("delivered", "sync.claim_confirmed")

    def write(conn: Connection) -> None:
        _one_complaint(conn, job, arrival, row)
        outbox.set_state(conn, rows.c.id == row.id, job.hub.now(), end.state, code=end.code, attempts=row.attempts + 1)
        about = (finding.c.kind == "claim_unknown") & (finding.c.complaint_id == row.complaint_id)
        findings.close(conn, about, job.hub.now())

    in_turn(job, write)
    return end


def _ask(job: Job, adapter: Adapter, number: str) -> Arrival | None:
    if "find" in adapter.can and job.words.key_field == "core_tracking_id":
        candidates = [adapter.complete("records", raw) for raw in bounded(adapter.find(number))]
    elif "fetch" in adapter.can:
        shown = adapter.fetch(number)
        candidates = [shown] if shown is not None else []
    else:
        candidates = [adapter.complete("records", raw) for raw in bounded(adapter.find(number))]
    found = [one for raw in candidates if (one := _carries(job, raw, number)) is not None]
    return found[0] if found else None


def _carries(job: Job, raw: Raw, number: str) -> Arrival | None:
    try:
        arrival = arrival_of(job, raw)
    except RecordRefused:
        return None
    return arrival if arrival.reading.complaint.get("core_tracking_id") == number else None


def _one_complaint(conn: Connection, job: Job, arrival: Arrival, row: Any) -> None:
    """The core's record first, as any record of the core; then the agency's record arrives again, at it."""
    known = records.known(conn, job.connector.system_id, [arrival.key])
    linked = records.links_of_records(conn, [one.id for one in known.values()])
    if linked:
        into = linked[0].complaint_id
    else:
        with uncounted(job):
            into = chunk.store(conn, job, [arrival])[0].id
    if into != row.complaint_id:
        join(conn, job, row.complaint_id, into)


def _unknown(job: Job, row: Any) -> End:
    found = Found("claim_unknown", "sync.claim_unknown", row.complaint_id, facts={"number": row.key})
    with job.hub.store.begin() as conn:
        job.guard(conn)
        findings.add(conn, job.connector.id, job.run_id, [found], job.hub.now())
    return _end(job, row, End("refused", "sync.claim_unknown", {"number": row.key}))


def _end(job: Job, row: Any, end: End) -> End:
    with job.hub.store.begin() as conn:
        job.guard(conn)
        outbox.set_state(
            conn, rows.c.id == row.id, job.hub.now(), end.state, code=end.code, facts=dict(end.facts) or None,
            attempts=row.attempts + 1,
        )  # fmt: skip
    return end
