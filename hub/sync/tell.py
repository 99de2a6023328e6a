"""Who must know: intents of ``hub.domain.routing`` become outbox rows, each thing once, waiting updates as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hub.domain.agency import with_parents
from hub.domain.complaint import EventKind, Status
from hub.domain.privacy import raised
from hub.domain.routing import (
    EVENT_NEWS,
    Change,
    Held,
    Intent,
    IntentKind,
    IntentState,
    Party,
    Routes,
    World,
    route,
)
from hub.domain.side import Side
from hub.domain.status import LinkStatus, derive
from hub.store.findings import Found
from hub.store.outbox import UNPROVEN, Told
from hub.sync.case import Case
from hub.sync.job import Job

ON_ITS_WAY = ("waiting", "sending", *UNPROVEN)
_COALESCED = ("waiting", "no_route")


@dataclass
class News:
    """What a chunk adds to the outbox. Rows are tuples of ``outbox.ADDED``."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    widened: list[tuple[list[str], bool, datetime, int]] = field(default_factory=list)
    released: list[int] = field(default_factory=list)  # held creates whose reason is gone
    found: list[Found] = field(default_factory=list)
    creates: set[tuple[int, int | None]] = field(default_factory=set)  # (complaint, connector) of rows above


def settle(job: Job, case: Case) -> str | None:
    """Derive what stands beside the values: the agency that holds the complaint, and its status. Gives the target."""
    target = holder(job, case) if case.core_linked else None
    case.agency_code = target or case.agency_code or _speaker_agency(job)
    case.status = derive(
        LinkStatus(link.side, Status(link.status) if link.status else None, holds(job, link.system_id, target))
        for link in case.links
        if link.role != "duplicate_of"
    )
    return target


def _speaker_agency(job: Job) -> str | None:
    return job.connector.agency_code if job.connector.role is Side.AGENCY else None


def holder(job: Job, case: Case) -> str | None:
    """The agency the core disposed it to, by LAPOR! number on that day; never by name."""
    values = case.values
    moment = values.get("dispatched_at") or values.get("received_at")
    day = (moment.utc if moment else job.started).date()
    for name in ("agency.unit_id", "agency.parent_id"):
        code = job.register.by_core_number(values.get(name), day)
        if code is not None:
            return code
    return None


def holds(job: Job, system_id: int, target: str | None) -> bool:
    if target is None:
        return True
    mine = [party for party in job.parties_of.get(system_id, ()) if party.side is Side.AGENCY]
    return not mine or any(party.serves(code) for party in mine for code in _with_parents(job, target))


def _with_parents(job: Job, code: str) -> list[str]:
    return [code, *(one for one in with_parents(code, job.parents) if one != code)]


def tell(job: Job, case: Case, target: str | None, news: News) -> None:
    """Route what this chunk changed in ``case``. While observing nothing is told, only counted."""
    if case.key is None or not _has_news(case):
        return
    change = _change(job, case)
    world = world_of(job, case, target)
    routes = route(as_routed(case), change, world)
    news.found += [Found("routing", code, case.id, facts={"target": target}) for code in routes.flags]
    intents = [one for one in _with_thread(job, case, routes) if can_say(job, one)]
    if job.party.live:
        for intent in intents:
            _add(job, case, intent, news)
    else:
        job.counts["would_push"] += sum(1 for one in intents if one.kind is not IntentKind.VERIFY)
        for intent in intents:
            if intent.kind is IntentKind.VERIFY:
                _add(job, case, intent, news)


def _with_thread(job: Job, case: Case, routes: Routes) -> list[Intent]:
    """What was said before a system gets the complaint goes there, too, behind the create and in order."""
    intents = list(routes.intents)
    for create in routes.intents:
        if create.kind is IntentKind.CREATE and create.connector_id is not None:
            comments = comments_for(job, case, create.connector_id)
            told = {one.event_id for one in comments}
            intents = [one for one in intents if one.connector_id != create.connector_id or one.event_id not in told]
            intents += comments
    return intents


def comments_for(job: Job, case: Case, connector_id: int) -> list[Intent]:
    """Every follow-up of the other side that this connector's system was never told of, oldest first."""
    receiver = job.all_connectors[connector_id]
    theirs = {link.system_id for link in case.links if link.side is receiver.role.other}
    told = {one.event_id for one in case.told if one.system_id == receiver.system_id}
    known = [(one.id, one.kind, one.state) for one in case.thread if one.system_id in theirs]
    if job.connector.role is receiver.role.other:
        known += [(one.id, one.values["kind"], one.state) for one in case.new_events]
    return [
        Intent(IntentKind.COMMENT, connector_id, event_id=number)
        for number, kind, state in known
        if state == "kept" and number not in told and EventKind(kind) in EVENT_NEWS[receiver.role.other]
    ]


def _has_news(case: Case) -> bool:
    return bool(case.changed or case.new_events or case.link_status or case.claim or case.linked or case.touched)


