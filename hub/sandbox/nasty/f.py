"""F: a wrong key is not refused: it reads public records, with 200, and cannot write. ``/api/saya`` tells the truth."""

from __future__ import annotations

from flask import Response, request

from hub.sandbox import rest
from hub.sandbox.clock import read_plain_date
from hub.sandbox.desk import Refused, Ticket
from hub.sandbox.nasty.desa import Desa, Rules

PAGE = 10


class F(Desa):
    letter = "F"

    def rules(self) -> Rules:
        return (
            ("GET", "/api/saya", self._who),
            ("GET", "/api/aduan", self._listing),
            ("POST", "/api/aduan", lambda: self.done({"id": self.add().key})),
            ("GET", "/api/aduan/<number>", lambda ticket: self.done(self.whole(ticket))),
            ("PUT", "/api/aduan/<number>", self._amend),
            ("POST", "/api/aduan/<number>/jawaban", self._comment),
        )

    def stranger(self) -> Response:
        if request.method != "GET":
            return rest.answer(403, {"success": False, "message": "tidak diizinkan"})
        if request.path == "/api/saya":
            return self.done({"pengguna": "publik"})
        public = [one for one in self.since(None) if one.values.get("confidential") != "1"]
        shown = [{"id": one.key, "judul": one.values.get("title", ""), "status": one.status} for one in public]
        return self.done(shown)

    def _who(self) -> Response:
        return self.done({"pengguna": self.hub_user})

    def whole(self, ticket: Ticket) -> dict[str, object]:
        thread = [{"id": one.key, "oleh": one.by, "waktu": rest.iso_micro(one.at), "teks": one.text}
                  for one in ticket.answers]  # fmt: skip
        return {**self.show(ticket), "diubah": rest.iso_micro(ticket.changed_at), "jawaban": thread}

    def _listing(self) -> Response:
        page = max(1, rest.count("page", 1))
        given = request.args.get("sejak", "")
        try:
            since = read_plain_date(given) if given else None
        except ValueError:
            raise Refused("sejak salah") from None
        part = self.since(since)[(page - 1) * PAGE : page * PAGE]
        return self.done([self.whole(one) for one in part])

    def _amend(self, ticket: Ticket) -> Response:
        self.amend(self.given(), ticket)
        return self.done({"id": ticket.key})

    def _comment(self, ticket: Ticket) -> Response:
        entry = self.answer(ticket, rest.text(rest.body(), "teks"), by=self.hub_user)
        return self.done({"id": entry.key})
