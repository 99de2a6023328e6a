"""Deliveries of which nobody knows whether they arrived: looked up, verified by the key itself, never just repeated.

Found once: it arrived. Found more than once: a person decides. Not found counts only when the connector's settle
time has passed, and only the second time; then it may be said again. Where the system cannot be asked, the row
waits for the next pull to show it, or for a person (``hub.sync.resolve``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from adapters.contract import Adapter, Change, ChangeKind, Failure, Raw, WireError
from hub.mapping.reading import RecordRefused
from hub.store import findings, outbox
from hub.store.findings import Found
from hub.store.tables import outbox as rows
from hub.sync import receipts
from hub.sync.arrival import Arrival, arrival_of
from hub.sync.errand import Errand, NotSaid, load
from hub.sync.job import Job, stops_run
from hub.sync.join import stands_for
from hub.sync.link import same_text
from hub.sync.meeting import in_turn

ABSENT_TIMES = 2
_DIED = "sync.worker_died"
_CANDIDATES = 10_000  # a look-up that answers more than this cannot be used


@dataclass(frozen=True, slots=True)
class Answer:
    """What a look-up told. ``results``: the numbers found; None where it could not be told."""

    results: list[str] | None
    arrival: Arrival | None = None
    code: str = ""
    harmless: bool = False  # may be said again whether or not it arrived


def inherit(job: Job) -> int:
    """Rows that a dead worker left ``sending``: nobody knows how far it came. How many."""
    if job.lease is None:
        return 0
    now = job.hub.now()
    settle = now + timedelta(seconds=job.connector.settle_seconds)
    left = (rows.c.connector_id == job.connector.id) & (rows.c.state == "sending")
    older = rows.c.fence.is_(None) | (rows.c.fence < job.lease.fence)
    with job.hub.store.begin() as conn:
        job.guard(conn)
        return outbox.set_state(conn, left & older, now, "unknown", code=_DIED, not_before=settle)


def resolve(job: Job, adapter: Adapter, row: Any) -> None:
    """Ask about one row. A ``WireError`` about the system as a whole ends the run."""
    if row.kind == "verify":
        _set(job, row.id, "waiting", None)  # asking twice does no harm
        return
    with job.hub.store.read() as conn:
        try:
            errand = load(conn, job, row.id)
        except NotSaid as nothing:
            errand = None
            state, code = nothing.state, nothing.code
    if errand is None:
        _set(job, row.id, state, code)
        return
    if row.code == _DIED and "goes_on" in adapter.can:
        _set(job, row.id, "waiting", "sync.goes_on", not_before=None)
        return
    try:
        answer = _LOOK[errand.kind](job, adapter, errand)
    except WireError as error:
        if stops_run(error):
            raise
        answer = Answer(None, code=error.code)
    _conclude(job, errand, answer)


def _conclude(job: Job, errand: Errand, answer: Answer) -> None:
    if answer.results is None:
        settle = job.hub.now() + timedelta(seconds=job.connector.settle_seconds)
        _set(job, errand.row.id, "unknown", answer.code or errand.row.code, not_before=settle)
    elif len(answer.results) == 1:
        _it_arrived(job, errand, answer.results[0], answer.arrival)
    elif answer.results:
        _several(job, errand, answer.results)
    else:
        _not_there(job, errand, enough=1 if answer.harmless else ABSENT_TIMES)


def _it_arrived(job: Job, errand: Errand, number: str, arrival: Arrival | None) -> None:
    """Keep what the lost answer would have told; the delivery goes on from there, without saying it again."""
    now = job.hub.now()

    def write(conn: Connection) -> None:
        if arrival is not None:
            stands_for(conn, job, arrival, errand.case.id)
        known = 0
        if errand.case.key is not None:
            known = receipts.settle(conn, errand.row.id, errand.case.key, {"id": number}, now.isoformat())
        state = "waiting" if known and errand.row.payload is not None else "delivered"
        _write(conn, errand.row.id, now, state, code="sync.found_there")

    in_turn(job, write)


def _several(job: Job, errand: Errand, numbers: list[str]) -> None:
    facts = {"numbers": sorted(numbers)[:20], "count": len(numbers)}
    found = Found("several_there", "sync.several_there", errand.case.id, facts=facts)
    with job.hub.store.begin() as conn:
        job.guard(conn)
        findings.add(conn, job.connector.id, job.run_id, [found], job.hub.now())
        _write(conn, errand.row.id, job.hub.now(), "held", code="sync.several_there", facts=facts)


def _not_there(job: Job, errand: Errand, *, enough: int) -> None:
    """Not yet, perhaps: a slow server may still be committing. Only the second look after the settle time counts."""
    now = job.hub.now()
    absent = errand.row.absent + 1
    settle = now + timedelta(seconds=job.connector.settle_seconds)
    with job.hub.store.begin() as conn:
        job.guard(conn)
        if absent < enough:
            _write(conn, errand.row.id, now, "unknown", code="sync.not_seen_yet", absent=absent, not_before=settle)
            return
        if errand.case.key is not None:
            receipts.settle(conn, errand.row.id, errand.case.key, {"nothing": "absent"}, now.isoformat())
        _write(conn, errand.row.id, now, "waiting", code="sync.not_there", absent=0, not_before=None)


# --- looking


def _create(job: Job, adapter: Adapter, errand: Errand) -> Answer:
    if errand.link is not None:
        return Answer([errand.link.key])
    key = errand.row.key or (errand.case.hub_id if job.words.key_field == "hub_id" else None)
    if "find" not in adapter.can or not key or job.words.key_field is None:
        return Answer(None, code="sync.cannot_ask")
    found: dict[str, Arrival] = {}
    for raw in bounded(adapter.find(key)):
        arrival = _verified(job, adapter, raw, key)
        if arrival is not None:
            found[arrival.key] = arrival
    arrivals = list(found.values())
    return Answer(list(found), arrivals[0] if len(arrivals) == 1 else None)


def bounded(candidates: Iterator[Raw]) -> Iterator[Raw]:
    yield from islice(candidates, _CANDIDATES)
    if next(candidates, None) is not None:
        raise WireError(Failure.CONTRACT, "sync.look_up_useless", most=_CANDIDATES)


def _verified(job: Job, adapter: Adapter, raw: Raw, key: str) -> Arrival | None:
    """The candidate, if it carries the key itself: a peer's filter is never trusted."""
    whole = adapter.complete("records", raw)
    try:
        arrival = arrival_of(job, whole)
    except RecordRefused as refused:
        raise WireError(Failure.CONTRACT, refused.issue.code, field=refused.issue.field) from refused
    said = arrival.reading.complaint.get(job.words.key_field or "")
    return arrival if said is not None and str(said) == key else None


