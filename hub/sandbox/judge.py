"""Do core and agencies agree? Asked of their own books and ledgers, never of the hub.

Every invented text carries a mark of eight letters, so one can count on either side how often it arrived.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.sandbox.core import Complaint, Core, State
from hub.sandbox.desk import Desk, Stage, Ticket
from hub.sandbox.ledger import COMMENT

MARK = re.compile(r"\((?:tanda|jawaban|tanggapan) ([a-z]{8})\)", re.IGNORECASE)

FITS: dict[Stage, frozenset[State]] = {
    # what the core may say while the agency that holds the complaint says this
    Stage.NEW: frozenset({State.DISPOSED}),
    Stage.WORKING: frozenset({State.WORKING, State.ANSWERED, State.REPLIED}),
    Stage.DONE: frozenset({State.ANSWERED, State.REPLIED, State.CLOSED, State.CLOSED_BY_ADMIN}),
    Stage.RETURNED: frozenset({State.RETURNED, State.ARCHIVED}),
}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """``kind``: lost | doubled | unlinked | status | exposed; ``key`` is the number where it was found."""

    kind: str
    system: str  # where something is missing, or too many
    key: str
    about: str = ""


def mark(text: str) -> str:
    found = MARK.search(text)
    return found[1].lower() if found else ""


class Judge:
    def __init__(self, core: Core, desks: Sequence[Desk]) -> None:
        self.core, self.desks = core, list(desks)

    def disagreements(self) -> list[Disagreement]:
        """Everything that is not as it should be once nothing moves any more; empty means: they agree."""
        return [
            *self._down(),
            *self._up(),
            *self._answers(),
            *self._replies(),
            *self._twins(),
        ]

    def desk_of(self, agency: str) -> Desk | None:
        """The desk that works for an agency number: its own, or its parent's."""
        parent = self.core.agencies[agency].parent if agency in self.core.agencies else ""
        return next((desk for desk in self.desks if desk.agency in (agency, parent)), None)

    def tickets_of(self, complaint: Complaint, desk: Desk) -> list[Ticket]:
        wanted = mark(complaint.body)
        return [
            one
            for one in desk.tickets.values()
            if one.lapor == complaint.tracking_id or (wanted and mark(one.values.get("body", "")) == wanted)
        ]

    # --- complaints ------------------------------------------------------------------------------

    def _down(self) -> Iterator[Disagreement]:
        """What the core disposed stands at the agency once, linked, in a fitting state, without hidden identity."""
        for complaint in self.core.complaints.values():
            for agency in complaint.disposed_to:
                desk = self.desk_of(agency)
                if desk is None:
                    continue
                tickets = self.tickets_of(complaint, desk)
                if not tickets:
                    yield Disagreement("lost", desk.name, complaint.tracking_id, "complaint")
                for ticket in tickets:
                    yield from self._pair(complaint, desk, ticket, holds=desk is self.desk_of(complaint.agency))

    def _pair(self, complaint: Complaint, desk: Desk, ticket: Ticket, *, holds: bool) -> Iterator[Disagreement]:
        if ticket.lapor != complaint.tracking_id:
            yield Disagreement("unlinked", desk.name, ticket.key, "core number")
        stage = desk.stage(ticket)
        fits = stage is not None and (complaint.state in FITS[stage] if holds else stage == Stage.RETURNED)
        if not fits:
            yield Disagreement("status", desk.name, ticket.key, f"{ticket.status} / {complaint.state.name}")
        name = complaint.reporter.get("nama", "")
        if complaint.anonymous and not ticket.local and name and name in ticket.values.values():
            yield Disagreement("exposed", desk.name, ticket.key, "identity")

    def _up(self) -> Iterator[Disagreement]:
        """What a citizen filed at an agency stands at the core."""
        known = {mark(one.body): one for one in self.core.complaints.values()}
        for desk in self.desks:
            for ticket in desk.tickets.values():
                if not ticket.local:
                    continue
                complaint = known.get(mark(ticket.values.get("body", "")))
                if complaint is None:
                    yield Disagreement("lost", self.core.name, ticket.key, "complaint")
                elif ticket.lapor != complaint.tracking_id:
                    yield Disagreement("unlinked", desk.name, ticket.key, "core number")

    def _twins(self) -> Iterator[Disagreement]:
        """Nothing twice, on any side."""
        at_core = Counter(mark(one.body) for one in self.core.complaints.values())
        yield from (
            Disagreement("doubled", self.core.name, text, "complaint") for text, n in at_core.items() if text and n > 1
        )
        for desk in self.desks:
            marks = Counter(mark(one.values.get("body", "")) for one in desk.tickets.values())
            yield from (
                Disagreement("doubled", desk.name, text, "complaint") for text, n in marks.items() if text and n > 1
            )

    # --- threads ---------------------------------------------------------------------------------

    def _answers(self) -> Iterator[Disagreement]:
        """Each answer of an officer stands once in the core's thread of the same complaint."""
        heard = Counter(
            (one.tracking_id, mark(entry.text)) for one in self.core.complaints.values() for entry in one.follow_ups
        )
        for desk in self.desks:
            for entry in desk.ledger.entries(COMMENT, wire=False):
                number, text = desk.tickets[entry.key].lapor, mark(str(entry.fields["text"]))
                yield from self._once(heard[number, text], self.core.name, number or entry.key, "follow-up")

    def _replies(self) -> Iterator[Disagreement]:
        """Each reply of a reporter stands once in the thread of the agency that holds the complaint."""
        for complaint in self.core.complaints.values():
            desk = self.desk_of(complaint.agency)
            for reply in complaint.replies if desk else ():
                texts = [
                    mark(entry.text)
                    for ticket in self.tickets_of(complaint, desk)  # type: ignore[arg-type]
                    for entry in ticket.answers
                ]
                name = desk.name if desk else ""
                yield from self._once(texts.count(mark(reply.text)), name, complaint.tracking_id, "reply")

    def _once(self, times: int, system: str, key: str, about: str) -> Iterator[Disagreement]:
        if times != 1:
            yield Disagreement("lost" if times == 0 else "doubled", system, key, about)
