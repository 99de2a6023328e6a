"""Who must know: from one change of a complaint to what has to be told, and to whom. Pure; nothing routes by name.

- core → agency: create at the agency the core disposed it to, then what the core owns, replies of the reporter,
  holds and ends.
- agency → core: create what was filed locally (live, flags known, account allowed), then follow-ups and the
  statuses in progress, responded, returned.
- Never back to the system that said it, never from or to a connector that only observes, never agency to agency:
  a province does not own its regencies, what is not theirs goes back through the core.

No agency or no connector for it is an intent with state ``no_route``: listed, counted, replayed when one appears.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from hub.domain.agency import with_parents
from hub.domain.complaint import FIELDS, Complaint, EventKind, Status
from hub.domain.ownership import Speaker, owns
from hub.domain.side import Side
from hub.domain.status import ENDED, UNANSWERED, is_news


class IntentKind(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    COMMENT = "comment"
    ATTACH = "attach"
    VERIFY = "verify"  # ask the core whether a tracking ID that an agency typed is real


class IntentState(StrEnum):
    WAITING = "waiting"
    NO_ROUTE = "no_route"
    HELD = "held"  # a person must decide first; ``code`` says why


@dataclass(frozen=True, slots=True)
class Party:
    """One connector, as routing sees it."""

    connector_id: int
    system_id: int
    side: Side
    agencies: frozenset[str]  # agency codes of its account; "*" is all
    live: bool  # false: it only observes
    may_create: bool = True  # complaints first filed there may be created at the core
    live_from: datetime | None = None

    def serves(self, code: str) -> bool:
        return code in self.agencies or "*" in self.agencies


@dataclass(frozen=True, slots=True)
class Held:
    """One open link of the complaint: where it is known already. ``holder`` false: it has moved on from there."""

    system_id: int
    side: Side
    holder: bool = True


@dataclass(frozen=True, slots=True)
class NewEvent:
    id: int
    kind: EventKind


@dataclass(frozen=True, slots=True)
class Change:
    """What one record of ``speaker`` changed in a complaint (already merged into it)."""

    speaker: Party
    is_origin: bool  # the complaint was first filed in the speaker's system
    fields: frozenset[str] = frozenset()  # canonical names that changed
    status: Status | None = None  # the speaker's link's status, where it changed
    events: Sequence[NewEvent] = ()
    attachments: Sequence[int] = ()
    claim: str | None = None  # a tracking ID an agency record carries that the core has not confirmed
    urgent: bool = False  # DARURAT, or protection was raised


@dataclass(frozen=True, slots=True)
class World:
    """All that routing may look at besides the complaint: known places, parties, agencies, the past."""

    links: Sequence[Held]
    parties: Sequence[Party]
    parents: Mapping[str, str | None]  # agency code → its parent's
    target: str | None = None  # the agency the core disposed it to, by LAPOR! number; None: unknown number
    past: Sequence[str] = ()  # agency codes that held it before, oldest first


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing that must be told; becomes an outbox row. ``connector_id`` None: nobody to tell it to."""

    kind: IntentKind
    connector_id: int | None
    state: IntentState = IntentState.WAITING
    fields: tuple[str, ...] = ()
    event_id: int | None = None
    attachment_id: int | None = None
    target_agency: str | None = None
    urgent: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class Routes:
    intents: tuple[Intent, ...] = ()
    flags: tuple[str, ...] = field(default=())  # codes a person should see: route.loop, route.unanswered_end


EVENT_NEWS: Mapping[Side, frozenset[EventKind]] = {
    # said by this side, told to the other
    Side.CORE: frozenset({EventKind.TANGGAPAN_PELAPOR, EventKind.TINDAK_LANJUT}),
    Side.AGENCY: frozenset({EventKind.TINDAK_LANJUT, EventKind.KEMBALI, EventKind.TANGGAPAN_PELAPOR}),
}
_NOT_DISPOSED = frozenset({Status.RECEIVED})
_DISPOSITION = ("agency.unit_id", "agency.parent_id")
_FLAGS = ("is_anonymous", "is_confidential")


def route(complaint: Complaint, change: Change, world: World) -> Routes:
    """What must be told because of ``change``. Intents stand in the order in which they must be delivered."""
    if not change.speaker.live:
        return Routes()
    if change.speaker.side is Side.CORE:
        return _from_core(complaint, change, world)
    return _from_agency(complaint, change, world)


# --- core → agency


def _from_core(complaint: Complaint, change: Change, world: World) -> Routes:
    told: list[Intent] = []
    known = {link.system_id for link in world.links if link.side is Side.AGENCY}
    holders = {link.system_id for link in world.links if link.holder}
    for party in world.parties:
        if party.side is Side.AGENCY and party.live and party.system_id in known:
            news = _tell(change, party)
            # who held it once hears that it moved or ended, not what is said since
            told += [one for one in news if one.kind is IntentKind.UPDATE or party.system_id in holders]
    disposed, flags = _disposition(complaint, change, world, known)
    return Routes((*_once_per_system(told, world), *disposed), flags)


def _disposition(
    complaint: Complaint, change: Change, world: World, known: set[int]
) -> tuple[list[Intent], tuple[str, ...]]:
    """The create at the agency this complaint now belongs to, unless its system has it already."""
    if not _is_disposed(complaint):
        return [], ()
    flags = ("route.loop",) if _moved(change) and world.target in world.past[:-1] else ()
    create = Intent(IntentKind.CREATE, None, target_agency=world.target, urgent=change.urgent)
    if world.target is None:
        return [_no_route(create, "route.unknown_agency")] if _moved(change) else [], flags
    party = _serving(world.target, world)
    if party is None:
        return [_no_route(create, "route.no_connector")] if _moved(change) else [], flags
    if party.system_id in known or not _may_be_created(complaint, party):
        return [], flags
    return [_to(create, party)], flags


