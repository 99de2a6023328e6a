"""Walking a list to its end: pages, offsets, cursors and links, with an end that was seen, never assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from adapters.contract import Failure
from adapters.conversation import Answer, Operation, Values, Verdict
from adapters.talking.calls import Line, has

Place = dict[str, Any]
"""Where a walk stands, as JSON: ``{"page": 3}``, ``{"offset": 200}`` or ``{"next": "…"}``, and ``seen`` entries."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as it came. ``place`` is where the next one starts; None after the last."""

    entries: Sequence[Any]
    answer: Answer
    number: int  # of this walk, from 1
    place: Place | None


def every(line: Line, operation: Operation, values: Values) -> Iterator[Any]:
    """All entries of a list, page by page."""
    for sheet in walk(line, operation, values):
        yield from sheet.entries


def walk(line: Line, operation: Operation, values: Values, place: Place | None = None) -> Iterator[Sheet]:
    """Every page from ``place`` on. Raises CONTRACT where the list does not end as the mapping says."""
    return _Walk(line, operation, values, place).sheets()


class _Walk:
    def __init__(self, line: Line, operation: Operation, values: Values, place: Place | None) -> None:
        self.line = line
        self.operation = operation
        self.paging = operation.paging
        self.values = values
        self.place = place or self._start()
        self.resumed = place is not None
        self.before: frozenset[int] = frozenset()  # fingerprints of the page before
        self.longest = 0
        self.been: set[str] = set()

    def _start(self) -> Place:
        if self.paging.by == "page":
            return {"page": self.paging.first, "seen": 0}
        return {"offset": 0, "seen": 0} if self.paging.by == "offset" else {"seen": 0}

    def sheets(self) -> Iterator[Sheet]:
        for number in range(1, self.paging.most + 1):
            sheet = self._sheet(number)
            yield sheet
            if sheet.place is None:
                return
            self.place = sheet.place
        raise self._wrong("conversation.pages_endless", most=self.paging.most)

    def _sheet(self, number: int) -> Sheet:
        values = self._values()
        answer, meaning = self.line.asked(self.operation, values, self._link())
        if answer.status in self.paging.end_status and (number > 1 or self.resumed):
            return Sheet((), answer, number, None)
        if meaning.verdict is Verdict.ABSENT and self.operation.entries is None:
            return Sheet((), answer, number, None)
        self.line.demand(self.operation, answer, meaning)
        entries = self._entries(answer)
        marks = frozenset(map(_mark, entries))
        place = self._next(answer, entries, values) if self._goes_on(answer, entries, marks, number) else None
        self.before, self.longest = marks, max(self.longest, len(entries))
        return Sheet(entries, answer, number, place)

    def _values(self) -> Values:
        slots: dict[str, Any] = {name: self.place[name] for name in ("page", "offset") if name in self.place}
        if "offset" in slots and self.paging.size:
            slots["last"] = slots["offset"] + self.paging.size - 1  # where rows are asked for as 0-99
        if self.paging.by == "cursor":
            slots["next"] = self.place.get("next")
        return self.values.slot(size=self.paging.size, **slots)

    def _link(self) -> str | None:
        return self.place.get("next") if self.paging.by == "next" else None

    def _entries(self, answer: Answer) -> Sequence[Any]:
        if self.operation.entries is None:
            return [self.line.record(self.operation, answer)]
        entries = self.operation.entries(answer)
        if entries is None:
            raise self._wrong("conversation.no_records", status=answer.status, has=has(answer.body))
        return entries

    def _goes_on(self, answer: Answer, entries: Sequence[Any], marks: frozenset[int], number: int) -> bool:
        """Whether there is a next page. Raises where the list stops in a way nobody declared."""
        paging = self.paging
        if paging.by == "none":
            return False
        if paging.by in ("cursor", "next") and paging.next is not None:
            return self._more_by_token(entries, marks)
        if not entries:
            return self._stop_if("empty" in paging.ends, "conversation.pages_early")
        if number > 1 and marks <= self.before:
            return self._stop_if(self._may_repeat(entries, number), "conversation.pages_repeat")
        total = paging.total(answer) if paging.total else None
        if total is not None:
            return self._seen(entries) < total
        return not ("short" in paging.ends and self._is_short(answer, entries, number))

    def _more_by_token(self, entries: Sequence[Any], marks: frozenset[int]) -> bool:
        if entries and marks == self.before:
            return self._stop_if("repeated" in self.paging.ends, "conversation.pages_repeat")
        return True  # whether there is a token is seen in _next

    def _stop_if(self, allowed: bool, code: str) -> bool:
        if not allowed:
            raise self._wrong(code)
        return False

    def _may_repeat(self, entries: Sequence[Any], number: int) -> bool:
        """A full second page equal to the first is a page number nobody reads: then most records were never shown."""
        if "repeated" in self.paging.ends or self.paging.overlap_rows:
            return True
        full = self.paging.size is None or len(entries) >= self.paging.size
        return not (full and number == 2 and not self.resumed)

    def _is_short(self, answer: Answer, entries: Sequence[Any], number: int) -> bool:
        """Against the size the server used: its own word, or the longest page so far (it may lower ours silently)."""
        used = self.paging.size_of(answer) if self.paging.size_of else None
        if used is None and number > 1:
            used = self.longest
        return used is not None and len(entries) < used

    def _seen(self, entries: Sequence[Any]) -> int:
        if "offset" in self.place:
            return int(self.place["offset"]) + len(entries)
        return int(self.place.get("seen", 0)) + len(entries)

    def _next(self, answer: Answer, entries: Sequence[Any], values: Values) -> Place | None:
        seen = self._seen(entries)
        if self.paging.by == "page":
            return {"page": self.place["page"] + 1, "seen": seen}
        if self.paging.by == "offset":
            step = len(entries) - self.paging.overlap_rows
            return {"offset": self.place["offset"] + (step if step > 0 else len(entries)), "seen": seen}
        token = self._token(answer, entries)
        if token is None:
            return None
        if self.paging.by == "next":
            token = self.line.link(self.operation, self.line.request(self.operation, values), token)
        if token == self.place.get("next") or token in self.been:
            raise self._wrong("conversation.cursor_stuck")
        self.been.add(token)
        return {"next": token, "seen": seen}

    def _token(self, answer: Answer, entries: Sequence[Any]) -> str | None:
        if self.paging.next is not None:
            return self.paging.next(answer)
        if self.paging.last_of is None or not isinstance(entries[-1], dict):
            raise self._wrong("conversation.cursor_missing")
        token = self.paging.last_of(entries[-1])
        if token is None:
            raise self._wrong("conversation.cursor_missing")
        return token

    def _wrong(self, code: str, **facts: Any) -> Exception:
        return self.line.error(Failure.CONTRACT, code, self.operation, **facts)


def _mark(entry: Any) -> int:
    """A fingerprint within one walk."""
    return hash(orjson.dumps(entry, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS))


def place_of(resume: Any) -> Place | None:
    """A stored resume point, if it is one."""
    return dict(resume) if isinstance(resume, Mapping) and resume else None
