"""Conditions as structure, never as strings.

``{system: status.id, is: "5"}`` · ``{system: jenis, in: [A, B]}`` · ``{system: nomor, matches: "LB[A-Z]+-[0-9]+"}`` ·
``{present: alasan}`` · ``{empty: alasan}`` · ``{all: […]}`` · ``{any: […]}`` · ``{not: …}``
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from hub.mapping.paths import Path, parse_path
from hub.mapping.reader import Node
from hub.mapping.values import MISFIT, MISSING, fold_code, text_form

Condition = Callable[[Any], bool]
More = Mapping[str, Callable[[Node], Condition]]

_LONGEST_TEXT = 1_000  # a pattern looks at no more than this: its time stays bounded
_TESTS = ("is", "in", "matches")
_RISKY = re.compile(r"\)[+*{]|\\[1-9]|\(\?|([+*].*){5}")


def compile_condition(
    node: Node,
    settings: Mapping[str, str] | None = None,
    *,
    more: More | None = None,
    path: Callable[[Node], Path] | None = None,
) -> Condition:
    """A function of the record. ``more``: further words of the caller (``http:``, ``fault:``), by name.

    ``path``: how the caller reads the places that are looked at; without it they are plain paths.
    """
    settings = settings or {}
    return _Compiler(settings, more or {}, path or (lambda one: parse_path(one, settings))).condition(node)


class _Compiler:
    def __init__(self, settings: Mapping[str, str], more: More, path: Callable[[Node], Path]) -> None:
        self.settings = settings
        self.more = more
        self.path = path

    def condition(self, node: Node) -> Condition:
        entries = node.entries()
        known = ("all", "any", "not", "present", "empty", "system", "path", *_TESTS, *self.more)
        node.only(*known)
        if "system" in entries or "path" in entries:
            return self._test(node)
        if len(entries) != 1:
            node.refuse("mapping.condition.one_word", known=", ".join(known))
        ((word, inner),) = entries.items()
        if word in self.more:
            return self.more[word](inner)
        if word in _TESTS:
            node.refuse("mapping.condition.no_path", word=word)
        return self._combine(word, inner)

    def _combine(self, word: str, inner: Node) -> Condition:
        if word == "not":
            refused = self.condition(inner)
            return lambda tree: not refused(tree)
        if word in ("all", "any"):
            parts = [self.condition(one) for one in inner.items()]
            if not parts:
                inner.refuse("mapping.condition.nothing", word=word)
            judge = all if word == "all" else any
            return lambda tree: judge(part(tree) for part in parts)
        path = self.path(inner)
        if word == "present":
            return lambda tree: not _is_empty(path.read(tree))
        return lambda tree: _is_empty(path.read(tree))

    def _test(self, node: Node) -> Condition:
        entries = node.entries()
        given = [word for word in _TESTS if word in entries]
        if len(given) != 1 or len(entries) != 2:
            node.refuse("mapping.condition.one_test", known=", ".join(_TESTS))
        path = self.path(entries.get("system") or entries["path"])
        wanted = entries[given[0]]
        if given[0] == "matches":
            pattern = compile_pattern(wanted)
            return lambda tree: bool(pattern.fullmatch(_text(path.read(tree))[:_LONGEST_TEXT]))
        if given[0] == "is" and not wanted.is_text:
            wanted.refuse("mapping.node.not_text")
        texts = frozenset(fold_code(one.filled(self.settings)) for one in wanted.one_or_many())
        return lambda tree: fold_code(_text(path.read(tree))) in texts


def compile_pattern(node: Node) -> re.Pattern[str]:
    """A bounded pattern: no repeated groups, look-around or back references, which can run for ever."""
    text = node.text()
    if len(text) > 200 or _RISKY.search(text):
        node.refuse("mapping.pattern.risky")
    try:
        return re.compile(text)
    except re.error as error:
        node.refuse("mapping.pattern.unreadable", problem=str(error))


def _text(value: Any) -> str:
    return "" if value is MISSING or value is MISFIT or isinstance(value, list | dict) else text_form(value)


def _is_empty(value: Any) -> bool:
    if value is MISSING or value is MISFIT or value is None or value in ("", [], {}):
        return True
    return isinstance(value, str) and not value.strip()
