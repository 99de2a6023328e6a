"""A spreadsheet of 50,000 complaints through the whole hub into SQLite: read, mapped, digested, stored, routed.

    python -m tests.bench.csv_speed [rows]

Every promise on: encryption, raw kept, links, change and outbox rows. One per cent of the rows is invalid. The first
delivery, the same rows in a new file, and again with a tenth changed. Seconds, µs of CPU a row, peak memory.
"""

from __future__ import annotations

import csv
import os
import random
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import func, select

from hub import apply
from hub.home import Hub, init_hub
from hub.store.tables import outbox
from hub.sync import pull

HEAD = [
    "No. Tiket",
    "Nomor LAPOR",
    "Tanggal",
    "Judul",
    "Isi Laporan",
    "Kategori",
    "Pelapor",
    "Telepon",
    "Lokasi",
    "Anonim",
    "Rahasia",
    "Status",
]
WHAT = ("Lampu jalan padam", "Jalan berlubang", "Sampah menumpuk", "Air ledeng keruh", "Saluran tersumbat")
OFFICE = """\
connector: kota
agency: "33.73"
mapping: csv-sederhana
adapter: tabular
connection: {folder: kota, finished_after: 0 seconds}
when: every 5 minutes
live_from: 2020-01-01
creates: yes
budget: {run: 60 minutes}
"""
CORE = """\
connector: pusat
core: yes
agencies: ["*"]
mapping: lapor-v3-asumsi
adapter: rest
connection: {url: "http://127.0.0.1:9/"}
settings: {hub_account: hub}
when: every 5 minutes
live_from: 2020-01-01
"""


def rows(count: int, edited: int) -> Iterator[list[str]]:
    """Invented complaints, the same for the same count; every ``edited``-th has moved on."""
    dice = random.Random(7)
    for number in range(count):
        what, street, day = dice.choice(WHAT), dice.randrange(1, 400), dice.randrange(1, 29)
        body = (
            f"{what} di Jalan Rekaan {street} RT 0{dice.randrange(1, 9)} sejak {day} hari lalu, mohon ditangani. " * 2
        )
        status = "Diproses" if edited and number % edited == 0 else "Baru"
        hidden = "Mungkin" if number % 100 == 99 else "Tidak"
        yield [
            f"T-{number:06}", "", f"{day:02}/{dice.randrange(1, 11):02}/2026 08:{dice.randrange(60):02}", what, body,
            "Jalan",
            f"Misal Fiktif {number}", f"0840{number:08}", f"Jalan Rekaan {street}", hidden, "Tidak", status,
        ]  # fmt: skip


def deliver(hub: Hub, name: str, count: int, edited: int, *, turned: bool = False) -> None:
    with (hub.home / "files" / "kota" / f"laporan-{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for half in (1, 0) if turned else (None,):  # another order is another file; memory stays small
            writer.writerows(row for row in rows(count, edited) if half in (None, int(row[0][2:]) % 2))
    wall, cpu = perf_counter(), process_time()
    result = pull.run(hub, "kota")
    wall, cpu = perf_counter() - wall, process_time() - cpu
    with hub.store.read() as conn:
        told = conn.execute(select(func.count()).select_from(outbox)).scalar_one()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"{name:8} {wall:7.2f} s  {cpu / count * 1e6:7.1f} µs CPU a row  {count / wall:8,.0f} rows/s  "
        f"peak {peak} MB  outbox {told}  {result.counts}\n"
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        hub = init_hub(Path(folder) / "home", environ={**os.environ, "HUB_DATABASE_URL": ""})
        (hub.home / "files" / "kota").mkdir()
        for name, text in (("kota", OFFICE), ("pusat", CORE)):
            (hub.home / "schedules" / f"{name}.yaml").write_text(text, "utf-8")
        apply.apply(hub, "bench")
        sys.stdout.write(f"start    peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB\n")
        deliver(hub, "first", count, 0)
        deliver(hub, "again", count, 0, turned=True)  # another file: the very same one would not be read at all
        deliver(hub, "a-tenth", count, 10)
        hub.close()


if __name__ == "__main__":
    main()
