"""One outbox row with everything needed to say it: the complaint, its place there, the follow-up, the last raw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from adapters.contract import Change, ChangeKind, Raw
from hub.domain.agency import with_parents
from hub.domain.complaint import FIELDS, Complaint, Data, EventKind, Flag, Status
from hub.domain.privacy import Flags, Receiver, event_may_leave, leaving, may_leave
from hub.domain.side import Side
from hub.domain.status import is_news
from hub.mapping.reading import Issue, RecordRefused, Writing
from hub.store import complaints, events, outbox, records
from hub.store.records import Link
from hub.sync.case import Case, opened
from hub.sync.job import Job
from hub.sync.tell import holder

_FLAGS = frozenset({"is_anonymous", "is_confidential"})


class NotSaid(Exception):
    """There is nothing to send: ``state`` is what becomes of the row, ``code`` why."""

    def __init__(self, state: str, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.state = state
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Errand:
    row: Any
    case: Case
    link: Link | None  # the complaint's record in the receiver's system
    raw: Raw | None = None  # what that record showed last
    event: Any = None
    links: tuple[Link, ...] = ()

    @property
    def kind(self) -> ChangeKind:
        return ChangeKind(self.row.kind)


@dataclass(frozen=True, slots=True)
class Rendered:
    """``sent``: canonical values that go out; what reads back different from them was altered by the peer."""

    change: Change
    sent: Complaint
    issues: tuple[Issue, ...] = ()


def load(conn: Connection, job: Job, outbox_id: int) -> Errand:
    """Raises ``NotSaid`` where the complaint is gone or was proved to be another."""
    row = outbox.one(conn, outbox_id)
    stored = complaints.load(conn, [row.complaint_id])[row.complaint_id]
    if stored.data_key is None:
        raise NotSaid("dropped", "sync.erased")
    if stored.merged_into is not None:
        raise NotSaid("dropped", "sync.merged")
    case = opened(job.vault, stored)
    links = tuple(records.links_of_complaints(conn, [case.id]))
    mine = [one for one in links if one.system_id == job.connector.system_id and one.role != "claim"]
    link = next((one for one in mine if one.role in records.OPEN_ROLES), mine[0] if mine else None)
    event = events.one(conn, row.event_id) if row.event_id is not None else None
    return Errand(row, case, link, shown_last(conn, job, case, link), event, links)


def shown_last(conn: Connection, job: Job, case: Case, link: Link | None) -> Raw | None:
    if link is None or link.raw_id is None or case.key is None:
        return None
    box, complaint_id = records.raw_box(conn, link.raw_id)
    if box is None or complaint_id is None:
        return None
    if complaint_id == case.id:
        return dict(case.key.open(box))
    other = complaints.load(conn, [complaint_id])[complaint_id]
    return dict(job.vault.unwrap(other.data_key).open(box)) if other.data_key else None


def render(job: Job, errand: Errand, fresh: Raw | None) -> Rendered:
    """In the system's words, over ``fresh`` (what it shows right now) where there is one. Raises ``NotSaid``."""
    if errand.kind is ChangeKind.CREATE:
        return _create(job, errand)
    if errand.link is None:
        raise NotSaid("waiting", "sync.waits_for_create")
    if errand.kind is ChangeKind.UPDATE:
        return _update(job, errand, fresh if fresh is not None else errand.raw)
    if errand.kind is ChangeKind.COMMENT:
        return _comment(job, errand)
    raise NotSaid("held", "sync.cannot", kind=errand.row.kind)


def receiver(job: Job, errand: Errand) -> Receiver:
    """As the privacy table calls the system at hand."""
    if errand.link is not None and errand.link.role == "origin":
        return Receiver.ORIGIN
    if job.connector.role is Side.CORE:
        return Receiver.CORE
    target = holder(job, errand.case)
    # an office's complaint is worked on in the system of the government it belongs to
    codes = {*with_parents(target, job.parents), *with_parents(errand.case.agency_code, job.parents)}
    held = target is None or any(job.party.serves(code) for code in codes)
    return Receiver.HOLDER if held else Receiver.OTHER


def view(job: Job, errand: Errand) -> Complaint:
    """What this receiver may have of the complaint, with our number and the status that is news to it."""
    may = leaving(errand.case.values, receiver(job, errand)).complaint
    may.pop("status_raw", None)
    may["hub_id"] = errand.case.hub_id
    if job.connector.role is Side.CORE and not may.get("agency.unit_id"):
        # filed locally: at the core it belongs to the agency that took it down
        may |= _agency_number(job, errand)
    status = _status_for(job, errand)
    if status is None:
        may.pop("status", None)
    else:
        may["status"] = status.value
    return may


