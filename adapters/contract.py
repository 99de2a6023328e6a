"""What every wire offers the hub, and the plain values that cross between them.

An adapter knows one kind of wire (REST, SOAP, files …) and nothing of complaints: it imports nothing
of ``hub``. The hub hands it *words* (compiled from a mapping) and gets raw records and outcomes back.
Times are timezone-aware; everything called ``facts`` is safe to show (no secret, no personal value).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

Raw = dict[str, Any]
"""A record as the system shows it: a plain tree of dict, list, str, int, float, bool and None."""


class Failure(StrEnum):
    """What the caller does next when a call failed: the five classes of a wire's bad day."""

    LATER = "later"  # the peer asks for patience: again, not before a time
    REFUSED = "refused"  # a business answer: sending the same again is pointless
    CREDENTIALS = "credentials"  # a person must renew the account
    DOWN = "down"  # not reachable, or answering with a maintenance page
    CONTRACT = "contract"  # reachable, but what came is not what the mapping describes


class WireError(Exception):
    """A call failed; ``failure`` says what to do, ``code`` names the sentence in ``hub/language``.

    ``sent`` is true where the peer may already have acted (a time-out, a cut reply): for a write that
    means *unknown*, never "failed".
    """

    def __init__(
        self,
        failure: Failure,
        code: str,
        *,
        sent: bool = False,
        not_before: datetime | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(f"{failure}: {code} {facts}")
        self.failure = failure
        self.code = code
        self.sent = sent
        self.not_before = not_before
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One entry of a page that could not be read as a record: kept by the caller, never dropped."""

    position: str  # where a person finds it: "baris 17", "page 3, item 4"
    code: str
    raw: str  # what was there, as text; personal until proven otherwise
    facts: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""  # the system's own name of what is at fault, where it is one place
    rule: str = ""  # the words that refuse it: "mappings/kota.yaml:7"


@dataclass(frozen=True, slots=True)
class Remark:
    """What the caller makes of one entry of a page: set aside, or kept but for one place."""

    position: str
    code: str
    text: str  # the sentence of the code: what happened and the next step
    whole: bool = True  # the entry as a whole was set aside
    place: str = ""  # the system's own name of the place at fault
    rule: str = ""
    shape: str = ""  # what stood there, without saying it


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a stream. The caller stores it, then asks for the next.

    ``resume`` is where a broken run goes on *after* this page (JSON values only; None: from the start).
    ``last`` is true on the last page only, and only when the adapter is sure it saw the whole stream:
    without it the watermark does not move.
    """

    records: Sequence[Raw]
    last: bool
    resume: Any = None
    partial: bool = False  # a view: what it lacks is not empty
    clock: datetime | None = None  # the peer's own clock when it answered
    since_ignored: bool = False  # asked for changes, got everything
    as_of: datetime | None = None  # a time that holds for the whole page (a file's date)
    unreadable: Sequence[Unreadable] = ()
    positions: Sequence[str] = ()  # where a person finds each record ("lapor.csv: baris 17"); may be empty
    findings: Sequence[Finding] = ()  # what a person should know of this page's source (a guessed encoding)


class ChangeKind(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    COMMENT = "comment"
    ATTACH = "attach"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to say to a system, already in that system's words. JSON values only: it is stored as sent."""

    kind: ChangeKind
    system_id: str | None = None
    fields: Raw = field(default_factory=dict)  # the whole record as it should read
    changed: Raw = field(default_factory=dict)  # only what differs from ``base``
    base: Raw | None = None  # what the peer showed last
    event: Raw = field(default_factory=dict)  # a follow-up, mapped
    text: str = ""  # the follow-up's text
    attachments: Sequence[Raw] = ()
    """Files that belong to it, by canonical names (``name``, ``mime``, ``url``, ``content`` in base64); beside
    them ``record``: the attachment in the system's words."""
    key: str | None = None  # the value by which the peer can be asked whether it has this already
    moves: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Canonical field → (from, to) in canonical codes: what ``when:`` in an operation looks at."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        values = dict(data)
        values["kind"] = ChangeKind(values["kind"])
        values["moves"] = {name: tuple(pair) for name, pair in values.get("moves", {}).items()}
        return cls(**values)


class Receipt(Protocol):
    """The durable memory of one delivery's steps; every call commits before it returns."""

    def done(self, step: str) -> Mapping[str, Any] | None:
        """The kept result of a step, or None."""

    def started(self, step: str) -> bool:
        """Begun by an earlier attempt with no result kept: its outcome is unknown."""

    def begin(self, step: str) -> None:
        """Write down that the step is about to be sent. Raises if this worker lost its lease."""

    def keep(self, step: str, result: Mapping[str, Any]) -> None:
        """Write down what the step gave. ``{"nothing": why}``: it is known not to have happened, so it may be sent.

        Whoever learns by a verified look-up what became of a step that ended in UNKNOWN (``facts["step"]`` of the
        outcome) keeps ``{"nothing": "absent"}`` or ``{"id": number}`` for it, and pushes again with this receipt.
        """


class OutcomeKind(StrEnum):
    DONE = "done"  # the peer says it has it
    HANDED_OVER = "handed_over"  # written to a file; nobody has confirmed
    REFUSED = "refused"
    LATER = "later"
    CREDENTIALS = "credentials"
    DOWN = "down"
    UNKNOWN = "unknown"  # it may or may not have arrived: look before sending again


@dataclass(frozen=True, slots=True)
class Outcome:
    kind: OutcomeKind
    system_id: str | None = None  # the number for calls
    number: str | None = None  # the number for people, where it differs
    event_id: str | None = None
    version: str | None = None  # ETag or signature after the write
    shown: Raw | None = None  # the record, where the answer to the write carries it
    code: str = ""  # sentence in hub/language, for everything but DONE
    refused_field: str | None = None  # the system's own name for it
    text: str = ""  # the peer's own words; may be personal: show only to those who may see the record
    not_before: datetime | None = None
    warnings: Sequence[str] = ()  # steps that failed but do not undo the delivery
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What ``check`` found: code, whether it prevents working, and facts for the sentence.

    On a page of ``pull``, one that is not ``ok`` stands until a person mends it, and is told by every run until then.
    """

    code: str
    ok: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run. Seconds and bytes."""

    run_seconds: float = 600.0
    call_seconds: float = 30.0
    answer_bytes: int = 64 * 1024 * 1024
    calls_per_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """All an adapter is given. ``connection`` is the schedule's block with ``<secret.x>`` slots unresolved."""

    connector: str
    connection: Mapping[str, Any]
    words: Any  # Conversation (adapters.conversation) or FileWords (adapters.tabular)
    secret: Callable[[str], str]
    zone: tzinfo
    settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    folder: Path | None = None  # the installation's home; relative folders hang below it
    now: Callable[[], datetime] | None = None
    dry_run: bool = False  # what is pulled will not be kept: take, move and mark nothing over there


@runtime_checkable
class TakesRemarks(Protocol):
    """An adapter that can tell the sender what became of what was sent (a list beside rejected files)."""

    def remark(self, remarks: Sequence[Remark]) -> None:
        """Said after the page that ``pull`` gave last was stored, before the next is asked for."""


class Adapter(Protocol):
    """One system on one wire. Not shared between threads; ``close`` frees its session."""

    @property
    def can(self) -> frozenset[str]:
        """Of: pull, fetch, create, update, comment, attach, find, find_event, check, goes_on, reference:<name>.

        ``goes_on``: after a killed worker ``push`` continues from its receipts and never says anything twice.
        """

    def check(self) -> list[Finding]:
        """Is the account ours, do fields and codes exist, address, clock difference. Changes nothing there."""

    def pull(self, stream: str, *, since: datetime | None, resume: Any = None) -> Iterator[Page]:
        """Yield pages of list entries; ``since`` None asks for everything."""

    def complete(self, stream: str, entry: Raw) -> Raw:
        """A list entry joined with the calls its view lacks; the entry itself where nothing is lacking."""

    def fetch(self, system_id: str) -> Raw | None:
        """One whole record (for read-back, look-up, merge before write); None where it does not exist."""

    def push(self, change: Change, receipt: Receipt) -> Outcome:
        """Say one change, step by step; never repeats a step whose outcome is unknown unless harmless."""

    def find(self, key: str) -> Iterator[Raw]:
        """Candidates that may carry ``key``: the caller verifies by the key itself."""

    def find_event(self, system_id: str, text: str, after: datetime | None) -> Iterator[Raw]:
        """Candidate follow-ups of one record."""

    def reference(self, name: str) -> list[Raw]:
        """A code list as the system keeps it."""

    def close(self) -> None: ...
