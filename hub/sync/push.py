"""Deliver to one system: what a dead worker left, what nobody knows, then what waits, in order per complaint."""

from __future__ import annotations

from time import monotonic
from typing import Any

from adapters.contract import Adapter
from hub.connectors import Connector, State
from hub.home import Hub
from hub.store import outbox, switches
from hub.store.leases import LostLease
from hub.sync import owed, reroute, unknown
from hub.sync.deliver import End, PushesStopped, as_unknown, deliver
from hub.sync.job import LEASE_SECONDS, Broken, Job, Progress, RunResult, Stopped, TimeOver, carry_out, find_connector
from hub.sync.verify import verify

_PAGE = 500
_TROUBLES = 3  # rows in a row that end without an answer: the system is in trouble, not the rows


def run(
    hub: Hub,
    connector: str | Connector,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    by: str | None = None,
) -> RunResult:
    """Push everything that is due for one connector. Stopped: sync.busy, sync.paused, sync.pushes_stopped.

    A connector that only observes is told nothing; at the core it may still be *asked* about claimed tracking IDs.
    """
    found = find_connector(hub, connector)

    def work(job: Job) -> RunResult:
        _may_start(job)
        return _Run(job, progress).go() if not dry_run else _what_waits(job)

    return carry_out(hub, found, "", "push", work, dry_run=dry_run, by=by)


def _may_start(job: Job) -> None:
    if job.connector.state is State.PAUSED:
        raise Stopped("sync.paused", connector=job.connector.name)
    with job.hub.store.read() as conn:
        if switches.pushes_stopped(conn):
            raise Stopped("sync.pushes_stopped")


def _what_waits(job: Job) -> RunResult:
    if owed.is_due(job.connector) and job.connector.live_from is not None:
        job.counts["owed"] = sum(owed.preview(job.hub, job.connector, job.connector.live_from).values())
    with job.hub.store.read() as conn:
        for row in outbox.queue(conn, job.connector.id, 0, 1_000_000, urgent=False):
            job.counts[row.state] += 1
            job.counts[f"would_{row.kind}"] += row.state == "waiting"
    return RunResult(None, "observed", dict(+job.counts))


class _Run:
    """One push run. ``blocked`` holds complaints whose next row may not go out yet."""

    def __init__(self, job: Job, progress: Progress | None) -> None:
        self.job = job
        self.progress = progress
        self.blocked: set[int] = set()
        self.troubles = 0
        self.until = monotonic() + job.connector.limits.run_seconds
        self.renewed = job.started

    def go(self) -> RunResult:
        job = self.job
        unknown.inherit(job)
        owed.catch_up(job)
        reroute.no_route(job)
        adapter = job.connector.open_adapter()
        try:
            self._ask(adapter)
            self._drain(adapter, urgent=True)
            self._drain(adapter, urgent=False)
        except PushesStopped:
            raise Stopped("sync.pushes_stopped") from None
        except TimeOver as over:
            return RunResult(job.run_id, "partial", +job.counts, over.code, over.facts)
        finally:
            adapter.close()
        observed = job.connector.state is State.OBSERVE
        return RunResult(job.run_id, "observed" if observed else "ok", +job.counts)

    def _ask(self, adapter: Adapter) -> None:
        """What may or may not have arrived is settled first."""
        if self.job.connector.state is State.OBSERVE:
            return
        with self.job.hub.store.read() as conn:
            due = outbox.unknown(conn, self.job.connector.id, self.job.hub.now(), _PAGE)
        for row in due:
            self._pulse()
            self._resolve(adapter, row)

    def _resolve(self, adapter: Adapter, row: Any) -> None:
        try:
            unknown.resolve(self.job, adapter, row)
        except (LostLease, TimeOver):
            raise
        except Exception as error:
            if _is_ours_to_stop(error):
                raise
            unknown.put_off(self.job, row.id, "sync.defect", {"error": type(error).__name__})

    def _drain(self, adapter: Adapter, *, urgent: bool) -> None:
        after = 0
        while True:
            with self.job.hub.store.read() as conn:
                page = outbox.queue(conn, self.job.connector.id, after, _PAGE, urgent=urgent)
            if not page:
                return
            for row in page:
                after = row.id
                self._one(adapter, row)

    def _one(self, adapter: Adapter, row: outbox.Queued) -> None:
        """Deliver a row unless an earlier one of its complaint is still open."""
        if row.complaint_id in self.blocked:
            return
        now = self.job.hub.now()
        due = row.state == "waiting" and (row.not_before is None or row.not_before <= now)
        if not due or (self.job.connector.state is State.OBSERVE and row.kind != "verify"):
            self.blocked.add(row.complaint_id)
            self.job.counts["unknown" if row.state == "unknown" else "held"] += row.state in ("unknown", "held")
            return
        self._pulse()
        end = self._deliver(adapter, row)
        if end is None or end.state in outbox.OPEN:
            self.blocked.add(row.complaint_id)
        if end is not None:
            self._count(end)

    def _deliver(self, adapter: Adapter, row: outbox.Queued) -> End | None:
        try:
            return verify(self.job, adapter, row.id) if row.kind == "verify" else deliver(self.job, adapter, row.id)
        except (LostLease, PushesStopped, TimeOver):
            raise
        except Exception as error:
            if _is_ours_to_stop(error):
                raise
            return as_unknown(self.job, row.id, error)

    def _count(self, end: End) -> None:
        job = self.job
        job.counts["later" if end.state == "waiting" else end.state] += 1
        if self.progress is not None:
            self.progress(job.counts)
        if end.stops is not None:
            raise end.stops
        self.troubles = self.troubles + 1 if end.trouble else 0
        if self.troubles >= _TROUBLES:
            raise Broken("sync.in_trouble", connector=job.connector.name, times=_TROUBLES, failure="later")

    def _pulse(self) -> None:
        if monotonic() > self.until:
            raise TimeOver("sync.time_over", connector=self.job.connector.name)
        now = self.job.hub.now()
        if (now - self.renewed).total_seconds() > LEASE_SECONDS / 4:
            self.job.stay()
            self.renewed = now


def _is_ours_to_stop(error: Exception) -> bool:
    """The store itself is in trouble, or the wire told about the system as a whole: no row is to blame."""
    from sqlalchemy.exc import SQLAlchemyError

    from adapters.contract import WireError
    from hub.store.engine import StoreError

    return isinstance(error, SQLAlchemyError | StoreError | WireError)
