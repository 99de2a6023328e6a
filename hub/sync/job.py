"""One run at work: its connector, its words, its lease, its row and its counts."""

from __future__ import annotations

import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from adapters.contract import Failure, WireError
from hub import connectors
from hub.connectors import Connector
from hub.domain.errors import HubError
from hub.domain.routing import Party
from hub.domain.side import Side
from hub.home import Hub
from hub.mapping import Mapping as Words
from hub.store import agencies, leases, runs, standing
from hub.store.leases import Lease
from hub.store.vault import Vault
from hub.sync import failures

LEASE_SECONDS = 120.0
Progress = Callable[[Mapping[str, int]], None]
"""Called after every chunk with the run's counts so far."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. ``outcome``: ok | partial | failed | observed | stopped; ``facts`` are safe to show."""

    run_id: int | None
    outcome: str
    counts: dict[str, int] = field(default_factory=dict)
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class Stopped(HubError):
    """The run may not start or go on, and that is no failure: busy, paused, observing, pushes stopped."""


class Broken(HubError):
    """The run ends here as failed; what was stored so far stays."""


class TimeOver(HubError):
    """The run used up its time: no failure, the next one goes on where it stopped."""


@dataclass
class Job:
    """What every step of a run needs. One thread; ``run_id`` and ``lease`` are None in a dry run."""

    hub: Hub
    connector: Connector
    stream: str
    direction: str
    started: datetime
    dry_run: bool = False
    run_id: int | None = None
    lease: Lease | None = None
    counts: Counter[str] = field(default_factory=Counter)
    unmapped: set[str] = field(default_factory=set)  # places in records that no rule names
    at_end: list[Callable[[Connection], None]] = field(default_factory=list)  # for the run's last transaction
    whole: bool = False  # this run has seen all that the system shows
    sent_texts: dict[int, Any] = field(default_factory=dict)  # outbox id → payload opened, kept during a run

    @property
    def vault(self) -> Vault:
        return self.hub.store.vault

    @cached_property
    def words(self) -> Words:
        return self.connector.mapping

    @cached_property
    def stream_id(self) -> int:
        return self.connector.stream_id(self.stream, self.direction)

    @cached_property
    def pull_stream_id(self) -> int:
        """Where this connector's complaints are marked as seen, whatever this run does."""
        if (self.stream, self.direction) == ("records", "pull"):
            return self.stream_id
        return self.connector.stream_id("records", "pull")

    @cached_property
    def all_connectors(self) -> dict[int, Connector]:
        return {one.id: one for one in connectors.all_connectors(self.hub)}

    @cached_property
    def parties(self) -> list[Party]:
        return [one.party for one in self.all_connectors.values()]

    @cached_property
    def parties_of(self) -> dict[int, list[Party]]:
        """By system; with hundreds of connectors nobody walks through all of them for each record."""
        found: dict[int, list[Party]] = {}
        for party in self.parties:
            found.setdefault(party.system_id, []).append(party)
        return found

    @cached_property
    def cores(self) -> list[Party]:
        return [party for party in self.parties if party.side is Side.CORE]

    @cached_property
    def parties_for(self) -> dict[str, list[Party]]:
        """The agencies' connectors by the agency codes they serve; ``*`` serve all."""
        found: dict[str, list[Party]] = {}
        for party in self.parties:
            if party.side is Side.AGENCY:
                for code in party.agencies:
                    found.setdefault(code, []).append(party)
        return found

    @cached_property
    def party(self) -> Party:
        return self.connector.party

    @cached_property
    def register(self) -> agencies.Register:
        with self.hub.store.read() as conn:
            return agencies.register(conn)

    @cached_property
    def parents(self) -> dict[str, str | None]:
        return self.register.parents

    def make_ready(self) -> None:
        """Ask for what may have to be made, before a transaction is open."""
        self.stream_id, self.pull_stream_id  # noqa: B018

    def can_write(self, connector_id: int) -> frozenset[str]:
        """Canonical fields that a connector's mapping can say at all."""
        return self.all_connectors[connector_id].mapping.can_write

    def guard(self, conn: Connection) -> None:
        """Stop here if another worker took over: nothing of this transaction may stand."""
        if self.lease is not None:
            self.lease.guard(conn)

    def stay(self) -> None:
        """Keep the lease while work goes on outside of a transaction."""
        if self.lease is not None:
            self.lease.renew()


