"""Writes the Python that reads one record: straight-line code, one stanza per rule, compiled once.

The source is kept (``Block.source``) so that a person can look at what a mapping does. Everything a stanza
needs stands in its namespace under the rule's number: ``R3`` the rule, ``N3`` its null words, ``C3`` its codes.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from typing import Any

from hub.mapping.paths import Path
from hub.mapping.reading import Issue, RecordRefused
from hub.mapping.rules import Rule
from hub.mapping.values import MISFIT, MISSING, Unread, text_form

Read = Callable[[Any, Any, dict[str, Any], list[Issue], bool], None]


def flat(value: Any) -> Any:
    """A place's value as stripped text; None and MISSING stay. Raises Unread for lists and objects."""
    if value is None or value is MISSING:
        return value
    if value is MISFIT:
        raise Unread("mapping.read.misfit")
    return text_form(value).strip()


def under(value: Any, lack: Any) -> Any:
    """What lies below something that is no object."""
    if value is MISSING:
        return lack
    return None if value in (None, "", []) else MISFIT


def fail(rule: Rule, error: Unread, value: Any, issues: list[Issue], strict: bool) -> None:
    """Note a field that cannot be read; where the rule says so, refuse the whole record."""
    issue = rule.issue(error, value)
    if rule.fatal and strict:
        raise RecordRefused(issue, issues)
    issues.append(issue)


def require(rules: Sequence[Rule], out: dict[str, Any], issues: list[Issue]) -> None:
    """A required field that says nothing refuses the record."""
    for rule in rules:
        if out.get(rule.name) is None:
            raise RecordRefused(rule.issue(Unread("mapping.read.required"), None), issues)


def generate_reader(rules: Sequence[Rule], label: str) -> tuple[Read, str]:
    """``read(raw, lack, out, issues, strict)`` and its source. ``lack``: what a missing name means."""
    writer = _Writer()
    for number, rule in enumerate(rules):
        if rule.reads or rule.constant is not None:
            writer.rule(number, rule)
    required = tuple(rule for rule in rules if rule.required)
    if required:
        writer.names["REQUIRED"] = required
        writer.line(1, "if strict and lack is None:")
        writer.line(2, "require(REQUIRED, out, issues)")
    return writer.done(label)


class _Writer:
    def __init__(self) -> None:
        self.lines = ["def read(raw, lack, out, issues, strict):"]
        self.places: dict[str, str] = {}
        self.names: dict[str, Any] = {
            "MISSING": MISSING, "Unread": Unread, "flat": flat, "under": under, "fail": fail, "require": require,
        }  # fmt: skip

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def done(self, label: str) -> tuple[Read, str]:
        if len(self.lines) == 1:
            self.line(1, "return")
        source = "\n".join(self.lines) + "\n"
        file = f"<{label}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), self.names)  # noqa: S102 (our own text: names in it are repr'd)
        read: Read = self.names["read"]
        return read, source

    def rule(self, number: int, rule: Rule) -> None:
        self.line(1, f"# {rule.where!a}: {rule.path!a} -> {rule.name} ({rule.words!a})")
        self.names[f"R{number}"] = rule
        places = [self.place(path) for path in rule.read_at]
        depth = 1
        if rule.when is not None:
            self.names[f"W{number}"] = rule.when
            self.line(1, f"if {rule.name!r} not in out and W{number}(raw):")
            depth = 2
        if rule.constant is not None:
            self.line(depth, f"out[{rule.name!r}] = {rule.constant!r}")
            return
        self.line(depth, "try:")
        if rule.wide is not None:
            self.wide(number, rule, places, depth + 1)
        else:
            self.scalar(number, rule, places[0], depth + 1)
        self.line(depth, "except Unread as error:")
        seen = places[0] if len(places) == 1 else f"({', '.join(places)})"
        self.line(depth + 1, f"fail(R{number}, error, {seen}, issues, strict)")

    def place(self, path: Path) -> str:
        """A variable that holds what stands at a path; each place is looked up once."""
        if path.text in self.places:
            return self.places[path.text]
        var = self.places[path.text] = f"p{len(self.places)}"
        names = path.names
        if path.is_self:
            self.line(1, f"{var} = raw")
        elif names is not None:
            self.line(1, f"{var} = raw.get({names[0]!r}, lack)")
            for name in names[1:]:
                self.line(1, f"{var} = {var}.get({name!r}, lack) if type({var}) is dict else under({var}, lack)")
        else:
            self.names[f"read_{var}"] = path.read
            self.line(1, f"{var} = read_{var}(raw)")
            self.line(1, f"if {var} is MISSING: {var} = lack")
        return var

    def scalar(self, number: int, rule: Rule, place: str, depth: int) -> None:
        scalar = rule.scalar
        assert scalar is not None
        name = f"out[{rule.name!r}]"
        self.names[f"N{number}"] = rule.nulls
        value = place
        if rule.before is not None:
            self.names[f"B{number}"] = rule.before
            value = f"B{number}({place})"
        self.line(depth, f"v = {value}")
        self.line(depth, "v = v.strip() if type(v) is str else flat(v)")
        if rule.unsaid_when_missing:
            self.line(depth, f"if {place} is None: v = MISSING")
        if rule.hidden:
            self.names[f"H{number}"] = rule.hidden
            self.line(depth, f"if v in H{number}: v = MISSING")
        nothing = rule.default if rule.default is not None else scalar.fills_nothing
        self.line(depth, f"if v in N{number}: {name} = {nothing!r}")
        self.line(depth, "elif v is not MISSING:")
        self.convert(number, rule, name, depth + 1)

    def convert(self, number: int, rule: Rule, name: str, depth: int) -> None:
        scalar = rule.scalar
        assert scalar is not None
        self.names[f"F{number}"] = scalar.read
        if scalar.known:
            self.names[f"C{number}"] = scalar.known
            self.line(depth, f"c = C{number}.get(v)")
            self.line(depth, f"{name} = c if c is not None else F{number}(v)")
        elif scalar.is_plain:
            self.line(depth, f"{name} = v")
        else:
            self.line(depth, f"{name} = F{number}(v)")

    def wide(self, number: int, rule: Rule, places: list[str], depth: int) -> None:
        assert rule.wide is not None
        self.names[f"F{number}"] = rule.wide.read
        if rule.before is not None:
            self.names[f"B{number}"] = rule.before
            places = [f"B{number}({place})" for place in places]
        self.line(depth, f"out.update(F{number}(({', '.join(places)},)))")
