"""Fingerprints of raw records, and what in a record no rule names; both leave out what ``ignore:`` lists."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Any

import orjson

from hub.mapping.paths import Index, Name, Path, Pick, Rest
from hub.mapping.reading import Raw

_MOST_SHAPES = 512  # remembered sets of names; a system has a handful


def dump(tree: Any) -> bytes:
    """One canonical text of a tree: names sorted, whatever the order they came in."""
    try:
        return orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, TypeError):  # huge integers, lone surrogates, values that are no JSON
        return json.dumps(tree, sort_keys=True, default=str, separators=(",", ":")).encode()


def fingerprint(tree: Any) -> bytes:
    """16 bytes."""
    return blake2b(dump(tree), digest_size=16).digest()


class Ignored:
    """The names and paths of ``ignore:``: ``spent_hours``, ``_*``, ``a.b``; ``*`` stands for any characters."""

    def __init__(self, patterns: Sequence[str], *, whole: bool = False) -> None:
        self.top = tuple(one for one in patterns if whole or "." not in one)
        self.deep = () if whole else tuple(tuple(one.split(".")) for one in patterns if "." in one)
        self._kept: dict[tuple[str, ...], tuple[str, ...] | None] = {}

    def name(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.top)

    def strip(self, raw: Raw) -> Raw:
        """The record without what is ignored; the record itself where nothing is."""
        if not self.top and not self.deep:
            return raw
        names = tuple(raw)
        if names not in self._kept:
            if len(self._kept) >= _MOST_SHAPES:
                self._kept.clear()
            kept = tuple(name for name in names if not self.name(name))
            self._kept[names] = kept if len(kept) < len(names) else None
        kept_names = self._kept[names]
        left = raw if kept_names is None else {name: raw[name] for name in kept_names}
        for steps in self.deep:
            left = _without(left, steps)
        return left


def _without(tree: Any, steps: tuple[str, ...]) -> Any:
    """A copy without what lies at a pattern of names; lists are passed through."""
    if isinstance(tree, list):
        return [_without(one, steps) for one in tree]
    if not isinstance(tree, dict):
        return tree
    head, *rest = steps
    if not rest:
        return {name: value for name, value in tree.items() if not fnmatchcase(name, head)}
    return {name: _without(value, tuple(rest)) if fnmatchcase(name, head) else value for name, value in tree.items()}


@dataclass(slots=True)
class _Known:
    """A tree of the names that rules look at. ``whole``: everything below is known."""

    whole: bool = False
    below: dict[str, _Known] = field(default_factory=dict)
    shapes: dict[tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)


class Unmapped:
    """Finds the paths that no rule and no ``ignore:`` names; what it learns of one shape it remembers."""

    def __init__(self, paths: Sequence[Path], ignored: Ignored) -> None:
        self.ignored = ignored
        self.root = _Known()
        for path in paths:
            _add(self.root, path)

    def find(self, raw: Raw) -> tuple[str, ...]:
        found: list[str] = []
        self._walk(raw, self.root, "", found)
        return tuple(dict.fromkeys(found))

    def _walk(self, tree: Any, known: _Known, lead: str, found: list[str]) -> None:
        if isinstance(tree, list):
            for one in tree:
                self._walk(one, known, lead, found)
            return
        if not isinstance(tree, dict):
            return
        names = tuple(tree)
        shape = known.shapes.get(names)
        if shape is None:
            if len(known.shapes) >= _MOST_SHAPES:
                known.shapes.clear()
            shape = known.shapes[names] = self._shape(names, known, lead)
        found.extend(shape[0])
        for name in shape[1]:
            self._walk(tree[name], known.below[name], f"{lead}{name}.", found)

    def _shape(self, names: tuple[str, ...], known: _Known, lead: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        lost = tuple(lead + name for name in names if name not in known.below and not self._ignores(lead, name))
        deeper = tuple(
            name
            for name in names
            if (inner := known.below.get(name)) and inner.below and not inner.whole and not self._ignores(lead, name)
        )
        return lost, deeper

    def _ignores(self, lead: str, name: str) -> bool:
        if not lead:
            return self.ignored.name(name)
        path = tuple((lead + name).split("."))
        return any(len(steps) == len(path) and all(map(fnmatchcase, path, steps)) for steps in self.ignored.deep)


def _add(known: _Known, path: Path) -> None:
    for step in path.steps:
        if isinstance(step, Index | Rest):
            continue
        names = step.keys if isinstance(step, Pick) else (step.name,) if isinstance(step, Name) else ()
        inner = known
        for name in names:
            inner = inner.below.setdefault(name, _Known())
        if isinstance(step, Pick):
            inner.whole = True
        else:
            known = inner
    known.whole = True
