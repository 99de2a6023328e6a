"""From list entries to records that were read: digest first, work only where something is new."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.contract import Adapter, Page, Raw, Unreadable, WireError
from hub.mapping.reading import EventReading, Issue, Reading, RecordRefused
from hub.store import records
from hub.store.quarantine import Aside
from hub.store.values import Unsealable, dump
from hub.sync.job import Job, TimeOver, stops_run

CHUNK = 1000  # records stored in one transaction
WARM = timedelta(seconds=2)
"""A view tells a change to the second: another within that second looks the same. What is so fresh is read again."""
_AHEAD = timedelta(days=1)
_KEY_MOST = 200  # characters of a record's own number
_LEFT_OUT = "mapping.read.event_skipped"  # the mapping's own rule leaves this follow-up out


@dataclass(frozen=True, slots=True)
class Entry:
    """One list entry that is worth reading."""

    key: str
    digest: bytes
    raw: Raw
    position: str | None = None
    whole_before: bytes | None = None  # of a bare entry: the digest its whole record had

    @property
    def bare(self) -> bool:
        """A number and nothing else: whether it changed shows only the record itself."""
        return len(self.raw) <= 1


@dataclass(frozen=True, slots=True)
class Arrival:
    """One complaint's record, read. ``sent``: what we just wrote there, so what reads back different is no news."""

    key: str
    raw: Raw
    reading: Reading
    as_of: datetime
    digest: bytes | None = None  # None: not from a list, leave what the stream saw alone
    sent: Mapping[str, Any] = field(default_factory=dict)
    complaint_id: int | None = None  # proved elsewhere: it stands for this complaint
    number: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class EventArrival:
    """One follow-up from a feed of its own."""

    key: str
    digest: bytes
    raw: Raw
    reading: EventReading


