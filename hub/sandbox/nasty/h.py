"""H: the whole thread is one column, ``jawaban``: entries one after the other, each under a heading line
``[02/11/2026 08:15 petugas]``. Writing replaces the column, so one reads, adds and writes back."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flask import Response, request

from hub.sandbox import rest
from hub.sandbox.clock import WIB
from hub.sandbox.desk import Answer, Refused, Ticket
from hub.sandbox.ledger import COMMENT
from hub.sandbox.nasty.desa import Desa, Rules, written

PAGE = 10
HEADING = re.compile(r"^\[(\d\d/\d\d/\d{4} \d\d:\d\d) ([^\]\n]+)\]\n", re.MULTILINE)


class H(Desa):
    letter = "H"

    def rules(self) -> Rules:
        return (
            ("GET", "/aduan", self._listing),
            ("POST", "/aduan", lambda: self.done({"id": self.add().key})),
            ("GET", "/aduan/<number>", lambda ticket: self.done(self.whole(ticket))),
            ("PUT", "/aduan/<number>", self._amend),
        )

    def whole(self, ticket: Ticket) -> dict[str, str]:
        changed = ticket.changed_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return {**self.show(ticket), "diubah": changed, "jawaban": column(ticket)}

    def _listing(self) -> Response:
        page, given = max(1, rest.count("page", 1)), request.args.get("sejak", "")
        try:
            since = datetime.strptime(given, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) if given else None
        except ValueError:
            raise Refused("sejak salah") from None
        wanted = request.args.get("no_lapor", "")
        found = [one for one in self.since(since) if wanted in ("", one.lapor)]
        return self.done([self.whole(one) for one in found[(page - 1) * PAGE : page * PAGE]])

    def _amend(self, ticket: Ticket) -> Response:
        values = self.given()
        if values:
            self.amend(values, ticket)
        if "jawaban" in rest.body():
            self._replace(ticket, rest.text(rest.body(), "jawaban"))
        return self.done(self.whole(ticket))

    def _replace(self, ticket: Ticket, given: str) -> None:
        """The column as it came is the thread from now on; what is new in it goes into the ledger."""
        known = {(written(one.at), one.text) for one in ticket.answers}
        entries = []
        for at, author, text in parted(given):
            self._answers += 1
            entries.append(Answer(str(5000 + self._answers), at, text, author, author))
            if (written(at), text) not in known:
                self.ledger.write(self.clock.now(), COMMENT, ticket.key, self.hub_user, {"text": text})
        ticket.answers = entries
        self.touch(ticket)


def column(ticket: Ticket) -> str:
    return "\n\n".join(f"[{written(one.at)} {one.by}]\n{one.text}" for one in ticket.answers)


def parted(given: str) -> list[tuple[datetime, str, str]]:
    """Time, author, text of each entry; a column that does not begin with a heading is refused."""
    if not given.strip():
        return []
    found = list(HEADING.finditer(given))
    if not found or found[0].start() != 0:
        raise Refused("jawaban harus diawali [tanggal jam petugas]")
    ends = [match.start() for match in found[1:]] + [len(given)]
    return [
        (
            datetime.strptime(match[1], "%d/%m/%Y %H:%M").replace(tzinfo=WIB).astimezone(UTC),
            match[2],
            given[match.end() : end].strip(),
        )
        for match, end in zip(found, ends, strict=True)
    ]
