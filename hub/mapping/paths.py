"""Paths into a record: dots, picks out of lists, and the way back.

``status.id`` · ``custom_fields(id=7).value`` · ``fields(field.id=7).value`` · ``photos.first`` ·
``photos[0].url`` · ``photos.rest`` (all but the first) · ``@rahasia`` (an XML attribute) · ``.`` (the thing itself).
A heading of a table is one name, whatever characters it holds. Settings may stand in names and picks:
``(id=<lapor_field>)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.mapping.reader import Node
from hub.mapping.values import MISFIT, MISSING, Unread, fold_code, text_form

_NAME = re.compile(r"[^.()\[\]=<>]+")
_PICK = re.compile(r"\(\s*([^()=]+?)\s*=\s*([^()]*?)\s*\)")
_INDEX = re.compile(r"\[(\d{1,6})\]")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Name:
    """A key of an object."""

    name: str


@dataclass(frozen=True, slots=True)
class Pick:
    """The entry of a list whose ``keys`` hold ``wanted``."""

    keys: tuple[str, ...]
    wanted: str

    def fits(self, entry: Any) -> bool:
        for key in self.keys:
            if not isinstance(entry, dict) or key not in entry:
                return False
            entry = entry[key]
        if isinstance(entry, dict | list):
            return False
        return entry is not None and fold_code(text_form(entry)) == self.wanted


@dataclass(frozen=True, slots=True)
class Index:
    """The n-th entry of a list; -1 is the last."""

    at: int


@dataclass(frozen=True, slots=True)
class Rest:
    """A list without its first entry: only to be read."""


Step = Name | Pick | Index | Rest
_PLACES: dict[str, Step] = {"first": Index(0), "last": Index(-1), "rest": Rest()}


@dataclass(frozen=True, slots=True)
class Path:
    text: str
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...] | None:
        """The keys, where the path is nothing but keys (the usual case, which the compiler inlines)."""
        names = tuple(step.name for step in self.steps if isinstance(step, Name))
        return names if len(names) == len(self.steps) else None

    @property
    def head(self) -> str:
        """The first name: the heading, where records are rows and a cell may hold more."""
        return next((step.name for step in self.steps[:1] if isinstance(step, Name)), "")

    @property
    def is_self(self) -> bool:
        return not self.steps

    def read(self, tree: Any) -> Any:
        """The value there; MISSING, None, or MISFIT where something else stands in the way."""
        for step in self.steps:
            if tree is None or tree == "":
                return None
            tree = _down(tree, step)
            if tree is MISSING or tree is MISFIT:
                return tree
        return tree

    def write(self, tree: Any, value: Any) -> None:
        """Put the value there in place; what is not there yet is added, what stands beside it stays."""
        if any(isinstance(step, Rest) for step in self.steps):
            raise Unread("mapping.write.misfit")
        *lead, end = self.steps
        for step, after in zip(lead, self.steps[1:], strict=True):
            tree = _open(tree, step, list if isinstance(after, Pick | Index) else dict)
        _put(tree, end, value)

    def delete(self, tree: Any) -> None:
        """Take the value away; nothing happens where there is none."""
        *lead, end = self.steps
        for step in lead:
            tree = _down(tree, step)
        if isinstance(end, Name) and isinstance(tree, dict):
            tree.pop(end.name, None)
        elif isinstance(tree, list) and (at := _position(tree, end)) is not None:
            del tree[at]

    def below(self, more: Path) -> Path:
        return Path(f"{self.text}.{more.text}".strip("."), self.steps + more.steps)


def parse_path(node: Node, settings: Mapping[str, str] | None = None, *, whole: bool = False) -> Path:
    """The path a node names. ``whole``: one heading, whatever it holds. Refuses what it cannot read."""
    text = node.filled(settings or {})
    if whole:
        return Path(text, (Name(text),))
    if text == ".":
        return Path("", ())
    steps = _steps(text)
    if steps is None:
        node.refuse("mapping.path.unreadable", path=text)
    return Path(text, steps)


def path_of(text: str) -> Path:
    """A path from a text that is known to be well formed. Raises ValueError otherwise."""
    steps = () if text == "." else _steps(text)
    if steps is None:
        raise ValueError(f"not a path: {text}")
    return Path(text, steps)


def _steps(text: str) -> tuple[Step, ...] | None:
    steps: list[Step] = []
    at = 0
    while at < len(text):
        if text[at] == "." and steps and at + 1 < len(text):
            at += 1
        found = _PICK.match(text, at) or _INDEX.match(text, at) or _NAME.match(text, at)
        if found is None or (found.re is _NAME and steps and text[at - 1] != "."):
            return None
        step = _step(found)
        if steps and isinstance(steps[-1], Pick) and not isinstance(step, Name):
            return None  # what a pick finds is an object: a name follows, or nothing
        steps.append(step)
        at = found.end()
    return tuple(steps) or None


def _step(found: re.Match[str]) -> Step:
    if found.re is _PICK:
        return Pick(tuple(found[1].split(".")), fold_code(found[2]))
    if found.re is _INDEX:
        return Index(int(found[1]))
    return _PLACES.get(found[0]) or Name(found[0])


def _down(tree: Any, step: Step) -> Any:
    if isinstance(step, Name):
        if isinstance(tree, dict):
            return tree.get(step.name, MISSING)
        return None if tree in ("", [], None) else MISFIT
    if isinstance(step, Rest):
        return _after_first(tree)
    if isinstance(tree, dict):
        word = {0: "first", -1: "last"}.get(step.at) if isinstance(step, Index) else None
        if word is not None and word in tree:
            return tree[word]
        tree = [tree]  # one element or many is the same list
    if not isinstance(tree, list):
        return None if tree in ("", None) else MISFIT
    at = _position(tree, step)
    return MISSING if at is None else tree[at]


def _after_first(tree: Any) -> Any:
    if isinstance(tree, dict):
        return tree.get("rest", [])  # one element or many is the same list
    if isinstance(tree, list):
        return tree[1:]
    return None if tree in ("", None) else MISFIT


def _position(entries: list[Any], step: Step) -> int | None:
    if isinstance(step, Pick):
        return next((at for at, entry in enumerate(entries) if step.fits(entry)), None)
    if isinstance(step, Name | Rest) or not entries:
        return None
    at = len(entries) - 1 if step.at < 0 else step.at
    return at if at < len(entries) else None


def _open(tree: Any, step: Step, kind: type) -> Any:
    """Go down one step for writing, making what is not there; nothing that holds something is run over."""
    at: Any
    if isinstance(step, Name):
        at = step.name
        inner = tree.get(at)
    else:
        at = _position(tree, step)
        if at is None:
            tree.append(_new_entry(tree, step))
            at = len(tree) - 1
        inner = tree[at]
    if isinstance(inner, dict) and kind is list:
        tree[at] = [inner]  # one element or many is the same list
    elif inner in (None, "", [], {}):
        tree[at] = kind()
    elif not isinstance(inner, kind):
        raise Unread("mapping.write.misfit")
    return tree[at]


def _put(tree: Any, step: Step, value: Any) -> None:
    if isinstance(step, Name):
        tree[step.name] = value
        return
    at = _position(tree, step)
    if at is None:
        tree.append(value)
    else:
        tree[at] = value


def _new_entry(beside: list[Any], step: Step) -> Any:
    """An entry that the pick will find again, its key typed as in the entries beside it."""
    if not isinstance(step, Pick):
        return {}
    entry: dict[str, Any] = {}
    inner = entry
    for key in step.keys[:-1]:
        inner = inner.setdefault(key, {})
    inner[step.keys[-1]] = _typed(step, beside)
    return entry


def _typed(step: Pick, beside: list[Any]) -> str | int:
    if not _WHOLE.fullmatch(step.wanted):
        return step.wanted
    own = Path("", tuple(Name(key) for key in step.keys))
    return step.wanted if any(isinstance(own.read(entry), str) for entry in beside) else int(step.wanted)
