"""Two complaints proved to be one: the records of the one arrive again, at the other. Nothing is thrown away."""

from __future__ import annotations

from sqlalchemy import Connection

from hub.mapping.reading import RecordRefused
from hub.store import complaints, findings, outbox, records
from hub.store.findings import Found
from hub.store.records import Link
from hub.store.tables import outbox as rows
from hub.sync import chunk
from hub.sync.absorb import uncounted
from hub.sync.arrival import Arrival
from hub.sync.case import opened
from hub.sync.errand import shown_last
from hub.sync.job import Job


def stands_for(conn: Connection, job: Job, arrival: Arrival, complaint_id: int) -> None:
    """Store a record that is proved to stand for a complaint; a twin that a pull made of it meanwhile is joined."""
    known = records.known(conn, job.connector.system_id, [arrival.key])
    links = records.links_of_records(conn, [one.id for one in known.values()])
    twins = {one.complaint_id for one in links if one.complaint_id != complaint_id}
    for twin in twins:
        join(conn, job, twin, complaint_id)
    with uncounted(job):
        chunk.store(conn, job, [_proved(arrival, complaint_id)])
        if arrival.digest is not None:
            row = (arrival.key, arrival.digest, False)
            records.mark_seen(conn, job.pull_stream_id, [row], effective=job.words.effective, run_id=job.run_id or 0)


def _proved(arrival: Arrival, complaint_id: int) -> Arrival:
    return Arrival(
        arrival.key, arrival.raw, arrival.reading, arrival.as_of, arrival.digest, arrival.sent, complaint_id,
        arrival.number, arrival.version,
    )  # fmt: skip


def join(conn: Connection, job: Job, complaint_id: int, into: int) -> None:
    """``complaint_id`` becomes history; its records stand for ``into`` from now on, with all they say."""
    complaints.load(conn, [complaint_id, into], lock=True)
    links = [one for one in records.links_of_complaints(conn, [complaint_id])]
    arrivals = [(one, _again(conn, job, complaint_id, into, one)) for one in links]
    now = job.hub.now()
    records.end_links(conn, [one.id for one in links], now)
    outbox.set_state(
        conn, (rows.c.complaint_id == complaint_id) & rows.c.state.in_((*outbox.OPEN, "no_route")), now, "dropped",
        code="sync.merged",
    )  # fmt: skip
    complaints.become_history(conn, complaint_id, into, now)
    for one, arrival in arrivals:
        if arrival is not None:
            _arrive(conn, job, one, arrival)
    found = Found("joined", "sync.joined", into, facts={"from": complaint_id})
    findings.add(conn, job.connector.id, job.run_id, [found], now)


def _again(conn: Connection, job: Job, complaint_id: int, into: int, one: Link) -> Arrival | None:
    """The record as it was shown last, read by its own connector's words of today."""
    case = opened(job.vault, complaints.load(conn, [complaint_id])[complaint_id])
    raw = shown_last(conn, job, case, one)
    connector = next((c for c in job.all_connectors.values() if c.system_id == one.system_id), None)
    if raw is None or connector is None:
        return None
    try:
        reading = connector.mapping.read(raw)
    except RecordRefused:
        return None
    as_of = one.base_as_of or job.hub.now()
    return Arrival(one.key, raw, reading, reading.as_of or as_of, complaint_id=into)


def _arrive(conn: Connection, job: Job, one: Link, arrival: Arrival) -> None:
    with uncounted(job):
        chunk.store(conn, beside(job, one.system_id), [arrival])


def beside(job: Job, system_id: int) -> Job:
    """The same run speaking for another system: its words, its numbers; our lease guards the transaction."""
    if job.connector.system_id == system_id:
        return job
    connector = next(one for one in job.all_connectors.values() if one.system_id == system_id)
    other = Job(job.hub, connector, "records", "pull", job.started, job.dry_run, job.run_id, job.lease)
    other.__dict__["all_connectors"] = job.all_connectors
    return other
