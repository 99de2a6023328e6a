"""Saying one change: which calls it takes, in which order, and what is learnt on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from adapters.contract import Change, ChangeKind, Outcome, OutcomeKind, Raw, Receipt, WireError
from adapters.conversation import Again, Operation, Step, Values
from adapters.talking.calls import Line
from adapters.talking.find import find_event, found_by_key, only
from adapters.talking.once import Kept, Once, Stopped, stop, stop_on
from adapters.talking.pull import fetch

_BEFORE_SENDING = timedelta(minutes=10)  # a peer's clock may be behind: a look-up by time starts earlier


@dataclass
class _Said:
    """What has been learnt so far."""

    system_id: str | None
    number: str | None = None
    event_id: str | None = None
    warnings: list[str] = field(default_factory=list)


class Push:
    """One change on its way."""

    def __init__(self, line: Line, change: Change, receipt: Receipt) -> None:
        self.line = line
        self.change = change
        self.once = Once(line, change, receipt)
        self.said = _Said(change.system_id)
        self.kept: dict[str, Kept] = {}

    def outcome(self) -> Outcome:
        """Say it. A WireError leaves only where nothing was sent and the mapping does not fit the system."""
        try:
            for name, operation in self._plan():
                if operation.steps:
                    self._steps(name, operation)
                else:
                    self._call(name, operation)
        except Stopped as stopped:
            return replace(stopped.outcome, system_id=self.said.system_id, warnings=tuple(self.said.warnings))
        said = self.said
        return Outcome(
            OutcomeKind.DONE,
            system_id=said.system_id,
            number=said.number,
            event_id=said.event_id,
            shown=self.once.shown,
            warnings=tuple(said.warnings),
        )

    # -- which calls

    def _plan(self) -> list[tuple[str, Operation]]:
        kind = self.change.kind
        if kind in (ChangeKind.CREATE, ChangeKind.ATTACH):
            return [(kind.value, self._declared(kind.value))]
        is_comment = kind is ChangeKind.COMMENT
        plan = self._updates(is_comment) if not is_comment or self.change.moves else []
        has_comment = is_comment or bool(self.change.event or self.change.text)
        if has_comment and not any(operation.with_comment for _, operation in plan):
            plan = [*plan, ("comment", self._declared("comment"))]
        if not plan:
            fields = ", ".join(sorted(self.change.moves))
            stop(OutcomeKind.REFUSED, "conversation.no_action", connector=self.line.connector, fields=fields)
        return plan

    def _updates(self, only_with_comment: bool) -> list[tuple[str, Operation]]:
        """``update:`` by action: every call whose ``when:`` fits, or only the first."""
        words = self.line.words
        calls = words.updates or ((self._declared("update"),) if not only_with_comment else ())
        fitting = [
            (one.name, one) for one in calls if one.fits(self.change) and (one.with_comment or not only_with_comment)
        ]
        return fitting[:1] if words.first_update_only else fitting

    def _declared(self, name: str) -> Operation:
        operation = self.line.words.operations.get(name)
        if operation is None:
            stop(OutcomeKind.REFUSED, "conversation.cannot", connector=self.line.connector, operation=name)
        return operation

    # -- an operation of one call

    def _call(self, name: str, operation: Operation) -> None:
        """Also: one call per attachment."""
        if operation.each_attachment or self.change.kind is ChangeKind.ATTACH:
            for at, attachment in enumerate(self._attachments()):
                self.once.call(f"{name}.{at}", operation, self._values(attachment))
            return
        kept = self.once.call(name, operation, self._values({}))
        if self.change.kind is ChangeKind.CREATE:
            self._created(operation, name, kept)
        elif name == "comment" or operation.with_comment:
            self.said.event_id = kept.get("id") or self._event_id(operation)

    def _attachments(self) -> Sequence[Raw]:
        if not self.change.attachments and self.change.kind is ChangeKind.ATTACH:
            stop(OutcomeKind.REFUSED, "conversation.no_attachment", connector=self.line.connector)
        return self.change.attachments

    def _values(self, attachment: Raw) -> Values:
        change = self.change
        values = Values(
            fields=change.fields,
            changed=change.changed,
            event=change.event,
            attachment=attachment,
            attachments=change.attachments,
            record=change.base or {},
            kept=self.kept,
        )
        return values.slot(id=self.said.system_id, key=change.key, text=change.text or None, now=self.line.now())

    # -- an operation of several

    def _steps(self, name: str, operation: Operation) -> None:
        made: Kept = {}
        for step in operation.steps:
            try:
                kept = self._step(f"{name}.{step.name}", step)
            except Stopped:
                if not step.warn:
                    raise
                self.said.warnings.append(step.name)
                kept = {}
            self.kept[step.name] = kept
            if step.makes:
                made = kept
                self.said.system_id = kept.get("id") or self.said.system_id
            elif self._tells(operation) and not self.line.operation(step.call).reads:
                self.said.event_id = kept.get("id") or self.said.event_id
        if self.change.kind is ChangeKind.CREATE:
            self._created(operation, name, made)
        elif self._tells(operation):
            self.said.event_id = self.said.event_id or self._event_id(operation)

    def _tells(self, operation: Operation) -> bool:
        """Does this operation carry the follow-up?"""
        return self.change.kind is ChangeKind.COMMENT or operation.with_comment

    def _step(self, name: str, step: Step) -> Kept:
        if not step.each_attachment:
            return self._step_call(name, step, {})
        results = [self._step_call(f"{name}.{at}", step, one) for at, one in enumerate(self.change.attachments)]
        return {key: [one.get(key) for one in results] for key in step.keep}

    def _step_call(self, name: str, step: Step, attachment: Raw) -> Kept:
        call = self.line.operation(step.call)
        values = self._values(attachment)
        if step.otherwise is None:
            return self._look_up(call, values, step) if call.reads else self.once.call(name, call, values, step)
        kept = self.once.attempt(name)[1]
        if kept is None:
            kept = self._look_up(call, values, step) or None
        if kept is not None:
            return kept
        if step.again is Again.FIND:
            self.once.absent(name)
        return self.once.call(name, self.line.operation(step.otherwise), values, step)

    def _look_up(self, call: Operation, values: Values, step: Step) -> Kept:
        """What a step that only asks keeps; nothing where it finds nothing."""
        try:
            answer = self.line.read(call, values)
        except WireError as error:
            stop_on(error, step.name)
        return {} if answer is None else {name: found for name, read in step.keep.items() if (found := read(answer))}

    # -- numbers the answer does not tell

    def _created(self, operation: Operation, name: str, made: Kept) -> None:
        self.said.system_id = made.get("id") or self._found_id(operation, name)
        self.said.number = made.get("number") or self._number(operation)

    def _found_id(self, operation: Operation, name: str) -> str | None:
        found = None
        if operation.then == "find" and self.change.key:
            key = self.change.key
            found = self._quietly(lambda: found_by_key(self.line, key))
        if found is None:
            facts = {"connector": self.line.connector, "operation": operation.name, "step": name, "has": "-"}
            stop(OutcomeKind.UNKNOWN, "conversation.no_number", **facts)
        return self.line.words.key(found)

    def _event_id(self, operation: Operation) -> str | None:
        if operation.then != "find_event" or not self.said.system_id or not self.change.text:
            return None
        after = self.line.now() - _BEFORE_SENDING
        system_id, text = self.said.system_id, self.change.text
        found = self._quietly(lambda: only(find_event(self.line, system_id, text, after), text))
        return self.line.words.event_key(found) if found else None

    def _number(self, operation: Operation) -> str | None:
        """The number for people, where only a second read tells it."""
        if operation.number_from is None or self.said.system_id is None:
            return None
        try:
            record = fetch(self.line, self.said.system_id)
        except WireError as error:
            self.said.warnings.append(error.code)
            return None
        return operation.number_from(record) if record else None

    def _quietly(self, look: Callable[[], Raw | None]) -> Raw | None:
        """A look-up after the deed: whatever happens to it, the deed is done."""
        try:
            return look()
        except WireError as error:
            self.said.warnings.append(error.code)
            return None
