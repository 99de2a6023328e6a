"""Tests of a conversation that stand in the mapping: ``given / sends / answers / means``, without a server.

The very Talker that works with the real system is led through the test; only the carrying is played.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from adapters.contract import Change, ChangeKind, Failure, Outcome, OutcomeKind, Raw, Setup, WireError
from adapters.conversation import Answer, Fault, Request
from adapters.talking import Talker
from hub.mapping.conversation.requests import CALLS
from hub.mapping.dates import DateWords
from hub.mapping.mapping import Mapping as Words
from hub.mapping.reader import Node
from hub.mapping.results import Problem, TestResult
from hub.mapping.values import text_form

_TEST = ("name", "given", "sends", "answers", "means", "number", "id", "event", "text", "records", "last")
GIVEN = (
    "complaint",
    "event",
    "change",
    "key",
    "since",
    "everything",
    "check",
    "id",
    "system",
    "attachments",
    "stream",
)
_CHANGE = ("kind", "fields", "changed", "moves", "text", "event", "key")
_ANSWER = ("http", "body", "headers", "text", "fault", "lost", "unreached")
_MEANS = ("sent", *OutcomeKind, "contract")
_NOW = datetime(2026, 6, 1, tzinfo=UTC)


def run_conversation_test(mapping: Words, test: Node) -> TestResult:
    """One conversation. Raises MappingError for a test that is not well written."""
    test.only(*_TEST)
    given = test.need("given").only(*GIVEN)
    script = _Script(_listed(test, "sends"), _listed(test, "answers"))
    setup = Setup("test", {}, mapping.words, lambda name: "", UTC, mapping.settings, now=lambda: _NOW)
    login = mapping.words.login
    session = {name: f"<login.{name}>" for name in login.keep} if login else None  # a test begins signed in
    talker = Talker(setup, script.send, session=session)
    try:
        problems = list(_played(mapping, talker, given, test))
    except WireError as error:
        problems = list(_failed(error, test))
    problems = [*script.problems, *script.unsaid(), *problems]
    return TestResult(test.need("name").text(), not problems, test.where, tuple(problems))


def _listed(test: Node, word: str) -> list[Node]:
    said = test.get(word)
    return said.one_or_many() if said is not None else []


def _differs(name: str, wanted: Any, found: Any) -> Problem:
    return Problem("check.differs", {"field": name, "wanted": _shown(wanted), "found": _shown(found)})


def _shown(value: Any) -> str:
    return (
        "-"
        if value in (None, "")
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
    )


# -- what is played


def _played(mapping: Words, talker: Talker, given: Node, test: Node) -> Iterator[Problem]:
    if "since" in given or "everything" in given:
        yield from _pulled(talker, given, test)
    elif "key" in given:
        yield from _records(list(talker.find(given.need("key").text())), test)
    elif "check" in given:
        bad = [finding.code for finding in talker.check() if not finding.ok]
        if bad and _means(test) == "done":
            yield _differs("means", "done", ", ".join(bad))
        if not bad and _means(test) != "done":
            yield _differs("means", _means(test), "done")
    elif given.entries().keys() == {"id"}:
        record = talker.fetch(given.need("id").text())
        yield from _records([record] if record is not None else [], test)
    else:
        yield from _told(talker.push(change_of(mapping, given), _Receipt()), test)


def _pulled(talker: Talker, given: Node, test: Node) -> Iterator[Problem]:
    since = DateWords(("iso",), UTC).read(said.text()).utc if (said := given.get("since")) else None
    stream = said.text() if (said := given.get("stream")) else "records"
    pages = list(talker.pull(stream, since=since))
    yield from _records([talker.complete(stream, entry) for page in pages for entry in page.records], test)
    last = "yes" if pages and pages[-1].last else "no"
    if (wanted := test.get("last")) is not None and wanted.text() != last:
        yield _differs("last", wanted.text(), last)


def _records(found: list[Raw], test: Node) -> Iterator[Problem]:
    """``records: 2`` or the records themselves."""
    if _means(test) not in ("done", "sent"):
        yield _differs("means", _means(test), "done")
    wanted = test.get("records")
    if wanted is None:
        return
    if wanted.is_text:
        if wanted.number() != len(found):
            yield _differs("records", wanted.text(), str(len(found)))
    elif not same(wanted.sample(), found):
        yield _differs("records", wanted.sample(), found)


def _means(test: Node) -> str:
    said = test.get("means")
    return said.choice(*map(str, _MEANS)) if said is not None else "done"


def _failed(error: WireError, test: Node) -> Iterator[Problem]:
    if _means(test) != error.failure.value:
        yield _differs("means", _means(test), f"{error.failure.value} ({error.code})")


def _told(outcome: Outcome, test: Node) -> Iterator[Problem]:
    means = _means(test)
    if outcome.kind.value != ("done" if means == "sent" else means):
        yield _differs("means", means, f"{outcome.kind.value} ({outcome.code})" if outcome.code else outcome.kind.value)
    facts = {"id": outcome.system_id, "number": outcome.number or outcome.system_id, "event": outcome.event_id}
    for name, found in {**facts, "text": outcome.text or None}.items():
        if (wanted := test.get(name)) is not None and wanted.plain() != found:
            yield _differs(name, wanted.plain(), found)


# -- the change


def change_of(mapping: Words, given: Node) -> Change:
    """The change that ``given:`` describes, in the system's words."""
    base = said.sample() if (said := given.get("system")) else None
    system_id = said.text() if (said := given.get("id")) else (mapping.key(base) if base else None)
    attachments = tuple(said.sample()) if (said := given.get("attachments")) else ()
    if (told := given.get("change")) is not None:
        return _told_change(told, system_id, base, attachments)
    event = _canonical(mapping, said) if (said := given.get("event")) else {}
    complaint = _canonical(mapping, said) if (said := given.get("complaint")) else {}
    kind = ChangeKind.COMMENT if not complaint and event else ChangeKind.UPDATE if system_id else ChangeKind.CREATE
    writing = mapping.write(complaint, base)
    known = mapping.read(base).complaint if base else {}
    moves = {
        name: (_code(known.get(name)), _code(value)) for name, value in complaint.items() if known.get(name) != value
    }
    return Change(
        kind if complaint or event else ChangeKind.ATTACH,
        system_id=system_id,
        fields=writing.fields,
        changed=writing.changed,
        base=base,
        event=mapping.write_event(event) if event else {},
        text=str(event.get("text", "")),
        attachments=attachments,
        key=complaint.get(mapping.key_field or ""),
        moves=moves,
    )


