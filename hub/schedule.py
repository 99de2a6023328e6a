"""When: every tick finds what is due and hands it to the dispatcher. Due times, back-off and the breaker are rows.

Exactly one process schedules (``hub.leader``); a tick costs two queries, however many connectors there are.
"""

from __future__ import annotations

import logging
import random
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update

from hub.connectors import Connector, State, load, some_connectors
from hub.dispatcher import Dispatcher, ThreadDispatcher, Work
from hub.domain.errors import HubError
from hub.due import in_hours, next_night, next_round, reached
from hub.home import Hub
from hub.leader import leader
from hub.mapping.faults import MappingError
from hub.store import standing
from hub.store.tables import connector, outbox, stream

log = logging.getLogger(__name__)

DRAIN_SECONDS = 30.0
GRACE_SECONDS = 30.0  # a run ends itself in time; only one that hangs is given up


RunWork = Callable[[Hub, Work], object]
"""Carries out one piece of work: pull every stream, push, or reconcile. Runs write down themselves how they went."""


def serve(
    hub: Hub,
    stop: threading.Event,
    run: RunWork,
    *,
    dispatcher: Dispatcher | None = None,
    tick_seconds: float = 1.0,
    drain_seconds: float = DRAIN_SECONDS,
) -> bool:
    """Schedule until ``stop`` is set, then let running work end; True when it ended in time."""
    where = dispatcher or dispatcher_for(hub, run)
    lead = leader(hub)
    clock = _clock()
    clock.add_job(lambda: _turn(hub, where, lead.holds), "interval", seconds=tick_seconds, id="tick")
    clock.start()
    try:
        stop.wait()
    finally:
        clock.shutdown(wait=True)
        ended = where.drain(drain_seconds)
        lead.release()
    return ended


def dispatcher_for(hub: Hub, run: RunWork) -> Dispatcher:
    """Threads of this process; with ``HUB_DISPATCHER=procrastinate`` every machine on the store shares the work."""
    kind = hub.environ.get("HUB_DISPATCHER") or "threads"
    if kind == "threads":
        return ThreadDispatcher(runner(hub, run))
    if kind != "procrastinate":
        raise HubError("queue.kind", kind=kind)
    try:
        from hub.queue import ProcrastinateDispatcher
    except ModuleNotFoundError as error:
        raise HubError("store.driver", module=error.name) from error
    shared = ProcrastinateDispatcher(hub.store, runner(hub, run))
    shared.start()
    return shared


def stop_at_signals(stop: threading.Event) -> None:
    """SIGTERM and SIGINT set ``stop``, so that what runs may end; call it from the main thread."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())


def _clock() -> BackgroundScheduler:
    return BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )


def _turn(hub: Hub, where: Dispatcher, leads: Callable[[], bool]) -> None:
    """A tick that fails (a store that is away for a moment) must not end the schedule."""
    try:
        if leads():
            tick(hub, where)
    except Exception as error:
        log.exception("a tick failed", extra={"error": type(error).__name__})


# --- one tick


@dataclass(slots=True)
class _Found:
    """One connector's work of a tick, and the due times that follow from handing it out."""

    connector: Connector
    work: list[Work] = field(default_factory=list)
    due: dict[str, datetime] = field(default_factory=dict)


def tick(hub: Hub, where: Dispatcher) -> int:
    """Hand out what is due now; the number of runs taken on."""
    now = hub.now()
    with hub.store.read() as conn:
        waiting = _waiting(conn, now)
        homeless = conn.scalar(select(outbox.c.id).where(outbox.c.state == "no_route").limit(1)) is not None
        rows = {row.id: row for row in conn.execute(select(connector).where(_may_be_due(now, waiting, homeless)))}
    found = []
    for one in some_connectors(hub, rows) if rows else ():
        if _may_run(one, rows[one.id], now):
            # Nobody's deliveries are looked at by every connector once after each apply: one may serve them now.
            looks = homeless and rows[one.id].due_push is None
            found.append(_due(one, rows[one.id], waiting.get(one.id, False if looks else None), now))
    _write_due(hub, found)
    return sum(where.submit(work) for one in found for work in one.work)


