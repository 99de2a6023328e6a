"""The two laws of a mapping, tried on its tests and on records grown from them.

1. ``to_system(to_complaint(r), r) == r``: what did not change keeps the system's own text.
2. ``to_complaint(to_system(c, r))`` equals ``c`` on the fields written, up to the declared class of each.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hub.domain.complaint import CHOICES, FIELDS, Complaint, Flag, Kind, Moment
from hub.mapping.digest import dump
from hub.mapping.mapping import Mapping as Words
from hub.mapping.reading import FieldClass, Raw, RecordRefused
from hub.mapping.results import Problem, TestResult
from hub.mapping.rules import Rule
from hub.mapping.values import MISFIT, MISSING, Unread
from hub.mapping.wide import Table

GROWN = 60  # records grown per mapping: enough to meet every code of usual lists, in well under a second
_TEXTS = ("Jalan rusak", "Lampu mati & gelap", "Air <keruh>\nsejak Senin", "Pohon tumbang; mohon dicek", "x" * 500)
_FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def check_laws(mapping: Words, samples: Sequence[Raw]) -> list[TestResult]:
    """One result per law. The same mapping always grows the same records."""
    chance = Random(mapping.effective)  # noqa: S311 (repeatable, not secret)
    records = [*samples, *(grow(mapping, samples, chance) for _ in range(GROWN))]
    first: dict[str, Problem] = {}
    second: dict[str, Problem] = {}
    for raw in records:
        for problem in keeps_its_text(mapping, raw):
            first.setdefault(problem.facts["field"], problem)
        for problem in comes_back(mapping, raw, imagine(mapping, chance)):
            second.setdefault(problem.facts["field"], problem)
    return [_result(mapping, "law.1", first), _result(mapping, "law.2", second)]


def _result(mapping: Words, name: str, problems: dict[str, Problem]) -> TestResult:
    return TestResult(name, not problems, mapping.root.file, tuple(problems.values()))


def keeps_its_text(mapping: Words, raw: Raw) -> Iterator[Problem]:
    """The first law on one record; a record that cannot be read says nothing about it."""
    try:
        complaint = mapping.read(raw).complaint
    except RecordRefused:
        return
    writing = mapping.write(complaint, raw)
    for name in (*writing.names, *(issue.field for issue in writing.issues)):
        yield Problem("law.keeps", {"field": name, "where": _where(mapping, name)})
    moved = [path for rule in mapping.fields.written if rule.moved for path in rule.write_at]
    left, right = copy.deepcopy(writing.fields), copy.deepcopy(raw)
    for path in moved:
        path.delete(left)
        path.delete(right)
    if not writing.names and dump(_without_hulls(left)) != dump(_without_hulls(right)):
        yield Problem("law.keeps", {"field": "-", "where": mapping.root.file})


def _without_hulls(tree: Any) -> Any:
    """The tree without maps that hold nothing: taking ``Ticket.Title`` out leaves the ``Ticket`` around it."""
    if isinstance(tree, list):
        return [_without_hulls(one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    inner = {name: _without_hulls(one) for name, one in tree.items()}
    return {name: one for name, one in inner.items() if one != {}}


def comes_back(mapping: Words, raw: Raw, complaint: Complaint) -> Iterator[Problem]:
    """The second law: what was written reads back as it was meant, and writing it again changes nothing."""
    try:
        if mapping.read(raw).skipped is not None:
            return
    except RecordRefused:
        return
    writing = mapping.write(complaint, raw)
    try:
        again = mapping.read(writing.fields).complaint
    except RecordRefused as refused:
        yield Problem("law.back", {"field": refused.issue.field, "where": refused.issue.rule})
        return
    elsewhere = {name for rule in mapping.fields.written if rule.moved or not rule.reads for name in rule.names}
    for name in writing.names:
        kind = mapping.classes[name]
        if name in elsewhere or kind is FieldClass.ONE_WAY:
            continue
        if kind is not FieldClass.LOSSY and again.get(name) != complaint[name]:
            yield Problem("law.back", {"field": name, "where": _where(mapping, name)})
    for name in set(mapping.write(again, writing.fields).names) - elsewhere:
        yield Problem("law.back", {"field": name, "where": _where(mapping, name)})


def _where(mapping: Words, name: str) -> str:
    return next((rule.where for rule in mapping.fields.rules if name in rule.names), mapping.root.file)


# -- records and complaints that nobody wrote


def grow(mapping: Words, samples: Sequence[Raw], chance: Random) -> Raw:
    """A record like the samples, with other codes, dates and gaps in the places that rules read."""
    raw: Raw = copy.deepcopy(chance.choice(samples)) if samples else {}
    opened = copy.deepcopy(mapping.embedded.open(raw))
    for path in mapping.keys["records"].paths:
        if path.read(opened) in (MISSING, MISFIT, None, ""):
            path.write(opened, str(chance.randrange(1, 10**6)))
    for rule in mapping.fields.rules:
        if rule.reads and rule.read_at and chance.random() < 0.7:
            _vary(rule, opened, chance)
    return mapping.embedded.close(opened, None)


def _vary(rule: Rule, raw: Raw, chance: Random) -> None:
    for path, text in zip(rule.read_at, _texts(rule, chance), strict=False):
        if path.read(raw) is not MISFIT and not path.is_self:
            try:
                path.write(raw, text)
            except Unread:
                continue


def _texts(rule: Rule, chance: Random) -> Sequence[Any]:
    """What may stand in the places of a rule."""
    if isinstance(rule.wide, Table):
        pattern, _ = chance.choice(rule.wide.rows)
        return ["" if cell is None else cell for cell in pattern]
    if chance.random() < 0.15:
        return [chance.choice(sorted(one for one in rule.nulls if one is not None))] * len(rule.read_at)
    if rule.scalar is None or not rule.read_at or rule.before is not None:
        return []
    if rule.scalar.known:
        return [chance.choice(sorted(rule.scalar.known))]
    try:
        value = imagine_value(rule, rule.name, chance)
        return [] if value is None else [rule.scalar.write(value)]
    except Unread:
        return []


def imagine(mapping: Words, chance: Random) -> Complaint:
    """A complaint with some of the fields that the mapping writes."""
    complaint: Complaint = {}
    for rule in mapping.fields.written:
        for name in rule.names:
            if chance.random() < 0.6 and (value := imagine_value(rule, name, chance)) is not None:
                complaint[name] = value
    return complaint


def imagine_value(rule: Rule, name: str, chance: Random) -> Any:
    """A canonical value that this rule may meet."""
    if isinstance(rule.wide, Table):
        return chance.choice(sorted(rule.wide.back)) if rule.wide.back else None
    if name == rule.name and rule.scalar is not None and rule.scalar.values:
        return chance.choice(sorted(rule.scalar.values))
    made = _MADE.get(FIELDS[name].kind)
    if made is not None:
        return made(chance)
    if FIELDS[name].kind is Kind.CHOICE:
        return chance.choice(CHOICES[name])
    if name == "reporter.phone":
        return f"+628{chance.randrange(10**8, 10**10)}"
    text = chance.choice(_TEXTS)
    return " ".join(text.split()) if name.startswith("category_") else text  # canonical categories are one line


_MADE: Mapping[Kind, Callable[[Random], Any]] = {
    Kind.TIME: lambda chance: Moment(_FIRST_DAY + timedelta(minutes=chance.randrange(1_500_000))),
    Kind.FLAG: lambda chance: chance.choice([Flag.YES.value, Flag.NO.value]),
    Kind.DIGITS: lambda chance: str(chance.randrange(10**6, 10**8)),
    Kind.NUMBER: lambda chance: chance.randrange(1, 6),
    Kind.COORDINATE: lambda chance: round(chance.uniform(-11, 6), 6),
}
