"""What a mapping gives back: readings (system → canonical) and writings (canonical → system).

Plain values only; a mapping does no I/O and knows no store.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from hub.domain.complaint import Complaint

Raw = dict[str, Any]


class FieldClass(StrEnum):
    """What survives a round trip through a field's rule."""

    EXACT = "exact"
    NORMALISING = "normalising"  # comes back in one standard form
    LOSSY = "lossy"  # declared with ``loss:``
    ONE_WAY = "one-way"  # read only or written only


@dataclass(frozen=True, slots=True)
class Issue:
    """One field that could not be read or written: the field counts as not sent, the record goes on.

    ``value`` is set only for a mapped field that is not personal; else ``shape`` (``99-AAA``) says what it
    looked like. ``code`` names a sentence in ``hub/language``.
    """

    field: str  # canonical name
    path: str  # where in the system's record
    rule: str  # "mappings/sigap.yaml:14"
    code: str
    value: str | None = None
    shape: str = ""
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class RecordRefused(Exception):
    """The whole record cannot be read (no key, unreadable flags, a required field): quarantine it."""

    def __init__(self, issue: Issue, others: Sequence[Issue] = ()) -> None:
        super().__init__(f"{issue.field}: {issue.code}")
        self.issue = issue
        self.others = tuple(others)


@dataclass(frozen=True, slots=True)
class EventReading:
    """One follow-up read from a record or a feed; ``values`` are canonical event names."""

    key: str  # stable within the record: the system's own number, or a digest
    of: str | None  # the record's number, for feeds
    values: Mapping[str, Any]
    ours: bool  # written by this hub, by author or marker
    raw: Raw
    issues: tuple[Issue, ...] = ()  # of an entry that comes by itself; else they stand with the record's


@dataclass(frozen=True, slots=True)
class Reading:
    """One record read. Absent in ``complaint`` = not said; None = said to be empty."""

    system_id: str
    complaint: Complaint
    as_of: datetime | None  # the record's own change time, UTC
    issues: tuple[Issue, ...] = ()
    events: tuple[EventReading, ...] = ()
    attachments: tuple[Mapping[str, Any], ...] = ()
    skipped: str | None = None  # the mapping's reason for leaving this record out
    same_as: str | None = None  # merged into another record of that system
    gone: bool = False
    unmapped: tuple[str, ...] = ()  # paths that no rule and no ``ignore`` names


@dataclass(frozen=True, slots=True)
class Writing:
    """A complaint in the system's words. ``changed`` is the part that differs from the base."""

    fields: Raw
    changed: Raw
    names: tuple[str, ...] = ()  # canonical fields that differ from the base
    issues: tuple[Issue, ...] = ()  # fields that may not or cannot be said there


@dataclass(frozen=True, slots=True)
class Trace:
    """Where one canonical value came from."""

    field: str
    path: str
    rule: str  # file:line
    words: str  # the rule in a person's words
    raw_shape: str