def _may_be_due(now: datetime, waiting: Mapping[int, bool], homeless: bool) -> ColumnElement[bool]:
    """Leaves out, in the database, those for which nothing can be due: nearly all of them at nearly every tick."""
    row = connector.c
    due: list[ColumnElement[bool]] = [row.id.in_(list(waiting)), row.due_pull.is_(None), row.due_reconcile.is_(None)]
    due += [column <= now for column in (row.due_pull, row.due_full, row.due_reconcile)]
    if homeless:
        due.append(row.due_push.is_(None))
    ready = row.not_before.is_(None) | (row.not_before <= now)
    return and_(row.removed_at.is_(None), ready, or_(*due))


def _waiting(conn: Connection, now: datetime) -> dict[int, bool]:
    """connector id → is any of its waiting outbox rows urgent?"""
    ready = outbox.c.not_before.is_(None) | (outbox.c.not_before <= now)
    resting = select(stream.c.connector_id).where(stream.c.direction == "push", stream.c.not_before > now)
    ask = (
        select(outbox.c.connector_id, outbox.c.urgent)
        .where(outbox.c.connector_id.not_in(resting))
        .where(outbox.c.state.in_(("waiting", "sending", "unknown")), outbox.c.connector_id.is_not(None), ready)
        .distinct()
    )
    urgent: dict[int, bool] = {}
    for number, is_urgent in conn.execute(ask):
        urgent[number] = urgent.get(number, False) or is_urgent
    return urgent


def _may_run(one: Connector, row: Row[Any], now: datetime) -> bool:
    """The breaker, maintenance and paused connectors; read before anything is compiled."""
    if one.state is State.PAUSED or (row.not_before is not None and now < row.not_before):
        return False
    return row.maintenance_until is None or now >= row.maintenance_until


def _due(one: Connector, row: Row[Any], urgent: bool | None, now: datetime) -> _Found:
    found = _Found(one)
    try:
        interval, zone = one.interval, one.zone
    except (MappingError, HubError) as error:
        log.warning("a connector cannot be read", extra={"connector": one.name, "error": type(error).__name__})
        return found
    if interval is None or not in_hours(now, one.file.hours, zone):
        return found
    slow = row.failures > 0
    seconds = one.file.run_seconds + GRACE_SECONDS
    _due_pull(found, row, now, slow, seconds)
    if urgent is not None and (urgent or row.due_push is None or reached(row.due_push, now)):
        found.work.append(Work(one.name, "push", slow=slow, deadline=seconds))
        found.due["due_push"] = next_round(now, interval, _chance())
    if row.due_reconcile is None or reached(row.due_reconcile, now):
        found.due["due_reconcile"] = next_night(now, zone, _chance())
        if row.due_reconcile is not None:
            found.work.append(Work(one.name, "reconcile", slow=slow, deadline=seconds))
    return found


def _due_pull(found: _Found, row: Row[Any], now: datetime, slow: bool, seconds: float) -> None:
    one = found.connector
    interval, full = one.interval, one.file.full
    whole = full is not None and reached(row.due_full, now)
    if full is not None and (row.due_full is None or whole):
        found.due["due_full"] = full.next(now, one.zone)
    if interval is not None and (whole or row.due_pull is None or reached(row.due_pull, now)):
        found.work.append(Work(one.name, "pull", full=whole, slow=slow, deadline=seconds))
        found.due["due_pull"] = next_round(now, interval, _chance())


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads load, nobody gains by guessing it


def _write_due(hub: Hub, found: list[_Found]) -> None:
    changed = [one for one in found if one.due]
    if not changed:
        return
    with hub.store.begin() as conn:
        for one in changed:
            conn.execute(update(connector).where(connector.c.id == one.connector.id).values(**one.due))


# --- what a worker does with one piece of work


def runner(hub: Hub, run: RunWork) -> Callable[[Work], None]:
    """Carry out work; what breaks before the run could note it (a mapping that does not compile) is noted here."""

    def work_off(work: Work) -> None:
        started = hub.now()
        one = load(hub, work.connector)
        try:
            run(hub, work)
        except Exception as error:
            with hub.store.begin() as conn:
                standing.note_defect(conn, one.id, type(error).__name__, started, hub.now())
            raise

    return work_off
