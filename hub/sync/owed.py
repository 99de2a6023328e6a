"""What a connector is owed: routing done again over stored complaints, once it turns live or appears.

While a connector observed, what came from it was stored and told to nobody, and nothing was told to it. When it is
live, its complaints of its live date and later are told as they are now: the create, what its status says, and the
follow-ups in order. What the outbox holds in any state is never told again, so the pass may be repeated, and a pass
that was killed simply begins anew. It waits for the first whole pull: an officer may have typed it in already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from hub.connectors import Connector, State
from hub.domain.agency import with_parents
from hub.domain.complaint import Status
from hub.domain.routing import Change, Intent, IntentKind, route
from hub.domain.side import Side
from hub.domain.status import ENDED, is_news
from hub.home import Hub
from hub.store import events, outbox, standing
from hub.store.tables import change, complaint, link, run
from hub.sync.case import Case, Known, NewLink, load_cases, load_threads
from hub.sync.job import Job, find_connector
from hub.sync.join import beside
from hub.sync.meeting import in_turn
from hub.sync.tell import as_routed, can_say, comments_for, holder, holds, on_its_way, row_of, world_of

_PAGE = 200
_SLACK = timedelta(days=1)  # the peer's clock and ours
_DISPOSITION = frozenset({"agency.unit_id", "agency.parent_id"})


def catch_up(job: Job) -> None:
    """Write what this run's connector is owed, once per live date; ``counts["owed"]`` says how many rows."""
    one = job.connector
    if not is_due(one) or not _was_pulled(job):
        return
    for ids in _candidates(job):
        job.counts["owed"] += in_turn(job, lambda conn, ids=ids: owe(conn, job, ids))  # type: ignore[misc]
        job.stay()
    with job.hub.store.begin() as conn:
        job.guard(conn)
        standing.caught_up(conn, one.id, one.live_from)


def is_due(one: Connector) -> bool:
    """Live, and nobody looked yet at what was stored before."""
    done = one.caught_up is not None and one.live_from is not None and one.caught_up <= one.live_from
    return one.state is State.LIVE and not done


def preview(hub: Hub, connector: str | Connector, since: datetime) -> dict[str, int]:
    """What going live from that moment on would tell, by kind; nothing is written."""
    one = replace(find_connector(hub, connector), state=State.LIVE, live_from=since)
    job = Job(hub, one, "records", "pull", hub.now(), dry_run=True)
    job.all_connectors[one.id] = one
    for ids in _candidates(job):
        with hub.store.read() as conn:
            for row in _rows(conn, job, ids, lock=False):
                job.counts[f"would_{row[3]}"] += 1
    return dict(job.counts)


def owe(conn: Connection, job: Job, ids: Collection[int]) -> int:
    """Add what these complaints owe this connector, or it owes others; the number of rows."""
    rows = _rows(conn, job, ids, lock=True)
    outbox.add(conn, rows)
    return len(rows)


def _was_pulled(job: Job) -> bool:
    """Did a pull see everything, this one included? Only then is it known what is there already."""
    ask = select(run.c.id).where(
        run.c.connector_id == job.connector.id, run.c.direction == "pull", run.c.stream == "records",
        run.c.outcome.in_(("ok", "observed")),
    )  # fmt: skip
    with job.hub.store.read() as conn:
        return job.whole or conn.scalar(ask.limit(1)) is not None


def _candidates(job: Job) -> Iterator[Sequence[int]]:
    """Ids of complaints that may concern the connector, in pages; those this very run made were routed as they came."""
    since = job.connector.live_from
    made_here = select(change.c.id).where(
        change.c.complaint_id == complaint.c.id, change.c.rev == 1, change.c.run_id == job.run_id
    )
    which = complaint.c.data_key.is_not(None) & complaint.c.merged_into.is_(None) & ~made_here.exists()
    if since is not None:
        which &= complaint.c.updated_at >= since - _SLACK
    if job.connector.role is Side.AGENCY and "*" not in job.connector.agencies:
        here = select(link.c.complaint_id).where(link.c.system_id == job.connector.system_id)
        served = [code for code in job.parents if job.connector.agencies.intersection(with_parents(code, job.parents))]
        codes = {*served, *job.connector.agencies}
        which &= or_(complaint.c.agency_code.is_(None), complaint.c.agency_code.in_(codes), complaint.c.id.in_(here))
    after = 0
    while True:
        ask = select(complaint.c.id).where(which, complaint.c.id > after).order_by(complaint.c.id).limit(_PAGE)
        with job.hub.store.read() as conn:
            ids = list(conn.scalars(ask))
        if not ids:
            return
        after = ids[-1]
        yield ids


@dataclass
class _Owing:
    """One complaint, and what was told about it already."""

    job: Job
    case: Case
    target: str | None
    there: set[tuple[int, int]]  # (event, system): it is known there, told by us or typed by hand
    rows: list[tuple[Any, ...]] = field(default_factory=list)


