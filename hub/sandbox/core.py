"""The national core as a set of rules: what may happen to a complaint and what the core says about it.

ASSUMPTION throughout: today's interface of SP4N-LAPOR! is not public. What is known (status texts, long
Indonesian dates in a free-text history, numbers as text, a body edited at verification, no verification date,
closure ten working days after the last word) is built in; names of fields and calls are this sandbox's own.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hub.sandbox.clock import Clock, working_days_later
from hub.sandbox.ledger import ACTION, COMMENT, CREATE, UPDATE
from hub.sandbox.server import System

QUIET_DAYS = 10  # working days without a reply after which the core closes by itself


class State(StrEnum):
    """The core's own states; ``{instansi}`` is filled in where the text is shown."""

    NEW = "Belum Diverifikasi"
    VERIFIED = "Terverifikasi"
    DISPOSED = "Terdisposisi ke {instansi}"
    WORKING = "Diproses oleh Instansi"
    ANSWERED = "Ditindaklanjuti oleh Instansi"
    REPLIED = "Ditanggapi oleh Pelapor"
    HELD = "Ditunda oleh Admin"
    RETURNED = "Dikembalikan oleh Instansi (bukan wewenang)"
    ARCHIVED = "Diarsipkan oleh Admin"
    CLOSED = "Ditutup oleh Sistem"
    CLOSED_BY_ADMIN = "Ditutup oleh Admin"


ENDED = frozenset({State.CLOSED, State.CLOSED_BY_ADMIN, State.ARCHIVED})
OPEN = frozenset({State.DISPOSED, State.WORKING, State.ANSWERED, State.REPLIED})
AGENCY_ACTIONS: Mapping[str, tuple[frozenset[State], State]] = {
    # action → (from which states, to which); an answered complaint that is worked on again stays answered
    "proses": (OPEN, State.WORKING),
    "tindak lanjut": (OPEN, State.ANSWERED),
    "kembalikan": (OPEN - {State.ANSWERED}, State.RETURNED),
}


@dataclass(frozen=True, slots=True)
class Agency:
    id: str  # the core's own number: text, and not the Kemendagri code
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    token: str
    agencies: frozenset[str] | None  # None: every agency


@dataclass(frozen=True, slots=True)
class Note:
    at: datetime
    text: str
    responder: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    id: str
    at: datetime
    text: str
    agency: str
    account: str


@dataclass(slots=True)
class Complaint:
    tracking_id: str
    transaction_id: str
    received_at: datetime
    changed_at: datetime
    title: str
    body: str
    anonymous: bool
    confidential: bool
    channel: str
    classification: str
    reporter: Mapping[str, str]
    place: Mapping[str, str]
    state: State = State.NEW
    edited: str = ""
    category: str = ""
    agency: str = ""
    reference: str = ""
    reason: str = ""
    by: str = "warga"
    quiet_since: datetime | None = None
    disposed_to: set[str] = field(default_factory=set)
    history: list[Note] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    replies: list[Note] = field(default_factory=list)


class Refused(Exception):
    """The core says no; the text is what it says."""


