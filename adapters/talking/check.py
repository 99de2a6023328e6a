"""Is the account ours, does the other side know our codes, do our clocks agree? Changes nothing there."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.contract import Failure, Finding, WireError
from adapters.conversation import Answer, Operation, Proof, Reference, Values
from adapters.talking.calls import Line, has
from adapters.talking.find import NOBODY_DIGITS
from adapters.talking.pages import every, walk
from adapters.talking.pull import readable

MOST_APART = 300  # seconds between their clock and ours


def findings(line: Line) -> Iterator[Finding]:
    """Everything worth telling, good and bad; the first failed call of a kind ends that kind."""
    answers: dict[str, Answer] = {}
    check = line.words.operations.get("check") or line.words.operations.get("list")
    for name in dict.fromkeys([*([check.name] if check else []), *(proof.operation for proof in line.words.proofs)]):
        try:
            answers[name] = _asked(line, line.operation(name))
            yield Finding("conversation.answers", True, {"operation": name})
        except WireError as error:
            yield _failed(error)
    for proof in line.words.proofs:
        if proof.operation in answers:
            yield _proved(proof, answers[proof.operation])
    yield from _clock(line, answers)
    yield from _filter(line)
    for name, reference in line.words.references.items():
        yield from _codes(line, name, reference)


def prove(line: Line) -> None:
    """Raise where the account is not shown to be ours: to a wrong key some systems read public records, with 200."""
    answers: dict[str, Answer] = {}
    for proof in line.words.proofs:
        if proof.expected is None:
            continue
        operation = line.operation(proof.operation)
        if proof.operation not in answers:
            answers[proof.operation] = _asked(line, operation)
        found = _proved(proof, answers[proof.operation])
        if not found.ok:
            raise line.error(
                Failure.CREDENTIALS, found.code, operation, path=proof.path, has=found.facts.get("has", "-")
            )


def _asked(line: Line, operation: Operation) -> Answer:
    values = Values().slot(page=operation.paging.first, offset=0, size=operation.paging.size)
    answer, meaning = line.asked(operation, values)
    line.demand(operation, answer, meaning)
    return answer


def _failed(error: WireError) -> Finding:
    return Finding(error.code, False, error.facts)


def _proved(proof: Proof, answer: Answer) -> Finding:
    """Identity is a claim until the system itself shows it: a wrong key may well read public data."""
    found = proof.value(answer)
    facts = {"path": proof.path, "operation": proof.operation, "setting": proof.setting or ""}
    if found is None:
        return Finding("conversation.identity_missing", False, {**facts, "has": has(answer.body)})
    if proof.expected is None:
        return Finding("conversation.setting_found", True, {**facts, "value": found})
    good = found == proof.expected
    return Finding("conversation.identity" if good else "conversation.identity_differs", good, facts)


def _clock(line: Line, answers: dict[str, Answer]) -> Iterator[Finding]:
    clock = next((answer.clock for answer in answers.values() if answer.clock), None)
    if clock is not None:
        apart = round((clock - line.now()).total_seconds())
        good = abs(apart) <= MOST_APART
        yield Finding("conversation.clock" if good else "conversation.clock_apart", good, {"seconds": apart})


def _filter(line: Line) -> Iterator[Finding]:
    """A look-up for a key nobody has must find nobody."""
    operation = line.words.operations.get("find")
    if operation is None or operation.scan is not None:
        return
    try:
        sheet = next(walk(line, operation, Values().slot(key=NOBODY_DIGITS)), None)
    except WireError as error:
        yield _failed(error)
        return
    found = len(readable(operation, sheet)[0]) if sheet else 0
    if found:
        yield Finding("conversation.filter_ignored", False, {"operation": "find", "found": found})


def _codes(line: Line, name: str, reference: Reference) -> Iterator[Finding]:
    """The mapping's codes against the live list: gone, new, renamed."""
    try:
        rows = [row for row in every(line, line.operation(reference.operation), Values()) if isinstance(row, dict)]
    except WireError as error:
        yield _failed(error)
        return
    live = {code: reference.label(row) for row in rows if (code := reference.code(row)) is not None}
    yield Finding("conversation.reference", True, {"name": name, "count": len(live)})
    if not reference.declared:
        return
    for code in sorted(reference.declared.keys() - live.keys()):
        yield Finding("conversation.code_gone", False, {"name": name, "value": code})
    for code in sorted(live.keys() - reference.declared.keys()):
        yield Finding("conversation.code_new", True, {"name": name, "value": code, "label": live[code] or ""})
    for code, label in sorted(reference.declared.items()):
        if label and live.get(code) and live[code] != label:
            facts = {"name": name, "value": code, "label": live[code], "declared": label}
            yield Finding("conversation.code_renamed", True, facts)
