"""A city whose system talks through a folder only: CSV files out, CSV files in, an officer with a spreadsheet.

``keluar/`` holds what the city hands out (``aduan_…`` changed tickets, ``tanggapan_…`` answers); ``masuk/`` is where
others put theirs: ``baru_*`` makes tickets, ``ubah_*`` changes them, ``tanggapan_*`` adds answers. A read file goes to
``masuk/selesai``, one that nobody can read to ``masuk/gagal``. Semicolons, BOM, local time, day first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from hub.sandbox.clock import WIB, Clock
from hub.sandbox.desk import Desk, Stage, Ticket

STATUSES = {Stage.NEW: "Baru", Stage.WORKING: "Diproses", Stage.DONE: "Selesai", Stage.RETURNED: "Bukan Wewenang"}
COLUMNS = {
    "Judul": "title",
    "Isi Pengaduan": "body",
    "Nama Pelapor": "name",
    "No. HP": "phone",
    "Alamat": "address",
    "Anonim": "anonymous",
    "Rahasia": "confidential",
}
TICKETS = ("No. Tiket", "No. LAPOR", "Tanggal Masuk", *COLUMNS, "Status", "Keterangan", "Diubah")
ANSWERS = ("No. Tanggapan", "No. Tiket", "Waktu", "Petugas", "Tanggapan")
YES, NO = "Ya", "Tidak"
FLAGS = ("Anonim", "Rahasia")


class Unreadable(Exception):
    """A file or row that the officer cannot use; the text says why."""


def _number(count: int, at: datetime) -> str:
    return f"T-{at.astimezone(WIB):%Y}-{count:05d}"


class City(Desk):
    def __init__(self, clock: Clock, *, agency: str, folder: Path, name: str = "kota") -> None:
        self.out, self.into = folder / "keluar", folder / "masuk"
        for one in (self.out, self.into, self.into / "selesai", self.into / "gagal"):
            one.mkdir(parents=True, exist_ok=True)
        self._exported: datetime | None = None
        self._files = 0
        self._given: set[str] = set()  # answers handed out already
        super().__init__(name, clock, agency=agency, statuses=STATUSES, number=_number)

    # --- out -------------------------------------------------------------------------------------

    def export(self) -> list[Path]:
        """Hand out what changed since the last time; nothing new, no file."""
        with self.lock:
            changed = self.since(self._exported)
            self._exported = self.clock.now()
            answers = [
                {"No. Tanggapan": one.key, "No. Tiket": ticket.key, "Waktu": _day_first(one.at), "Petugas": one.author,
                 "Tanggapan": one.text}
                for ticket in changed
                for one in ticket.answers
                if one.key not in self._given
            ]  # fmt: skip
            self._given |= {row["No. Tanggapan"] for row in answers}
            written = []
            if changed:
                written.append(self._drop("aduan", TICKETS, [self.show(one) for one in changed]))
            if answers:
                written.append(self._drop("tanggapan", ANSWERS, answers))
        return written

    def show(self, ticket: Ticket) -> dict[str, str]:
        row = {theirs: ticket.values.get(ours, "") for theirs, ours in COLUMNS.items()}
        row |= {name: YES if row[name] == "1" else NO for name in FLAGS}
        return row | {
            "No. Tiket": ticket.key,
            "No. LAPOR": ticket.lapor,
            "Tanggal Masuk": _day_first(ticket.at),
            "Status": ticket.status,
            "Keterangan": ticket.reason or "-",
            "Diubah": _day_first(ticket.changed_at),
        }

    def _drop(self, kind: str, columns: Iterable[str], rows: list[dict[str, str]]) -> Path:
        """Finished files only: written under another name, then renamed."""
        self._files += 1
        text = io.StringIO()
        writer = csv.DictWriter(text, list(columns), delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        target = self.out / f"{kind}_{self.clock.now().astimezone(WIB):%Y%m%d}_{self._files:06d}.csv"
        part = target.with_suffix(".part")
        part.write_bytes(text.getvalue().encode("utf-8-sig"))
        part.rename(target)
        return target

    # --- in --------------------------------------------------------------------------------------

    def read_in(self) -> int:
        """The officer opens every finished file once; gives how many rows were taken over."""
        taken = 0
        with self.lock:
            for path in sorted(self.into.glob("*.csv")):
                try:
                    taken += self._take(path)
                    path.rename(self.into / "selesai" / path.name)
                except (Unreadable, UnicodeDecodeError, csv.Error) as error:
                    path.rename(self.into / "gagal" / path.name)
                    (self.into / "gagal" / f"{path.stem}.txt").write_text(str(error), "utf-8")
        return taken

    def _take(self, path: Path) -> int:
        text = path.read_bytes().decode("utf-8-sig")
        first = text.partition("\n")[0]
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ","))
        kinds = {"baru": self._new, "ubah": self._changed, "tanggapan": self._answered}
        take = kinds.get(path.name.partition("_")[0])
        if take is None:
            raise Unreadable("nama berkas tidak dikenal")
        for row in rows:
            take({name: _unquoted(value or "") for name, value in row.items() if name})
        return len(rows)

    def _new(self, row: Mapping[str, str]) -> None:
        """An officer's import makes a ticket of each row, whatever its LAPOR number: doubles are doubles."""
        if not row.get("Isi Pengaduan"):
            raise Unreadable("Isi Pengaduan kosong")
        self.create(_values(row), by="hub", lapor=row.get("No. LAPOR", ""))

    def _changed(self, row: Mapping[str, str]) -> None:
        values = _values(row)
        for theirs, ours in (("No. LAPOR", "lapor"), ("Status", "status"), ("Keterangan", "reason")):
            if row.get(theirs):
                values[ours] = row[theirs]
        if values.get("status", STATUSES[Stage.NEW]) not in STATUSES.values():
            raise Unreadable(f"Status tidak dikenal di {row.get('No. Tiket', '?')}")
        self.change(self._ticket(row), values, by="hub")

    def _answered(self, row: Mapping[str, str]) -> None:
        entry = self.answer(self._ticket(row), row.get("Tanggapan", ""), by="hub")
        self._given.discard(entry.key)

    def _ticket(self, row: Mapping[str, str]) -> Ticket:
        ticket = self.tickets.get(row.get("No. Tiket", ""))
        if ticket is None:
            raise Unreadable("No. Tiket tidak dikenal")
        return ticket


def _values(row: Mapping[str, str]) -> dict[str, str]:
    values = {ours: row[theirs] for theirs, ours in COLUMNS.items() if theirs in row}
    return values | {COLUMNS[name]: "1" if row[name] == YES else "0" for name in FLAGS if name in row}


def _unquoted(cell: str) -> str:
    """A leading apostrophe is how others keep a spreadsheet from reading a formula; it is no part of the text."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _day_first(moment: datetime) -> str:
    return moment.astimezone(WIB).strftime("%d/%m/%Y %H:%M:%S")
