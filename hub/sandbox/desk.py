"""An agency's own book of complaints: what all local systems have in common behind their different faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hub.sandbox.clock import Clock
from hub.sandbox.ledger import COMMENT, CREATE, UPDATE
from hub.sandbox.server import System


class Stage(StrEnum):
    """How far a ticket is, whatever the product calls it."""

    NEW = "new"
    WORKING = "working"
    DONE = "done"
    RETURNED = "returned"


@dataclass(slots=True)
class Answer:
    """One entry of a ticket's thread. ``by``: petugas, or the account that wrote it for somebody else."""

    key: str
    at: datetime
    text: str
    by: str
    author: str


@dataclass(slots=True)
class Ticket:
    key: str
    at: datetime
    changed_at: datetime
    status: str
    values: dict[str, str]  # title, body, name, phone, email, anonymous, confidential, category, address, lat, lon
    by: str  # petugas, warga, or the account that created it
    lapor: str = ""  # the core's number, as far as anyone told
    reason: str = ""
    answers: list[Answer] = field(default_factory=list)

    @property
    def local(self) -> bool:
        return self.by == "warga"


class Refused(Exception):
    """The product says no; the text is what it says."""


class Desk(System):
    """Tickets, their threads and what officers do with them. Faces are put on by the products' modules."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        agency: str,
        statuses: Mapping[Stage, str],
        number: Callable[[int, datetime], str],
    ) -> None:
        self.agency = agency  # the core's number of this government
        self.statuses = dict(statuses)
        self.tickets: dict[str, Ticket] = {}
        self._number, self._answers = number, 0
        super().__init__(name, clock)

    # --- by anyone -------------------------------------------------------------------------------

    def create(self, values: Mapping[str, Any], *, by: str, lapor: str = "") -> Ticket:
        """A new ticket; sent twice it exists twice."""
        with self.lock:
            now = self.clock.now()
            kept = self.keep({name: str(value) for name, value in values.items()})
            key = self._number(len(self.tickets) + 1, now)
            ticket = Ticket(key, now, now, self.statuses[Stage.NEW], kept, by, lapor)
            self.tickets[key] = ticket
            self.ledger.write(now, CREATE, key, by, {**kept, "lapor": lapor})
        return ticket

    def change(self, ticket: Ticket, values: Mapping[str, str], *, by: str) -> None:
        """``status``, ``lapor``, ``reason`` and the ticket's own values; what is not named stays."""
        with self.lock:
            rest = dict(values)
            ticket.status = rest.pop("status", ticket.status)
            ticket.lapor = rest.pop("lapor", ticket.lapor)
            ticket.reason = rest.pop("reason", ticket.reason)
            ticket.values.update(self.keep(rest))
            self.touch(ticket)
            self.ledger.write(ticket.changed_at, UPDATE, ticket.key, by, values)

    def answer(self, ticket: Ticket, text: str, *, by: str, author: str = "") -> Answer:
        """An entry of the thread; sent twice it stands there twice."""
        with self.lock:
            self._answers += 1
            kept = self.keep({"text": text})["text"]
            entry = Answer(str(5000 + self._answers), self.clock.now(), kept, by, author or by)
            ticket.answers.append(entry)
            self.touch(ticket)
            self.ledger.write(entry.at, COMMENT, ticket.key, by, {"id": entry.key, "text": kept})
        return entry

    def keep(self, values: dict[str, str]) -> dict[str, str]:
        """What the product really stores of what it is given; most store it as it is."""
        return values

    def touch(self, ticket: Ticket) -> None:
        ticket.changed_at = self.clock.now()

    # --- by officers -----------------------------------------------------------------------------

    def stage(self, ticket: Ticket) -> Stage | None:
        """None: a status that officers here do not use."""
        return next((stage for stage, status in self.statuses.items() if status == ticket.status), None)

    def move(self, ticket: Ticket, stage: Stage, reason: str = "") -> None:
        values = {"status": self.statuses[stage]} | ({"reason": reason} if reason else {})
        self.change(ticket, values, by="petugas")

    # --- by faces --------------------------------------------------------------------------------

    def since(self, moment: datetime | None) -> list[Ticket]:
        """Tickets changed at or after a moment, oldest change first."""
        with self.lock:
            found = [one for one in self.tickets.values() if moment is None or one.changed_at >= moment]
        return sorted(found, key=lambda one: (one.changed_at, one.key))
