"""G: newest first, no way to ask "since", no total and no end of pages: beyond the last it gives the last again."""

from __future__ import annotations

from flask import Response

from hub.sandbox import rest
from hub.sandbox.desk import Ticket
from hub.sandbox.nasty.desa import Desa, Rules

PAGE = 5


class G(Desa):
    letter = "G"

    def rules(self) -> Rules:
        return (
            ("GET", "/laporan", self._listing),
            ("POST", "/laporan", lambda: self.done(self.add().key)),
            ("GET", "/laporan/<number>", lambda ticket: self.done(self.whole(ticket))),
            ("POST", "/laporan/<number>", self._amend),
            ("POST", "/laporan/<number>/tanggapan", self._comment),
        )

    def whole(self, ticket: Ticket) -> dict[str, object]:
        thread = [{"no": one.key, "oleh": one.by, "waktu": rest.iso_micro(one.at), "teks": one.text}
                  for one in ticket.answers]  # fmt: skip
        return {**self.show(ticket), "tanggapan": thread}

    def _listing(self) -> Response:
        found = sorted(self.since(None), key=lambda one: one.key, reverse=True)
        page = min(rest.count("halaman", 0), max(0, (len(found) - 1) // PAGE))
        return self.done([self.whole(one) for one in found[page * PAGE : (page + 1) * PAGE]])

    def _amend(self, ticket: Ticket) -> Response:
        self.amend(self.given(), ticket)
        return self.done(ticket.key)

    def _comment(self, ticket: Ticket) -> Response:
        entry = self.answer(ticket, rest.text(rest.body(), "teks"), by=self.hub_user)
        return self.done({"no": entry.key})
