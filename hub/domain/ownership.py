"""Whose word counts: for every canonical field, who may change it and what becomes of another side's word.

The owner of each field stands in ``hub.domain.complaint.FIELDS``. A mapping may narrow this, never widen it.
Records older than what a system said last are the caller's business: they are kept as raw and not merged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hub.domain.complaint import FIELDS, Complaint, Flag, Kind, Owner
from hub.domain.side import Side
from hub.domain.text import fold

CLAIMS = frozenset({"core_tracking_id", "core_transaction_id"})
"""An agency's word on these is a claim: it must be proved at the core, and is never merged."""


class Verdict(StrEnum):
    TAKE = "take"
    KEEP = "keep"
    FINDING = "finding"  # kept as it was, and a person should know that the other side differs


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says it: which side, whether the complaint was first filed there, whether the core has the complaint."""

    side: Side
    is_origin: bool
    core_linked: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """What a record changed: new values, and fields where a word was not taken but differs."""

    taken: Complaint = field(default_factory=dict)
    findings: tuple[str, ...] = ()


def merge(complaint: Complaint, said: Mapping[str, Any], by: Speaker) -> Merge:
    """Hold what a system says against what is known. Absent names were not said and change nothing."""
    taken: Complaint = {}
    findings = []
    for name, value in said.items():
        verdict = judge(complaint, name, value, by)
        if verdict is Verdict.TAKE:
            taken[name] = value
        elif verdict is Verdict.FINDING:
            findings.append(name)
    return Merge(taken, tuple(findings))


def judge(complaint: Complaint, name: str, value: Any, by: Speaker) -> Verdict:
    """The verdict on one field. A value equal to what is known is always KEEP."""
    rule = FIELDS[name]
    if rule.owner is Owner.LINK or (name in complaint and complaint[name] == value):
        return Verdict.KEEP
    if rule.kind is Kind.FLAG:
        return _flag(complaint.get(name), value, by)
    if by.side is Side.AGENCY and name in CLAIMS:
        return Verdict.KEEP
    if _OWNS[rule.owner](by):
        return Verdict.TAKE
    return _guest(complaint.get(name), value)


_OWNS: Mapping[Owner, Callable[[Speaker], bool]] = {
    # until the core has it, the agency's word is the only one there is
    Owner.CORE: lambda by: by.side is Side.CORE or not by.core_linked,
    Owner.AGENCY: lambda by: by.side is Side.AGENCY,
    Owner.ORIGIN: lambda by: by.is_origin,
    Owner.LINK: lambda _by: False,
}


def owns(owner: Owner, by: Speaker) -> bool:
    """May this speaker change a field with this owner?"""
    return _OWNS[owner](by)


def _guest(have: Any, value: Any) -> Verdict:
    """A word from who does not own the field: fills a gap, never replaces; an empty word says nothing."""
    if value is None:
        return Verdict.KEEP
    if have is None:
        return Verdict.TAKE
    return Verdict.KEEP if _same(have, value) else Verdict.FINDING


def _flag(have: Any, value: Any, by: Speaker) -> Verdict:
    """Protection is raised by anybody and lowered only by where it was filed, or by the core."""
    if value == Flag.YES:
        return Verdict.TAKE
    if value in (None, Flag.UNKNOWN):
        return Verdict.TAKE if have is None and value is not None else Verdict.KEEP
    if by.is_origin or by.side is Side.CORE:
        return Verdict.TAKE
    return Verdict.FINDING if have == Flag.YES else Verdict.KEEP


def _same(have: Any, value: Any) -> bool:
    if isinstance(have, str) and isinstance(value, str):
        return fold(have) == fold(value)
    return bool(have == value)
