"""A scripted system in memory: it keeps its own ledger, and misbehaves exactly when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.contract import Change, ChangeKind, Failure, Finding, Outcome, OutcomeKind, Page, Raw, Receipt, WireError

ALL = frozenset({"pull", "fetch", "create", "update", "comment", "find", "find_event"})


def _as_it_is(one: Any) -> Any:
    return one


def _well(call: str) -> None:
    return None


class Killed(BaseException):
    """The process dies here: nothing that follows in our code runs."""


@dataclass
class Peer:
    """``ledger`` is the judge: what this system accepted, in order."""

    name: str
    now: Callable[[], datetime]
    records: dict[str, Raw] = field(default_factory=dict)
    ledger: list[tuple[str, str, Any]] = field(default_factory=list)
    can: frozenset[str] = ALL
    order: str = "oldest"  # oldest | newest | none
    size: int = 10
    since_works: bool = True
    partial: bool = False  # lists show half a record
    numbers: int = 100
    alter: Callable[[Raw], Raw] = _as_it_is  # what this system makes of what we write
    before: Callable[[str], None] = _well  # raises to fail a call
    after: Callable[[str], None] = _well  # raises after the system acted
    outcome: Callable[[Outcome], Outcome] = _as_it_is
    calls: list[str] = field(default_factory=list)

    def put(self, **values: Any) -> Raw:
        """A person works in this system."""
        number = str(values.pop("id", None) or self.next_number())
        raw = self.records.setdefault(number, {"id": number, "notes": []})
        raw.update(values, changed=self.now().isoformat())
        return raw

    def note(self, number: str, text: str, by: str = "officer", **more: Any) -> None:
        notes = self.records[number]["notes"]
        at = self.now().isoformat()
        notes.append({"id": f"{number}-{len(notes) + 1}", "by": by, "at": at, "text": text, **more})
        self.records[number]["changed"] = at

    def next_number(self) -> str:
        self.numbers += 1
        return str(self.numbers)

    def made(self, kind: str) -> list[Any]:
        """Ledger entries of a kind: (number, what)."""
        return [(number, what) for one, number, what in self.ledger if one == kind]

    def adapter(self) -> PeerAdapter:
        return PeerAdapter(self)

    def listed(self, since: datetime | None) -> list[Raw]:
        found = [deepcopy(raw) for raw in self.records.values()]
        if since is not None and self.since_works:
            found = [raw for raw in found if datetime.fromisoformat(raw["changed"]) >= since]
        if self.order != "none":
            found.sort(key=lambda raw: raw["changed"], reverse=self.order == "newest")
        return found


class PeerAdapter:
    """``adapters.contract.Adapter`` over a ``Peer``."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    @property
    def can(self) -> frozenset[str]:
        return self.peer.can

    def check(self) -> list[Finding]:
        return []

    def close(self) -> None:
        return None

    def reference(self, name: str) -> list[Raw]:
        return []

    def _call(self, name: str) -> None:
        self.peer.calls.append(name)
        self.peer.before(name)

    def pull(self, stream: str, *, since: datetime | None, resume: Any = None) -> Iterator[Page]:
        offset = int(resume or 0)
        while True:
            self._call("list")
            found = self.peer.listed(since)
            part = found[offset : offset + self.peer.size]
            offset += self.peer.size
            last = offset >= len(found)
            if self.peer.partial:
                part = [{name: raw[name] for name in ("id", "changed", "title")} for raw in part]
            yield Page(part, last, offset, partial=self.peer.partial, clock=self.peer.now())
            if last:
                return

    def complete(self, stream: str, entry: Raw) -> Raw:
        if not self.peer.partial:
            return entry
        self._call("detail")
        return deepcopy(self.peer.records[entry["id"]])

    def fetch(self, system_id: str) -> Raw | None:
        self._call("fetch")
        return deepcopy(self.peer.records.get(system_id))

    def find(self, key: str) -> Iterator[Raw]:
        """A look-up whose filter does nothing: it answers everything, as some do."""
        self._call("find")
        yield from deepcopy(list(self.peer.records.values()))

    def find_event(self, system_id: str, text: str, after: datetime | None) -> Iterator[Raw]:
        self._call("find_event")
        yield from deepcopy(self.peer.records[system_id]["notes"])

    def push(self, change: Change, receipt: Receipt) -> Outcome:
        step = change.kind.value
        kept = receipt.done(step)
        if kept is not None and "nothing" not in kept:
            return _known(change, str(kept["id"]))
        if receipt.started(step):
            return Outcome(OutcomeKind.UNKNOWN, code="sync.test_unknown")
        receipt.begin(step)
        self._call(step)
        outcome = _WRITES[change.kind](self.peer, change)
        self.peer.after(step)
        receipt.keep(step, {"id": outcome.event_id or outcome.system_id})
        return self.peer.outcome(outcome)


def _known(change: Change, number: str) -> Outcome:
    """A look-up, or an earlier attempt, told how this ended: nothing is sent again."""
    if change.kind is ChangeKind.COMMENT:
        return Outcome(OutcomeKind.DONE, change.system_id, event_id=number)
    return Outcome(OutcomeKind.DONE, change.system_id or number)


def _create(peer: Peer, change: Change) -> Outcome:
    number = peer.next_number()
    peer.put(id=number, **peer.alter(deepcopy(change.fields)))
    peer.ledger.append(("create", number, deepcopy(change.fields)))
    return Outcome(OutcomeKind.DONE, number)


def _update(peer: Peer, change: Change) -> Outcome:
    number = str(change.system_id)
    peer.put(id=number, **peer.alter(deepcopy(change.changed)))
    peer.ledger.append(("update", number, deepcopy(change.changed)))
    return Outcome(OutcomeKind.DONE, number)


def _comment(peer: Peer, change: Change) -> Outcome:
    number = str(change.system_id)
    more: Mapping[str, Any] = {name: value for name, value in change.event.items() if name != "text"}
    text = peer.alter({"text": change.text})["text"]
    peer.note(number, text, "hub", **more)
    peer.ledger.append(("comment", number, change.text))
    return Outcome(OutcomeKind.DONE, number, event_id=peer.records[number]["notes"][-1]["id"])


_WRITES = {ChangeKind.CREATE: _create, ChangeKind.UPDATE: _update, ChangeKind.COMMENT: _comment}


def cut(call: str) -> Callable[[str], None]:
    """The reply to ``call`` is lost, after the system acted."""

    def after(name: str) -> None:
        if name == call:
            raise WireError(Failure.DOWN, "wire.timeout", sent=True)

    return after


def down(call: str = "") -> Callable[[str], None]:
    def before(name: str) -> None:
        if name == call or not call:
            raise WireError(Failure.DOWN, "wire.unreachable")

    return before