def _is_disposed(complaint: Complaint) -> bool:
    status = complaint.get("status")
    if status is not None and Status(status) in ENDED | _NOT_DISPOSED:
        return False
    return any(complaint.get(name) for name in _DISPOSITION)


def _moved(change: Change) -> bool:
    """Did this change dispose it? A disposition that leads nowhere is reported once, not at every update."""
    return bool(change.fields.intersection(_DISPOSITION)) or change.status is Status.DISPATCHED


def _serving(code: str, world: World) -> Party | None:
    """The connector of the agency, else of the government it belongs to."""
    agencies = [one for one in world.parties if one.side is Side.AGENCY]
    for holder in with_parents(code, world.parents):
        found = next((one for one in agencies if holder in one.agencies), None)
        if found is not None:
            return found
    return None


def _may_be_created(complaint: Complaint, party: Party) -> bool:
    """Older than the day it went live: linked where its number is known, else left alone."""
    if not party.live or party.live_from is None:
        return party.live
    since = complaint.get("dispatched_at") or complaint.get("received_at")
    return since is None or since.utc >= party.live_from


# --- agency → core


def _from_agency(complaint: Complaint, change: Change, world: World) -> Routes:
    flags = ("route.unanswered_end",) if change.status in UNANSWERED else ()
    core = _core_for(change.speaker, world)
    if any(link.side is Side.CORE for link in world.links):
        told = _tell(change, core) if core and core.live else []
        return Routes(tuple(told), flags)
    if change.claim:
        return Routes(tuple(_verify(core, change)), flags)
    filed = _file_at_core(complaint, change, core)
    return Routes((*filed, *_behind(filed, change, core)), flags)


def _behind(filed: Sequence[Intent], change: Change, core: Party | None) -> list[Intent]:
    """What the office said before the core knows of it: the create says the fields, not the status and the thread."""
    if core is None or not any(one.connector_id is not None for one in filed):
        return []
    told = _tell(change, core)
    return [
        replace(one, fields=("status",)) if one.kind is IntentKind.UPDATE else one
        for one in told
        if one.kind is not IntentKind.UPDATE or "status" in one.fields
    ]


def _core_for(speaker: Party, world: World) -> Party | None:
    """The core's connector whose account speaks for this agency: exactly one hub may create it there."""
    cores = [one for one in world.parties if one.side is Side.CORE]
    return next((one for one in cores if all(one.serves(code) for code in speaker.agencies)), None)


def _verify(core: Party | None, change: Change) -> list[Intent]:
    """A claim is asked about also while the core is only observed: asking changes nothing there."""
    if core is None:
        return [_no_route(Intent(IntentKind.VERIFY, None), "route.no_core")]
    return [Intent(IntentKind.VERIFY, core.connector_id, urgent=change.urgent)]


def _file_at_core(complaint: Complaint, change: Change, core: Party | None) -> list[Intent]:
    speaker = change.speaker
    if not change.is_origin or not speaker.may_create or not _filed_since(complaint, speaker):
        return []
    status = complaint.get("status")
    if status is not None and Status(status) in ENDED:
        return []
    create = Intent(IntentKind.CREATE, None, urgent=change.urgent)
    if core is None:
        return [_no_route(create, "route.no_core")]
    if not core.live:
        return []
    create = _to(create, core)
    unknown = any(complaint.get(name) in (None, "unknown") for name in _FLAGS)
    return [_held(create, "route.flags_unknown")] if unknown else [create]


def _filed_since(complaint: Complaint, party: Party) -> bool:
    received = complaint.get("received_at")
    return party.live_from is None or received is None or received.utc >= party.live_from


# --- both ways


def _tell(change: Change, party: Party) -> list[Intent]:
    """Update, follow-ups and files for a system that has the complaint; its own words never go back to it."""
    if party.system_id == change.speaker.system_id:
        return []
    side = change.speaker.side
    told = []
    if fields := _fields_to_tell(change):
        told.append(Intent(IntentKind.UPDATE, party.connector_id, fields=fields, urgent=change.urgent))
    for event in change.events:
        if event.kind in EVENT_NEWS[side]:
            told.append(Intent(IntentKind.COMMENT, party.connector_id, event_id=event.id, urgent=change.urgent))
    for number in change.attachments:
        told.append(Intent(IntentKind.ATTACH, party.connector_id, attachment_id=number, urgent=change.urgent))
    return told


def _fields_to_tell(change: Change) -> tuple[str, ...]:
    by = Speaker(change.speaker.side, change.is_origin, core_linked=True)
    names = {name for name in change.fields if owns(FIELDS[name].owner, by) or name in _FLAGS}
    if change.status is not None and is_news(change.status, change.speaker.side):
        names.add("status")
    return tuple(sorted(names))


def _once_per_system(told: Sequence[Intent], world: World) -> list[Intent]:
    """Two connectors to one system: the first tells, the system needs to hear it once."""
    system = {party.connector_id: party.system_id for party in world.parties}
    heard: dict[int, int] = {}
    kept = []
    for one in told:
        connector = one.connector_id or 0
        if heard.setdefault(system[connector], connector) == connector:
            kept.append(one)
    return kept


def _to(intent: Intent, party: Party) -> Intent:
    return replace(intent, connector_id=party.connector_id)


def _no_route(intent: Intent, code: str) -> Intent:
    return replace(intent, state=IntentState.NO_ROUTE, code=code)


def _held(intent: Intent, code: str) -> Intent:
    return replace(intent, state=IntentState.HELD, code=code)
