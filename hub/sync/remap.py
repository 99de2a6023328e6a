"""After a mapping changed: the stored raws are read again by today's words, as a run of its own.

Only records that were read by other words are touched, so a killed run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from hub.connectors import Connector
from hub.home import Hub
from hub.mapping.reading import RecordRefused
from hub.store import complaints, records
from hub.store.tables import raw, record, seen
from hub.sync.arrival import CHUNK, Arrival, Batch, aside
from hub.sync.job import Job, Progress, RunResult, carry_out, find_connector
from hub.sync.pull import store_in_turn


def run(hub: Hub, connector: str | Connector, *, progress: Progress | None = None, by: str | None = None) -> RunResult:
    """Read every stored record of the connector's system anew that was read by an older version."""
    found = find_connector(hub, connector)

    def work(job: Job) -> RunResult:
        after = 0
        while some := _stale(job, after):
            after = some[-1].id
            _again(job, some)
            if progress is not None:
                progress(job.counts)
        return RunResult(job.run_id, "ok", dict(+job.counts))

    return carry_out(hub, found, "records", "pull", work, by=by)


def _stale(job: Job, after: int) -> Sequence[Any]:
    columns = (record.c.id, record.c.key, record.c.as_of, raw.c.box, raw.c.complaint_id)
    ask = (
        select(*columns)
        .join(raw, raw.c.id == record.c.raw_id)
        .where(record.c.system_id == job.connector.system_id, record.c.kind == "complaint", record.c.id > after)
        .where(raw.c.effective != job.words.effective, raw.c.box.is_not(None))
        .order_by(record.c.id)
        .limit(CHUNK)
    )
    with job.hub.store.read() as conn:
        return conn.execute(ask).all()


def _again(job: Job, some: Sequence[Any]) -> None:
    with job.hub.store.read() as conn:
        owners = complaints.load(conn, {row.complaint_id for row in some if row.complaint_id})
    batch = Batch()
    for row in some:
        owner = owners.get(row.complaint_id)
        if owner is None or owner.data_key is None:
            continue
        _read(job, batch, row, job.vault.unwrap(owner.data_key).open(row.box))
    job.counts["seen"] += len(some)
    store_in_turn(job, batch)
    _mark(job, [one.key for one in batch.arrivals])


def _read(job: Job, batch: Batch, row: Any, kept: Any) -> None:
    try:
        reading = job.words.read(kept)
    except RecordRefused as refused:
        batch.asides.append(aside(job, row.key, None, kept, refused))
        return
    if reading.skipped is not None:
        job.counts["skipped"] += 1
        return
    as_of = reading.as_of or row.as_of or job.started
    batch.arrivals.append(Arrival(row.key, kept, reading, max(as_of, row.as_of or as_of)))


def _mark(job: Job, keys: list[str]) -> None:
    """The next pull need not read them once more: what the list showed was read by today's words now."""
    with job.hub.store.begin() as conn:
        job.guard(conn)
        streams = records.record_streams(conn, job.connector.system_id)
        which = seen.c.stream_id.in_(streams) & seen.c.key.in_(keys) & seen.c.open.is_(False)
        conn.execute(update(seen).where(which).values(effective=job.words.effective))
