"""One chunk into the store, in one transaction: records, raws, links, complaints, events, changes and outbox rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from hub.mapping.reading import EventReading
from hub.store import bulk, inbox, quarantine
from hub.store import outbox as outbox_rows
from hub.store.tables import event, outbox, raw, record
from hub.sync import link, merge, tell, thread, write
from hub.sync.arrival import Arrival, Batch, issue_facts
from hub.sync.attached import attachments
from hub.sync.case import Case, Known, load_threads
from hub.sync.feed import take_feed, waited_for
from hub.sync.job import Job
from hub.sync.write import Written


def store_batch(conn: Connection, job: Job, batch: Batch) -> None:
    """Everything of a batch, in the caller's transaction, under the lease."""
    job.guard(conn)
    now = job.hub.now()
    if batch.arrivals:
        store(conn, job, batch.arrivals)
    if batch.events:
        take_feed(conn, job, batch.events)
    if batch.gone:
        write.gone(conn, job, batch.gone, now)
    effective = job.words.effective
    quarantine.set_aside(
        conn, job.connector.id, job.stream, batch.asides, run_id=job.run_id, effective=effective, now=now
    )
    failed = {one.key for one in batch.asides}
    quarantine.heal(conn, job.connector.id, job.stream, [key for key, *_ in batch.seen if key not in failed], now)
    job.counts["quarantined"] += len(batch.asides)
    write.seen(conn, job, batch.seen)


def store(conn: Connection, job: Job, arrivals: Sequence[Arrival]) -> list[Case]:
    """Complaints' records: link, merge, route, write. The cases they became part of, as they are now."""
    known = link.load(conn, job, arrivals)
    out = Written(job)
    raw_ids = iter(bulk.reserve(conn, raw, len(arrivals)))
    record_ids = iter(bulk.reserve(conn, record, sum(1 for one in arrivals if one.key not in known.records)))
    placed = [_place(job, known, out, one, next(raw_ids), record_ids) for one in arrivals]
    _load_threads(conn, job, known, placed)
    waited = waited_for(conn, job, [one.key for one in arrivals])
    for one, record_id, raw_id, cases, older in placed:
        for case in cases:
            _merge(job, known, out, case, one, record_id, raw_id, older=older)
        _follow(job, known, out, cases, one, record_id, waited.pop(one.key, []))
    inbox.done(conn, out.used)
    cases = list({id(case): case for _, _, _, several, _ in placed for case in several}.values())
    finish(conn, job, cases, out)
    return cases


_Placed = tuple[Arrival, int, int, list[Case], bool]


def _place(job: Job, known: Known, out: Written, arrival: Arrival, raw_id: int, record_ids: Iterator[int]) -> _Placed:
    have = known.records.get(arrival.key)
    older = have is not None and have.as_of is not None and arrival.as_of < have.as_of
    record_id = have.id if have else next(record_ids)
    cases = link.place(job, known, arrival, record_id)
    out.record(arrival, record_id, raw_id, cases, have, older=older)
    return arrival, record_id, raw_id, cases, older


def _load_threads(conn: Connection, job: Job, known: Known, placed: Sequence[_Placed]) -> None:
    old = {case.id for *_, cases, _ in placed for case in cases if not case.fresh}
    load_threads(conn, known, old, job.connector.system_id)


def _merge(
    job: Job, known: Known, out: Written, case: Case, arrival: Arrival, record_id: int, raw_id: int, *, older: bool
) -> None:
    place = case.link_to(record_id)
    if case.key is None or place is None:
        job.counts["erased"] += 1
        return
    if older:
        job.counts["older"] += 1
        return
    out.found += merge.take(job, case, place, arrival, raw_id)
    out.issues += [
        quarantine.FieldIssue(
            record_id, case.id, one.field, one.path, one.rule, one.code, issue_facts(one), None
        )
        for one in arrival.reading.issues
    ]  # fmt: skip
    out.read.add(record_id)
    case.attachments += attachments(job, case, arrival)


def _follow(
    job: Job,
    known: Known,
    out: Written,
    cases: Sequence[Case],
    arrival: Arrival,
    record_id: int,
    waited: Sequence[tuple[int, EventReading]],
) -> None:
    """Follow-ups count also in an older record: they merge by identity, not by time."""
    readings = [*arrival.reading.events, *(reading for _, reading in waited)]
    out.used += [inbox_id for inbox_id, _ in waited]
    if not readings:
        return
    for case in cases:
        if case.key is not None:
            found, places = thread.take(job, known, case, record_id, arrival.key, readings)
            out.found += found
            out.places += places


def finish(conn: Connection, job: Job, cases: Sequence[Case], out: Written) -> None:
    """Derive, route and write all cases that anything happened to."""
    ids = iter(bulk.reserve(conn, event, sum(len(case.new_events) for case in cases)))
    news = tell.News()
    for case in cases:
        for one in case.new_events:
            one.id = next(ids)
        status = case.status
        target = tell.settle(job, case)
        case.touched = case.touched or case.status != status
        tell.tell(job, case, target, news)
    out.found += news.found
    write.everything(conn, job, cases, out)
    outbox_rows.add(conn, news.rows)
    outbox_rows.widen(conn, news.widened)
    if news.released:
        now = job.hub.now()
        outbox_rows.set_state(conn, outbox.c.id.in_(news.released), now, "waiting", code=None)
    _proved(conn, job, cases, out)


def _proved(conn: Connection, job: Job, cases: Sequence[Case], out: Written) -> None:
    """What was told and is seen there now needs no further proof."""
    now = job.hub.now()
    system = job.connector.system_id
    outbox_rows.arrived(conn, {(case.id, system) for case in cases if case.linked and not case.fresh}, now)
    seen_events = [event_id for event_id, *_ in out.places]
    if seen_events:
        mine = outbox.c.event_id.in_(seen_events) & outbox.c.state.in_(outbox_rows.UNPROVEN)
        connectors = [one.id for one in job.all_connectors.values() if one.system_id == system]
        outbox_rows.set_state(
            conn, mine & outbox.c.connector_id.in_(connectors), now, "delivered", code="sync.seen_there"
        )
