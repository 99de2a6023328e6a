"""How fast records become complaints: real store, real mapping, every promise on; the source costs nothing.

    python -m tests.bench.sync_speed [records]

First delivery, the same again, and again with a tenth changed: records a second, CPU a record, peak memory.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pytest

from adapters.contract import Page, Raw
from tests.sync.sync_country import Country, a_country, complaint_text
from tests.sync.sync_peer import PeerAdapter

PAGE = 1000


def record(number: int, changed: str, *, edited: bool) -> Raw:
    title = f"Lampu jalan mati {number}" + (" diperbarui" if edited else "")
    return {
        "id": str(100_000 + number), "notes": [], "state": "new", "address": f"Jalan Rekaan {number}",
        "changed": changed, **complaint_text(number), "title": title,
    }  # fmt: skip


def serve(country: Country, monkeypatch: pytest.MonkeyPatch, count: int, *, edited: int) -> None:
    """Pages made on the way: nothing of the source stays in memory."""

    def pull(_self: PeerAdapter, _stream: str, *, since: Any, resume: Any = None) -> Iterator[Page]:
        changed = country.now().isoformat()
        for start in range(0, count, PAGE):
            numbers = range(start, min(start + PAGE, count))
            page = [record(one, changed if edited and one % edited == 0 else "2026-11-01T08:00:00+07:00",
                           edited=bool(edited) and one % edited == 0) for one in numbers]  # fmt: skip
            yield Page(page, last=start + PAGE >= count, resume=start, clock=country.now())

    monkeypatch.setattr(PeerAdapter, "pull", pull)


def measure(country: Country, label: str, count: int) -> None:
    wall, cpu = perf_counter(), process_time()
    result = country.pull("office", full=True)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    counts = {name: result.counts[name] for name in ("created", "changed", "unchanged") if name in result.counts}
    rate, each = count / wall, cpu / count * 1e6
    told = f"{label:10} {rate:9,.0f} records/s {each:7.1f} µs CPU a record  peak {peak} MB  {counts}"
    sys.stdout.write(told + chr(10))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    monkeypatch = pytest.MonkeyPatch()
    with tempfile.TemporaryDirectory() as folder:
        country = a_country(Path(folder) / "home", None, monkeypatch)
        sys.stdout.write(f"start: peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB\n")
        for label, edited in (("first", 0), ("again", 0), ("a tenth", 10)):
            serve(country, monkeypatch, count, edited=edited)
            measure(country, label, count)
        country.hub.close()


if __name__ == "__main__":
    main()