def _told_change(told: Node, system_id: str | None, base: Raw | None, attachments: Any) -> Change:
    """``change: {kind: update, fields: …, changed: …, moves: {status: [RECEIVED, RESPONDED]}}``, in system words."""
    told.only(*_CHANGE)
    values = told.sample()
    moves = (
        {name: (pair.plain()[0], pair.plain()[1]) for name, pair in told.need("moves").entries().items()}
        if "moves" in told
        else {}
    )
    return Change(
        ChangeKind(told.need("kind").choice(*ChangeKind)),
        system_id=system_id,
        fields=values.get("fields", {}),
        changed=values.get("changed", {}),
        base=base,
        event=values.get("event", {}),
        text=str(values.get("text", "")),
        attachments=attachments,
        key=str(values["key"]) if "key" in values else None,
        moves=moves,
    )


def _canonical(mapping: Words, node: Node) -> dict[str, Any]:
    """Canonical values as a test writes them: times in ISO, everything else as text."""
    dates = DateWords(("iso",), UTC)
    values = node.plain()
    return {
        name: dates.read(value) if isinstance(value, str) and (name == "at" or name.endswith("_at")) else value
        for name, value in values.items()
    }


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) else None


class _Receipt:
    """Remembers within one test."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, Any]] = {}

    def done(self, step: str) -> Mapping[str, Any] | None:
        return self.kept.get(step)

    def started(self, step: str) -> bool:
        return False

    def begin(self, step: str) -> None:
        pass

    def keep(self, step: str, result: Mapping[str, Any]) -> None:
        self.kept[step] = result


# -- the other side, played


class _Script:
    """Answers the calls it expects, in order, and notes what differs."""

    def __init__(self, sends: list[Node], answers: list[Node]) -> None:
        self.sends = sends
        self.answers = answers
        self.at = 0
        self.problems: list[Problem] = []

    def send(self, request: Request) -> Answer:
        at, self.at = self.at, self.at + 1
        if at >= max(len(self.sends), len(self.answers)):
            if request.method not in ("GET", "CALL"):
                self.problems.append(Problem("check.call_unexpected", {"call": f"{request.method} {request.target}"}))
            raise WireError(Failure.DOWN, "conversation.test_unscripted", operation=request.operation)
        if at < len(self.sends):
            self.problems += _compared(request, self.sends[at])
        return _answer(self.answers[at] if at < len(self.answers) else None)

    def unsaid(self) -> Iterator[Problem]:
        for node in self.sends[self.at :]:
            yield _differs(f"sends[{self.at + 1}]", node.sample(), None)


def _compared(request: Request, node: Node) -> Iterator[Problem]:
    node.only(*CALLS, "query", "headers", "body")
    word = next((one for one in CALLS if one in node), "get")
    method = "CALL" if word == "call" else word.upper()
    wanted = node.need(word).text()
    if request.method != method or unquote(request.target) != unquote(wanted.lstrip("/")):
        yield _differs("sends", f"{method} {wanted}", f"{request.method} {unquote(request.target)}")
    said: dict[str, Any] = {"query": dict(request.query), "headers": dict(request.headers), "body": request.body}
    for name, found in said.items():
        part = node.get(name)
        if part is not None and not same(part.sample(), found):
            yield _differs(name, part.sample(), found)


def same(wanted: Any, found: Any) -> bool:
    """Equal apart from how numbers and texts are told: ``7`` and ``"7"``, ``true`` and ``"true"``."""
    if isinstance(wanted, dict) and isinstance(found, Mapping):
        return wanted.keys() == found.keys() and all(same(wanted[name], found[name]) for name in wanted)
    if isinstance(wanted, list) and isinstance(found, list | tuple):
        return len(wanted) == len(found) and all(map(same, wanted, found))
    if isinstance(wanted, dict | list) or isinstance(found, Mapping | list | tuple):
        return False
    if wanted is None or found is None:
        return wanted is None and found is None
    return text_form(wanted) == text_form(found)


def _answer(node: Node | None) -> Answer:
    if node is None:
        return Answer(200)
    node.only(*_ANSWER)
    if "lost" in node:
        raise WireError(Failure.DOWN, "wire.timeout", sent=True)
    if "unreached" in node:
        raise WireError(Failure.DOWN, "wire.timeout")
    headers = (
        {name.lower(): one.text() for name, one in found.entries().items()} if (found := node.get("headers")) else {}
    )
    status = said.number(least=100, most=599) if (said := node.get("http")) else 200
    if (fault := node.get("fault")) is not None:
        fault.only("code", "text")
        code = said.text() if (said := fault.get("code")) else None
        return Answer(status if "http" in node else 500, headers, fault=Fault(code, fault.need("text").text()))
    if (text := node.get("text")) is not None:
        return Answer(status, headers, text=text.text(), decoded=False)
    body = said.sample() if (said := node.get("body")) else None
    return Answer(status, headers, body, "" if body is None else json.dumps(body, ensure_ascii=False))
