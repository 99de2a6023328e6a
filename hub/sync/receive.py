"""What a peer tells us by itself: one row is committed, then the caller is answered; the work is done afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.contract import Adapter, Page, Raw
from hub.connectors import Connector
from hub.domain.errors import HubError
from hub.home import Hub
from hub.mapping.reading import RecordRefused
from hub.store import inbox
from hub.store.inbox import Waiting
from hub.store.values import Unsealable
from hub.sync.arrival import CHUNK, Batch, Entry, aside, read_entry
from hub.sync.job import Job, RunResult, carry_out, find_connector


def accept(hub: Hub, connector: str | Connector, key: str, raw: Raw) -> bool:
    """Keep what was called in, under the caller's own key; false where the same key came before (nothing changes)."""
    found = find_connector(hub, connector)
    try:
        box = hub.store.vault.seal({"raw": raw})
    except Unsealable as error:
        raise HubError("sync.too_deep") from error
    with hub.store.begin() as conn:
        return inbox.put(conn, found.id, "record", [(key[:200], None, box)], hub.now()) > 0


def drain(hub: Hub, connector: str | Connector, *, by: str | None = None) -> RunResult:
    """Store everything that was called in. A pull of the connector does the same first."""
    found = find_connector(hub, connector)

    def work(job: Job) -> RunResult:
        adapter = found.open_adapter()
        try:
            take_inbox(job, adapter)
        finally:
            adapter.close()
        return RunResult(job.run_id, "ok", dict(+job.counts))

    return carry_out(hub, found, "records", "pull", work, by=by)


def take_inbox(job: Job, adapter: Adapter) -> None:
    from hub.sync.pull import store_in_turn

    while True:
        with job.hub.store.read() as conn:
            waiting = inbox.waiting(conn, job.connector.id, "record", CHUNK)
        if not waiting:
            return
        for group in _apart(job, waiting):
            batch = Batch(inbox=[one.id for one, _ in group])
            for one, raw in group:
                _read(job, adapter, batch, one, raw)
            store_in_turn(job, batch)
        if job.dry_run:
            return


def _apart(job: Job, waiting: Sequence[Waiting]) -> list[list[tuple[Waiting, Any]]]:
    """Two calls about one record never share a transaction: the order in which they came is kept."""
    groups: list[list[tuple[Waiting, Any]]] = [[]]
    keys: set[str] = set()
    for one in waiting:
        raw = job.vault.open(one.box)["raw"]
        key = _key(job, raw)
        if key in keys:
            groups.append([])
            keys = set()
        keys.add(key)
        groups[-1].append((one, raw))
    return groups


def _key(job: Job, raw: Raw) -> str:
    try:
        return job.words.key(raw, job.stream)
    except RecordRefused:
        return ""


def _read(job: Job, adapter: Adapter, batch: Batch, one: Waiting, raw: Raw) -> None:
    job.counts["seen"] += 1
    try:
        key = job.words.key(raw, job.stream)
        entry = Entry(key, job.words.digest(raw, job.stream), raw, f"call {one.key}")
        read_entry(job, batch, entry, adapter.complete(job.stream, raw), Page((), last=True, as_of=one.received_at))
    except RecordRefused as refused:
        batch.asides.append(aside(job, None, f"call {one.key}"[:120], raw, refused))
