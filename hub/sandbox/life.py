"""What happens in the country from one step to the next: citizens file, the centre disposes, officers answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.sandbox import people
from hub.sandbox.city import City
from hub.sandbox.core import Complaint, Core, State
from hub.sandbox.desk import Desk, Stage, Ticket
from hub.sandbox.people import Fate

OPD_CHANCE = 0.3  # how often the centre names an office instead of its government


@dataclass(frozen=True, slots=True)
class Pace:
    """How busy the country is, per step."""

    step: timedelta = timedelta(hours=3)
    filed: int = 2  # complaints at the core
    local: float = 0.5  # chance that a desk gets one of its own
    taken: float = 0.6  # chance that an officer takes up a new ticket
    answered: float = 0.6  # chance that a ticket in work is answered
    finished: float = 0.5  # of those, how many are finished with it
    returned: float = 0.12  # of the complaints disposed to a desk, how many are not its business
    replied: float = 0.15  # chance that a reporter replies to an answer


class Life:
    """``step`` counts from 1; the same seed and the same steps give the same country."""

    def __init__(self, core: Core, desks: Sequence[Desk], fate: Fate, pace: Pace) -> None:
        self.core, self.desks, self.fate, self.pace = core, list(desks), fate, pace
        self.steps = 0

    def step(self, *, filing: bool = True) -> None:
        """One step; without ``filing`` nobody new comes, and what there is goes on."""
        self.steps += 1
        self.core.clock.advance(self.pace.step)
        self._fetch_post()
        self._reporters()
        self._officers()
        self._centre()
        if filing:
            self._citizens()
        self.core.close_quiet()
        self._send_post()

    def settle(self) -> None:
        """Nobody decides anything; only the post goes in and out, so that what was sent arrives."""
        self.core.clock.advance(timedelta(minutes=5))
        self._fetch_post()
        self._send_post()

    # --- citizens --------------------------------------------------------------------------------

    def _citizens(self) -> None:
        for count in range(self.pace.filed):
            self.core.file(people.complaint(self.fate, "core", self.steps, count), by="warga")
        for desk in self.desks:
            if self.fate.happens(self.pace.local, "local", desk.name, self.steps):
                desk.create(people.local(people.complaint(self.fate, desk.name, self.steps)), by="warga")

    def _reporters(self) -> None:
        for one in list(self.core.complaints.values()):
            about = (one.body, len(one.follow_ups))
            if (
                one.state == State.ANSWERED
                and not one.replies
                and self.fate.happens(self.pace.replied, "reply", *about)
            ):
                self.core.reply(one, people.words(self.fate, "replies", *about))

    # --- the centre ------------------------------------------------------------------------------

    def _centre(self) -> None:
        for one in list(self.core.complaints.values()):
            if one.state == State.NEW:
                edited = one.body.replace("Mohon", "Kami mohon") if self.fate.happens(0.4, "edit", one.body) else ""
                recategorised = "102" if self.fate.happens(0.1, "category", one.body) else ""
                self.core.verify(one, edited=edited, category=recategorised)
            elif one.state == State.VERIFIED:
                self.core.dispose(one, self._office(one))
            elif one.state == State.RETURNED:
                self._again(one)

    def _again(self, one: Complaint) -> None:
        """A returned complaint goes to somebody who has not had it; when all had it, it is archived."""
        rest = [desk for desk in self.desks if not self._held(one, desk)]
        if rest:
            self.core.dispose(one, self.fate.one(rest, "again", one.body, len(one.disposed_to)).agency)
        else:
            self.core.archive(one, "tidak ada instansi yang berwenang")

    def _held(self, one: Complaint, desk: Desk) -> bool:
        return any(desk.agency in (held, self.core.agencies[held].parent) for held in one.disposed_to)

    def _office(self, one: Complaint) -> str:
        agency: str = self.fate.one(self.desks, "office", one.body).agency
        offices = sorted(unit.id for unit in self.core.agencies.values() if unit.parent == agency)
        if offices and self.fate.happens(OPD_CHANCE, "unit", one.body):
            return offices[0]
        return agency

    # --- officers --------------------------------------------------------------------------------

    def _officers(self) -> None:
        for desk in self.desks:
            for ticket in list(desk.tickets.values()):
                self._attend(desk, ticket)

    def _attend(self, desk: Desk, ticket: Ticket) -> None:
        about = (desk.name, ticket.values.get("body", ""), self.steps)
        stage = desk.stage(ticket)
        if stage == Stage.NEW and self.fate.happens(self.pace.taken, "take", *about):
            if not ticket.local and self.fate.happens(self.pace.returned, "return", *about):
                desk.move(ticket, Stage.RETURNED, people.words(self.fate, "returns", *about))
            else:
                desk.move(ticket, Stage.WORKING)
        elif stage == Stage.WORKING and self.fate.happens(self.pace.answered, "answer", *about):
            desk.answer(ticket, people.words(self.fate, "answers", *about), by="petugas", author=self._officer(*about))
            if self.fate.happens(self.pace.finished, "finish", *about):
                desk.move(ticket, Stage.DONE)
        elif stage == Stage.DONE and ticket.answers and "(tanggapan " in ticket.answers[-1].text.lower():
            desk.move(ticket, Stage.WORKING)  # the reporter was not content

    def _officer(self, *about: object) -> str:
        name: str = self.fate.one(people.texts()["officers"], "officer", *about)
        return name

    # --- the folder ------------------------------------------------------------------------------

    def _fetch_post(self) -> None:
        for desk in self.desks:
            if isinstance(desk, City):
                desk.read_in()

    def _send_post(self) -> None:
        for desk in self.desks:
            if isinstance(desk, City):
                desk.export()
