"""Fetch from one system: pages in, chunks stored, the resume point after each page, the watermark at the very end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from adapters.contract import Adapter, Finding, Page, WireError
from hub.connectors import Connector, State
from hub.domain.text import like_a_name
from hub.home import Hub
from hub.mapping.values import shape
from hub.store import findings, runs
from hub.store.findings import Found
from hub.store.tables import finding
from hub.sync import owed
from hub.sync.arrival import Batch, batches, believable, changed, read_batch
from hub.sync.chunk import store_batch
from hub.sync.job import LEASE_SECONDS, Broken, Job, Progress, RunResult, Stopped, TimeOver, carry_out, find_connector
from hub.sync.meeting import in_turn
from hub.sync.receive import take_inbox
from hub.sync.remarks import tell_sender

_UNMAPPED_MOST = 200
_STANDS = "source_stands"


def run(
    hub: Hub,
    connector: str | Connector,
    *,
    stream: str = "records",
    full: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    by: str | None = None,
) -> RunResult:
    """Pull one stream of one connector. ``full`` asks for everything; ``dry_run`` keeps nothing.

    Stopped (nothing failed): sync.busy, sync.paused. Failed: the wire's code; what was stored until then stays.
    """
    found = find_connector(hub, connector)

    def work(job: Job) -> RunResult:
        if found.state is State.PAUSED:
            raise Stopped("sync.paused", connector=found.name)
        result = _pull(job, full=full, progress=progress)
        if result.outcome == "ok" and stream == "records" and not dry_run:
            job.whole = True
            owed.catch_up(job)
        return replace(result, counts=+job.counts)

    return carry_out(hub, found, stream, "pull", work, full=full, dry_run=dry_run, by=by)


@dataclass
class _Walk:
    """How far a run has come. ``resume`` lags one page behind: rows shift while a list is walked."""

    since: datetime | None
    resume: Any
    clock: datetime | None  # the peer's clock when the walk began, also if an earlier run began it
    behind: Any = None
    entries: int = 0
    complete: bool = False
    standing: set[str] = field(default_factory=set)  # what the source told of itself that a person must mend


def _pull(job: Job, *, full: bool, progress: Progress | None) -> RunResult:
    walk = _begin(job, full=full)
    adapter = job.connector.open_adapter(dry_run=job.dry_run)
    try:
        if job.stream == "records":
            take_inbox(job, adapter)
        error = _walk(job, adapter, walk, progress)
    finally:
        adapter.close()
    if error is not None:
        raise error
    if walk.complete:
        _finish(job, walk)
    observed = job.connector.state is State.OBSERVE
    outcome = "partial" if not walk.complete else "observed" if observed else "ok"
    return RunResult(job.run_id, outcome, +job.counts, "" if walk.complete else "sync.not_last_page")


def _begin(job: Job, *, full: bool) -> _Walk:
    words = job.words.streams.get(job.stream)
    if words is None:
        raise Broken("sync.no_stream", connector=job.connector.name, stream=job.stream)
    with job.hub.store.read() as conn:
        before = runs.progress(conn, job.stream_id)
    since = None if full or words.sweep else before.watermark
    asked = since.isoformat() if since else None
    if before.resume is None or before.resume["since"] != asked:
        return _Walk(since, None, None)
    return _Walk(since, before.resume["at"], before.resume_since, before.resume["at"])


def _walk(job: Job, adapter: Adapter, walk: _Walk, progress: Progress | None) -> WireError | TimeOver | None:
    """All pages, or those before the failure that is given back: what was read before it is stored."""
    pulse = _pulse(job)
    for page in _pages(job, adapter, walk):
        walk.entries += len(page.records) + len(page.unreadable)
        if walk.clock is None:
            walk.clock = believable(page.clock, job.started)
        for entries, asides in batches(job, page):
            fresh = changed(job, entries)
            batch, error = read_batch(job, adapter, page, fresh, pulse)
            batch.asides += asides
            store_in_turn(job, batch)
            tell_sender(adapter, entries, batch)
            if error is not None:
                return error
        _page_done(job, page, walk)
        if progress is not None:
            progress(job.counts)
        if page.last:
            walk.complete = True
            return None
        pulse()
    return None


def _pages(job: Job, adapter: Adapter, walk: _Walk) -> Iterator[Page]:
    return adapter.pull(job.stream, since=walk.since, resume=walk.resume)


def _pulse(job: Job) -> Any:
    """Renew the lease now and then while calls take their time; stop at the end of the run's time."""
    allowed = job.connector.limits.run_seconds
    until, renewed = monotonic() + allowed, job.started

    def pulse() -> None:
        nonlocal renewed
        if monotonic() > until:
            raise TimeOver("sync.time_over", seconds=int(allowed), connector=job.connector.name)
        now = job.hub.now()
        if (now - renewed).total_seconds() > LEASE_SECONDS / 4:
            job.stay()
            renewed = now

    return pulse


