"""A block of rules with one purpose (complaint, event or attachment): reads and writes one kind of record."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.mapping.context import Context
from hub.mapping.generate import Read, generate_reader
from hub.mapping.reader import Node
from hub.mapping.reading import Issue, Raw
from hub.mapping.rule_words import compile_rule
from hub.mapping.rules import Rule, Vocabulary
from hub.mapping.typed import Convert
from hub.mapping.values import MISSING
from hub.mapping.wide import Lines, Marker
from hub.mapping.writing import Draft, write_rule

Tidy = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Block:
    rules: tuple[Rule, ...]
    reader: Read
    source: str  # the generated Python, for people
    written: tuple[Rule, ...]  # in the order of writing: marks last

    def read(self, raw: Any, *, partial: bool = False, strict: bool = True) -> tuple[dict[str, Any], list[Issue]]:
        """Canonical values and issues. ``strict`` False: nothing refuses the record. Raises RecordRefused."""
        out: dict[str, Any] = {}
        issues: list[Issue] = []
        self.reader(raw, MISSING if partial else None, out, issues, strict)
        return out, issues

    def write(self, values: Mapping[str, Any], base: Raw | None, tidy: Tidy | None = None) -> Draft:
        """The record with these values in it; what equals the base's reading is left as it stands.

        ``tidy``: what is done to every reading before it is given away.
        """
        known = self.read(base, strict=False)[0] if base is not None else {}
        if tidy is not None:
            tidy(known)
        draft = Draft(copy.deepcopy(base) if base is not None else {}, base is not None, known)
        for rule in self.written:
            write_rule(rule, values, draft)
        return draft


def compile_block(fields: Node, vocabulary: Vocabulary, context: Context, label: str) -> Block:
    """All rules of a ``fields:`` list; every faulty one is told."""
    rules: list[Rule] = fields.each(context.faults, lambda node: compile_rule(node, vocabulary, context))
    with context.faults.gather():
        _check_names(fields, rules)
    rules = _without_marks(rules)
    reader, source = generate_reader(rules, label)
    written = sorted((rule for rule in rules if rule.writes), key=lambda rule: isinstance(rule.wide, Marker))
    return Block(tuple(rules), reader, source, tuple(written))


def _check_names(fields: Node, rules: Sequence[Rule]) -> None:
    """One rule reads a field, and one writes it; several may only where each says ``when:``."""
    for direction in ("reads", "writes"):
        known: dict[str, Rule] = {}
        for rule in rules:
            if not getattr(rule, direction) and not (direction == "reads" and rule.constant is not None):
                continue
            for name in rule.names if not isinstance(rule.wide, Lines) else ():
                other = known.setdefault(name, rule)
                if other is not rule and (rule.when is None or other.when is None):
                    fields.refuse("mapping.rule.twice", name=name, first=other.where, second=rule.where)


def _without_marks(rules: list[Rule]) -> list[Rule]:
    """Whoever reads a text in which a mark of ours stands reads it without the mark."""
    marks = {rule.read_at: rule.wide for rule in rules if isinstance(rule.wide, Marker) and rule.reads}
    return [
        replace(rule, before=_unmark(marks[rule.read_at], rule.before))
        if rule.read_at in marks and not isinstance(rule.wide, Marker)
        else rule
        for rule in rules
    ]


def _unmark(marker: Marker, before: Convert | None) -> Convert:
    def clean(value: Any) -> Any:
        text = marker.take(value)[0] if isinstance(value, str) else value
        return before(text) if before else text

    return clean
