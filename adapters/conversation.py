"""What is said to a system and what came back: plain values, and the compiled words that make and judge them.

A mapping's ``operations:`` compile (in ``hub.mapping``) into a ``Conversation``; the ``Talker`` leads it; a
wire (REST, SOAP) only carries a ``Request`` out and an ``Answer`` home. Nothing here does I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from adapters.contract import Change, Raw


class WithSecret(str):
    """Text a mapping wrote, with ``<secret.name>`` markers. Any other text is data, even if it looks alike."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class File:
    """One file in a multipart or raw body."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One call, ready to be carried. Text values only become bytes on the wire.

    ``target`` is a percent-encoded path below ``address`` (or the connection's URL where that is empty), or a
    whole URL on the same host where the peer gave the next page's link. For SOAP ``method`` is ``CALL``,
    ``target`` the operation's name and ``body`` its parts in order. ``form`` says how ``body`` is written:
    json (a tree), form (name → text or list of text), multipart (name → text or ``File``), xml (a tree under
    one root; ``@x`` is an attribute, ``#text`` the text), raw (``str``, ``bytes`` or ``File``), none.
    """

    operation: str
    method: str = "GET"
    target: str = ""
    address: str = ""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = attribute(default_factory=dict)
    body: Any = None
    form: str = "json"


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault. ``code`` is the local name (Client, Server, Sender …) or None where the peer gave none."""

    code: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``headers`` have lower-case names; ``text`` is the body's start, for diagnosis only."""

    status: int
    headers: Mapping[str, str] = attribute(default_factory=dict)
    body: Any = None  # the decoded tree; None where there is none or it could not be decoded
    text: str = ""  # at most 64 KiB
    fault: Fault | None = None
    clock: datetime | None = None  # the Date header
    decoded: bool = True  # false: there was a body and it is not what the wire can read


class Verdict(StrEnum):
    """What an answer means."""

    OK = "ok"
    ABSENT = "absent"  # a record asked by its number does not exist
    REFUSED = "refused"
    LATER = "later"
    CREDENTIALS = "credentials"
    DOWN = "down"  # a maintenance page
    CONFLICT = "conflict"  # the version we sent is no longer the newest
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    verdict: Verdict
    code: str = ""
    text: str = ""  # the peer's own words; may be personal
    field: str | None = None  # the system's own name of the refused field
    not_before: datetime | None = None
    facts: Mapping[str, Any] = attribute(default_factory=dict)


class SlotRefused(Exception):
    """A value may not stand in the place a mapping gives it. Never carries the value itself."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(f"{code} {facts}")
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Values:
    """All a request may speak of. ``slots`` by name (datetimes for since and until); absent = has no value."""

    slots: Mapping[str, Any] = attribute(default_factory=dict)
    fields: Raw = attribute(default_factory=dict)
    changed: Raw = attribute(default_factory=dict)
    event: Raw = attribute(default_factory=dict)
    attachment: Raw = attribute(default_factory=dict)
    attachments: Sequence[Raw] = ()
    record: Raw = attribute(default_factory=dict)  # the list entry, or what the peer showed last
    entry: Any = None  # what ``for_each:`` is at
    kept: Mapping[str, Mapping[str, Any]] = attribute(default_factory=dict)  # step → its result

    def slot(self, **more: Any) -> Values:
        """The same with further slots; None takes one away."""
        slots = {name: value for name, value in {**self.slots, **more}.items() if value is not None}
        return replace(self, slots=slots)


@dataclass(frozen=True, slots=True)
class Made:
    """What the answer to a write tells of the thing made."""

    id: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is walked. ``ends`` of: empty, short, repeated; ``end_status`` of HTTP numbers.

    A page that adds nothing to the one before ends every walk; ``repeated`` says that this is how the product
    ends, also where such a page is a full one.
    """

    by: str = "none"  # none | page | offset | cursor | next
    first: int = 1
    size: int | None = None
    ends: frozenset[str] = frozenset({"empty"})
    end_status: frozenset[int] = frozenset()
    overlap_rows: int = 0
    most: int = 10_000  # pages; a list that goes on longer is not a list
    next: Callable[[Answer], str | None] | None = None  # the next cursor or link
    last_of: Callable[[Raw], str | None] | None = None  # or: the cursor is a value of the last entry
    total: Callable[[Answer], int | None] | None = None
    size_of: Callable[[Answer], int | None] | None = None  # the size the server really used


@dataclass(frozen=True, slots=True)
class Since:
    """How changes are asked for. All arithmetic is done on instants; ``request`` writes the text."""

    overlap: timedelta = timedelta(0)
    grain: timedelta = timedelta(seconds=1)
    after_only: bool = False  # the peer leaves out what changed at exactly that instant
    window: timedelta | None = None
    starts: datetime | None = None  # asked for where there is no watermark yet
    changed_at: Callable[[Raw], datetime | None] | None = None  # the change time of an entry
    warn_ignored: bool = True


class Again(StrEnum):
    """What to do with a step begun earlier whose result nobody kept."""

    REPEAT = "repeat"
    FIND = "find"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Guard:
    """Optimistic locking: the version that goes out with a write."""

    of_record: Callable[[Raw], str | None] | None  # the version stands in the record
    of_answer: Callable[[Answer], str | None] | None  # or only in the headers of a fresh read


