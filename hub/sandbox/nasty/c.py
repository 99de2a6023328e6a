"""C: SOAP whose "since" knows whole days only (three numbers), whose last page comes again for ever, and whose
update clears every column that is not sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response

from hub.sandbox.clock import WIB, Clock, plain_date
from hub.sandbox.desk import Desk, Refused, Ticket
from hub.sandbox.nasty.desa import STATUSES
from hub.sandbox.soap import Operation, Service

PAGE = 5
COLUMNS = {"judul": "title", "isi": "body", "pelapor": "name", "hp": "phone", "anonim": "anonymous",
           "rahasia": "confidential"}  # fmt: skip
WRITTEN = (*COLUMNS, "no_lapor", "status")
STRUCTS = {
    "Laporan": dict.fromkeys(("kode", *WRITTEN, "dibuat", "diubah", "jawaban"), "string"),
    "Hasil": {"respon": "string", "pesan": "string", "kode": "string"},
    "Daftar": {"respon": "string", "pesan": "string", "baris": "[Laporan]"},
}
Given = Mapping[str, str]


class C(Desk):
    def __init__(self, clock: Clock, *, agency: str, password: str, name: str = "desa-c") -> None:
        self._password = password
        super().__init__(name, clock, agency=agency, statuses=STATUSES, number=lambda count, at: f"C{count:06d}")
        operations = {
            "Daftar": Operation(("sandi", "tahun", "bulan", "hari", "halaman"), "Daftar", self._guarded(self._listing)),
            "Baca": Operation(("sandi", "kode"), "Daftar", self._guarded(self._read)),
            "Tambah": Operation(("sandi", *WRITTEN), "Hasil", self._guarded(self._add)),
            "Ubah": Operation(("sandi", "kode", *WRITTEN), "Hasil", self._guarded(self._change)),
            "Jawab": Operation(("sandi", "kode", "jawaban"), "Hasil", self._guarded(self._reply)),
        }
        self.service = Service("DesaService", "urn:desa-c", STRUCTS, operations)
        self.app.add_url_rule("/soap", "service", self.service.handle, methods=["GET", "POST"])

    def refusal(self, reason: str) -> Response:
        return self.service.reply("Kesalahan", "Hasil", {"respon": "0", "pesan": reason})

    def _guarded(self, handler: Callable[[Given], Mapping[str, Any]]) -> Callable[[Given], Mapping[str, Any]]:
        def call(given: Given) -> Mapping[str, Any]:
            if given.get("sandi") != self._password:
                return {"respon": "0", "pesan": "sandi salah"}
            try:
                with self.lock:
                    return {"respon": "1", "pesan": "", **handler(given)}
            except Refused as refusal:
                return {"respon": "0", "pesan": str(refusal)}

        return call

    def _listing(self, given: Given) -> Mapping[str, Any]:
        since = None
        if given.get("tahun"):
            day = [int(given[part]) for part in ("tahun", "bulan", "hari")]
            since = datetime(day[0], day[1], day[2], tzinfo=WIB).astimezone(UTC)
        found = self.since(since)
        last = max(0, (len(found) - 1) // PAGE)
        page = min(int(given.get("halaman") or "1") - 1, last)  # beyond the end: the last page again
        return {"baris": [self.show(one) for one in found[page * PAGE : (page + 1) * PAGE]]}

    def _read(self, given: Given) -> Mapping[str, Any]:
        return {"baris": [self.show(self._ticket(given))]}

    def _add(self, given: Given) -> Mapping[str, Any]:
        if not given.get("isi", "").strip():
            raise Refused("isi wajib")
        values = {ours: given.get(theirs, "") for theirs, ours in COLUMNS.items()}
        return {"kode": self.create(values, by="hub", lapor=given.get("no_lapor", "")).key}

    def _change(self, given: Given) -> Mapping[str, Any]:
        ticket = self._ticket(given)
        status = given.get("status") or STATUSES[next(iter(STATUSES))]
        if status not in STATUSES.values():
            raise Refused("status tidak dikenal")
        values = {ours: given.get(theirs, "") for theirs, ours in COLUMNS.items()}
        self.change(ticket, {**values, "lapor": given.get("no_lapor", ""), "status": status}, by="hub")
        return {"kode": ticket.key}

    def _reply(self, given: Given) -> Mapping[str, Any]:
        ticket = self._ticket(given)
        self.answer(ticket, given.get("jawaban", ""), by="hub")
        return {"kode": ticket.key}

    def _ticket(self, given: Given) -> Ticket:
        ticket = self.tickets.get(given.get("kode", ""))
        if ticket is None:
            raise Refused("kode tidak ditemukan")
        return ticket

    def show(self, ticket: Ticket) -> dict[str, str]:
        values = {theirs: ticket.values.get(ours, "") for theirs, ours in COLUMNS.items()}
        last = ticket.answers[-1].text if ticket.answers else ""
        return {**values, "kode": ticket.key, "no_lapor": ticket.lapor, "status": ticket.status,
                "dibuat": plain_date(ticket.at), "diubah": plain_date(ticket.changed_at), "jawaban": last}  # fmt: skip
