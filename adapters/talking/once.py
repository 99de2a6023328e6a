"""One call that changes something there, under a durable receipt: sent once, looked up, or left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn

from adapters.contract import Change, Failure, Outcome, OutcomeKind, Raw, Receipt, WireError
from adapters.conversation import Again, Answer, Meaning, Operation, SlotRefused, Step, Values, Verdict
from adapters.talking.calls import Line, has
from adapters.talking.find import find_event, found_by_key, only

NOTHING = "nothing"
"""A kept result ``{"nothing": why}`` says that the step is known not to have happened: it may be sent again.

Whoever learns by a verified look-up what became of a step that ended in UNKNOWN (its name is in the outcome's
facts) keeps ``{"nothing": "absent"}`` or ``{"id": number}`` for it; the next push goes on from there.
"""

_KINDS = {
    Verdict.REFUSED: OutcomeKind.REFUSED,
    Verdict.ABSENT: OutcomeKind.REFUSED,
    Verdict.LATER: OutcomeKind.LATER,
    Verdict.CONFLICT: OutcomeKind.LATER,
    Verdict.CREDENTIALS: OutcomeKind.CREDENTIALS,
    Verdict.DOWN: OutcomeKind.DOWN,
}
_FAILED = {
    Failure.REFUSED: OutcomeKind.REFUSED,
    Failure.LATER: OutcomeKind.LATER,
    Failure.CREDENTIALS: OutcomeKind.CREDENTIALS,
    Failure.DOWN: OutcomeKind.DOWN,
}

Kept = Mapping[str, Any]


class Stopped(Exception):
    """The push ends here, with this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


def stop(kind: OutcomeKind, code: str, **facts: Any) -> NoReturn:
    raise Stopped(Outcome(kind, code=code, facts=facts))


def stop_on(error: WireError, step: str) -> NoReturn:
    """A call that certainly changed nothing failed. A mapping that does not fit is nobody's outcome: raises."""
    kind = _FAILED.get(error.failure)
    if kind is None:
        raise error
    raise Stopped(Outcome(kind, code=error.code, not_before=error.not_before, facts={**error.facts, "step": step}))


