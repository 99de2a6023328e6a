"""A regency's SOAP service in NuSOAP style: user name and password in every call, errors inside a 200.

Local time of Central Indonesia (WITA) without a zone, numeric statuses, an ``alasan`` only where returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Response

from hub.sandbox.clock import WITA, Clock, plain_date, read_plain_date
from hub.sandbox.desk import Answer, Desk, Refused, Stage, Ticket
from hub.sandbox.soap import Operation, Service

STATUSES = {Stage.NEW: "1", Stage.WORKING: "2", Stage.DONE: "3", Stage.RETURNED: "99"}
PAGE = 25
LOGIN = ("UserName", "Password")
COLUMNS = {  # the service's name → ours
    "judul": "title",
    "isi": "body",
    "nama": "name",
    "telp": "phone",
    "surel": "email",
    "alamat": "address",
    "anonim": "anonymous",
    "rahasia": "confidential",
}
WRITTEN = ("no_lapor", *COLUMNS)
TICKET = ("no_aduan", "no_lapor", "tgl_aduan", *COLUMNS, "status", "alasan", "tgl_ubah")
ANSWER = ("id_tanggapan", "no_aduan", "tgl_tanggapan", "petugas", "isi_tanggapan")
STRUCTS = {
    "Aduan": dict.fromkeys(TICKET, "string"),
    "Tanggapan": dict.fromkeys(ANSWER, "string"),
    "Hasil": {"respon": "string", "pesan": "string", "nomor": "string"},
    "DaftarAduan": {"respon": "string", "pesan": "string", "jumlah": "string", "data": "[Aduan]"},
    "DaftarTanggapan": {"respon": "string", "pesan": "string", "data": "[Tanggapan]"},
}
Given = Mapping[str, str]


def _number(count: int, at: datetime) -> str:
    return f"LBWG-{count:05d}"


class Regency(Desk):
    def __init__(self, clock: Clock, *, agency: str, user: str, password: str, name: str = "kabupaten") -> None:
        self._login = (user, password)
        super().__init__(name, clock, agency=agency, statuses=STATUSES, number=_number)
        self.service = Service("AduanService", "urn:aduan", STRUCTS, self._operations())
        self.app.add_url_rule("/ws/aduan.php", "service", self.service.handle, methods=["GET", "POST"])

    def _operations(self) -> dict[str, Operation]:
        def operation(parts: tuple[str, ...], gives: str, handler: Callable[[Given], Mapping[str, Any]]) -> Operation:
            return Operation((*LOGIN, *parts), gives, self._guarded(handler))

        return {
            "CekAkun": operation((), "Hasil", self._who),
            "AmbilAduan": operation(("sejak", "halaman"), "DaftarAduan", self._listing),
            "DetailAduan": operation(("no_aduan",), "DaftarAduan", self._detail),
            "CariAduan": operation(("no_lapor",), "DaftarAduan", self._search),
            "AmbilTanggapan": operation(("no_aduan",), "DaftarTanggapan", self._answers_of),
            "KirimAduan": operation(WRITTEN, "Hasil", self._send),
            "UbahAduan": operation(("no_aduan", *WRITTEN), "Hasil", self._change),
            "UbahStatus": operation(("no_aduan", "status", "alasan"), "Hasil", self._status),
            "KirimTanggapan": operation(("no_aduan", "isi_tanggapan"), "Hasil", self._answer),
        }

    def refusal(self, reason: str) -> Response:
        return self.service.reply("Kesalahan", "Hasil", {"respon": "0", "pesan": reason})

    def _guarded(self, handler: Callable[[Given], Mapping[str, Any]]) -> Callable[[Given], Mapping[str, Any]]:
        def call(given: Given) -> Mapping[str, Any]:
            if (given.get("UserName"), given.get("Password")) != self._login:
                return {"respon": "0", "pesan": "Username atau password salah"}
            try:
                with self.lock:
                    return {"respon": "1", "pesan": "Sukses", **handler(given)}
            except Refused as refusal:
                return {"respon": "0", "pesan": str(refusal)}

        return call

    # --- reading ---------------------------------------------------------------------------------

    def _who(self, given: Given) -> Mapping[str, Any]:
        return {"nomor": self._login[0]}

    def _listing(self, given: Given) -> Mapping[str, Any]:
        page = given.get("halaman") or "1"
        try:
            since = read_plain_date(given["sejak"], WITA) if given.get("sejak") else None
            first = (int(page) - 1) * PAGE
        except ValueError:
            raise Refused("Format sejak atau halaman salah") from None
        found = self.since(since)
        return {"jumlah": str(len(found)), "data": [self.show(one) for one in found[first : first + PAGE]]}

    def _detail(self, given: Given) -> Mapping[str, Any]:
        return {"jumlah": "1", "data": [self.show(self._ticket(given))]}

    def _search(self, given: Given) -> Mapping[str, Any]:
        wanted = given.get("no_lapor", "")
        found = [one for one in self.tickets.values() if wanted and one.lapor == wanted]
        return {"jumlah": str(len(found)), "data": [self.show(one) for one in found]}

    def _answers_of(self, given: Given) -> Mapping[str, Any]:
        ticket = self._ticket(given)
        return {"data": [_show_answer(ticket, one) for one in ticket.answers]}

    def show(self, ticket: Ticket) -> dict[str, str]:
        values = {theirs: ticket.values.get(ours, "") for theirs, ours in COLUMNS.items()}
        return {
            **values,
            "no_aduan": ticket.key,
            "no_lapor": ticket.lapor,
            "tgl_aduan": plain_date(ticket.at, WITA),
            "status": ticket.status,
            "alasan": ticket.reason,
            "tgl_ubah": plain_date(ticket.changed_at, WITA),
        }

    def _ticket(self, given: Given) -> Ticket:
        ticket = self.tickets.get(given.get("no_aduan", ""))
        if ticket is None:
            raise Refused("Data tidak ditemukan")
        return ticket

    # --- writing ---------------------------------------------------------------------------------

    def _send(self, given: Given) -> Mapping[str, Any]:
        if not given.get("judul", "").strip():
            raise Refused("Judul wajib diisi")
        values = {ours: given.get(theirs, "") for theirs, ours in COLUMNS.items()}
        ticket = self.create(values, by=self._login[0], lapor=given.get("no_lapor", ""))
        return {"nomor": ticket.key}

    def _change(self, given: Given) -> Mapping[str, Any]:
        ticket = self._ticket(given)
        values = {ours: given[theirs] for theirs, ours in COLUMNS.items() if theirs in given}
        if "no_lapor" in given:
            values["lapor"] = given["no_lapor"]
        self.change(ticket, values, by=self._login[0])
        return {"nomor": ticket.key}

    def _status(self, given: Given) -> Mapping[str, Any]:
        ticket = self._ticket(given)
        if given.get("status") not in STATUSES.values():
            raise Refused("Status tidak dikenal")
        self.change(ticket, {"status": given["status"], "reason": given.get("alasan", "")}, by=self._login[0])
        return {"nomor": ticket.key}

    def _answer(self, given: Given) -> Mapping[str, Any]:
        ticket = self._ticket(given)
        if not given.get("isi_tanggapan", "").strip():
            raise Refused("Isi tanggapan wajib diisi")
        return {"nomor": self.answer(ticket, given["isi_tanggapan"], by=self._login[0]).key}


def _show_answer(ticket: Ticket, entry: Answer) -> dict[str, str]:
    return {
        "id_tanggapan": entry.key,
        "no_aduan": ticket.key,
        "tgl_tanggapan": plain_date(entry.at, WITA),
        "petugas": entry.author,
        "isi_tanggapan": entry.text,
    }
