"""JSON inside strings: ``json: [detail, lampiran]`` is opened before reading and closed again after writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.mapping.digest import dump
from hub.mapping.paths import Name, Path
from hub.mapping.reading import Raw
from hub.mapping.values import MISSING

_MOST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Embedded:
    """``paths``: plain names, the outer before the inner."""

    paths: Sequence[Path] = ()

    def open(self, raw: Raw) -> Raw:
        """The record with the declared texts opened; the record itself where nothing is declared."""
        for path in self.paths:
            inner = _opened(path.read(raw))
            if inner is not MISSING:
                raw = _with(raw, [step.name for step in path.steps if isinstance(step, Name)], inner)
        return raw

    def close(self, tree: Raw, base: Raw | None) -> Raw:
        """The record with those texts closed; what did not change keeps its own text."""
        for path in reversed(self.paths):
            inner = path.read(tree)
            if isinstance(inner, dict | list):
                held = path.read(self.open_until(base, path)) if base is not None else MISSING
                same = isinstance(held, str) and dump(_opened(held)) == dump(inner)
                text = held if same else orjson.dumps(inner).decode()
                tree = _with(tree, [step.name for step in path.steps if isinstance(step, Name)], text)
        return tree

    def open_until(self, raw: Raw, end: Path) -> Raw:
        return Embedded(
            tuple(path for path in self.paths if path is not end and len(path.steps) < len(end.steps))
        ).open(raw)

    def send(self, changed: Raw, tree: Raw) -> Raw:
        """What changed inside such a text is sent as the whole text."""
        for path in self.paths:
            if isinstance(path.read(changed), dict | list):
                path.write(changed, path.read(tree))
        return changed


def _opened(value: Any) -> Any:
    """The tree in a text; MISSING where there is none to be read (the rule that looks there says so)."""
    if not isinstance(value, str) or not value.strip().startswith(("{", "[")) or len(value) > _MOST:
        return MISSING
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return MISSING


def _with(tree: Any, names: Sequence[str], value: Any) -> Any:
    """A copy along the way, the rest shared."""
    head, *rest = names
    inner = _with(tree[head], rest, value) if rest else value
    return {**tree, head: inner}