class Once:
    """Sends the calls of one change, each at most once without knowing better."""

    def __init__(self, line: Line, change: Change, receipt: Receipt) -> None:
        self.line = line
        self.change = change
        self.receipt = receipt
        self.shown: Raw | None = None  # the record as an answer carried it

    def call(self, name: str, operation: Operation, values: Values, step: Step | None = None) -> Kept:
        """Send one call unless it is known to have happened; gives what it gave, then or now. Raises Stopped."""
        attempt, kept = self.attempt(name)
        if kept is not None:
            return kept
        again = step.again if step else operation.again
        if not operation.reads and again is not Again.REPEAT and self.receipt.started(attempt):
            kept = self._look(attempt, step, values)
            self.receipt.keep(attempt, kept)
            return self.call(name, operation, values, step)
        self.receipt.begin(attempt)
        result = self._result(attempt, operation, self._say(attempt, operation, values), step)
        self.receipt.keep(attempt, result)
        return result

    def attempt(self, name: str) -> tuple[str, Kept | None]:
        """The name of the next attempt at a step, or the result of the one that succeeded."""
        attempt, count = name, 1
        while (kept := self.receipt.done(attempt)) is not None and NOTHING in kept:
            count += 1
            attempt = f"{name}#{count}"
        return attempt, kept

    def absent(self, name: str) -> None:
        """A look-up has just shown that an attempt begun earlier came to nothing."""
        attempt, kept = self.attempt(name)
        if kept is None and self.receipt.started(attempt):
            self.receipt.keep(attempt, {NOTHING: "absent"})

    # -- a step begun by an earlier attempt that told nobody how it ended

    def _look(self, attempt: str, step: Step | None, values: Values) -> Kept:
        kept = self._found(step, values) if step and step.again is Again.FIND else None
        if kept is None:
            stop(OutcomeKind.UNKNOWN, "conversation.begun_before", connector=self.line.connector, step=attempt)
        return kept

    def _found(self, step: Step, values: Values) -> Kept | None:
        """What a look-up says of a step: its result, ``nothing``, or None where it cannot be told."""
        by_text = step.look == "find_event"
        wanted = self.change.text if by_text else (self.change.key or "")
        system_id = values.slots.get("id")
        if step.look is None or not wanted or (by_text and not system_id):
            return None
        try:
            if by_text:
                found = only(find_event(self.line, str(system_id), wanted, None), wanted)
            else:
                found = found_by_key(self.line, wanted)
        except WireError as error:
            stop_on(error, step.name)
        if found is not None:
            return {"id": (self.line.words.event_key if by_text else self.line.words.key)(found)}
        return None if step.makes else {NOTHING: "absent"}  # a record may still be under way there: ask again later

    # -- sending

    def _say(self, attempt: str, operation: Operation, values: Values) -> Answer:
        if operation.appends:
            version, record = self._fresh(operation, values)
            values = replace(values, record=record).slot(version=version)
        elif operation.guard is not None:
            values = self._versioned(operation, values)
        answer, meaning = self._send(attempt, operation, values)
        if meaning.verdict is Verdict.CONFLICT and operation.guard is not None:
            answer, meaning = self._send(attempt, operation, self._merged(operation, values))
        if meaning.verdict is not Verdict.OK:
            self._judge(attempt, operation, answer, meaning)
        return answer

    def _send(self, attempt: str, operation: Operation, values: Values) -> tuple[Answer, Meaning]:
        try:
            return self.line.ask(operation, values)
        except SlotRefused as refused:
            self.receipt.keep(attempt, {NOTHING: refused.code})
            facts = {"connector": self.line.connector, "operation": operation.name, **refused.facts}
            stop(OutcomeKind.REFUSED, refused.code, **facts)
        except WireError as error:
            if error.sent and not operation.reads:
                facts = {**error.facts, "step": attempt, "again": operation.again.value}
                stop(OutcomeKind.UNKNOWN, error.code, **facts)
            self.receipt.keep(attempt, {NOTHING: error.code})
            stop_on(error, attempt)

    def _judge(self, attempt: str, operation: Operation, answer: Answer, meaning: Meaning) -> NoReturn:
        kind = _KINDS.get(meaning.verdict, OutcomeKind.UNKNOWN)
        if kind is not OutcomeKind.UNKNOWN:
            self.receipt.keep(attempt, {NOTHING: meaning.verdict.value})
        facts = {
            "connector": self.line.connector,
            "operation": operation.name,
            "step": attempt,
            "status": answer.status,
        }
        raise Stopped(
            Outcome(
                kind,
                code=meaning.code or f"conversation.{meaning.verdict.value}",
                text=meaning.text,
                refused_field=meaning.field,
                not_before=meaning.not_before,
                shown=self.shown if meaning.verdict is Verdict.CONFLICT else None,
                facts={**facts, "status": answer.status, **meaning.facts},
            )
        )

    def _result(self, attempt: str, operation: Operation, answer: Answer, step: Step | None) -> Kept:
        """What is kept of a good answer. A number that should be there and is not leaves the outcome unknown."""
        made = operation.made(answer)
        if operation.record is not None and isinstance(shown := operation.record(answer), dict):
            self.shown = shown
        result: dict[str, Any] = {"id": made.id, "number": made.number}
        needed = {"id"} if operation.id_required else set()
        if step is not None and not operation.reads:
            keep = step.keep_otherwise if step.otherwise else step.keep
            result |= {name: read(answer) for name, read in keep.items()}
            needed |= keep.keys()
        if any(result[name] is None for name in needed):
            facts = {"operation": operation.name, "step": attempt, "status": answer.status, "has": has(answer.body)}
            stop(OutcomeKind.UNKNOWN, "conversation.no_number", connector=self.line.connector, **facts)
        return {name: value for name, value in result.items() if value is not None}

    # -- versions

    def _versioned(self, operation: Operation, values: Values) -> Values:
        guard = operation.guard
        if guard and guard.of_record is not None and self.change.base:
            version = guard.of_record(self.change.base)
            if version is not None:
                return values.slot(version=version)
        return values.slot(version=self._fresh(operation, values)[0])

    def _merged(self, operation: Operation, values: Values) -> Values:
        """Somebody was faster: our changes over what stands there now, with its version."""
        version, record = self._fresh(operation, values)
        self.shown = record
        fields = over(record, self.change.changed) if self.change.base is not None else self.change.fields
        return replace(values, fields=fields, record=record).slot(version=version)

    def _fresh(self, operation: Operation, values: Values) -> tuple[str | None, Raw]:
        """The record and its version as they stand there now."""
        detail = self.line.operation("detail")
        try:
            answer = self.line.read(detail, Values().slot(id=values.slots.get("id")))
        except WireError as error:
            stop_on(error, operation.name)
        if answer is None:
            stop(OutcomeKind.REFUSED, "conversation.absent", connector=self.line.connector, operation=operation.name)
        record = self.line.record(detail, answer)
        guard = operation.guard
        if guard and guard.of_answer is not None:
            return guard.of_answer(answer), record
        return (guard.of_record(record) if guard and guard.of_record else None), record


def over(record: Raw, changed: Raw) -> Raw:
    """``changed`` laid over ``record``; lists are replaced whole."""
    merged = dict(record)
    for name, value in changed.items():
        inner = merged.get(name)
        merged[name] = over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
