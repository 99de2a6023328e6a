"""Joined calls made once per entry of a list in the record, and where their answers go."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from adapters.contract import Raw
from adapters.conversation import Each
from hub.mapping.conditions import Condition, compile_condition
from hub.mapping.context import Context
from hub.mapping.paths import Path, parse_path
from hub.mapping.reader import Node
from hub.mapping.values import MISFIT, MISSING

IN_ENTRY = "entry."
"""``into: entry.texts``: each answer is kept in the entry it was asked for."""


def compile_each(node: Node, into: str | None, context: Context, name: str) -> Each | None:
    """``{for_each: history, only: {system: Type, is: Correspond}, into: entry.texts}``. Paths start at one entry."""
    said = node.get("for_each")
    if said is None:
        if (only := node.get("only")) is not None:
            only.refuse("conversation.only_each")
        return None
    if into is None:
        said.refuse("conversation.for_each_unjoined", operation=name)
    path = parse_path(said, context.settings)
    fits = compile_condition(only, context.settings) if (only := node.get("only")) is not None else _all
    inside = into.removeprefix(IN_ENTRY) if into.startswith(IN_ENTRY) else None
    return Each(lambda raw: listed(path, raw), fits, inside, lambda raw, entries: _with(path, raw, entries))


def listed(path: Path, raw: Raw) -> Sequence[Any]:
    """The list at a place in a record; one thing standing alone is a list of one, nothing is none."""
    found = path.read(raw)
    if found is MISSING or found is MISFIT or found is None or found == "":
        return []
    return found if isinstance(found, list) else [found]


def _with(path: Path, raw: Raw, entries: Sequence[Any]) -> Raw:
    if not entries:
        return raw
    changed = copy.deepcopy(raw)
    path.write(changed, list(entries))
    return changed


_all: Condition = lambda entry: True  # noqa: E731 - a condition like any other
