"""What was set aside goes through again, under today's words, by the very path that every record takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from adapters.contract import Adapter, Page, WireError
from hub import connectors
from hub.connectors import Connector
from hub.home import Hub
from hub.mapping.reading import RecordRefused
from hub.store import quarantine
from hub.store.tables import quarantine as rows
from hub.sync.arrival import CHUNK, Batch, Entry, aside, read_entry
from hub.sync.job import Broken, Job, Progress, RunResult, carry_out, find_connector, stops_run
from hub.sync.pull import store_in_turn


def one(hub: Hub, quarantine_id: int, *, by: str | None = None) -> RunResult:
    """One row. ``sync.no_such_row`` where it does not stand open."""
    with hub.store.read() as conn:
        found = conn.execute(select(rows.c.connector_id, rows.c.stream).where(rows.c.id == quarantine_id)).one_or_none()
    if found is None:
        raise Broken("sync.no_such_row", number=quarantine_id)
    connector = connectors.by_id(hub, found.connector_id)
    return _stream(hub, connector, found.stream, rows.c.id == quarantine_id, by=by)


def cause(
    hub: Hub, connector: str | Connector, cause: str, *, field: str | None = None, by: str | None = None
) -> RunResult:
    """Everything of one connector that stands aside for one reason."""
    which = rows.c.cause == cause
    return _all(hub, connector, which if field is None else which & (rows.c.field == field), by=by)


def everything(hub: Hub, connector: str | Connector, *, by: str | None = None) -> RunResult:
    """All that stands aside for a connector."""
    return _all(hub, connector, rows.c.id > 0, by=by)


def dismiss(hub: Hub, quarantine_id: int) -> int:
    """A person says that this is no complaint: it stays readable and is not counted any more."""
    with hub.store.begin() as conn:
        return quarantine.close(conn, rows.c.id == quarantine_id, hub.now(), "dismissed")


def _all(hub: Hub, connector: str | Connector, which: ColumnElement[bool], *, by: str | None) -> RunResult:
    """Stream by stream; the first that fails ends it."""
    found = find_connector(hub, connector)
    mine = (rows.c.connector_id == found.id) & (rows.c.state == "open") & which
    with hub.store.read() as conn:
        streams = list(conn.scalars(select(rows.c.stream).where(mine).distinct().order_by(rows.c.stream)))
    result = RunResult(None, "ok")
    for stream in streams:
        result = _added(result, _stream(hub, found, stream, which, by=by))
        if result.outcome in ("failed", "stopped"):
            break
    return result


def _added(before: RunResult, after: RunResult) -> RunResult:
    counts: dict[str, int] = defaultdict(int, before.counts)
    for name, number in after.counts.items():
        counts[name] += number
    return RunResult(after.run_id, after.outcome, dict(counts), after.code, after.facts)


def _stream(hub: Hub, connector: Connector, stream: str, which: ColumnElement[bool], *, by: str | None) -> RunResult:
    def work(job: Job) -> RunResult:
        adapter = connector.open_adapter()
        try:
            _replay(job, adapter, which, None)
        finally:
            adapter.close()
        return RunResult(job.run_id, "ok", dict(+job.counts))

    return carry_out(hub, connector, stream, "pull", work, by=by)


def _replay(job: Job, adapter: Adapter, which: ColumnElement[bool], progress: Progress | None) -> None:
    """In the order in which they were set aside, each once, however often it fails again."""
    mine = (rows.c.connector_id == job.connector.id) & (rows.c.stream == job.stream) & which
    after = 0
    while True:
        with job.hub.store.read() as conn:
            some = quarantine.open_rows(conn, mine & (rows.c.id > after), CHUNK)
        if not some:
            return
        after = some[-1].id
        _again(job, adapter, some)
        if progress is not None:
            progress(job.counts)


def _again(job: Job, adapter: Adapter, some: Sequence[Any]) -> None:
    batch = Batch()
    nameless: list[int] = []
    for row in some:
        kept = job.vault.open(row.box) if row.box else {}
        if "raw" not in kept:
            job.counts["unreadable"] += 1  # it never was a record: the source must send it anew
            continue
        _read(job, adapter, batch, row, nameless)
    store_in_turn(job, batch)
    with job.hub.store.begin() as conn:
        job.guard(conn)
        job.counts["replayed"] += quarantine.close(conn, rows.c.id.in_(nameless), job.hub.now(), "replayed")
    job.counts["replayed"] += len(batch.seen) - sum(1 for one in batch.asides if one.key is not None)


def _read(job: Job, adapter: Adapter, batch: Batch, row: Any, nameless: list[int]) -> None:
    kept = job.vault.open(row.box)
    raw = kept["raw"]
    try:
        raw = adapter.complete(job.stream, raw) if kept.get("incomplete") else raw
        entry = Entry(job.words.key(raw, job.stream), job.words.digest(raw, job.stream), kept["raw"], row.position)
    except RecordRefused as refused:
        batch.asides.append(aside(job, row.key, row.position, raw, refused))
        return
    except WireError as error:
        if stops_run(error):
            raise
        job.counts["failed_again"] += 1
        return
    read_entry(job, batch, entry, raw, Page((), last=True, as_of=row.at))
    if row.key is None:
        nameless.append(row.id)