class Core(System):
    """Records and rules; the REST face is put on by ``core_api.wire``."""

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 1,
        agencies: Mapping[str, Agency] | None = None,
        categories: Mapping[str, str] | None = None,
        accounts: tuple[Account, ...] = (),
        name: str = "pusat",
    ) -> None:
        self.agencies, self.categories = dict(agencies or {}), dict(categories or {})
        self.accounts = {account.token: account for account in accounts}
        self.complaints: dict[str, Complaint] = {}
        self._random = random.Random(f"{seed}/core/numbers")  # noqa: S311 - numbers for a sandbox
        self._last_number = 3_000_000
        self._follow_ups = 0
        super().__init__(name, clock)

    # --- what anyone asks ------------------------------------------------------------------------

    def status_text(self, complaint: Complaint) -> str:
        agency = self.agencies.get(complaint.agency)
        return complaint.state.value.format(instansi=agency.name if agency else "-")

    def visible(self, account: Account, complaint: Complaint) -> bool:
        """An agency keeps seeing what it once held: a return must not vanish under its hands."""
        if account.agencies is None:
            return True
        return bool(account.agencies & (complaint.disposed_to | {complaint.agency})) or complaint.by == account.name

    # --- what happens ----------------------------------------------------------------------------

    def _number(self) -> str:
        """Digits far apart: nobody may treat them as a sequence."""
        self._last_number += self._random.randint(97, 977)
        return str(self._last_number)

    def file(self, values: Mapping[str, Any], *, by: str) -> Complaint:
        """A new complaint. Sent twice it exists twice: there is no idempotency key, as in the old interface."""
        if not str(values.get("isi", "")).strip():
            raise Refused("isi laporan wajib diisi")
        agency = str(values.get("id_instansi", ""))
        if agency and agency not in self.agencies:
            raise Refused("id_instansi tidak dikenal")
        with self.lock:
            now, number = self.clock.now(), self._number()
            complaint = Complaint(
                tracking_id=number,
                transaction_id=f"TRX{int(number) * 7 % 10_000_019:08d}",
                received_at=now,
                changed_at=now,
                title=str(values.get("judul", "")),
                body=str(values["isi"]),
                anonymous=values.get("anonim") == "1",
                confidential=values.get("rahasia") == "1",
                channel=str(values.get("sumber", "Website")),
                classification=str(values.get("klasifikasi", "pengaduan")),
                reporter={key: str(value) for key, value in dict(values.get("pelapor") or {}).items()},
                place={key: str(value) for key, value in dict(values.get("lokasi") or {}).items()},
                category=str(values.get("id_kategori", "")),
                reference=str(values.get("referensi", "")),
                by=by,
            )
            self.complaints[number] = complaint
            self.ledger.write(now, CREATE, number, by, values)
            if agency:
                self._dispose(complaint, agency, "SP4N-LAPOR!")
        return complaint

    def verify(self, complaint: Complaint, *, edited: str = "", category: str = "") -> None:
        """The central admin accepts; the spelling may be rewritten and the category changed."""
        with self.lock:
            complaint.edited = edited
            complaint.category = category or complaint.category
            self._move(complaint, State.VERIFIED, "Laporan terverifikasi oleh Admin", "Admin")

    def dispose(self, complaint: Complaint, agency: str, by: str = "Admin") -> None:
        with self.lock:
            self._dispose(complaint, agency, by)
            self.ledger.write(self.clock.now(), ACTION, complaint.tracking_id, "admin", {"disposisi": agency})

    def _dispose(self, complaint: Complaint, agency: str, by: str) -> None:
        complaint.agency, complaint.reason = agency, ""
        complaint.disposed_to.add(agency)
        name = self.agencies[agency].name
        self._move(complaint, State.DISPOSED, f"Laporan didisposisikan ke {name} oleh {by}", by)

    def follow_up(self, complaint: Complaint, text: str, agency: str, *, by: str) -> FollowUp:
        """An agency's answer. Posted twice it stands there twice."""
        if not text.strip():
            raise Refused("isi tindak lanjut wajib diisi")
        with self.lock:
            if complaint.state in ENDED:
                raise Refused("laporan sudah ditutup")
            now = self.clock.now()
            self._follow_ups += 1
            entry = FollowUp(str(70_000 + self._follow_ups), now, text, agency, by)
            complaint.follow_ups.append(entry)
            self.ledger.write(now, COMMENT, complaint.tracking_id, by, {"id": entry.id, "isi": text})
            name = self.agencies[agency].name if agency in self.agencies else "Instansi"
            self._move(complaint, State.ANSWERED, f"Tindak lanjut: {text}", name)
        return entry

    def act(self, complaint: Complaint, action: str, reason: str, *, by: str) -> None:
        """Status changes are actions; an action that changes nothing is accepted and changes nothing."""
        if action not in AGENCY_ACTIONS:
            raise Refused("aksi tidak dikenal")
        allowed, target = AGENCY_ACTIONS[action]
        with self.lock:
            if complaint.state not in allowed | {target}:
                raise Refused(f"aksi {action} tidak diizinkan dari status {self.status_text(complaint)}")
            if action == "kembalikan" and not reason.strip():
                raise Refused("alasan wajib diisi")
            self.ledger.write(self.clock.now(), ACTION, complaint.tracking_id, by, {"aksi": action, "alasan": reason})
            settled = target == State.WORKING and complaint.state == State.ANSWERED
            if complaint.state == target or settled:
                return
            name = self.agencies[complaint.agency].name if complaint.agency in self.agencies else "Instansi"
            if target == State.RETURNED:
                complaint.reason = reason
                self._move(complaint, target, f"Laporan dikembalikan: bukan wewenang. {reason}", name)
            else:
                self._move(complaint, target, f"Status laporan: {target.value}", name)

    def amend(self, complaint: Complaint, values: Mapping[str, str], *, by: str) -> None:
        """The few fields an account may set afterwards: its reference, and privacy raised, never lowered."""
        with self.lock:
            if "referensi" in values:
                complaint.reference = values["referensi"]
            complaint.anonymous = complaint.anonymous or values.get("anonim") == "1"
            complaint.confidential = complaint.confidential or values.get("rahasia") == "1"
            complaint.changed_at = self.clock.now()
            self.ledger.write(complaint.changed_at, UPDATE, complaint.tracking_id, by, values)

    def reply(self, complaint: Complaint, text: str) -> None:
        """The reporter answers the agency: the ten days start anew."""
        with self.lock:
            note = Note(self.clock.now(), text, "Pelapor")
            complaint.replies.append(note)
            self.ledger.write(note.at, COMMENT, complaint.tracking_id, "warga", {"isi": text})
            self._move(complaint, State.REPLIED, f"Tanggapan pelapor: {text}", "Pelapor")

    def close_quiet(self) -> list[Complaint]:
        """What the core's clock does by itself: ten working days without a word after an answer."""
        closed = []
        with self.lock:
            now = self.clock.now()
            for complaint in self.complaints.values():
                since = complaint.quiet_since
                if complaint.state == State.ANSWERED and since and working_days_later(since, QUIET_DAYS) <= now:
                    self._move(complaint, State.CLOSED, "Laporan ditutup oleh Sistem", "Sistem")
                    self.ledger.write(now, ACTION, complaint.tracking_id, "sistem", {"aksi": "tutup"})
                    closed.append(complaint)
        return closed

    def archive(self, complaint: Complaint, reason: str) -> None:
        with self.lock:
            complaint.reason = reason
            self._move(complaint, State.ARCHIVED, "Laporan diarsipkan oleh Admin", "Admin")

    def _move(self, complaint: Complaint, state: State, text: str, responder: str) -> None:
        now = self.clock.now()
        complaint.state, complaint.changed_at = state, now
        complaint.quiet_since = now if state == State.ANSWERED else None
        complaint.history.append(Note(now, text, responder))
