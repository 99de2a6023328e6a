"""What a chunk decided, as rows: collected while it is decided, written with one statement per table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from hub.domain.complaint import Moment
from hub.domain.text import like_a_code, like_a_region
from hub.mapping.values import shape
from hub.store import bulk, complaints, events, findings, quarantine, records
from hub.store.findings import Found
from hub.store.quarantine import FieldIssue
from hub.store.records import Record
from hub.store.tables import complaint, link, raw, record
from hub.store.vault import Vault
from hub.sync.arrival import Arrival
from hub.sync.case import Case, NewLink
from hub.sync.job import Job
from hub.sync.thread import said_at

_RECORD = ("id", "system_id", "kind", "key", "number", "as_of", "first_seen", "last_seen", "same_as", "raw_id")
_RECORD_NEWS = ("as_of", "last_seen", "same_as", "raw_id", "gone_at")
_RAW = ("id", "record_id", "run_id", "received_at", "as_of", "effective", "complaint_id", "box")
_LINK = (
    "record_id", "complaint_id", "system_id", "role", "valid_from", "status", "status_raw", "base", "base_as_of",
    "base_version",
)  # fmt: skip
_LINK_NEWS = ("role", "status", "status_raw", "base", "base_as_of", "base_version")


@dataclass
class Written:
    """Rows in the making."""

    job: Job
    new_records: list[tuple[Any, ...]] = field(default_factory=list)
    old_records: list[tuple[Any, ...]] = field(default_factory=list)
    raws: list[tuple[Any, ...]] = field(default_factory=list)
    issues: list[FieldIssue] = field(default_factory=list)
    read: set[int] = field(default_factory=set)  # records whose issues are known anew
    found: list[Found] = field(default_factory=list)
    places: list[tuple[int, int, int | None, str | None]] = field(default_factory=list)
    used: list[int] = field(default_factory=list)  # inbox rows
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.job.hub.now()

    def record(
        self, one: Arrival, ids: tuple[int, int], cases: Sequence[Case], have: Record | None, *, older: bool
    ) -> None:
        """The record and its raw; an older one is kept beside, without becoming what the record shows."""
        record_id, raw_id = ids
        keeper = next((case for case in cases if case.key is not None), None)
        if keeper is not None and keeper.key is not None:
            box = keeper.key.seal(one.raw)
            effective = self.job.words.effective
            self.raws.append(
                (raw_id, record_id, self.job.run_id, self.now, one.as_of, effective, keeper.id, box)
            )  # fmt: skip
        shown = raw_id if keeper is not None else None
        if have is None:
            self.new_records.append(
                (record_id, self.job.connector.system_id, "complaint", one.key, one.number, one.as_of, self.now,
                 self.now, one.reading.same_as, shown)
            )  # fmt: skip
        elif not older:
            self.old_records.append((one.as_of, self.now, one.reading.same_as, shown, None, record_id))
        self.job.counts["stored"] += 1


def everything(conn: Connection, job: Job, cases: Sequence[Case], out: Written) -> None:
    """All rows of a chunk, parents before children: a record points to the raw it shows."""
    bulk.insert(conn, raw, _RAW, out.raws)
    bulk.insert(conn, record, _RECORD, out.new_records)
    bulk.update(conn, record, _RECORD_NEWS, out.old_records)
    _complaints(conn, job, cases, out.now)
    _links(conn, cases, out.now)
    _events(conn, job, cases, out.now)
    events.put_places(conn, out.places)
    complaints.add_attachments(conn, [row for case in cases for row in case.attachments])
    job.counts["issues"] += quarantine.renew_issues(
        conn, job.connector.id, out.read, out.issues, run_id=job.run_id, effective=job.words.effective, now=out.now
    )
    job.counts["findings"] += findings.add(conn, job.connector.id, job.run_id, out.found, out.now)


def _complaints(conn: Connection, job: Job, cases: Sequence[Case], now: datetime) -> None:
    alive = [case for case in cases if case.key is not None]
    fresh = [case for case in alive if case.fresh]
    touched = [case for case in alive if not case.fresh and (case.touched or case.changed)]
    changed = [case for case in touched if case.changed]
    for case in changed:
        case.rev += 1
    bulk.insert(conn, complaint, complaints.INSERTED, [_complaint(case, now) for case in fresh])
    bulk.update(conn, complaint, complaints.UPDATED, [_news(case, now) for case in touched])
    complaints.add_changes(conn, [_change(job, case, now) for case in (*fresh, *changed)])
    known = [case.id for case in changed if any(name.startswith("reporter.") for name in case.changed)]
    complaints.forget_people(conn, known)
    again = set(known)
    complaints.put_people(conn, _people(job.vault, [case for case in alive if case.fresh or case.id in again]))
    job.counts["created"] += len(fresh)
    job.counts["changed"] += len(changed)


def _complaint(case: Case, now: datetime) -> tuple[Any, ...]:
    columns = _columns(case)
    box = case.key.seal(case.values) if case.key else None
    return (case.id, case.hub_id, *columns, now, now, case.rev, case.data_key, box, case.sources)


def _news(case: Case, now: datetime) -> tuple[Any, ...]:
    box = case.key.seal(case.values) if case.key else None
    return (*_columns(case), now, case.rev, box, case.sources, case.id)


def _columns(case: Case) -> tuple[Any, ...]:
    """What lists and searches need in clear; nothing personal."""
    said = case.values.get
    return (
        _fitting(said("core_tracking_id"), 40), case.status, said("classification"), said("urgency"), said("channel"),
        said("is_anonymous") or "unknown", said("is_confidential") or "unknown", case.agency_code, _region(case),
        _utc(said("received_at")), _utc(said("closed_at")),
    )  # fmt: skip


def _region(case: Case) -> str | None:
    said = case.values.get
    code = said("location.regency.code_kemendagri") or said("location.province.code_kemendagri")
    return code if code is not None and like_a_region(code) else None


def _fitting(text: str | None, most: int) -> str | None:
    """For a column of its own only where it can be what the column holds; the box has it as it is."""
    return text if text is not None and len(text) <= most and "\0" not in text else None


def _utc(moment: Any) -> datetime | None:
    return moment.utc if isinstance(moment, Moment) else None


def _change(job: Job, case: Case, now: datetime) -> tuple[Any, ...]:
    """Which fields changed, with what they were and became; for a new complaint its box says it all."""
    names = sorted(case.changed)
    box = None
    if not case.fresh and case.key is not None:
        box = case.key.seal({name: [case.before.get(name), case.values.get(name)] for name in names})
    return (case.id, job.run_id, job.connector.system_id, case.rev, now, names, box)


def _people(vault: Vault, cases: Iterable[Case]) -> list[tuple[int, bytes | None, bytes | None, bytes | None]]:
    rows = []
    for case in cases:
        found = [_lookup(vault, name, case.values.get(f"reporter.{name}")) for name in ("phone", "email", "nik")]
        if any(found):
            rows.append((case.id, found[0], found[1], found[2]))
    return rows


def _lookup(vault: Vault, purpose: str, text: str | None) -> bytes | None:
    return vault.lookup(purpose, text) if text else None


def _links(conn: Connection, cases: Sequence[Case], now: datetime) -> None:
    touched = [(case, one) for case in cases for one in case.links if one.touched]
    new = [
        (one.record_id, case.id, one.system_id, one.role, now, *_link_news(one)[1:])
        for case, one in touched
        if one.id is None
    ]
    bulk.insert(conn, link, _LINK, new)
    bulk.update(conn, link, _LINK_NEWS, [(*_link_news(one), one.id) for _, one in touched if one.id is not None])


def _link_news(one: NewLink) -> tuple[Any, ...]:
    return (one.role, one.status, _status_word(one.status_raw), one.base, one.base_as_of, one.base_version)


def _status_word(text: str | None) -> str | None:
    """The system's own word in clear, where it is a word; what a person typed there is in the box, here its shape."""
    return text if text is None or like_a_code(text) else shape(text.replace("\0", ""))


