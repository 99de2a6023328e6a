"""A: the list gives ids only, the text sits in the first entry of a third call's history, a comment gives no id,
and a filter it does not know is ignored: everything comes back. ``sejak`` (ISO with zone) is known."""

from __future__ import annotations

from flask import Response, request

from hub.sandbox import rest
from hub.sandbox.desk import Ticket
from hub.sandbox.nasty.desa import Desa, Rules, written

PAGE = 10


class A(Desa):
    letter = "A"

    def rules(self) -> Rules:
        return (
            ("GET", "/v1/tiket", self._listing),
            ("POST", "/v1/tiket", lambda: rest.answer(201, {"nomor": self.add().key})),
            ("GET", "/v1/tiket/<number>", self._head),
            ("PATCH", "/v1/tiket/<number>", self._amend),
            ("GET", "/v1/tiket/<number>/riwayat", self._history),
            ("POST", "/v1/tiket/<number>/komentar", self._comment),
        )

    def _listing(self) -> Response:
        page = max(1, rest.count("hal", 1))
        since = rest.read_iso(request.args.get("sejak", ""))
        part = self.since(since)[(page - 1) * PAGE : page * PAGE]
        return rest.answer(200, {"tiket": [{"id": one.key} for one in part]})

    def _head(self, ticket: Ticket) -> Response:
        head = self.show(ticket)
        del head["isi"]
        return rest.answer(200, {"tiket": head | {"diubah_iso": rest.iso_micro(ticket.changed_at)}})

    def _history(self, ticket: Ticket) -> Response:
        first = {"id": f"{ticket.key}-0", "jenis": "buat", "oleh": ticket.by, "waktu": written(ticket.at),
                 "lampiran": {"isi": ticket.values.get("body", "")}}  # fmt: skip
        rest_of = [
            {"id": one.key, "jenis": "komentar", "oleh": one.by, "waktu": written(one.at), "teks": one.text}
            for one in ticket.answers
        ]
        return rest.answer(200, {"riwayat": [first, *rest_of]})

    def _amend(self, ticket: Ticket) -> Response:
        self.amend(self.given(), ticket)
        return rest.answer(204, None)

    def _comment(self, ticket: Ticket) -> Response:
        self.answer(ticket, rest.text(rest.body(), "teks"), by=self.hub_user)
        return rest.answer(200, {"ok": True})
