"""Puts canonical values into a system's record: what did not change keeps the system's own text."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hub.domain.complaint import Flag, Kind
from hub.mapping.paths import Index, Name, Path, Pick
from hub.mapping.reading import Issue, Raw
from hub.mapping.rules import OMIT, Rule
from hub.mapping.values import MISFIT, MISSING, Unread
from hub.mapping.wide import KEEP, Marker, Table


@dataclass(slots=True)
class Draft:
    """One record being written. ``known``: what its base reads as; ``based``: whether there is one."""

    tree: Raw
    based: bool
    known: Mapping[str, Any]
    changed: Raw = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def put(self, rule: Rule, path: Path, value: Any) -> None:
        if rule.moved and path.read(self.tree) is MISFIT:
            _clear(self.tree, path)
        path.write(self.tree, value)
        if not _has_pick(path):
            path.write(self.changed, value)
        elif rule.pair:
            _send_pair(self.tree, self.changed, path, value)
        else:
            head = _list_of(path)
            head.write(self.changed, head.read(self.tree))

    def take(self, path: Path) -> None:
        path.delete(self.tree)


def write_rule(rule: Rule, complaint: Mapping[str, Any], draft: Draft) -> None:
    """One rule's part of a writing; a value that cannot be said becomes an issue and nothing is changed."""
    said = [name for name in rule.names if name in complaint]
    marker = isinstance(rule.wide, Marker)
    if not (said or marker) or not rule.writes or (rule.when is not None and not rule.when(draft.tree)):
        return
    try:
        if marker:
            _write_mark(rule, complaint, draft)
        elif rule.wide is None:
            _write_scalar(rule, complaint[rule.name], draft)
        else:
            _write_wide(rule, complaint, said, draft)
    except Unread as error:
        draft.issues.append(rule.issue(error, None))


def _write_scalar(rule: Rule, value: Any, draft: Draft) -> None:
    path = rule.write_at[0]
    if draft.based and _unchanged(rule, value, draft.known):
        if rule.moved and value is not None:
            with suppress(Unread):  # it stays unsaid there, as it was
                path.write(draft.tree, _rendered(rule, value))
        return
    if _stays_unsaid(rule, value, draft):
        return
    if value is None:
        _write_nothing(rule, path, draft)
    else:
        rendered = _rendered(rule, value)
        if draft.based and not rule.reads and path.read(draft.tree) == rendered:
            return
        draft.put(rule, path, rendered)
    draft.names.append(rule.name)


def _stays_unsaid(rule: Rule, value: Any, draft: Draft) -> bool:
    """Values the mapping keeps back; an unknown flag is never written as either."""
    if rule.field.kind is Kind.FLAG and value == Flag.UNKNOWN:
        raise Unread("mapping.write.flag_unknown")
    return value in rule.unsent or (value is None and not draft.based and not rule.empty_said)


def _rendered(rule: Rule, value: Any) -> Any:
    assert rule.scalar is not None
    text = rule.scalar.write(value)
    convert = rule.typed[0] if rule.typed else None
    return convert(text) if convert else text


def _unchanged(rule: Rule, value: Any, known: Mapping[str, Any]) -> bool:
    """Equal to what the base reads as, or it would be after passing through this rule."""
    if rule.name not in known:
        return False
    held = known[rule.name]
    if value == held:
        return True
    if value is None or held is None or rule.scalar is None or not rule.reads:
        return False
    try:
        return bool(_normal(rule, value) == held)
    except Unread:
        return False


def _normal(rule: Rule, value: Any) -> Any:
    """What a value would read as after having been written."""
    assert rule.scalar is not None
    text = rule.scalar.shown(rule.scalar.write(value))
    return rule.scalar.read(text.strip()) if isinstance(text, str) else value


def _write_nothing(rule: Rule, path: Path, draft: Draft) -> None:
    if not rule.empty_said:
        raise Unread("mapping.write.empty")
    if rule.empty is OMIT:
        draft.take(path)
    else:
        draft.put(rule, path, rule.empty)


