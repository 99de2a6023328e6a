"""What the nasty REST systems share: one header as key, one path family, plain envelopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps

from flask import Response, request

from hub.sandbox import rest
from hub.sandbox.clock import WIB, Clock
from hub.sandbox.desk import Desk, Refused, Stage, Ticket

STATUSES = {Stage.NEW: "baru", Stage.WORKING: "diproses", Stage.DONE: "selesai", Stage.RETURNED: "bukan_wewenang"}
Rules = tuple[tuple[str, str, Callable[..., Response]], ...]


class Desa(Desk):
    """``letter`` begins its numbers: ``A-0001``."""

    letter = "X"
    hub_user = "hub"

    def __init__(self, clock: Clock, *, agency: str, key: str, name: str = "") -> None:
        self._key = key
        super().__init__(
            name or f"desa-{self.letter.lower()}", clock, agency=agency, statuses=STATUSES, number=self._numbered
        )
        for method, path, view in self.rules():
            self.app.add_url_rule(path, f"{method} {path}", self.guarded(view), methods=[method])

    def _numbered(self, count: int, at: datetime) -> str:
        return f"{self.letter}-{count:04d}"

    def rules(self) -> Rules:
        raise NotImplementedError

    def signed_in(self) -> bool:
        return request.headers.get("Token-Key") == self._key

    def guarded(self, view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def call(number: str | None = None) -> Response:
            if not self.signed_in():
                return self.stranger()
            try:
                if number is None:
                    return view()
                ticket = self.tickets.get(number)
                if ticket is None:
                    return rest.answer(404, {"success": False, "message": "tidak ditemukan"})
                with self.lock:
                    return view(ticket)
            except Refused as refusal:
                return self.refusal(str(refusal))

        return call

    def stranger(self) -> Response:
        return rest.answer(401, {"success": False, "message": "Token-Key salah"})

    def refusal(self, reason: str) -> Response:
        return rest.answer(200, {"success": False, "message": reason, "data": None})

    def done(self, data: object) -> Response:
        return rest.answer(200, {"success": True, "message": "OK", "data": data})

    # --- the plain record most of them show -------------------------------------------------------

    def show(self, ticket: Ticket) -> dict[str, str]:
        values = ticket.values
        return {
            "id": ticket.key,
            "no_lapor": ticket.lapor,
            "judul": values.get("title", ""),
            "isi": values.get("body", ""),
            "pelapor": values.get("name", ""),
            "hp": values.get("phone", ""),
            "alamat": values.get("address", ""),
            "anonim": values.get("anonymous", "0"),
            "rahasia": values.get("confidential", "0"),
            "status": ticket.status,
            "dibuat": written(ticket.at),
            "diubah": written(ticket.changed_at),
        }

    def given(self) -> dict[str, str]:
        """What a body says, in the desk's names; only what it names."""
        names = {"judul": "title", "isi": "body", "pelapor": "name", "hp": "phone", "alamat": "address",
                 "anonim": "anonymous", "rahasia": "confidential", "no_lapor": "lapor", "status": "status"}  # fmt: skip
        body = rest.body()
        values = {ours: rest.text(body, theirs) for theirs, ours in names.items() if theirs in body}
        if values.get("status", "baru") not in STATUSES.values():
            raise Refused("status tidak dikenal")
        return values

    def add(self) -> Ticket:
        values = self.given()
        if not values.get("body", "").strip():
            raise Refused("isi wajib diisi")
        lapor, status = values.pop("lapor", ""), values.pop("status", "")
        ticket = self.create(values, by=self.hub_user, lapor=lapor)
        ticket.status = status or ticket.status
        return ticket

    def amend(self, values: Mapping[str, str], ticket: Ticket) -> None:
        self.change(ticket, values, by=self.hub_user)


def written(moment: datetime) -> str:
    """``02/11/2026 08:15``: day first, to the minute, local."""
    return moment.astimezone(WIB).strftime("%d/%m/%Y %H:%M")
