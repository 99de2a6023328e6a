"""The thread of a complaint: new follow-ups in, our own words recognised, hand-typed twins held. Append-only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.contract import Change
from hub.domain.complaint import EventKind, Moment
from hub.domain.text import fold_words
from hub.mapping.reading import EventReading
from hub.store import events
from hub.store.findings import Found
from hub.sync.case import Case, Known, NewEventRow
from hub.sync.job import Job
from hub.sync.link import same_text

if TYPE_CHECKING:
    from hub.sync.write import Written

TWIN_DAYS = 7
"""The same text from two systems within so many days is probably one follow-up, typed again by hand."""
_TOLD = ("sending", "unknown", "sent", "handed_over", "delivered")


def identity(system_id: int, record_key: str, event_key: str) -> str:
    """One follow-up, wherever we meet it again: by its system, its record and its own key."""
    text = f"{system_id}\0{record_key}\0{event_key}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def text_hmac(job: Job, text: str | None) -> bytes | None:
    """Equal for texts of the same words; None where there is nothing to compare."""
    words = fold_words(text) if text else ""
    return job.vault.lookup("event", words) if words else None


@dataclass(frozen=True, slots=True)
class Taken:
    """``places``: (event, system, record, key) of our own words that were found there."""

    found: list[Found] = field(default_factory=list)
    places: list[tuple[int, int, int | None, str | None]] = field(default_factory=list)

    def into(self, out: Written) -> None:
        out.found += self.found
        out.places += self.places


def take(job: Job, known: Known, case: Case, place: tuple[int, str], readings: Iterable[EventReading]) -> Taken:
    """Add what is new in a record, ``place`` being its id and its number."""
    record_id, record_key = place
    taken = Taken()
    thread = _Thread(job, known, case, record_id)
    for reading in readings:
        mark = identity(job.connector.system_id, record_key, reading.key)
        hmac = text_hmac(job, reading.values.get("text"))
        if (old := thread.by_identity.get(mark)) is not None:
            if old.text_hmac != hmac:
                taken.found.append(Found("event_edited", "sync.event_edited", case.id, record_id, mark[:12]))
            continue
        if (record_id, reading.key) in known.place_of:
            continue
        ours = thread.ours(reading, hmac)
        if ours is not None:
            taken.places.append((ours, job.connector.system_id, record_id, reading.key[:200]))
            known.place_of[record_id, reading.key] = ours
            thread.settled.add(ours)
            continue
        thread.add(reading, mark, hmac)
    return taken


class _Thread:
    """One complaint's follow-ups while a record's are taken in."""

    def __init__(self, job: Job, known: Known, case: Case, record_id: int) -> None:
        self.job, self.case, self.record_id = job, case, record_id
        self.known = case.thread
        self.by_identity: dict[str, events.Known | NewEventRow] = {one.identity: one for one in self.known}
        self.by_identity |= {one.identity: one for one in case.new_events}
        self.settled = {place.event_id for place in known.places.values() if place.key is not None}

    def ours(self, reading: EventReading, hmac: bytes | None) -> int | None:
        """The follow-up of ours that this is, where we told it to this system and have not met it there yet."""
        told = [one for one in self._told() if one.event_id not in self.settled]
        for one in told:
            if self._words(one.id, one.payload, reading, hmac):
                return int(one.event_id)
        return None

    def _told(self) -> Sequence[Any]:
        system = self.job.connector.system_id
        return [
            one
            for one in self.case.told
            if one.kind == "comment" and one.system_id == system and one.state in _TOLD and one.event_id is not None
        ]

    def _words(self, outbox_id: int, payload: bytes | None, reading: EventReading, hmac: bytes | None) -> bool:
        """By the text that really went out: privacy may have shortened it, and the peer may have altered it."""
        text = reading.values.get("text")
        if payload is None or self.case.key is None or not text:
            return False
        if outbox_id not in self.job.sent_texts:
            self.job.sent_texts[outbox_id] = self.case.key.open(payload)
        sent = Change.from_json(self.job.sent_texts[outbox_id]).text
        return text_hmac(self.job, sent) == hmac or same_text(sent, text)

    def add(self, reading: EventReading, mark: str, hmac: bytes | None) -> None:
        twin = self._twin(reading, hmac)
        row = NewEventRow(
            mark, dict(reading.values), hmac, self.record_id,
            state="held" if twin is not None else "ours" if reading.ours else "kept", twin_id=twin,
        )  # fmt: skip
        row.values.setdefault("kind", EventKind.CATATAN.value)
        self.case.new_events.append(row)
        self.by_identity[mark] = row
        self.case.touched = True
        self.job.counts["events"] += 1

    def _twin(self, reading: EventReading, hmac: bytes | None) -> int | None:
        """The same words in the thread already, from elsewhere, within days."""
        if hmac is None:
            return None
        at = said_at(reading.values) or self.job.started
        near = timedelta(days=TWIN_DAYS)
        for one in self.known:
            elsewhere = one.system_id != self.job.connector.system_id
            if one.text_hmac == hmac and elsewhere and abs(one.at - at) <= near:
                return one.id
        return None


def said_at(values: Mapping[str, Any]) -> datetime | None:
    at = values.get("at")
    return at.utc if isinstance(at, Moment) else None
