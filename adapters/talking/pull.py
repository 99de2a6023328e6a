"""Reading streams: what changed since, in windows where the product wants them, and the calls a view lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.contract import Failure, Page, Raw, Unreadable, WireError
from adapters.conversation import Each, Operation, Since, Values
from adapters.talking.calls import Line
from adapters.talking.pages import Sheet, every, place_of, walk

_WALKS = 3  # at most, over a list that changes while it is read
_SOON = timedelta(days=1)  # the last window ends beyond now: a fast clock there must not hide anything


def stream_operation(line: Line, stream: str) -> Operation:
    name = line.words.streams.get(stream)
    if name is None:
        raise WireError(Failure.CONTRACT, "conversation.no_stream", connector=line.connector, stream=stream)
    return line.operation(name)


def pull(line: Line, operation: Operation, since: datetime | None, resume: Any) -> Iterator[Page]:
    """The pages of a stream. ``resume`` is ``{"place": …, "from": window start}``, both optional."""
    asked = place_of(resume) or {}
    place = place_of(asked.get("place"))
    question = _question(operation.since, since)
    window = operation.since.window if operation.since else None
    if question is None or window is None:
        yield from _window(line, operation, question, None, place)
        return
    start = datetime.fromisoformat(asked["from"]) if "from" in asked else question
    now = line.now()
    while True:
        until = min(start + window, now + _SOON)
        final = until > now
        for page in _window(line, operation, start, until, place):
            yield _in_window(page, start, until, final)
        if final:
            return
        start, place = until, None


def _in_window(page: Page, start: datetime, until: datetime, final: bool) -> Page:
    """A page whose resume point also names its window; only the last window's last page ends the stream."""
    if not page.last:
        return replace(page, resume={**page.resume, "from": start.isoformat()})
    return page if final else replace(page, last=False, resume={"from": until.isoformat()})


def _question(words: Since | None, since: datetime | None) -> datetime | None:
    """The instant to ask from: the watermark less the overlap, and less one grain where "after" is meant."""
    if words is None:
        return None
    if since is None:
        return words.starts
    return since.astimezone(UTC) - words.overlap - (words.grain if words.after_only else timedelta(0))


def _window(
    line: Line, operation: Operation, since: datetime | None, until: datetime | None, place: Any
) -> Iterator[Page]:
    values = Values().slot(since=since, until=until)
    joined_whole = any(
        line.operation(name).entries is None and not line.operation(name).into for name in operation.joins
    )
    for more in reversed(range(_WALKS)):
        began: datetime | None = None
        moved = again = False
        for sheet in walk(line, operation, values, place):
            records, unreadable = readable(operation, sheet)
            began = began or sheet.answer.clock
            moved = moved or (sheet.number > 1 and _moved(operation, records, began))
            again = sheet.place is None and moved and more > 0
            yield Page(
                records=records,
                last=sheet.place is None and not again,
                resume={"place": sheet.place} if sheet.place is not None else {} if again else None,
                partial=operation.partial and not joined_whole,
                clock=sheet.answer.clock,
                since_ignored=since is not None and _ignored(operation.since, since, records),
                unreadable=unreadable,
            )
        if not again:
            return
        place = None


def _moved(operation: Operation, records: Sequence[Raw], began: datetime | None) -> bool:
    """Something changed while we read: where places are counted, rows may have moved over to pages read already."""
    changed_at = operation.since.changed_at if operation.since else None
    if began is None or changed_at is None or operation.paging.by not in ("page", "offset"):
        return False
    return any((changed := changed_at(record)) is not None and changed >= began for record in records)


def readable(operation: Operation, sheet: Sheet) -> tuple[list[Raw], list[Unreadable]]:
    """The entries that are records, and those that are not."""
    records: list[Raw] = []
    unreadable: list[Unreadable] = []
    for at, entry in enumerate(sheet.entries, 1):
        if isinstance(entry, dict):
            records.append(entry)
        elif operation.scalar_key and isinstance(entry, str | int) and not isinstance(entry, bool):
            records.append({operation.scalar_key: entry})
        else:
            facts = {"page": sheet.number, "item": at, "found": type(entry).__name__}
            unreadable.append(
                Unreadable(f"{sheet.number}:{at}", "conversation.not_an_object", str(entry)[:4096], facts)
            )
    return records, unreadable


def _ignored(words: Since | None, since: datetime, records: Sequence[Raw]) -> bool:
    """Older records than asked came back: nobody there read the question."""
    if words is None or words.changed_at is None or not words.warn_ignored:
        return False
    oldest = since - words.grain
    return any((changed := words.changed_at(record)) is not None and changed < oldest for record in records)


def complete(line: Line, operation: Operation, entry: Raw) -> Raw:
    """The entry joined with the calls its view lacks."""
    return joined(line, operation.joins, entry, line.words.key(entry)) if operation.joins else entry


def joined(line: Line, joins: Sequence[str], entry: Raw, system_id: str | None) -> Raw:
    """``joins`` in their order: a record without a name of its own takes the entry's place."""
    whole = entry
    for name in joins:
        operation = line.operation(name)
        values = Values(record=whole).slot(id=system_id)
        if operation.for_each is not None:
            whole = _joined_each(line, operation, operation.for_each, values)
            continue
        found = _joined_call(line, operation, values)
        whole = {**whole, operation.into: found} if operation.into else found
    return whole


def _joined_each(line: Line, operation: Operation, each: Each, values: Values) -> Raw:
    """One call per entry of a list in the record, in its order; the answers make a list, or stay in their entries."""
    entries: list[Any] = []
    answers: list[Any] = []
    for entry in each.entries(values.record):
        entries.append(entry)
        if each.fits(entry):
            answer = _joined_call(line, operation, replace(values, entry=entry))
            answers += answer if operation.entries is not None else [answer]
            if each.inside is not None and isinstance(entry, dict):
                entries[-1] = {**entry, each.inside: answer}
    if each.inside is not None:
        return each.put(values.record, entries)
    return {**values.record, operation.into or operation.name: answers}


def _joined_call(line: Line, operation: Operation, values: Values) -> Any:
    if operation.entries is not None:
        return list(every(line, operation, values))
    answer = line.read(operation, values)
    if answer is None:
        raise line.error(Failure.REFUSED, "conversation.join_absent", operation)
    return line.record(operation, answer)


def fetch(line: Line, system_id: str) -> Raw | None:
    """One whole record, with the same further calls a listed one gets."""
    operation = line.operation("detail")
    answer = line.read(operation, Values().slot(id=system_id))
    if answer is None:
        return None
    record = line.record(operation, answer)
    listed = line.words.operations.get(line.words.streams.get("records", ""))
    names = dict.fromkeys((*operation.joins, *(listed.joins if listed else ())))
    return joined(line, [name for name in names if name != "detail"], record, system_id)