def _update(job: Job, adapter: Adapter, errand: Errand) -> Answer:
    """Fields may be written again: the next attempt looks at the record first and says only what still differs."""
    return Answer([], harmless=True) if "fetch" in adapter.can else _shown_since(job, errand)


def _shown_since(job: Job, errand: Errand) -> Answer:
    """Where it cannot be fetched: what the last pull showed, if that was after the attempt had settled."""
    since = errand.row.updated_at + timedelta(seconds=job.connector.settle_seconds)
    if errand.link is None or errand.link.base_as_of is None or errand.link.base_as_of < since:
        return Answer(None, code="sync.cannot_ask")
    return Answer([], harmless=True)


def _comment(job: Job, adapter: Adapter, errand: Errand) -> Answer:
    if errand.link is None or "find_event" not in adapter.can:
        return Answer(None, code="sync.cannot_ask")
    text = _sent_text(errand)
    if not text:
        return Answer(None, code="sync.cannot_ask")
    found = [raw for raw in bounded(adapter.find_event(errand.link.key, text, None)) if says(raw, text)]
    return Answer([_event_key(job, raw) for raw in found])


def _sent_text(errand: Errand) -> str:
    if errand.row.payload is None or errand.case.key is None:
        return ""
    return Change.from_json(errand.case.key.open(errand.row.payload)).text


def says(raw: Any, text: str) -> bool:
    """Does any text in a candidate say it? The peer may have cut it or changed its case."""
    if isinstance(raw, Mapping):
        return any(says(value, text) for value in raw.values())
    if isinstance(raw, list):
        return any(says(value, text) for value in raw)
    return isinstance(raw, str) and same_text(text, raw)


def _event_key(job: Job, raw: Raw) -> str:
    """The follow-up's own number, where the words of the conversation know it."""
    key = job.words.words.event_key(raw) if job.words.words is not None else raw.get("id")
    return str(key or "")


def _attach(job: Job, adapter: Adapter, errand: Errand) -> Answer:
    return Answer(None, code="sync.cannot_ask")


_LOOK = {
    ChangeKind.CREATE: _create,
    ChangeKind.UPDATE: _update,
    ChangeKind.COMMENT: _comment,
    ChangeKind.ATTACH: _attach,
}


def put_off(job: Job, outbox_id: int, code: str, facts: Mapping[str, Any]) -> None:
    """Ask again later: the look-up itself broke, which says nothing about the delivery."""
    settle = job.hub.now() + timedelta(seconds=max(job.connector.settle_seconds, 600))
    _set(job, outbox_id, "unknown", code, facts=dict(facts), not_before=settle)


def _set(job: Job, outbox_id: int, state: str, code: str | None, **values: Any) -> None:
    with job.hub.store.begin() as conn:
        job.guard(conn)
        _write(conn, outbox_id, job.hub.now(), state, code=code, **values)


def _write(conn: Any, outbox_id: int, now: Any, state: str, **values: Any) -> None:
    outbox.set_state(conn, (rows.c.id == outbox_id) & (rows.c.state == "unknown"), now, state, **values)