@dataclass(slots=True)
class Batch:
    """What one transaction stores. ``seen`` holds rows of (key, digest, open)."""

    arrivals: list[Arrival] = field(default_factory=list)
    events: list[EventArrival] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    seen: list[tuple[str, bytes, bool]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # keys of records that the source says are deleted
    inbox: list[int] = field(default_factory=list)  # rows that this batch uses up

    def __bool__(self) -> bool:
        return bool(self.arrivals or self.events or self.asides or self.seen or self.gone or self.inbox)


def batches(job: Job, page: Page) -> Iterator[tuple[list[Entry], list[Aside]]]:
    """A page in chunks in which no key stands twice, so that the order of two versions of one record holds."""
    entries: list[Entry] = []
    asides = [_unreadable(job, one) for one in page.unreadable]
    keys: dict[str, bytes] = {}
    for index, raw in enumerate(page.records):
        position = page.positions[index] if index < len(page.positions) else None
        entry = _entry(job, raw, position, asides)
        job.counts["seen"] += 1
        if entry is None:
            continue
        if keys.get(entry.key) == entry.digest:
            job.counts["unchanged"] += 1
            continue
        if entry.key in keys or len(entries) >= CHUNK:
            yield entries, asides
            entries, asides, keys = [], [], {}
        keys[entry.key] = entry.digest
        entries.append(entry)
    yield entries, asides


def _entry(job: Job, raw: Raw, position: str | None, asides: list[Aside]) -> Entry | None:
    try:
        key = job.words.key(raw, job.stream)
        if len(key) > _KEY_MOST or "\0" in key:
            raise RecordRefused(Issue("system_id", "", job.words.name, "sync.odd_key", shape=f"{len(key)} characters"))
        return Entry(key, job.words.digest(raw, job.stream), raw, position)
    except RecordRefused as refused:
        asides.append(aside(job, None, position, raw, refused))
        return None


def changed(job: Job, entries: Sequence[Entry]) -> list[Entry]:
    """The entries that are new, differ, are read by other words than last time, or have something open."""
    with job.hub.store.read() as conn:
        before = records.seen_before(conn, job.stream_id, [entry.key for entry in entries])
    effective = job.words.effective
    fresh = []
    for entry in entries:
        last = before.get(entry.key)
        settled = last is not None and last.effective == effective and not last.open
        if last and settled and last.digest == entry.digest and not entry.bare:
            job.counts["unchanged"] += 1
        else:
            fresh.append(replace(entry, whole_before=last.digest) if last and settled and entry.bare else entry)
    return fresh


def read_batch(
    job: Job, adapter: Adapter, page: Page, entries: Sequence[Entry], pulse: Callable[[], None]
) -> tuple[Batch, WireError | TimeOver | None]:
    """Complete and read what changed. A failure of the whole system ends it; what was read until then is kept."""
    batch = Batch()
    for entry in entries:
        try:
            pulse()
            whole = adapter.complete(job.stream, entry.raw)
        except TimeOver as over:
            return batch, over
        except WireError as error:
            if stops_run(error):
                return batch, error
            batch.asides.append(_failed(job, entry, error))
            continue
        if entry.bare:
            entry = replace(entry, digest=job.words.digest(whole, job.stream))  # noqa: PLW2901 - the same entry, known
            if entry.digest == entry.whole_before:
                job.counts["unchanged"] += 1
                continue
        partial = page.partial and whole is entry.raw
        read_entry(job, batch, entry, whole, page, partial=partial)
    return batch, None


def read_entry(job: Job, batch: Batch, entry: Entry, raw: Raw, page: Page, *, partial: bool = False) -> None:
    """Read one entry into the batch: a record, a follow-up, something to leave out, or to set aside."""
    warm = False
    try:
        _refuse_odd(job, raw)
        if job.words.streams[job.stream].kind == "event":
            reading = job.words.read_event(raw, job.stream)
            batch.events.append(EventArrival(entry.key, entry.digest, raw, reading))
        else:
            warm = _take_record(job, batch, entry, raw, page, partial=partial)
    except RecordRefused as refused:
        if refused.issue.code == _LEFT_OUT:
            job.counts["skipped"] += 1
        else:
            batch.asides.append(aside(job, entry.key, entry.position, raw, refused))
    batch.seen.append((entry.key, entry.digest, warm))


def _take_record(job: Job, batch: Batch, entry: Entry, raw: Raw, page: Page, *, partial: bool) -> bool:
    """Whether its list entry is still too warm to be trusted next time."""
    reading = job.words.read(raw, partial=partial)
    job.unmapped.update(reading.unmapped)
    if reading.skipped is not None:
        job.counts["skipped"] += 1
        job.counts[f"skipped: {reading.skipped}"] += 1
    elif reading.gone:
        batch.gone.append(reading.system_id)
    else:
        as_of = _as_of(job, reading, page.as_of or job.started)
        batch.arrivals.append(Arrival(reading.system_id, raw, reading, as_of, entry.digest))
    if raw is entry.raw or entry.bare or reading.as_of is None or page.clock is None:
        return False
    return reading.as_of > page.clock - WARM


def arrival_of(job: Job, raw: Raw, *, as_of: datetime | None = None, digest: bool = True, **more: Any) -> Arrival:
    """A record that came outside of a list: read back, looked up, called in. Raises ``RecordRefused``."""
    reading = job.words.read(raw)
    mark = job.words.digest(raw) if digest else None
    return Arrival(reading.system_id, raw, reading, _as_of(job, reading, as_of or job.hub.now()), mark, **more)


def _as_of(job: Job, reading: Reading, otherwise: datetime) -> datetime:
    return believable(reading.as_of, job.hub.now()) if reading.as_of is not None else otherwise


def aside(job: Job, key: str | None, position: str | None, raw: Any, refused: RecordRefused) -> Aside:
    one = refused.issue
    facts = {"path": one.path, **issue_facts(one), "others": sorted({other.field for other in refused.others})}
    return Aside(one.code, _boxed(job, raw), key, position, one.field, one.rule, facts)


def _refuse_odd(job: Job, raw: Raw) -> None:
    """Nested so deep that no store can hold it as it is: one such record must not end the run for all behind it."""
    try:
        dump(raw)
    except Unsealable as error:
        raise RecordRefused(Issue("record", "", job.words.name, "sync.too_deep")) from error


def _boxed(job: Job, raw: Any) -> bytes:
    """The record as it came; as text where only that can be kept."""
    try:
        return job.vault.seal({"raw": raw})
    except Unsealable:
        return job.vault.seal({"text": json.dumps(raw, ensure_ascii=True, default=str)})


def believable(moment: datetime | None, otherwise: datetime) -> datetime:
    """A clock more than a day ahead of ours would hide everything that comes after it: then ours counts."""
    return moment if moment is not None and moment <= otherwise + _AHEAD else otherwise


def issue_facts(one: Issue) -> dict[str, Any]:
    """What may be shown of a value: itself only where the mapping says it is not personal, else its shape."""
    shown = {"shape": one.shape} if one.value is None else {"value": one.value}
    return {**shown, **{name: value for name, value in one.facts.items() if _plain(value)}}


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _unreadable(job: Job, one: Unreadable) -> Aside:
    facts = {"path": one.place, **{name: value for name, value in one.facts.items() if _plain(value)}}
    return Aside(one.code, job.vault.seal({"text": one.raw}), None, one.position, one.place, one.rule, facts)


def _failed(job: Job, entry: Entry, error: WireError) -> Aside:
    """One record's details could not be had; the list entry itself is kept and the record is tried again."""
    facts = {"failure": error.failure.value, **{name: value for name, value in error.facts.items() if _plain(value)}}
    return Aside(
        error.code, job.vault.seal({"raw": entry.raw, "incomplete": True}), entry.key, entry.position, facts=facts
    )
