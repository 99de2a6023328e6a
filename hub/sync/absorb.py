"""What the peer shows after a write becomes the agreed base, through the very path that every record takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from adapters.contract import Adapter, ChangeKind, Outcome, WireError
from hub.domain.complaint import Complaint
from hub.domain.side import Side
from hub.mapping.reading import RecordRefused
from hub.store import bulk, events, records
from hub.store.tables import link, record
from hub.sync.arrival import Arrival, arrival_of
from hub.sync.errand import Errand
from hub.sync.job import Job
from hub.sync.meeting import in_turn


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of a write. ``arrival`` is None where the system cannot be read, or not now (``error``)."""

    number: str | None
    outcome: Outcome
    sent: Complaint
    arrival: Arrival | None = None
    code: str = ""
    error: WireError | None = None

    @property
    def event_known(self) -> bool:
        return self.outcome.event_id is not None


def take_in(job: Job, adapter: Adapter, errand: Errand, number: str) -> bool:
    """Store the record as it stands before a follow-up of ours: what people did there is news, as in any pull."""
    from hub.sync.join import stands_for

    if job.words.read_back == () or errand.row.attempts:
        return False
    raw = adapter.fetch(number)
    if raw is None:
        return False
    try:
        arrival = arrival_of(job, raw)
    except RecordRefused:
        return False
    in_turn(job, lambda conn: stands_for(conn, job, arrival, errand.case.id))
    return True


def read_back(
    job: Job, adapter: Adapter, number: str | None, outcome: Outcome, sent: Complaint, *, by_itself: bool = False
) -> Shown:
    """Fetch the record after a write. A failure here never undoes what the peer has accepted.

    ``by_itself``: a status that differs now was set by the system, not by people (a reply reopens a ticket): it is
    how the record stands, and no news.
    """
    plain = Shown(number, outcome, sent)
    if number is None or job.words.read_back == ():
        return replace(plain, code="sync.not_read_back")
    try:
        raw = adapter.fetch(number) if "fetch" in adapter.can else outcome.shown
    except WireError as error:
        return replace(plain, code=error.code, error=error)
    if raw is None:
        return replace(plain, code="sync.not_read_back")
    try:
        arrival = arrival_of(job, raw, sent=sent, number=outcome.number, version=outcome.version)
    except RecordRefused as refused:
        return replace(plain, code=refused.issue.code)
    if by_itself and "fetch" in adapter.can and "status" in arrival.reading.complaint:
        arrival = replace(arrival, sent={**sent, "status": arrival.reading.complaint["status"]})
    return replace(plain, arrival=arrival)


def absorb(conn: Connection, job: Job, errand: Errand, shown: Shown) -> None:
    """Link, base, seen mark and the follow-up's place, in the caller's transaction."""
    from hub.sync.join import stands_for

    if errand.kind is ChangeKind.COMMENT and shown.number is not None:
        _place(conn, job, errand, shown.outcome)
    if shown.arrival is not None:
        stands_for(conn, job, shown.arrival, errand.case.id)
    elif shown.number is not None:
        bare(conn, job, errand, shown.number, shown)


def _place(conn: Connection, job: Job, errand: Errand, outcome: Outcome) -> None:
    if errand.link is not None and errand.row.event_id is not None:
        key = outcome.event_id[:200] if outcome.event_id else None
        events.put_places(conn, [(errand.row.event_id, job.connector.system_id, errand.link.record_id, key)])


def bare(conn: Connection, job: Job, errand: Errand, number: str, shown: Shown) -> None:
    """A record that we know only by its number: what we sent is what we expect to see there."""
    now = job.hub.now()
    known = records.known(conn, job.connector.system_id, [number])
    record_id = known[number].id if number in known else None
    if record_id is None:
        (record_id,) = bulk.reserve(conn, record, 1)
        columns = ("id", "system_id", "kind", "key", "number", "first_seen", "last_seen")
        bulk.insert(
            conn,
            record,
            columns,
            [(record_id, job.connector.system_id, "complaint", number, shown.outcome.number, now, now)],
        )
    if errand.case.key is None:
        return
    mine = [one for one in records.links_of_records(conn, [record_id]) if one.complaint_id == errand.case.id]
    old = errand.case.key.open(mine[0].base) if mine and mine[0].base else {}
    base = errand.case.key.seal({"said": old.get("said", {}), "sent": {**old.get("sent", {}), **shown.sent}})
    if mine:
        bulk.update(conn, link, ("base",), [(base, mine[0].id)])
    else:
        columns = ("record_id", "complaint_id", "system_id", "role", "valid_from", "base", "base_version")
        row = (record_id, errand.case.id, job.connector.system_id, "copy", now, base, shown.outcome.version)
        bulk.insert(conn, link, columns, [row])
    _number_of_the_core(conn, job, errand, shown.outcome.number or number)


def _number_of_the_core(conn: Connection, job: Job, errand: Errand, told: str) -> None:
    """A core that cannot be read back told the tracking ID in its answer: that is its word on it."""
    from hub.sync.tracking import give_number

    tracking = told.lstrip("#")
    if job.connector.role is Side.CORE and errand.kind is ChangeKind.CREATE and tracking.isdigit():
        give_number(conn, job, errand.case.id, tracking)


@contextmanager
def uncounted(job: Job) -> Iterator[None]:
    """What a read-back stores is part of a delivery, not news to count."""
    counts, job.counts = job.counts, Counter()
    try:
        yield
    finally:
        findings = job.counts["findings"]
        job.counts = counts
        job.counts["findings"] += findings