def _rows(conn: Connection, job: Job, ids: Collection[int], *, lock: bool) -> list[tuple[Any, ...]]:
    known = Known(job)
    load_cases(conn, known, ids, lock=lock)
    load_threads(conn, known, ids, job.connector.system_id)
    told: dict[int, list[outbox.Told]] = defaultdict(list)
    for one in outbox.of_complaints(conn, ids, dropped=True):
        told[one.complaint_id].append(one)
    there = {(place.event_id, place.system_id) for place in events.places(conn, ids)}
    rows: list[tuple[Any, ...]] = []
    for case in known.cases.values():
        if case.key is not None:
            case.told = told[case.id]
            there |= {(one.twin_id, one.system_id) for one in case.thread if one.twin_id and one.system_id}
            target = holder(job, case) if case.core_linked else None
            owing = _Owing(job, case, target, there)
            for place in list(case.links):
                _from(owing, place)
            rows += owing.rows
    return rows


def _from(owing: _Owing, place: NewLink) -> None:
    """What one record's system has to say about the complaint."""
    speaker = _speaker(owing.job, place.system_id)
    if place.role in ("duplicate_of", "claim") or not speaker.connector.party.live:
        return
    case = owing.case
    change = Change(
        speaker=speaker.connector.party, is_origin=place.role == "origin",
        fields=_DISPOSITION & case.values.keys() if place.side is Side.CORE else frozenset(),
        status=Status(place.status) if place.status else None, urgent=case.values.get("urgency") == "DARURAT",
    )  # fmt: skip
    world = world_of(speaker, case, owing.target)
    intents = [one for one in route(as_routed(case), change, world).intents if _is_owed(owing, speaker, place, one)]
    receivers = {one.connector_id for one in intents if one.kind is IntentKind.CREATE}
    receivers |= {party.connector_id for party in world.parties if _has_it(owing, party.system_id, place.side.other)}
    for number in sorted(one for one in receivers if one is not None):
        if _concerns(owing, speaker, number):
            intents += [one for one in comments_for(speaker, case, number) if not _is_there(owing, one)]
    owing.rows += [row_of(speaker, case, _status_only(one)) for one in intents if can_say(speaker, one)]


def _speaker(job: Job, system_id: int) -> Job:
    """The same run speaking for the system of a record."""
    other = beside(job, system_id)
    other.__dict__["register"] = job.register
    return other


def _has_it(owing: _Owing, system_id: int, side: Side) -> bool:
    linked = any(link.system_id == system_id and link.side is side for link in owing.case.links)
    return holds(owing.job, system_id, owing.target) and (
        linked or any(told.system_id == system_id for told in on_its_way(owing.case))
    )


def _is_owed(owing: _Owing, speaker: Job, place: NewLink, intent: Intent) -> bool:
    """Not told before in any state, and no step back for a system that is further by itself."""
    if not _concerns(owing, speaker, intent.connector_id):
        return False
    earlier = [told for told in owing.case.told if _same(owing.job, told, intent)]
    if intent.kind is IntentKind.CREATE:
        return all(told.kind != "create" for told in earlier)
    if intent.kind is not IntentKind.UPDATE or "status" not in intent.fields:
        return False
    if any(told.kind == "update" and "status" in told.fields for told in earlier):
        return False
    return all(_is_behind(there, place) for there in owing.case.links if _in_system_of(owing.job, there, intent))


def _same(job: Job, told: outbox.Told, intent: Intent) -> bool:
    if intent.connector_id is None or told.system_id is None:
        return intent.connector_id is None and told.connector_id is None and told.target_agency == intent.target_agency
    return told.system_id == job.all_connectors[intent.connector_id].system_id


def _in_system_of(job: Job, there: NewLink, intent: Intent) -> bool:
    return intent.connector_id is not None and there.system_id == job.all_connectors[intent.connector_id].system_id


def _is_behind(there: NewLink, place: NewLink) -> bool:
    """The receiver shows neither an end nor a word of the speaker's side yet."""
    shown = Status(there.status) if there.status else None
    return shown not in ENDED and not is_news(shown, place.side)


def _concerns(owing: _Owing, speaker: Job, number: int | None) -> bool:
    """From or to the connector at hand, and not older than the day on which either went live."""
    mine = owing.job.connector
    receiver = owing.job.all_connectors.get(number) if number is not None else None
    if speaker.connector.id != mine.id and (receiver is None or receiver.id != mine.id):
        return False
    said = owing.case.values.get
    moment = said("received_at")
    if speaker.connector.role is Side.CORE:
        moment = said("dispatched_at") or moment
    both = [one for one in (speaker.connector, receiver) if one is not None]
    if any(not one.party.live for one in both):
        return False
    return moment is None or all(one.live_from is None or moment.utc >= one.live_from for one in both)


def _is_there(owing: _Owing, intent: Intent) -> bool:
    system_id = owing.job.all_connectors[intent.connector_id or 0].system_id
    return (intent.event_id or 0, system_id) in owing.there


def _status_only(intent: Intent) -> Intent:
    return replace(intent, fields=("status",)) if intent.kind is IntentKind.UPDATE else intent