def _events(conn: Connection, job: Job, cases: Sequence[Case], now: datetime) -> None:
    rows = []
    for case in cases:
        if case.key is None:
            continue
        for one in case.new_events:
            said = one.values.get
            rows.append(
                (one.id, case.id, one.identity, said("kind"), said_at(one.values), said("actor_role"),
                 said("visible") or "unknown", one.text_hmac, one.record_id, job.connector.system_id, one.state,
                 one.twin_id, case.key.seal(one.values), now)
            )  # fmt: skip
    events.add(conn, rows)


def seen(conn: Connection, job: Job, rows: Sequence[tuple[str, bytes, bool]]) -> None:
    records.mark_seen(conn, job.stream_id, rows, effective=job.words.effective, run_id=job.run_id or 0)


def gone(conn: Connection, job: Job, keys: Sequence[str], now: datetime) -> None:
    """The source says these were deleted there: a finding for a person, never a closure."""
    mine = records.known(conn, job.connector.system_id, keys)
    ids = [one.id for one in mine.values()]
    if ids:
        conn.execute(update(record).where(record.c.id.in_(ids), record.c.gone_at.is_(None)).values(gone_at=now))
    quarantine.close_issues(conn, ids)
    found = [Found("gone", "sync.gone", record_id=one.id, facts={"key": one.key}) for one in mine.values()]
    job.counts["findings"] += findings.add(conn, job.connector.id, job.run_id, found, now)
