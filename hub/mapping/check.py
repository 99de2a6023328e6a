"""Runs the tests that stand in a mapping, and the two laws on them: what ``hub mapping check`` shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hub.domain.complaint import Moment
from hub.language import say
from hub.mapping.dates import DateWords
from hub.mapping.faults import MappingError
from hub.mapping.laws import check_laws
from hub.mapping.mapping import Mapping as Words
from hub.mapping.reader import Node
from hub.mapping.reading import Reading, RecordRefused
from hub.mapping.results import Problem, TestResult
from hub.mapping.values import text_form

_CONVERSED = ("given", "sends", "answers", "means")
WORDS = (
    "name", "system", "complaint", "event", "events", "attachments", "issue", "issues", "quarantined", "skipped",
    "gone", "same_as", "as_of", "unsaid", "unmapped", "partial", "stream", "write", "changed", "fields", "after",
)  # fmt: skip
_ABSENT = object()


def check_mapping(mapping: Words) -> list[TestResult]:
    """Every test of the mapping, then the laws on their records and on generated ones. Never raises for a failure."""
    tests = found.with_settings(mapping.settings).items() if (found := mapping.root.get("tests")) else []
    results = [run_test(mapping, test) for test in tests]
    samples = [sample for test in tests if isinstance(sample := _sample(test), dict)]
    return [*results, *check_laws(mapping, samples)]


def _sample(test: Node) -> Any:
    return found.sample() if test.is_map and (found := test.get("system")) and "stream" not in test else None


def run_test(mapping: Words, test: Node) -> TestResult:
    """One entry of ``tests:``."""
    try:
        name = test.need("name").text()
        if "writes" in test:
            return _filed(mapping, test)
        if any(word in test for word in _CONVERSED):
            return _conversed(mapping, test)
        test.only(*WORDS)
        problems = tuple(_problems(mapping, test))
    except MappingError as error:
        return TestResult(test.field, False, test.where, tuple(_fault(one) for one in error.faults))
    except RecordRefused as refused:
        return TestResult(name, False, test.where, (Problem("check.refused", _refusal(refused)),))
    return TestResult(name, not problems, test.where, problems)


def _conversed(mapping: Words, test: Node) -> TestResult:
    from hub.mapping.conversation.trials import run_conversation_test

    return run_conversation_test(mapping, test)


def _filed(mapping: Words, test: Node) -> TestResult:
    from hub.mapping.file_tests import run_file_test

    return run_file_test(mapping, test)


def _fault(fault: Any) -> Problem:
    return Problem("check.fault", {"where": f"{fault.file}:{fault.line}", "what": say(fault.code, "id", fault.facts)})


def _refusal(refused: RecordRefused) -> dict[str, str]:
    return {"field": refused.issue.field, "why": say(refused.issue.code, "id", refused.issue.facts)}


def _problems(mapping: Words, test: Node) -> Iterable[Problem]:
    if "write" in test:
        yield from _written(mapping, test, found.sample() if (found := test.get("system")) else None)
        return
    raw = test.need("system").sample()
    if "stream" in test:
        event = mapping.read_event(raw, test.need("stream").text())
        yield from _compare({**event.values, "of": event.of, "ours": event.ours}, test.need("event"), mapping)
        return
    if "after" in test:
        yield from _follow_ups(mapping.differences(raw, test.need("after").sample()), test, mapping)
        return
    if (said := test.get("quarantined")) is not None:
        yield from _quarantined(mapping, raw, said)
        return
    partial = (said := test.get("partial")) is not None and said.yes_no()
    yield from _read(mapping.read(raw, partial=partial), test, mapping)


def _quarantined(mapping: Words, raw: Any, said: Node) -> Iterable[Problem]:
    """``quarantined: yes`` or the field that is at fault."""
    try:
        mapping.read(raw)
    except RecordRefused as refused:
        if said.text() not in ("yes", refused.issue.field, refused.issue.code):
            yield _differs("quarantined", said.text(), refused.issue.field)
        return
    yield _differs("quarantined", said.text(), "-")


def _read(reading: Reading, test: Node, mapping: Words) -> Iterable[Problem]:
    said = {**reading.complaint, "system_id": reading.system_id}
    if (wanted := test.get("complaint")) is not None:
        yield from _compare(said, wanted, mapping)
    for name in found.texts() if (found := test.get("unsaid")) else ():
        if name in reading.complaint:
            yield _differs(name, "-", _shown(reading.complaint[name]))
    issues = test.get("issue") or test.get("issues")
    wanted_issues = sorted(issues.texts()) if issues is not None else []
    found_issues = sorted(issue.field for issue in reading.issues)
    if wanted_issues != found_issues and wanted_issues != sorted(issue.code for issue in reading.issues):
        yield _differs("issues", ", ".join(wanted_issues), ", ".join(found_issues))
    if "events" in test:
        yield from _follow_ups(reading.events, test, mapping)
    if (wanted := test.get("attachments")) is not None:
        yield from _listed("attachments", list(reading.attachments), wanted, mapping)
    yield from _beside(reading, test)


def _beside(reading: Reading, test: Node) -> Iterable[Problem]:
    facts: dict[str, Any] = {
        "skipped": reading.skipped or "no",
        "gone": "yes" if reading.gone else "no",
        "same_as": reading.same_as or "no",
        "as_of": reading.as_of.isoformat().replace("+00:00", "Z") if reading.as_of else "no",
    }
    for name, found in facts.items():
        if (said := test.get(name)) is not None and said.text() != found and not _same_moment(said.text(), found):
            yield _differs(name, said.text(), found)
    if (said := test.get("unmapped")) is not None and sorted(said.texts()) != sorted(reading.unmapped):
        yield _differs("unmapped", ", ".join(said.texts()), ", ".join(reading.unmapped))


def _same_moment(wanted: str, found: str) -> bool:
    try:
        return datetime.fromisoformat(wanted) == datetime.fromisoformat(found)
    except (ValueError, TypeError):
        return False


def _follow_ups(events: Iterable[Any], test: Node, mapping: Words) -> Iterable[Problem]:
    said = [{**event.values, "ours": event.ours, "key": event.key} for event in events]
    yield from _listed("events", said, test.need("events"), mapping)


def _listed(name: str, found: list[Any], wanted: Node, mapping: Words) -> Iterable[Problem]:
    if len(found) != len(wanted.items()):
        yield _differs(name, str(len(wanted.items())), str(len(found)))
        return
    for one, node in zip(found, wanted.items(), strict=True):
        yield from _compare(one, node, mapping)


def _written(mapping: Words, test: Node, base: Any) -> Iterable[Problem]:
    """``write:`` says the complaint; ``changed:`` or ``fields:`` what the system is told."""
    complaint = {name: _canonical(node.plain(), mapping, name) for name, node in test.need("write").entries().items()}
    writing = mapping.write(complaint, base)
    for word, found in (("changed", writing.changed), ("fields", writing.fields)):
        if (wanted := test.get(word)) is not None and not _same_tree(wanted.sample(), found):
            yield _differs(word, str(wanted.sample()), str(found))
    issues = test.get("issue") or test.get("issues")
    wanted_issues = sorted(issues.texts()) if issues is not None else []
    found_issues = sorted(issue.field for issue in writing.issues)
    if wanted_issues != found_issues:
        yield _differs("issues", ", ".join(wanted_issues), ", ".join(found_issues))


def _canonical(value: Any, mapping: Words, name: str) -> Any:
    """A canonical value as a test writes it: times in ISO."""
    if not isinstance(value, str) or not name.endswith("_at"):
        return value
    return DateWords(("iso",), mapping.zone).read(value)


def _compare(said: Mapping[str, Any], wanted: Node, mapping: Words) -> Iterable[Problem]:
    for name, node in wanted.entries().items():
        value, found = node.plain(), said.get(name, _ABSENT)
        if not _equal(value, found, mapping):
            yield _differs(name, _shown(value), "-" if found is _ABSENT else _shown(found))


def _equal(wanted: Any, found: Any, mapping: Words) -> bool:
    if wanted is None or found is None or found is _ABSENT:
        return wanted is None and found is None
    if isinstance(found, Moment):
        return bool(DateWords(("iso", "%d/%m/%Y", "%d/%m/%Y %H:%M"), mapping.zone).read(wanted) == found)
    if isinstance(found, bool):
        return text_form(found) in (wanted, {"yes": "true", "no": "false"}.get(wanted))
    if isinstance(found, list | dict):
        return _same_tree(wanted, found)
    return wanted == text_form(found) if isinstance(wanted, str) else False


def _same_tree(wanted: Any, found: Any) -> bool:
    """Equal as JSON would tell them apart, but that 33.10 in a test is a text."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(_same_tree(wanted[name], found[name]) for name in wanted)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_same_tree, wanted, found))
    if isinstance(wanted, str) and isinstance(found, float):
        return wanted == repr(found)
    return bool(wanted == found) and isinstance(wanted, bool) == isinstance(found, bool)


def _shown(value: Any) -> str:
    if isinstance(value, Moment):
        return value.utc.isoformat().replace("+00:00", "Z")
    if isinstance(value, datetime):
        return value.isoformat()
    return "null" if value is None else str(value)


def _differs(name: str, wanted: str, found: str) -> Problem:
    return Problem("check.differs", {"field": name, "wanted": wanted or "-", "found": found or "-"})