@dataclass(frozen=True, slots=True)
class Step:
    """One call of an operation that takes several."""

    name: str
    call: str  # operation
    otherwise: str | None = None  # called where ``call`` finds nothing
    keep: Mapping[str, Callable[[Answer], str | None]] = attribute(default_factory=dict)
    keep_otherwise: Mapping[str, Callable[[Answer], str | None]] = attribute(default_factory=dict)
    each_attachment: bool = False
    again: Again = Again.NEVER
    look: str | None = None  # the operation that tells, after a crash, whether this step happened
    warn: bool = False  # a failure does not undo the delivery
    makes: bool = False  # this step makes the record: its ``id`` is the record's number


@dataclass(frozen=True, slots=True)
class Scan:
    """A look-up by walking another operation."""

    operation: str
    window: timedelta | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A code list as the system keeps it, against the codes the mapping declares."""

    operation: str
    code: Callable[[Raw], str | None]
    label: Callable[[Raw], str | None]
    declared: Mapping[str, str | None] = attribute(default_factory=dict)  # code → label, where one is declared


def _nothing_made(_: Answer) -> Made:
    return Made()


def _always(_: Change) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Each:
    """A joined call made once per entry of a list in the record."""

    entries: Callable[[Raw], Sequence[Any]]
    fits: Callable[[Any], bool]  # is the call made for this entry?
    inside: str | None  # the answer is kept in its entry under this name; None: the answers make a list
    put: Callable[[Raw, Sequence[Any]], Raw]  # the record with these entries in the list's place


@dataclass(frozen=True, slots=True)
class Operation:
    """One named conversation of a product, compiled."""

    name: str
    request: Callable[[Values], Request]  # raises SlotRefused
    meaning: Callable[[Answer], Meaning]
    reads: bool = True  # changes nothing there: may be sent again at any time
    entries: Callable[[Answer], Sequence[Any] | None] | None = None  # None back: the path is absent
    record: Callable[[Answer], Any] | None = None
    made: Callable[[Answer], Made] = _nothing_made
    id_required: bool = False
    then: str | None = None  # the operation that tells the number the answer lacks
    number_from: Callable[[Raw], str | None] | None = None  # read from the record, for people
    paging: Paging = Paging()
    since: Since | None = None
    partial: bool = False
    joins: tuple[str, ...] = ()
    into: str | None = None
    for_each: Each | None = None
    within: Callable[[Raw], Sequence[Any]] | None = None  # no call of its own: a list in the whole record
    again: Again = Again.REPEAT
    guard: Guard | None = None
    steps: tuple[Step, ...] = ()
    fits: Callable[[Change], bool] = _always
    each_attachment: bool = False
    with_comment: bool = False
    appends: bool = False  # its body lengthens a text of the record: the record is read right before
    scan: Scan | None = None
    scalar_key: str | None = None  # entries are bare numbers: each becomes {scalar_key: number}


@dataclass(frozen=True, slots=True)
class Proof:
    """A value an answer must show for the account to be ours, or that fills a setting."""

    operation: str
    path: str  # for the sentence
    value: Callable[[Answer], str | None]
    expected: str | None
    setting: str | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """A call that opens a session, what is kept of its answer, and how every other call shows it."""

    operation: str
    keep: Mapping[str, Callable[[Answer], str | None]]
    dress: Callable[[Request, Values], Request]
    ended: Callable[[Answer], bool]  # such an answer did nothing: sign in again and say it once more


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that one product can be asked and told. What is not in ``operations`` does not exist."""

    operations: Mapping[str, Operation]
    streams: Mapping[str, str]  # stream → operation
    key: Callable[[Raw], str | None]  # a record's number
    event_key: Callable[[Raw], str | None]  # a follow-up's number
    can: frozenset[str]
    updates: tuple[Operation, ...] = ()  # ``update:`` as a list, each with its ``when:``
    first_update_only: bool = False
    references: Mapping[str, Reference] = attribute(default_factory=dict)
    proofs: tuple[Proof, ...] = ()
    read_back: Mapping[str, tuple[str, ...] | None] = attribute(default_factory=dict)
    verify: str | None = None  # canonical field by which ``find`` asks
    login: Login | None = None


_SECRET = re.compile(r"<secret\.([A-Za-z0-9_.-]+)>")


def reveal(request: Request, secret: Callable[[str], str]) -> Request:
    """The request with its secrets in place, encoded for where they stand. To be called last, by the wire."""
    body = request.body if request.body is None else _revealed(request.body, secret)
    return replace(
        request,
        target=_revealed(request.target, lambda name: quote(secret(name), safe="")),
        address=_revealed(request.address, secret),
        query=tuple((_revealed(name, secret), _revealed(text, secret)) for name, text in request.query),
        headers={name: _revealed(text, secret) for name, text in request.headers.items()},
        body=body,
    )


def _revealed(value: Any, secret: Callable[[str], str]) -> Any:
    if isinstance(value, WithSecret):
        return _SECRET.sub(lambda found: secret(found[1]), value)
    if isinstance(value, Mapping):
        return {_revealed(name, secret): _revealed(one, secret) for name, one in value.items()}
    if isinstance(value, list):
        return [_revealed(one, secret) for one in value]
    return value
