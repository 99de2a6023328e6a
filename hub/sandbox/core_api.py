"""The core's REST face: an ASSUMED contract, written down in ``core.openapi.json`` and held to it by a test.

Every value is text, also numbers and flags; what does not apply is an empty string; identity is left out, not
emptied, where the complaint is anonymous; no verification date anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Response, g, jsonify, request

from hub.sandbox.clock import long_date, plain_date, read_plain_date
from hub.sandbox.core import Account, Complaint, Core, Refused

BASE = "/api/v3-asumsi"
PAGE = 50  # most entries of a page, whatever is asked
View = Callable[..., Any]


def wire(core: Core) -> Core:
    """Put the routes on and give the core back."""
    face = Face(core)
    rules: list[tuple[str, str, View]] = [
        ("GET", "/saya", face.who),
        ("GET", "/instansi", face.agencies),
        ("GET", "/kategori", face.categories),
        ("GET", "/laporan", face.listing),
        ("POST", "/laporan", face.create),
        ("GET", "/laporan/<number>", face.detail),
        ("PATCH", "/laporan/<number>", face.amend),
        ("GET", "/laporan/<number>/tindak-lanjut", face.follow_ups),
        ("POST", "/laporan/<number>/tindak-lanjut", face.follow_up),
        ("POST", "/laporan/<number>/aksi", face.act),
    ]
    for method, path, view in rules:
        core.app.add_url_rule(BASE + path, f"{method} {path}", face.guarded(view), methods=[method])
    return core


def error(status: int, text: str) -> Response:
    answer = jsonify({"status": "0", "pesan": text})
    answer.status_code = status
    return answer


def ok(data: Any, status: int = 200, **more: str) -> Response:
    answer = jsonify({"status": "1", **more, "data": data})
    answer.status_code = status
    return answer


class Face:
    def __init__(self, core: Core) -> None:
        self.core = core

    def guarded(self, view: View) -> View:
        """No token, no answer; a complaint out of the account's sight does not exist for it."""

        @wraps(view)
        def call(number: str | None = None) -> Response:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            account = self.core.accounts.get(token) if scheme == "Bearer" else None
            if account is None:
                return error(401, "token tidak dikenal")
            g.account = account
            try:
                if number is None:
                    return _response(view())
                complaint = self.core.complaints.get(number)
                if complaint is None or not self.core.visible(account, complaint):
                    return error(404, "laporan tidak ditemukan")
                return _response(view(complaint))
            except Refused as refusal:
                return error(422, str(refusal))

        return call

    # --- reading ---------------------------------------------------------------------------------

    def who(self) -> Response:
        account: Account = g.account
        agencies = sorted(account.agencies) if account.agencies is not None else []
        return ok({"akun": account.name, "instansi": agencies})

    def agencies(self) -> Response:
        return ok([{"id": one.id, "nama": one.name, "id_induk": one.parent} for one in self.core.agencies.values()])

    def categories(self) -> Response:
        return ok([{"id": code, "nama": name} for code, name in self.core.categories.items()])

    def listing(self) -> Response:
        """Oldest change first; ``sejak`` includes the second asked for."""
        page, size = _count("halaman", 1), min(_count("ukuran", PAGE), PAGE)
        since, reference = request.args.get("sejak", ""), request.args.get("referensi", "")
        try:
            moment = read_plain_date(since) if since else None
        except ValueError:
            raise Refused("sejak harus berbentuk YYYY-MM-DD HH:MM:SS") from None
        with self.core.lock:
            found = [
                one
                for one in self.core.complaints.values()
                if self.core.visible(g.account, one)
                and (moment is None or one.changed_at >= moment)
                and reference in ("", one.reference)
            ]
            found.sort(key=lambda one: (one.changed_at, one.tracking_id))
            part = [self.summary(one) for one in found[(page - 1) * size : page * size]]
        pages = max(1, -(-len(found) // size))
        return ok(part, halaman=str(page), jumlah_halaman=str(pages), total=str(len(found)))

    def detail(self, complaint: Complaint) -> Response:
        with self.core.lock:
            return ok(self.whole(complaint))

    def follow_ups(self, complaint: Complaint) -> Response:
        with self.core.lock:
            return ok(
                [
                    {"id": one.id, "tanggal": plain_date(one.at), "isi": one.text, "id_instansi": one.agency,
                     "akun": one.account}
                    for one in complaint.follow_ups
                ]
            )  # fmt: skip

    # --- writing ---------------------------------------------------------------------------------

    def create(self) -> Response:
        values = _body()
        account: Account = g.account
        agency = str(values.get("id_instansi", ""))
        if agency and account.agencies is not None and agency not in account.agencies:
            return error(403, "instansi di luar akun ini")
        complaint = self.core.file(values, by=account.name)
        answer = jsonify({"status": "1", "trackingid": complaint.tracking_id, "transaksiid": complaint.transaction_id})
        answer.status_code = 201
        return answer

    def amend(self, complaint: Complaint) -> Response:
        values = _body()
        unknown = set(values) - {"referensi", "anonim", "rahasia"}
        if unknown:
            raise Refused(f"kolom tidak boleh diubah: {', '.join(sorted(unknown))}")
        self.core.amend(complaint, {key: str(value) for key, value in values.items()}, by=g.account.name)
        return ok(self.whole(complaint))

    def follow_up(self, complaint: Complaint) -> Response:
        text = str(_body().get("isi", ""))
        entry = self.core.follow_up(complaint, text, complaint.agency, by=g.account.name)
        return ok({"id": entry.id}, 201)

    def act(self, complaint: Complaint) -> Response:
        values = _body()
        self.core.act(complaint, str(values.get("aksi", "")), str(values.get("alasan", "")), by=g.account.name)
        return ok({"trackingid": complaint.tracking_id, "status_laporan": self.core.status_text(complaint)})

    # --- shapes ----------------------------------------------------------------------------------

    def summary(self, complaint: Complaint) -> dict[str, str]:
        """An entry of the list: half a record, and no words of a confidential one."""
        return {
            "trackingid": complaint.tracking_id,
            "judul": "" if complaint.confidential else complaint.title,
            "status": self.core.status_text(complaint),
            "id_instansi": complaint.agency,
            "rahasia": _flag(complaint.confidential),
            "anonim": _flag(complaint.anonymous),
            "diubah": plain_date(complaint.changed_at),
        }

    def whole(self, complaint: Complaint) -> dict[str, Any]:
        agency = self.core.agencies.get(complaint.agency)
        parent = self.core.agencies.get(agency.parent) if agency else None
        shown: dict[str, Any] = {
            **self.summary(complaint),
            "transaksiid": complaint.transaction_id,
            "tanggal_masuk": plain_date(complaint.received_at),
            "judul": complaint.title,
            "isi_awal": complaint.body,
            "isi_akhir": complaint.edited,
            "klasifikasi": complaint.classification,
            "id_kategori": complaint.category,
            "kategori": self.core.categories.get(complaint.category, ""),
            "sumber": complaint.channel,
            "instansi": agency.name if agency else "",
            "id_instansi_induk": parent.id if parent else "",
            "instansi_induk": parent.name if parent else "",
            "alasan": complaint.reason,
            "referensi": complaint.reference,
            "lokasi": {name: complaint.place.get(name, "") for name in ("alamat", "lintang", "bujur")},
            "riwayat": [
                {"tanggal": long_date(note.at), "keterangan": note.text, "responder": note.responder}
                for note in complaint.history
            ],
        }
        if not complaint.anonymous:
            shown["pelapor"] = {name: complaint.reporter.get(name, "") for name in ("nama", "telpon", "email")}
        return shown


def _response(value: Any) -> Response:
    if not isinstance(value, Response):
        raise TypeError("a view of the core gives a Response")
    return value


def _flag(value: bool) -> str:
    return "1" if value else "0"


def _count(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdigit() or int(text) < 1:
        raise Refused(f"{name} harus bilangan positif")
    return int(text)


def _body() -> Mapping[str, Any]:
    values = request.get_json(silent=True)
    if not isinstance(values, dict):
        raise Refused("badan permintaan harus objek JSON")
    return values
