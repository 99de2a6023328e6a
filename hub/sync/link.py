"""Which complaint a record stands for: by its link, by proof, by a number the core confirmed, by our own mark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from adapters.contract import Change
from hub.domain.side import Side
from hub.domain.text import fold
from hub.store import bulk, complaints, outbox, records
from hub.store.tables import complaint
from hub.sync.arrival import Arrival
from hub.sync.case import Case, Known, NewLink, load_cases
from hub.sync.job import Job

CUT = 20  # a text of which at least so many characters came back is the same text, cut by the peer


def load(conn: Connection, job: Job, arrivals: Sequence[Arrival]) -> Known:
    """Look everything up at once: records, links, claimed numbers, our marks, creates in doubt."""
    known = Known(job)
    known.records = records.known(conn, job.connector.system_id, [one.key for one in arrivals])
    by_id = {one.id: one for one in known.records.values()}
    links = records.links_of_records(conn, by_id.keys())
    linked = {by_id[link.record_id].key for link in links}
    loose = [one for one in arrivals if one.key not in linked]
    numbers = complaints.by_tracking_id(conn, _said(arrivals, "core_tracking_id"))
    marks = complaints.by_hub_id(conn, _said(loose, "hub_id"))
    known.new_ids = iter(bulk.reserve(conn, complaint, len(loose)))
    known.pending = outbox.pending_creates(conn, job.connector.system_id) if loose else []
    proved = {one.complaint_id for one in arrivals if one.complaint_id is not None}
    pending = {row.complaint_id for row in known.pending}
    load_cases(
        conn, known, {*(link.complaint_id for link in links), *numbers.values(), *marks.values(), *proved, *pending}
    )
    for link in links:
        if link.complaint_id in known.cases:
            known.by_record[link.record_id].append(known.cases[link.complaint_id])
    known.by_tracking = {number: known.cases[one] for number, one in numbers.items()}
    known.by_hub_id = {hub_id: known.cases[one] for hub_id, one in marks.items()}
    return known


def _said(arrivals: Sequence[Arrival], name: str) -> set[str]:
    return {value for one in arrivals if (value := one.reading.complaint.get(name))}


def place(job: Job, known: Known, arrival: Arrival, record_id: int) -> list[Case]:
    """The complaints this record stands for, linked to it; a new one where it stands for none yet."""
    linked = known.by_record.get(record_id, [])
    if arrival.complaint_id is not None and all(case.id != arrival.complaint_id for case in linked):
        case = known.cases[arrival.complaint_id]
        _link(known, case, record_id, arrival, "copy")
        return [*linked, case]
    if linked:
        for case in linked:
            _claim_again(job, known, case, record_id, arrival)
        return linked
    found = _find(job, known, arrival)
    if found is not None:
        _link(known, found, record_id, arrival, _role(job, found))
        return [found]
    fresh = fresh_case(job, known)
    role = "origin"
    if job.connector.role is Side.AGENCY and (claim := arrival.reading.complaint.get("core_tracking_id")):
        role, fresh.claim = "claim", claim
    _link(known, fresh, record_id, arrival, role)
    return [fresh]


def fresh_case(job: Job, known: Known) -> Case:
    key, wrapped = job.vault.new_key()
    case = Case(next(known.new_ids), complaints.new_hub_id(), key, fresh=True, data_key=wrapped)
    known.add_case(case)
    return case


def _find(job: Job, known: Known, arrival: Arrival) -> Case | None:
    said = arrival.reading.complaint
    number = said.get("core_tracking_id")
    if number and (case := known.by_tracking.get(number)) and (job.connector.role is Side.CORE or case.core_linked):
        return case
    mark = said.get("hub_id")
    if mark and (case := known.by_hub_id.get(mark)) and case.key is not None:
        return case
    return _in_doubt(job, known, arrival)


def _in_doubt(job: Job, known: Known, arrival: Arrival) -> Case | None:
    """Is it what we sent and never heard back about? Then it is no new complaint."""
    for row in known.pending:
        case = known.cases.get(row.complaint_id)
        if case is None or case.key is None or any(link.system_id == job.connector.system_id for link in case.links):
            continue
        if row.id not in job.sent_texts:
            job.sent_texts[row.id] = case.key.open(row.payload)
        if shows(arrival.raw, Change.from_json(job.sent_texts[row.id]).fields):
            return case
    return None


def shows(raw: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Does a record show what was sent, in its places? Case, spaces and a cut end are forgiven.

    What the record does not show at all proves nothing; most of it must be there, and nothing else in its place.
    """
    pairs = list(_leaves(sent, raw))
    told = sum(len(str(ours)) for ours, _ in pairs)
    there = [(ours, theirs) for ours, theirs in pairs if theirs is not None and theirs != ""]
    shown = sum(len(str(ours)) for ours, _ in there)
    return shown >= CUT and 2 * shown >= told and all(same_text(ours, theirs) for ours, theirs in there)


def _leaves(sent: Any, raw: Any) -> Iterator[tuple[Any, Any]]:
    """Every scalar that was sent, beside what stands at the same place."""
    if isinstance(sent, Mapping):
        for name, value in sent.items():
            yield from _leaves(value, raw.get(name) if isinstance(raw, Mapping) else None)
    elif isinstance(sent, list):
        for index, value in enumerate(sent):
            yield from _leaves(value, raw[index] if isinstance(raw, list) and index < len(raw) else None)
    elif sent is not None and sent != "":
        yield sent, raw


def same_text(ours: Any, theirs: Any) -> bool:
    """Equal as a person would call it, or ours cut by a system with less room."""
    mine, shown = fold(str(ours)), fold("" if theirs is None else str(theirs))
    return mine == shown or (len(shown) >= CUT and mine.startswith(shown.rstrip("….").rstrip()))


def _role(job: Job, case: Case) -> str:
    taken = any(link.system_id == job.connector.system_id and link.role in records.OPEN_ROLES for link in case.links)
    return "duplicate_of" if taken else "copy"


def _link(known: Known, case: Case, record_id: int, arrival: Arrival, role: str) -> None:
    job = known.job
    link = NewLink(record_id, job.connector.system_id, job.connector.role, role, key=arrival.key, touched=True)
    case.links.append(link)
    case.linked = case.touched = True
    known.by_record[record_id] = [*known.by_record.get(record_id, []), case]
    number = arrival.reading.complaint.get("core_tracking_id")
    if number and job.connector.role is Side.CORE:
        known.by_tracking[number] = case
    job.counts["linked"] += 0 if case.fresh else 1


def _claim_again(job: Job, known: Known, case: Case, record_id: int, arrival: Arrival) -> None:
    """An agency record whose typed number waits for proof: corrected, taken away, or confirmed meanwhile."""
    link = case.link_to(record_id)
    if link is None or link.role != "claim" or "core_tracking_id" not in arrival.reading.complaint:
        return
    claim = arrival.reading.complaint["core_tracking_id"]
    if not claim:
        link.role, link.touched, case.touched = "origin", True, True
    elif all(told.kind != "verify" or told.key != claim for told in case.told):
        case.claim, case.touched = claim, True