def owner() -> str:
    """Who holds a lease, for a person who reads the row."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"[:80]


def find_connector(hub: Hub, connector: str | Connector) -> Connector:
    return connectors.load(hub, connector) if isinstance(connector, str) else connector


def carry_out(
    hub: Hub,
    connector: Connector,
    stream: str,
    direction: str,
    work: Callable[[Job], RunResult],
    *,
    full: bool = False,
    dry_run: bool = False,
    by: str | None = None,
) -> RunResult:
    """Run ``work`` under the lease with a run row that is always closed, whatever happens."""
    job = Job(hub, connector, stream, direction, hub.now(), dry_run)
    job.make_ready()
    if dry_run:
        return _judged(job, work)
    job.lease = leases.take(hub.store, job.stream_id, owner(), LEASE_SECONDS, hub.now)
    if job.lease is None:
        return RunResult(None, "stopped", code="sync.busy", facts={"connector": connector.name})
    with _released_on_failure(job.lease):
        with hub.store.begin() as conn:
            job.guard(conn)
            if connector.caught_up is not None and connector.not_yet_live:
                standing.caught_up(conn, connector.id, None)
            job.run_id = runs.begin(
                conn, connector.id, stream, direction, now=job.started, fence=job.lease.fence, full=full, by=by
            )
        return _ended(job, _judged(job, work))


def _ended(job: Job, result: RunResult) -> RunResult:
    try:
        _end(job, result)
        return result
    except leases.LostLease as lost:
        stopped = RunResult(job.run_id, "stopped", result.counts, lost.code, lost.facts)
        _end(job, stopped)
        return stopped


def _end(job: Job, result: RunResult) -> None:
    """The last transaction of a run: its row, what it leaves behind, the connector's health; the lease goes back."""
    now = job.hub.now()
    with job.hub.store.begin() as conn:
        if job.lease is not None and result.code != "lease.lost":
            job.lease.guard(conn)
            for leave in job.at_end:
                leave(conn)
            runs.give_back(conn, job.stream_id, job.lease.fence)
        runs.end(
            conn, job.run_id, now=now, outcome=result.outcome, counts=result.counts, code=result.code or None,
            facts=result.facts,
        )  # fmt: skip
        failures.note(conn, job.stream_id, result.outcome, result.code, facts=result.facts, now=now)


@contextmanager
def _released_on_failure(lease: Lease) -> Iterator[None]:
    """Give the lease back where a run breaks. A killed process leaves it to run out."""
    try:
        yield
    except Exception:
        lease.release()
        raise


def _judged(job: Job, work: Callable[[Job], RunResult]) -> RunResult:
    """The result, or what stopped the run as one: an expected failure is a row, not a crash."""
    try:
        return work(job)
    except Stopped as stop:
        return RunResult(job.run_id, "stopped", dict(job.counts), stop.code, stop.facts)
    except leases.LostLease as lost:
        return RunResult(job.run_id, "stopped", dict(job.counts), lost.code, lost.facts)
    except TimeOver as over:
        return RunResult(job.run_id, "partial", dict(job.counts), over.code, over.facts)
    except WireError as error:
        return RunResult(job.run_id, "failed", dict(job.counts), error.code, wire_facts(job, error))
    except HubError as error:
        return RunResult(job.run_id, "failed", dict(job.counts), error.code, error.facts)
    except Exception as error:
        _close_as_defect(job, error)
        raise


def _close_as_defect(job: Job, error: Exception) -> None:
    """A defect of ours still closes its run; only the error's name is kept, its text may be personal."""
    if job.run_id is not None:
        with job.hub.store.begin() as conn:
            runs.end(
                conn, job.run_id, now=job.hub.now(), outcome="failed", counts=job.counts,
                code="sync.defect", facts={"error": type(error).__name__},
            )  # fmt: skip
            facts = {"error": type(error).__name__}
            failures.note(conn, job.stream_id, "failed", "sync.defect", facts=facts, now=job.hub.now())


def wire_facts(job: Job, error: WireError) -> dict[str, Any]:
    facts = {"connector": job.connector.name, "failure": error.failure.value, **error.facts}
    return facts if error.not_before is None else {**facts, "not_before": error.not_before.isoformat()}


def stops_run(error: WireError) -> bool:
    """Is it about the system as a whole, rather than about one record?"""
    return error.failure in (Failure.DOWN, Failure.CREDENTIALS, Failure.LATER)
