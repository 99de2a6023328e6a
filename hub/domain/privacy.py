"""What may leave for whom: data class × the two privacy flags × receiver. Unknown reads as yes: protected.

Anonim hides who the reporter is, from the reported office and the public; rahasia hides what was written from
everybody who does not work on it. They are independent. The core collects identity for verification itself, so it
may be told, but only together with a flag that is known: a flag that is unknown is never written out as either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub.domain.complaint import FIELDS, Complaint, Data, EventKind, Flag, Kind


class Receiver(StrEnum):
    ORIGIN = "origin"  # the system it was first filed in: knows it already
    CORE = "core"  # the national core, for a complaint filed elsewhere
    HOLDER = "holder"  # the agency that must work on it
    OTHER = "other"  # an agency that has a copy and does not hold it (any more)
    LIST = "list"  # lists, exports, notifications: read by staff in passing
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Flags:
    """The two flags as the complaint has them; anything but a plain no protects."""

    anonymous: Flag = Flag.UNKNOWN
    confidential: Flag = Flag.UNKNOWN

    @classmethod
    def of(cls, complaint: Mapping[str, Any]) -> Flags:
        return cls(_known(complaint.get("is_anonymous")), _known(complaint.get("is_confidential")))

    @property
    def known(self) -> bool:
        return Flag.UNKNOWN not in (self.anonymous, self.confidential)


def _known(value: Any) -> Flag:
    return Flag.UNKNOWN if value is None else Flag(value)


Rule = Callable[[Flags], bool]


def always(_flags: Flags) -> bool:
    return True


def never(_flags: Flags) -> bool:
    return False


def both_known(flags: Flags) -> bool:
    return flags.known


def unless_anonymous(flags: Flags) -> bool:
    return flags.anonymous is Flag.NO


def unless_confidential(flags: Flags) -> bool:
    return flags.confidential is Flag.NO


def unless_either(flags: Flags) -> bool:
    return flags.anonymous is Flag.NO and flags.confidential is Flag.NO


_R, _D = Receiver, Data
TABLE: Mapping[Receiver, Mapping[Data, Rule]] = {
    _R.ORIGIN: {one: always for one in Data},
    _R.CORE: {
        _D.OPEN: always, _D.IDENTITY: both_known, _D.CONTACT: both_known, _D.CONTENT: both_known,
        _D.PLACE: both_known,
    },
    _R.HOLDER: {
        _D.OPEN: always, _D.IDENTITY: unless_anonymous, _D.CONTACT: unless_anonymous, _D.CONTENT: always,
        _D.PLACE: always,
    },
    _R.OTHER: {
        _D.OPEN: always, _D.IDENTITY: never, _D.CONTACT: never, _D.CONTENT: unless_confidential,
        _D.PLACE: unless_either,
    },
    _R.LIST: {
        _D.OPEN: always, _D.IDENTITY: unless_either, _D.CONTACT: never, _D.CONTENT: unless_confidential,
        _D.PLACE: unless_either,
    },
    _R.PUBLIC: {
        _D.OPEN: always, _D.IDENTITY: never, _D.CONTACT: never, _D.CONTENT: unless_confidential,
        _D.PLACE: unless_either,
    },
}  # fmt: skip

_INNER = frozenset({EventKind.CATATAN})
"""Notes of an office to itself."""


def may_leave(data: Data, receiver: Receiver, flags: Flags) -> bool:
    return TABLE[receiver][data](flags)


@dataclass(frozen=True, slots=True)
class Leaving:
    """The part of a complaint that a receiver may have, and the names of what stayed."""

    complaint: Complaint
    withheld: tuple[str, ...] = ()


def leaving(complaint: Complaint, receiver: Receiver) -> Leaving:
    """Take out what may not leave. A flag that is unknown stays, too: it is never written out as either."""
    flags = Flags.of(complaint)
    may = {data: rule(flags) for data, rule in TABLE[receiver].items()}
    kept = {name: value for name, value in complaint.items() if _may(name, value, may)}
    return Leaving(kept, tuple(name for name in complaint if name not in kept))


def _may(name: str, value: Any, may: Mapping[Data, bool]) -> bool:
    rule = FIELDS[name]
    if rule.kind is Kind.FLAG and _known(value) is Flag.UNKNOWN:
        return False  # nor said to be empty: a peer would read that as "no"
    return may[rule.data]


def event_may_leave(kind: EventKind, visible: Flag, receiver: Receiver, flags: Flags) -> bool:
    """May a follow-up go there? What its author keeps inside, and an office's own notes, never do."""
    if kind in _INNER or visible is Flag.NO:
        return False
    if receiver is Receiver.PUBLIC and visible is not Flag.YES:
        return False
    return may_leave(Data.CONTENT, receiver, flags)


def raised(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Was protection raised? Such a change is pushed before everything else."""
    old, new = Flags.of(before), Flags.of(after)
    return (old.anonymous is not Flag.YES and new.anonymous is Flag.YES) or (
        old.confidential is not Flag.YES and new.confidential is Flag.YES
    )
