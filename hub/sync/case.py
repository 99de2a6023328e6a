"""A complaint in hand while a chunk is stored, and everything the chunk needs to know about it beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hub.domain.complaint import Complaint, Status
from hub.domain.routing import NewEvent
from hub.domain.side import Side
from hub.store import complaints, events, outbox, records
from hub.store.complaints import Stored
from hub.store.records import Link, Record
from hub.store.vault import DataKey, Vault
from hub.sync.job import Job


@dataclass(slots=True)
class NewLink:
    """A link this chunk makes or changes. ``id`` is None until it is written."""

    record_id: int
    system_id: int
    side: Side
    role: str
    id: int | None = None
    status: str | None = None
    status_raw: str | None = None
    base: bytes | None = None
    base_as_of: datetime | None = None
    base_version: str | None = None
    key: str = ""
    raw_id: int | None = None
    touched: bool = False

    @classmethod
    def of(cls, link: Link) -> NewLink:
        return cls(
            link.record_id, link.system_id, Side(link.system_role), link.role, link.id, link.status, link.status_raw,
            link.base, link.base_as_of, link.base_version, link.key, link.raw_id,
        )  # fmt: skip


@dataclass(slots=True)
class NewEventRow:
    """A follow-up this chunk adds to the thread. Only what is ``kept`` goes anywhere."""

    identity: str
    values: dict[str, Any]
    text_hmac: bytes | None
    record_id: int | None
    state: str = "kept"  # kept | held (probable duplicate) | ours (our own words; the original is not known)
    twin_id: int | None = None
    id: int = 0


@dataclass(slots=True)
class Case:
    """One complaint: as it was, and what this chunk does to it."""

    id: int
    hub_id: str
    key: DataKey | None  # None: erased, a tombstone
    fresh: bool
    data_key: bytes | None = None
    values: Complaint = field(default_factory=dict)
    before: Complaint = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    rev: int = 1
    status: str | None = None
    agency_code: str | None = None
    links: list[NewLink] = field(default_factory=list)
    told: list[outbox.Told] = field(default_factory=list)
    thread: list[events.Known] = field(default_factory=list)  # the follow-ups that were known before
    # what changed in this chunk
    changed: set[str] = field(default_factory=set)
    link_status: Status | None = None  # the speaker's link's status, where it changed
    new_events: list[NewEventRow] = field(default_factory=list)
    attachments: list[tuple[Any, ...]] = field(default_factory=list)
    claim: str | None = None
    is_origin: bool = False
    touched: bool = False
    linked: bool = False
    proved: bool = False  # what was written there is seen there

    @property
    def core_linked(self) -> bool:
        return any(link.side is Side.CORE for link in self.links)

    def link_to(self, record_id: int) -> NewLink | None:
        return next((link for link in self.links if link.record_id == record_id), None)

    def told_events(self) -> list[NewEvent]:
        return [NewEvent(one.id, one.values["kind"]) for one in self.new_events if one.state == "kept"]


def opened(vault: Vault, stored: Stored) -> Case:
    """The case of a stored complaint; an erased one has no key and no values."""
    if stored.data_key is None:
        return Case(stored.id, stored.hub_id, None, fresh=False)
    key = vault.unwrap(stored.data_key)
    values = key.open(stored.box) if stored.box else {}
    return Case(
        stored.id, stored.hub_id, key, fresh=False, data_key=stored.data_key, values=values, before=dict(values),
        sources={name: int(raw_id) for name, raw_id in (stored.sources or {}).items()}, rev=stored.rev,
        status=stored.status, agency_code=stored.agency_code,
    )  # fmt: skip


@dataclass
class Known:
    """What the store holds about everything a chunk touches: a handful of queries, however many records."""

    job: Job
    new_ids: Iterator[int] = field(default_factory=lambda: iter(()))  # for complaints
    records: dict[str, Record] = field(default_factory=dict)
    cases: dict[int, Case] = field(default_factory=dict)
    by_record: dict[int, list[Case]] = field(default_factory=lambda: defaultdict(list))
    erased: set[int] = field(default_factory=set)  # records whose complaint was erased
    by_tracking: dict[str, Case] = field(default_factory=dict)
    by_hub_id: dict[str, Case] = field(default_factory=dict)
    pending: list[Any] = field(default_factory=list)  # creates to this system whose outcome nobody knows
    places: dict[int, events.Place] = field(default_factory=dict)
    place_of: dict[tuple[int | None, str], int] = field(default_factory=dict)  # (record, key) → event

    def add_links(self, links: Collection[Link]) -> None:
        for link in links:
            case = self.cases.get(link.complaint_id)
            if case is not None:
                case.links.append(NewLink.of(link))

    def add_case(self, case: Case) -> None:
        """A new complaint of this chunk: later records of the chunk find it as if it were stored."""
        self.cases[case.id] = case
        self.by_hub_id[case.hub_id] = case


def load_cases(conn: Connection, known: Known, ids: Collection[int], *, lock: bool = True) -> None:
    """Lock and open complaints, with their links and what was told about them."""
    wanted = set(ids) - known.cases.keys()
    if not wanted:
        return
    stored = complaints.load(conn, wanted, lock=lock)
    for one in stored.values():
        known.cases[one.id] = opened(known.job.vault, one)
    known.add_links(records.links_of_complaints(conn, wanted))
    for told in outbox.of_complaints(conn, wanted):
        known.cases[told.complaint_id].told.append(told)


def load_threads(conn: Connection, known: Known, ids: Collection[int], system_id: int) -> None:
    """The follow-ups of these complaints, and under which keys the system at hand has them."""
    for one in events.threads(conn, ids):
        known.cases[one.complaint_id].thread.append(one)
    for place in events.places(conn, ids, system_id):
        known.places[place.event_id] = place
        if place.key is not None:
            known.place_of[place.record_id, place.key] = place.event_id
