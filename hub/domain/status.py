"""What the statuses of a complaint's links mean together, and which of them is news for the other side.

Every link keeps its own status; the complaint's status is derived here and never merged. Sources: the ownership
rule of the field study (a local "selesai" is a follow-up at the core, not a closure; only the core closes) and
the admin actions of LAPOR! V3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.domain.complaint import Status
from hub.domain.side import Side

S = Status

ENDED = frozenset({S.CLOSED, S.ARCHIVED, S.REJECTED})
"""After these the core expects nothing more from anybody."""

CORE_DECIDES = ENDED | {S.ON_HOLD}
"""Said by the core, these are the complaint's status whatever agencies say."""

ORDER: Mapping[Status, int] = {
    one: place
    for place, one in enumerate(
        (S.RECEIVED, S.VERIFIED, S.DISPATCHED, S.ON_HOLD, S.IN_PROGRESS, S.RESPONDED, S.REPORTER_REPLIED)
    )
}
"""How far a complaint has come: of several links the furthest counts."""

AGENCY_MEANS: Mapping[Status, Status] = {S.CLOSED: S.RESPONDED, S.ARCHIVED: S.DISPATCHED, S.REJECTED: S.DISPATCHED}
"""What an agency's end is worth while the core has the complaint: an answer at most. A file put away or refused
without an answer leaves the complaint where it was, and a person is told (``UNANSWERED``)."""

UNANSWERED = frozenset({S.ARCHIVED, S.REJECTED})

NEWS: Mapping[Side, frozenset[Status]] = {
    # said by this side, told to the other
    Side.AGENCY: frozenset({S.IN_PROGRESS, S.RESPONDED, S.RETURNED}),
    Side.CORE: frozenset({S.ON_HOLD, S.REPORTER_REPLIED, S.CLOSED, S.ARCHIVED, S.REJECTED}),
}

LEGAL: Mapping[Status, frozenset[Status]] = {
    S.RECEIVED: frozenset(S) - {S.REPORTER_REPLIED},
    S.VERIFIED: frozenset(S) - {S.RECEIVED, S.REPORTER_REPLIED},
    S.DISPATCHED: frozenset(S) - {S.RECEIVED, S.REPORTER_REPLIED},
    S.IN_PROGRESS: frozenset(S) - {S.RECEIVED},
    S.RESPONDED: frozenset(S) - {S.RECEIVED, S.VERIFIED},
    S.REPORTER_REPLIED: frozenset(S) - {S.RECEIVED, S.VERIFIED},
    S.ON_HOLD: frozenset(S) - {S.RECEIVED},
    S.RETURNED: frozenset(S) - {S.RESPONDED, S.REPORTER_REPLIED},
    S.REJECTED: frozenset({S.REJECTED, S.ARCHIVED, S.RECEIVED, S.VERIFIED}),
    S.ARCHIVED: frozenset({S.ARCHIVED, S.VERIFIED, S.DISPATCHED}),
    S.CLOSED: frozenset({S.CLOSED, S.REPORTER_REPLIED}),
}
"""From → to within one link. What a system says is taken as it is; a step outside this table is a finding."""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One open link's word. ``holder``: this agency is the one the core disposed the complaint to."""

    side: Side
    status: Status | None
    holder: bool = True


def derive(links: Iterable[LinkStatus]) -> Status | None:
    """The complaint's status; None where no link says any."""
    said = [one for one in links if one.status is not None]
    core = next((one.status for one in said if one.side is Side.CORE), None)
    agencies = [one.status for one in said if one.side is Side.AGENCY and one.holder and one.status]
    if core is None:
        return _furthest(agencies, LOCAL_ORDER)
    if core in CORE_DECIDES or core is S.RETURNED:
        return core
    if S.RETURNED in agencies and ORDER[core] <= ORDER[S.IN_PROGRESS]:
        return S.RETURNED
    meant = [AGENCY_MEANS.get(one, one) for one in agencies if one is not S.RETURNED]
    return _furthest([core, *meant], ORDER)


LOCAL_ORDER: Mapping[Status, int] = {**ORDER, S.CLOSED: 7, S.REJECTED: 8, S.ARCHIVED: 9, S.RETURNED: 10}
"""Without a core the agency's own word stands, ends included."""


def _furthest(statuses: Iterable[Status], order: Mapping[Status, int]) -> Status | None:
    return max(statuses, key=lambda one: order[one], default=None)


def is_news(status: Status | None, said_by: Side) -> bool:
    """Must the other side be told that this side's link has this status now?"""
    return status in NEWS[said_by]


def is_legal(before: Status | None, after: Status | None) -> bool:
    """Is this step in one link one that people make? Otherwise it is worth a finding; it is taken all the same."""
    return before is None or after is None or before is after or after in LEGAL[before]
