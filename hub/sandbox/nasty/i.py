"""I: keeps what we write in capitals and cut: titles to 40 characters, texts to 160, answers to 120."""

from __future__ import annotations

from flask import Response, request

from hub.sandbox import rest
from hub.sandbox.desk import Ticket
from hub.sandbox.nasty.desa import Desa, Rules

PAGE = 10
LIMITS = {"title": 40, "body": 160, "text": 120}


class I(Desa):  # noqa: E742 - the systems are called by their letter
    letter = "I"

    def rules(self) -> Rules:
        return (
            ("GET", "/aduan", self._listing),
            ("POST", "/aduan", lambda: self.done({"id": self.add().key})),
            ("GET", "/aduan/<number>", lambda ticket: self.done(self.whole(ticket))),
            ("PUT", "/aduan/<number>", self._amend),
            ("POST", "/aduan/<number>/jawaban", self._comment),
        )

    def keep(self, values: dict[str, str]) -> dict[str, str]:
        return {name: text.upper()[: LIMITS[name]] if name in LIMITS else text for name, text in values.items()}

    def whole(self, ticket: Ticket) -> dict[str, object]:
        thread = [{"id": one.key, "oleh": one.by, "waktu": rest.iso_micro(one.at), "teks": one.text}
                  for one in ticket.answers]  # fmt: skip
        return {**self.show(ticket), "diubah": rest.iso_micro(ticket.changed_at), "jawaban": thread}

    def _listing(self) -> Response:
        page, since = max(1, rest.count("page", 1)), rest.read_iso(request.args.get("sejak", ""))
        wanted = request.args.get("no_lapor", "")
        found = [one for one in self.since(since) if wanted in ("", one.lapor)]
        return self.done([self.whole(one) for one in found[(page - 1) * PAGE : page * PAGE]])

    def _amend(self, ticket: Ticket) -> Response:
        self.amend(self.given(), ticket)
        return self.done(self.whole(ticket))

    def _comment(self, ticket: Ticket) -> Response:
        entry = self.answer(ticket, rest.text(rest.body(), "teks"), by=self.hub_user)
        return self.done({"id": entry.key})
