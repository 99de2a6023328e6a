"""One chunk into the store, in one transaction: records, raws, links, complaints, events, changes and outbox rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from adapters.contract import Raw
from hub.mapping.reading import EventReading
from hub.store import bulk, inbox, quarantine
from hub.store import outbox as outbox_rows
from hub.store.tables import event, outbox, raw, record
from hub.sync import link, merge, tell, thread, write
from hub.sync.arrival import Arrival, Batch, issue_facts
from hub.sync.attached import attachments
from hub.sync.case import Case, Known, load_threads
from hub.sync.feed import shown_before, take_feed, waited_for
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
    inbox.done(conn, batch.inbox)
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
    chunk = _Chunk(job, known, Written(job))
    raw_ids = iter(bulk.reserve(conn, raw, len(arrivals)))
    record_ids = iter(bulk.reserve(conn, record, sum(1 for one in arrivals if one.key not in known.records)))
    placed = [chunk.place(one, raw_ids, record_ids) for one in arrivals]
    old = {case.id for one in placed for case in one.cases if not case.fresh}
    load_threads(conn, known, old, job.connector.system_id)
    chunk.before.update(shown_before(conn, job, known))
    waited = waited_for(conn, job, [one.key for one in arrivals])
    for one in placed:
        for case in one.cases:
            chunk.merge(case, one)
        chunk.follow(one, waited.pop(one.arrival.key, []))
    inbox.done(conn, chunk.out.used)
    cases = list({id(case): case for one in placed for case in one.cases}.values())
    finish(conn, job, cases, chunk.out)
    return cases


@dataclass(frozen=True, slots=True)
class _Placed:
    """One arrival with the complaints it stands for. ``older``: the store has seen a newer state of the record."""

    arrival: Arrival
    record_id: int
    raw_id: int
    cases: Sequence[Case]
    older: bool


@dataclass(frozen=True, slots=True)
class _Chunk:
    job: Job
    known: Known
    out: Written
    before: dict[int, Raw] = field(default_factory=dict)  # what records showed last, where differences tell follow-ups

    def place(self, arrival: Arrival, raw_ids: Iterator[int], record_ids: Iterator[int]) -> _Placed:
        have = self.known.records.get(arrival.key)
        older = have is not None and have.as_of is not None and arrival.as_of < have.as_of
        record_id = have.id if have else next(record_ids)
        one = _Placed(arrival, record_id, next(raw_ids), link.place(self.job, self.known, arrival, record_id), older)
        self.out.record(arrival, (record_id, one.raw_id), one.cases, have, older=older)
        return one

    def merge(self, case: Case, one: _Placed) -> None:
        place = case.link_to(one.record_id)
        if case.key is None or place is None:
            self.job.counts["erased"] += 1
            return
        if one.older:
            self.job.counts["older"] += 1
            return
        self.out.found += merge.take(self.job, case, place, one.arrival, one.raw_id)
        self.out.issues += [
            quarantine.FieldIssue(
                one.record_id, case.id, wrong.field, wrong.path, wrong.rule, wrong.code, issue_facts(wrong)
            )
            for wrong in one.arrival.reading.issues
        ]
        self.out.read.add(one.record_id)
        case.attachments += attachments(self.job, case, one.arrival)

    def follow(self, one: _Placed, waited: Sequence[tuple[int, EventReading]]) -> None:
        """Follow-ups count also in an older record: they merge by identity, not by time."""
        readings = [*one.arrival.reading.events, *(reading for _, reading in waited)]
        before = self.before.get(one.record_id)
        if before is not None and not one.older and not one.arrival.sent:
            readings += self.job.words.differences(before, one.arrival.raw)
        self.out.used += [inbox_id for inbox_id, _ in waited]
        for case in one.cases if readings else ():
            if case.key is not None:
                thread.take(self.job, self.known, case, (one.record_id, one.arrival.key), readings).into(self.out)


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
    now, system = job.hub.now(), job.connector.system_id
    rows = [told.id for case in cases for told in case.told if told.system_id == system and _is_proved(case, told)]
    events = {event_id for event_id, *_ in out.places}
    rows += [
        told.id
        for case in cases
        for told in case.told
        if told.event_id in events and told.system_id == system and told.state in outbox_rows.UNPROVEN
    ]
    if rows:
        outbox_rows.set_state(conn, outbox.c.id.in_(rows), now, "delivered", code="sync.seen_there")


def _is_proved(case: Case, told: outbox_rows.Told) -> bool:
    if told.kind == "create":
        return told.state in ("waiting", *outbox_rows.UNPROVEN) and (case.linked or told.state != "waiting")
    return told.kind == "update" and told.state in ("sent", "handed_over") and case.proved