def _write_wide(rule: Rule, complaint: Mapping[str, Any], said: list[str], draft: Draft) -> None:
    wide = rule.wide
    assert wide is not None
    moved = [
        name for name in said if not (draft.based and _as_held(rule, complaint[name]) == draft.known.get(name, MISSING))
    ]
    if draft.based and not moved:
        if rule.moved and complaint.get(rule.name) is not None:
            with suppress(Unread):  # it stays unsaid there, as it was
                _put_places(rule, {**draft.known, **complaint}, False, draft)
        return
    values = {**draft.known, **{name: complaint[name] for name in said}}
    if values.get(rule.name) in rule.unsent or (values.get(rule.name) is None and not draft.based):
        return
    if values.get(rule.name) is None and rule.reads:
        raise Unread("mapping.write.empty")
    if _put_places(rule, values, bool(moved), draft):
        draft.names.extend(moved)


def _as_held(rule: Rule, value: Any) -> Any:
    return rule.wide.reads_back(value) if isinstance(rule.wide, Table) else value


def reads_back(rule: Rule, value: Any) -> Any:
    """What a value that goes out reads as there: cut, folded, or in another word where that is all there is."""
    if value is None or rule.scalar is None:
        return _as_held(rule, value)
    try:
        return _normal(rule, value)
    except Unread:
        return value


def _put_places(rule: Rule, values: Mapping[str, Any], moved: bool, draft: Draft) -> bool:
    """Write every place of a wide rule; true when one of them changed."""
    assert rule.wide is not None
    held = [path.read(draft.tree) for path in rule.write_at]
    if any(place is MISFIT for place in held) and not rule.moved:
        raise Unread("mapping.write.misfit")
    touched = False
    for path, before, after, convert in zip(
        rule.write_at, held, rule.wide.write(values, held), rule.typed, strict=True
    ):
        if after is KEEP or after == before:
            continue
        touched = True
        value = convert(after) if convert else after
        if moved:
            draft.put(rule, path, value)
        else:
            path.write(draft.tree, value)
    return touched


def _write_mark(rule: Rule, complaint: Mapping[str, Any], draft: Draft) -> None:
    """A mark of ours outlives a new text; it is not itself news unless its value is."""
    value = complaint.get(rule.name, draft.known.get(rule.name))
    if value is None or value in rule.unsent:
        return
    if _put_places(rule, {rule.name: value}, True, draft) and value != draft.known.get(rule.name):
        draft.names.append(rule.name)


def _clear(tree: Raw, path: Path) -> None:
    """What is read in another shape than it is written in gives way: a list of pairs where a plain map goes out."""
    for length in range(1, len(path.steps)):
        if Path("", path.steps[: length + 1]).read(tree) is MISFIT:
            Path("", path.steps[:length]).write(tree, {})
            return


def _has_pick(path: Path) -> bool:
    return any(isinstance(step, Pick | Index) for step in path.steps)


def _list_of(path: Path) -> Path:
    at = next(at for at, step in enumerate(path.steps) if isinstance(step, Pick | Index))
    return Path("", path.steps[:at])


def _send_pair(tree: Raw, changed: Raw, path: Path, value: Any) -> None:
    """Only the picked entry's own key and value, the key typed as the system has it."""
    head = _list_of(path)
    pick = path.steps[len(head.steps)]
    if isinstance(pick, Pick):
        entries = head.read(changed)
        entries = entries if isinstance(entries, list) else []
        if not any(pick.fits(entry) for entry in entries):
            found = Path("", (*head.steps, pick)).read(tree)
            fresh: Raw = {}
            key = Path("", tuple(Name(key) for key in pick.keys))
            key.write(fresh, key.read(found))
            head.write(changed, [*entries, fresh])
    path.write(changed, value)
