"""Both sides compared, whole: what is missing here, missing there, or different. Findings only; nothing is repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from adapters.contract import Adapter, Raw, WireError
from hub.connectors import Connector
from hub.domain.complaint import FIELDS
from hub.home import Hub
from hub.mapping.reading import RecordRefused
from hub.store import complaints, findings, records
from hub.store.findings import Found
from hub.store.tables import finding, link, record
from hub.sync.arrival import CHUNK
from hub.sync.job import Job, Progress, RunResult, carry_out, find_connector, stops_run

KINDS = ("missing_here", "missing_there", "differs")


@dataclass
class _Compared:
    there: set[str] = field(default_factory=set)
    found: list[Found] = field(default_factory=list)
    whole: bool = False  # the source's last page was seen


def run(hub: Hub, connector: str | Connector, *, progress: Progress | None = None, by: str | None = None) -> RunResult:
    """Read the system's whole list and compare. Moves no watermark and stores no record."""
    found = find_connector(hub, connector)

    def work(job: Job) -> RunResult:
        compared = _Compared()
        adapter = found.open_adapter(dry_run=True)
        try:
            _walk(job, adapter, compared, progress)
        finally:
            adapter.close()
        _conclude(job, compared)
        outcome = "ok" if compared.whole else "partial"
        return RunResult(job.run_id, outcome, dict(+job.counts), "" if compared.whole else "sync.not_last_page")

    return carry_out(hub, found, "records", "reconcile", work, by=by)


def _walk(job: Job, adapter: Adapter, compared: _Compared, progress: Progress | None) -> None:
    for page in adapter.pull(job.stream, since=None):
        for start in range(0, len(page.records), CHUNK):
            _compare(job, adapter, page.records[start : start + CHUNK], compared)
        job.stay()
        if progress is not None:
            progress(job.counts)
        if page.last:
            compared.whole = True
            return


def _compare(job: Job, adapter: Adapter, entries: Sequence[Raw], compared: _Compared) -> None:
    """Only entries whose digest is not the one seen last are looked at more closely."""
    by_key: dict[str, Raw] = {}
    for raw in entries:
        job.counts["seen"] += 1
        try:
            by_key[job.words.key(raw)] = raw
        except RecordRefused:
            job.counts["unreadable"] += 1
    with job.hub.store.read() as conn:
        known = records.known(conn, job.connector.system_id, by_key)
        before = records.seen_before(conn, job.pull_stream_id, by_key)
    compared.there |= by_key.keys()
    for key, raw in by_key.items():
        if key in before and before[key].digest == job.words.digest(raw):
            job.counts["equal"] += 1
        elif key in known:
            _look_closer(job, adapter, known[key].id, raw, compared)
        elif not _left_out(job, raw):
            compared.found.append(Found("missing_here", "sync.missing_here", field=key[:80], facts={"key": key}))


def _left_out(job: Job, raw: Raw) -> bool:
    try:
        return job.words.read(raw, partial=True).skipped is not None
    except RecordRefused:
        return False


def _look_closer(job: Job, adapter: Adapter, record_id: int, raw: Raw, compared: _Compared) -> None:
    """Field by field against what the system said when both sides last agreed."""
    try:
        reading = job.words.read(adapter.complete(job.stream, raw))
    except RecordRefused as refused:
        facts = {"field": refused.issue.field}
        compared.found.append(
            Found("differs", refused.issue.code, record_id=record_id, field=refused.issue.field, facts=facts)
        )
        return
    except WireError as error:
        if stops_run(error):
            raise
        job.counts["unreadable"] += 1
        return
    with job.hub.store.read() as conn:
        links = records.links_of_records(conn, [record_id])
        stored = complaints.load(conn, {one.complaint_id for one in links})
    for one in links:
        key = stored[one.complaint_id].data_key
        said = job.vault.unwrap(key).open(one.base)["said"] if key and one.base else {}
        for name, value in reading.complaint.items():
            if name in FIELDS and said.get(name) != value:
                facts = {"field": name}
                compared.found.append(Found("differs", "sync.differs", one.complaint_id, record_id, name, facts))


def _conclude(job: Job, compared: _Compared) -> None:
    if compared.whole:
        compared.found += _missing_there(job, compared.there)
    now = job.hub.now()
    still = {one.about for one in compared.found}
    with job.hub.store.begin() as conn:
        job.guard(conn)
        mine = (finding.c.connector_id == job.connector.id) & finding.c.kind.in_(KINDS)
        columns = (finding.c.id, finding.c.kind, finding.c.complaint_id, finding.c.record_id, finding.c.field)
        rows = conn.execute(select(*columns).where(mine, finding.c.state == "open")).all()
        healed = [row.id for row in rows if tuple(row)[1:] not in still]
        if healed and compared.whole:
            job.counts["healed"] += findings.close(conn, finding.c.id.in_(healed), now, "healed")
        job.counts["findings"] += findings.add(conn, job.connector.id, job.run_id, compared.found, now)
    for one in compared.found:
        job.counts[one.kind] += 1


def _missing_there(job: Job, there: set[str]) -> list[Found]:
    """Records that are linked here and that the whole list does not name."""
    columns = (record.c.id, record.c.key, link.c.complaint_id)
    ask = select(*columns).join(link, link.c.record_id == record.c.id)
    mine = (record.c.system_id == job.connector.system_id) & link.c.valid_until.is_(None) & record.c.gone_at.is_(None)
    with job.hub.store.read() as conn:
        rows = conn.execute(ask.where(mine)).all()
    return [
        Found("missing_there", "sync.missing_there", row.complaint_id, row.id, facts={"key": row.key})
        for row in rows
        if row.key not in there
    ]
