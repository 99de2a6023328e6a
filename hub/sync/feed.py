"""Follow-ups that come in a list of their own, and those that came before their complaint."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from adapters.contract import Raw
from hub.mapping.reading import EventReading, RecordRefused
from hub.store import inbox, records
from hub.store.quarantine import FieldIssue, renew_said
from hub.sync.arrival import EventArrival, issue_facts
from hub.sync.case import Case, Known, load_cases, load_threads
from hub.sync.job import Job


def take_feed(conn: Connection, job: Job, arrivals: Sequence[EventArrival]) -> None:
    """Into the threads of the complaints they belong to; what belongs to none yet waits in the inbox."""
    from hub.sync import chunk, thread
    from hub.sync.write import Written

    known = _load(conn, job, {one.reading.of for one in arrivals if one.reading.of})
    out = Written(job)
    early = []
    touched: dict[int, Case] = {}
    for one in arrivals:
        record = known.records.get(one.reading.of or "")
        cases = known.by_record.get(record.id, []) if record else []
        if record is not None and not cases and record.id in known.erased:
            job.counts["erased"] += 1
            continue
        if record is None or not cases:
            early.append((one.key[:200], one.reading.of, job.vault.seal({"raw": one.raw, "stream": job.stream})))
            continue
        for case in cases:
            _speaks_for(case, record.id)
            thread.take(job, known, case, (record.id, record.key), [one.reading]).into(out)
            touched[case.id] = case
            _note_issues(conn, job, case, one)
    inbox.put(conn, job.connector.id, "event", early, job.hub.now())
    job.counts["early"] += len(early)
    chunk.finish(conn, job, list(touched.values()), out)


def _note_issues(conn: Connection, job: Job, case: Case, one: EventArrival) -> None:
    """What of a follow-up could not be read stands with its complaint until it comes again mended."""
    if case.key is None:
        return
    fresh = [
        FieldIssue(
            None, case.id, wrong.field, wrong.path, wrong.rule, wrong.code, {**issue_facts(wrong), "event": one.key}
        )
        for wrong in one.reading.issues
    ]
    job.counts["issues"] += renew_said(
        conn, job.connector.id, case.id, fresh, lambda _name, facts: facts.get("event") == one.key,
        run_id=job.run_id, effective=job.words.effective, now=job.hub.now(),
    )  # fmt: skip


def _speaks_for(case: Case, record_id: int) -> None:
    link = case.link_to(record_id)
    case.is_origin = case.is_origin or (link is not None and link.role == "origin")


def _load(conn: Connection, job: Job, keys: set[str]) -> Known:
    known = Known(job)
    known.records = records.known(conn, job.connector.system_id, keys)
    links = records.links_of_records(conn, [one.id for one in known.records.values()])
    load_cases(conn, known, {link.complaint_id for link in links})
    for link in links:
        case = known.cases[link.complaint_id]
        if case.key is not None:
            known.by_record[link.record_id].append(case)
        else:
            known.erased.add(link.record_id)
    load_threads(conn, known, known.cases.keys(), job.connector.system_id)
    return known


def shown_before(conn: Connection, job: Job, known: Known) -> dict[int, Raw]:
    """Record id → what it showed last, for systems without a history: there the difference is the follow-up."""
    if all(source.word != "change_of" for source in job.words.sources):
        return {}
    owned = {one.raw_id: one.id for one in known.records.values() if one.raw_id is not None}
    shown = {}
    for raw_id, complaint_id, box in records.raw_boxes(conn, owned.keys()):
        case = known.cases.get(complaint_id or 0)
        if case is not None and case.key is not None and box is not None:
            shown[owned[raw_id]] = dict(case.key.open(box))
    return shown


def waited_for(conn: Connection, job: Job, keys: Sequence[str]) -> dict[str, list[tuple[int, EventReading]]]:
    """Follow-ups of these records that came early: (inbox row, reading) by the record's number."""
    found: dict[str, list[tuple[int, EventReading]]] = defaultdict(list)
    for one in inbox.early_events(conn, job.connector.system_id, keys):
        kept = job.vault.open(one.box)
        words = job.all_connectors[one.connector_id].mapping
        try:
            found[one.of or ""].append((one.id, words.read_event(kept["raw"], kept["stream"])))
        except RecordRefused:
            inbox.done(conn, [one.id], "refused")
    return found
