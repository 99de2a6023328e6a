"""What a page's sender is told, where the adapter keeps a list for people (a CSV beside the rejected files).

The one place below the faces that speaks in sentences: the list is read by the officer who dropped the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from adapters.contract import Adapter, Remark, TakesRemarks
from hub.language import say
from hub.mapping.reading import Issue
from hub.store.quarantine import Aside
from hub.sync.arrival import Batch, Entry, issue_facts


def tell_sender(adapter: Adapter, entries: Sequence[Entry], batch: Batch) -> None:
    """Say what of these entries was set aside, and which places of the others were not read."""
    if isinstance(adapter, TakesRemarks):
        remarks = [*_set_aside(batch.asides), *_not_read(entries, batch)]
        if remarks:
            adapter.remark(remarks)


def _set_aside(asides: Iterable[Aside]) -> Iterator[Remark]:
    for one in asides:
        yield _remark(one.position or one.key or "", one.cause, one.facts, one.rule or "", whole=True)


def _not_read(entries: Sequence[Entry], batch: Batch) -> Iterator[Remark]:
    where = {entry.key: entry.position or entry.key for entry in entries}
    issues: list[tuple[str, Sequence[Issue]]] = [(one.key, one.reading.issues) for one in batch.arrivals]
    issues += [(one.key, one.reading.issues) for one in batch.events]
    for key, found in issues:
        for wrong in found:
            facts = {"path": wrong.path, **issue_facts(wrong)}
            yield _remark(where.get(key, key), wrong.code, facts, wrong.rule, whole=False)


def _remark(position: str, code: str, facts: Mapping[str, Any], rule: str, *, whole: bool) -> Remark:
    shape = str(facts.get("value") or facts.get("shape") or "")
    return Remark(position, code, say(code, "id", facts), whole, str(facts.get("path") or ""), rule, shape)