def store_in_turn(job: Job, batch: Batch) -> None:
    """One batch in one transaction; in a dry run it is taken back."""
    if not batch:
        return

    def store(conn: Connection) -> None:
        store_batch(conn, job, batch)
        if job.dry_run:
            raise _Undo

    with _undone(job):
        in_turn(job, store)


class _Undo(Exception):
    """Takes a dry run's transaction back."""


@contextmanager
def _undone(job: Job) -> Iterator[None]:
    try:
        yield
    except _Undo:
        if not job.dry_run:
            raise


def _page_done(job: Job, page: Page, walk: _Walk) -> None:
    """After a page is stored: where a broken run goes on, and the counts so far."""
    behind, walk.behind = walk.behind, page.resume
    if job.dry_run:
        return
    if page.last:
        job.at_end.append(lambda conn: _note_source(conn, job, page, walk))
        return
    with job.hub.store.begin() as conn:
        job.guard(conn)
        if behind is not None:
            since = walk.since.isoformat() if walk.since else None
            runs.save_resume(conn, job.stream_id, {"at": behind, "since": since}, walk.clock)
        if job.run_id is not None:
            runs.count(conn, job.run_id, job.counts)
        _note_source(conn, job, page, walk)


def _note_source(conn: Connection, job: Job, page: Page, walk: _Walk) -> None:
    """One open finding per code; of what stands until it is mended, one per file or other place."""
    found = [_of_source(job, one) for one in page.findings]
    walk.standing.update(one.field or "" for one in found if one.kind == _STANDS)
    if page.since_ignored:
        found.append(Found("source", "sync.since_ignored", field=job.stream, facts={"stream": job.stream}))
    findings.add(conn, job.connector.id, job.run_id, found, job.hub.now())


def _place(path: str) -> str:
    """Some systems key their lists by telephone numbers: such a name is a value."""
    return ".".join(name if like_a_name(name) else shape(name) for name in path.split("."))


def _of_source(job: Job, one: Finding) -> Found:
    if one.ok:
        return Found("source", one.code, field=one.code, facts=dict(one.facts))
    about = f"{job.stream}/{one.code}: {one.facts.get('file', '')}"
    return Found(_STANDS, one.code, field=about[:80], facts=dict(one.facts))


def _mended(conn: Connection, job: Job, walk: _Walk) -> None:
    """What stood at the source and is not told any more."""
    mine = (finding.c.connector_id == job.connector.id) & (finding.c.kind == _STANDS)
    mine &= finding.c.field.startswith(f"{job.stream}/", autoescape=True)
    findings.close(conn, mine & finding.c.field.not_in(walk.standing), job.hub.now())


def _finish(job: Job, walk: _Walk) -> None:
    """The last page was seen. An answer without a single entry proves nothing, so it moves nothing."""
    watermark = walk.clock if walk.entries else None
    job.at_end.append(lambda conn: _mended(conn, job, walk))
    job.at_end.append(lambda conn: _note_unmapped(conn, job))
    job.at_end.append(lambda conn: runs.complete(conn, job.stream_id, watermark))


def _note_unmapped(conn: Connection, job: Job) -> None:
    """Places that no rule and no ``ignore`` names: told once each, never a value."""
    paths = sorted({_place(path) for path in job.unmapped})
    found = [Found("unmapped", "sync.unmapped", field=path[:80], facts={"path": path}) for path in paths]
    findings.add(conn, job.connector.id, job.run_id, found[:_UNMAPPED_MOST], job.hub.now())