def as_routed(case: Case) -> dict[str, Any]:
    """The complaint with its derived status: a link's own word is not the complaint's."""
    return {**case.values, "status": case.status}


def _change(job: Job, case: Case) -> Change:
    speaker = job.party if job.party.live else replace(job.party, live=True, live_from=job.connector.live_from)
    urgent = raised(case.before, case.values) if not case.fresh else False
    return Change(
        speaker=speaker,
        is_origin=case.is_origin,
        fields=frozenset(case.changed),
        status=case.link_status,
        events=case.told_events(),
        claim=case.claim,
        urgent=urgent or case.values.get("urgency") == "DARURAT",
    )


def world_of(job: Job, case: Case, target: str | None) -> World:
    links = [
        Held(link.system_id, link.side, holds(job, link.system_id, target))
        for link in case.links
        if link.role != "duplicate_of"
    ]
    known = {link.system_id for link in case.links}
    links += [Held(told.system_id or 0, _side(job, told)) for told in on_its_way(case) if told.system_id not in known]
    return World(links, _parties(job, links, target), job.parents, target, _past(job, case))


def _parties(job: Job, links: Sequence[Held], target: str | None) -> list[Party]:
    """Everybody this complaint could concern: for an agency's word the core, for the core's who has or gets it."""
    if job.connector.role is Side.AGENCY:
        return job.cores
    found = [party for system in dict.fromkeys(link.system_id for link in links) for party in _of(job, system)]
    for code in _with_parents(job, target) if target is not None else ():
        found += [party for party in job.parties_for.get(code, ()) if party not in found]
    return found


def _of(job: Job, system_id: int) -> list[Party]:
    return job.parties_of.get(system_id, [])


def on_its_way(case: Case) -> list[Told]:
    """Creates without an end yet: what happens meanwhile is told behind them."""
    return [told for told in case.told if told.kind == "create" and told.state in ON_ITS_WAY and told.system_id]


def _side(job: Job, told: Told) -> Side:
    return job.all_connectors[told.connector_id or 0].role


def _past(job: Job, case: Case) -> Sequence[str]:
    """The agencies it went through, oldest first: whose systems it is linked in."""
    held = [party for link in case.links if link.side is Side.AGENCY for party in _of(job, link.system_id)[:1]]
    return [code for party in held for code in sorted(party.agencies)[:1]]


def can_say(job: Job, intent: Intent) -> bool:
    """An update of fields that the receiver's mapping cannot write tells nobody anything."""
    if intent.kind is not IntentKind.UPDATE or intent.connector_id is None:
        return True
    return bool(job.can_write(intent.connector_id).intersection(intent.fields))


def _add(job: Job, case: Case, intent: Intent, news: News) -> None:
    earlier = [told for told in case.told if _same_target(job, told, intent)]
    if intent.kind is IntentKind.CREATE:
        if any(told.kind == "create" and _stands(told, intent, news) for told in earlier):
            return
    elif intent.kind is IntentKind.UPDATE:
        fresh = (case.id, intent.connector_id) in news.creates
        if fresh or any(told.kind == "create" and told.state in _COALESCED for told in earlier):
            # a create that waits is rendered when it goes out: it says this, too, but for the status
            if "status" not in intent.fields:
                return
            intent = replace(intent, fields=("status",))
        if _widen(job, earlier, intent, news):
            return
    elif intent.kind is IntentKind.VERIFY and any(t.kind == "verify" and t.key == case.claim for t in earlier):
        return
    if intent.kind is IntentKind.CREATE:
        news.creates.add((case.id, intent.connector_id))
    news.rows.append(row_of(job, case, intent))


def _same_target(job: Job, told: Told, intent: Intent) -> bool:
    if intent.connector_id is None:
        return told.connector_id is None and told.target_agency == intent.target_agency
    return told.system_id == job.all_connectors[intent.connector_id].system_id


def _stands(told: Told, intent: Intent, news: News) -> bool:
    """Is this earlier create still the one? A refused one is tried anew, for what was wrong with it has changed."""
    if told.state == "held" and told.code == "route.flags_unknown" and intent.state is IntentState.WAITING:
        news.released.append(told.id)
    return told.state != "refused"


def _widen(job: Job, earlier: Sequence[Told], intent: Intent, news: News) -> bool:
    last = earlier[-1] if earlier else None
    if last is None or last.kind != "update" or last.state != "waiting":
        return False
    fields = sorted({*last.fields, *intent.fields})
    news.widened.append((fields, intent.urgent, job.hub.now(), last.id))
    return True


def row_of(job: Job, case: Case, intent: Intent) -> tuple[Any, ...]:
    key = case.claim if intent.kind is IntentKind.VERIFY else None
    now = job.hub.now()
    return (
        case.id, intent.connector_id, intent.target_agency, intent.kind.value, intent.event_id, list(intent.fields),
        intent.state.value, intent.urgent, key, intent.code or None, None, 0, 0, now, now,
    )  # fmt: skip