def _agency_number(job: Job, errand: Errand) -> Complaint:
    number = job.register.lapor_id(errand.case.agency_code, job.started.date())
    return {"agency.unit_id": number} if number else {}


def _status_for(job: Job, errand: Errand) -> Status | None:
    """The other side's word, where it is news here: a link keeps its own status."""
    other = job.connector.role.other
    said = [Status(one.status) for one in errand.links if one.status and Side(one.system_role) is other]
    return next((one for one in reversed(said) if is_news(one, other)), None)


def key_of(job: Job, errand: Errand) -> str | None:
    """The value by which the system can be asked for the complaint."""
    name = job.words.key_field
    if name is None or FIELDS[name].data is not Data.OPEN:
        return None  # a key stands in addresses, logs and rows: nobody is asked for by who they are
    value = errand.case.hub_id if name == "hub_id" else errand.case.values.get(name)
    return str(value) if value else None


def _create(job: Job, errand: Errand) -> Rendered:
    says = job.words.can_write
    if not Flags.of(errand.case.values).known and (job.connector.role is Side.CORE or says & _FLAGS):
        raise NotSaid("refused", "sync.flags_unknown")
    may = view(job, errand)
    writing = _written(job, may, None)
    change = Change(
        ChangeKind.CREATE, fields=writing.fields, changed=writing.changed, key=key_of(job, errand),
        moves=_moves(writing, {}, may),
    )  # fmt: skip
    return Rendered(change, _sent(job, may, writing), writing.issues)


def _update(job: Job, errand: Errand, base: Raw | None) -> Rendered:
    """Only the fields that made it necessary, over what the system shows: its own other news is not overwritten."""
    if errand.link is None:
        raise NotSaid("waiting", "sync.waits_for_create")
    may = view(job, errand)
    shows = _reading(job, base)
    wanted = {name: may[name] for name in errand.row.fields or () if name in may}
    says = {**shows, **wanted}
    writing = _written(job, says, base)
    if not writing.changed:
        if unsaid := [one for one in writing.issues if one.field in wanted]:
            fields = ", ".join(sorted({one.field for one in unsaid}))
            raise NotSaid("refused", "sync.no_word", fields=fields, why=sorted({one.code for one in unsaid}))
        raise NotSaid("delivered", "sync.nothing_to_change")
    change = Change(
        ChangeKind.UPDATE, errand.link.key, fields=writing.fields, changed=writing.changed, base=base,
        key=key_of(job, errand), moves=_moves(writing, shows, says),
    )  # fmt: skip
    return Rendered(change, _sent(job, says, writing), writing.issues)


def _reading(job: Job, base: Raw | None) -> Complaint:
    if base is None:
        return {}
    try:
        return job.words.read(base).complaint
    except RecordRefused as refused:
        raise NotSaid("waiting", "sync.base_unreadable", field=refused.issue.field) from refused


def _written(job: Job, says: Complaint, base: Raw | None) -> Writing:
    try:
        return job.words.write(says, base)
    except RecordRefused as refused:
        raise NotSaid("refused", refused.issue.code, field=refused.issue.field) from refused


def _sent(job: Job, says: Complaint, writing: Writing) -> Complaint:
    """What is expected to be seen there afterwards: a declared loss is no alteration by the peer."""
    return job.words.reads_back({name: says[name] for name in writing.names if name in says})


def _moves(writing: Writing, before: Complaint, after: Complaint) -> dict[str, tuple[str | None, str | None]]:
    return {name: (_text(before.get(name)), _text(after.get(name))) for name in writing.names}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _comment(job: Job, errand: Errand) -> Rendered:
    if errand.event is None or errand.link is None or errand.case.key is None:
        raise NotSaid("dropped", "sync.no_event")
    said = errand.case.key.open(errand.event.box)
    to, flags = receiver(job, errand), Flags.of(errand.case.values)
    if not event_may_leave(EventKind(said["kind"]), Flag(said.get("visible") or Flag.UNKNOWN), to, flags):
        raise NotSaid("dropped", "sync.not_for_them")
    if not may_leave(Data.IDENTITY, to, flags):
        said.pop("actor", None)
    try:
        words = job.words.write_event(said)
    except RecordRefused as refused:
        raise NotSaid("refused", refused.issue.code, field=refused.issue.field) from refused
    change = Change(
        ChangeKind.COMMENT, errand.link.key, base=errand.raw, event=words, text=said.get("text") or "",
        key=key_of(job, errand),
    )  # fmt: skip
    return Rendered(change, {})
