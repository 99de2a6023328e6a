"""One record's word merged into its complaint: three-way on the agreed base, by owner, never from an older record.

The base of a link is what its system *said* when both sides last agreed. A field that still reads as it did then is
no news, whatever the complaint holds by now; so neither our own writing nor another system's change comes back as
an echo. A field we wrote that reads back altered becomes base, and a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.domain.complaint import FIELDS, Complaint, Moment, Owner, Status
from hub.domain.ownership import Speaker, merge
from hub.domain.side import Side
from hub.domain.status import is_legal
from hub.store.findings import Found
from hub.sync.arrival import Arrival
from hub.sync.case import Case, NewLink
from hub.sync.job import Job
from hub.sync.link import same_text

_KEPT_PER_LINK = frozenset(name for name, one in FIELDS.items() if one.owner is Owner.LINK)


def take(job: Job, case: Case, link: NewLink, arrival: Arrival, raw_id: int) -> list[Found]:
    """Merge ``arrival`` into ``case`` and make what it shows the link's base; what a person should see comes back."""
    if case.key is None:
        return []
    base = case.key.open(link.base) if link.base else {}
    said: Complaint = base.get("said", {})
    sent = {**base.get("sent", {}), **arrival.sent}
    news, altered = _news(arrival, said, sent)
    found = [_altered(case, link, name) for name in altered]
    found += _take_status(case, link, arrival, news, altered)
    left = _KEPT_PER_LINK | job.words.core_only if job.connector.role is Side.AGENCY else _KEPT_PER_LINK
    first = link.role in ("origin", "claim")  # until a claim is proved it is the only word there is
    speaker = Speaker(job.connector.role, first, case.core_linked)
    merged = merge(case.values, {name: value for name, value in news.items() if name not in left}, speaker)
    for name, value in merged.taken.items():
        case.values[name] = value
        case.sources[name] = raw_id
        case.changed.add(name)
    found += [_not_owner(case, link, name) for name in merged.findings if name in said]  # a first sight claims nothing
    _agree(case, link, arrival, said, sent)
    case.is_origin = case.is_origin or link.role == "origin"
    case.touched = case.touched or bool(merged.taken)
    return found


def _news(arrival: Arrival, said: Complaint, sent: Mapping[str, Any]) -> tuple[Complaint, list[str]]:
    """What differs from the base, without what is only our own writing as the peer shows it."""
    news: Complaint = {}
    altered = []
    for name, value in arrival.reading.complaint.items():
        if name in sent:
            if sent[name] == value:
                continue
            if name in arrival.sent or _is_form_of(sent[name], value):
                altered.append(name)
                continue
        if name not in said or said[name] != value:
            news[name] = value
    return news, altered


def _is_form_of(sent: Any, shown: Any) -> bool:
    """Later on only a changed case, folded spaces or a cut end is our own writing; the rest is somebody's word."""
    if isinstance(sent, Moment) or isinstance(shown, Moment):
        return False
    return shown is not None and same_text(sent, shown)


def _take_status(case: Case, link: NewLink, arrival: Arrival, news: Complaint, altered: list[str]) -> list[Found]:
    """The link's own status is as the peer shows it; whether that is news depends on who wrote it there."""
    said = arrival.reading.complaint
    link.status_raw = said.get("status_raw", link.status_raw)
    if "status" not in said:
        return []
    before, after = link.status, said["status"]
    link.status = after
    case.touched = case.touched or before != after
    if "status" not in news or before == after or "status" in altered:
        return []
    case.link_status = Status(after) if after else None
    case.touched = True
    if is_legal(Status(before) if before else None, case.link_status):
        return []
    facts = {"before": before, "after": after}
    return [Found("odd_step", "sync.odd_step", case.id, link.record_id, "status", facts)]


def _agree(case: Case, link: NewLink, arrival: Arrival, said: Complaint, sent: Mapping[str, Any]) -> None:
    """What the peer shows now is what both sides agree on; what this view lacks stays as it was."""
    if case.key is None:
        return
    shown = arrival.reading.complaint
    base: dict[str, Any] = {"said": {**said, **shown} if said else shown}
    case.proved = case.proved or bool(sent)
    if unseen := {name: value for name, value in sent.items() if name not in shown}:
        base["sent"] = unseen
    link.base = case.key.seal(base)
    link.base_as_of = arrival.as_of
    link.base_version = arrival.version or link.base_version
    link.touched = True


def _altered(case: Case, link: NewLink, name: str) -> Found:
    return Found("altered_by_peer", "sync.altered_by_peer", case.id, link.record_id, name, {"field": name})


def _not_owner(case: Case, link: NewLink, name: str) -> Found:
    return Found("not_owner", "sync.not_owner", case.id, link.record_id, name, {"field": name})
