"""Strict YAML: every scalar is text, every node knows its file and line, and nothing is guessed.

Duplicate keys, anchors, aliases, tags and merge keys are refused: they make two readers of one file see
two different mappings. Built on PyYAML's C parser, at well under a millisecond for a usual file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from difflib import get_close_matches
from typing import Any, NoReturn

import yaml

from hub.mapping.faults import Fault, Faults, MappingError

MOST_BYTES = 2 * 1024 * 1024
MOST_DEPTH = 40
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_SLOT = re.compile(r"<([a-z][a-z0-9_.]*)>")


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a file: a text, a list or a map, with where it stands."""

    file: str
    line: int
    field: str
    value: str | list[Node] | dict[str, Node] = attribute(repr=False)
    quoted: bool = False

    # -- saying what is wrong

    def fault(self, code: str, /, **facts: Any) -> Fault:
        return Fault(self.file, self.line, self.field, code, facts)

    def refuse(self, code: str, /, **facts: Any) -> NoReturn:
        raise MappingError([self.fault(code, **facts)])

    def refuse_word(self, word: str, known: Collection[str], code: str = "mapping.word.unknown") -> NoReturn:
        """Refuse a word out of a closed list, naming the nearest that exists."""
        raise MappingError([self._unknown(word, known, code)])

    def _unknown(self, word: str, known: Collection[str], code: str) -> Fault:
        near = get_close_matches(word, list(known), n=1, cutoff=0.5)
        code = f"{code}_near" if near else code
        return self.fault(code, word=word, near=near[0] if near else "", known=", ".join(sorted(known)))

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"

    # -- texts

    @property
    def is_text(self) -> bool:
        return isinstance(self.value, str)

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)

    @property
    def is_map(self) -> bool:
        return isinstance(self.value, dict)

    @property
    def is_null(self) -> bool:
        """Written as nothing: ``null``, ``~`` or no value at all, without quotes."""
        return not self.quoted and self.value in ("null", "~", "")

    def text(self) -> str:
        """The text; empty texts must be written with quotes."""
        if not isinstance(self.value, str):
            self.refuse("mapping.node.not_text")
        if not self.value and not self.quoted:
            self.refuse("mapping.node.nothing")
        return self.value

    def choice(self, *known: str) -> str:
        text = self.text()
        if text not in known:
            self.refuse_word(text, known)
        return text

    def yes_no(self) -> bool:
        return self.choice("yes", "no") == "yes"

    def number(self, *, least: int = 0, most: int = 10**9) -> int:
        text = self.text()
        if not _WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= most:
            self.refuse("mapping.node.not_number", text=text, least=least, most=most)
        return int(text)

    def filled(self, settings: Mapping[str, str]) -> str:
        """The text with ``<setting>`` slots filled; an unknown slot is refused."""
        return _SLOT.sub(lambda found: self._setting(found[1], settings), self.text())

    def _setting(self, name: str, settings: Mapping[str, str]) -> str:
        if name not in settings:
            self.refuse_word(name, settings.keys(), "mapping.slot.unknown")
        return settings[name]

    def with_settings(self, settings: Mapping[str, str]) -> Node:
        """The same, with what an installation told in every text below; other slots stay as they stand."""
        if isinstance(self.value, str):
            return replace(self, value=_SLOT.sub(lambda found: settings.get(found[1], found[0]), self.value))
        if isinstance(self.value, list):
            return replace(self, value=[one.with_settings(settings) for one in self.value])
        return replace(self, value={name: one.with_settings(settings) for name, one in self.value.items()})

    # -- lists

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            self.refuse("mapping.node.not_list")
        return self.value

    def one_or_many(self) -> list[Node]:
        """A list, or the single thing that stands where a list may."""
        return self.value if isinstance(self.value, list) else [self]

    def texts(self) -> list[str]:
        return [one.text() for one in self.one_or_many()]

    # -- maps

    def entries(self) -> dict[str, Node]:
        if not isinstance(self.value, dict):
            self.refuse("mapping.node.not_map")
        return self.value

    def only(self, *known: str) -> Node:
        """Refuse every key that is not among ``known`` (all at once, each with the nearest word)."""
        unknown = [
            node._unknown(key, known, "mapping.key.comma" if node.is_null else "mapping.key.unknown")
            for key, node in self.entries().items()
            if key not in known
        ]
        if unknown:
            raise MappingError(unknown)
        return self

    def get(self, key: str) -> Node | None:
        return self.entries().get(key)

    def need(self, key: str) -> Node:
        found = self.get(key)
        if found is None:
            self.refuse("mapping.key.missing", key=key)
        return found

    def __contains__(self, key: str) -> bool:
        return key in self.entries()

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items())

    def each(self, faults: Faults, work: Callable[[Node], Any]) -> list[Any]:
        """``work`` on every item; a faulty item is noted and the next is done."""
        done = []
        for item in self.items():
            with faults.gather():
                done.append(work(item))
        return done

    # -- plain values

    def plain(self) -> Any:
        """Texts, lists and dicts; what is written as nothing is None."""
        if isinstance(self.value, str):
            return None if self.is_null else self.value
        if isinstance(self.value, list):
            return [one.plain() for one in self.value]
        return {key: one.plain() for key, one in self.value.items()}

    def sample(self) -> Any:
        """Like ``plain``, but whole numbers, true and false without quotes are what JSON makes of them.

        For the records in ``tests:`` only. Nothing is lost by it: ``010`` and ``33.10`` stay texts.
        """
        if isinstance(self.value, str):
            return self.plain() if self.quoted else _as_json(self.value)
        if isinstance(self.value, list):
            return [one.sample() for one in self.value]
        return {key: one.sample() for key, one in self.value.items()}


def _as_json(text: str) -> Any:
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return {"true": True, "false": False, "null": None, "~": None, "": None}.get(text, text)


def from_plain(data: Any, file: str, field: str = "", line: int = 0) -> Node:
    """A node over plain values (an overlay that came out of another file)."""
    if isinstance(data, Mapping):
        inner = {str(key): from_plain(one, file, _below(field, str(key)), line) for key, one in data.items()}
        return Node(file, line, field, inner)
    if isinstance(data, list | tuple):
        return Node(file, line, field, [from_plain(one, file, f"{field}[{i}]", line) for i, one in enumerate(data, 1)])
    return Node(file, line, field, "" if data is None else str(data), quoted=data is not None)


def read_yaml(text: str, file: str) -> Node:
    """The root map of a file. Raises MappingError with every fault of form that was found."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise MappingError([Fault(file, 0, "", "mapping.file.too_big", {"most": MOST_BYTES})])
    faults = Faults()
    try:
        root = _Builder(file, faults).build(text)
    except yaml.YAMLError as error:
        raise MappingError([*faults.found, _not_yaml(error, file)]) from error
    faults.finish()
    if root is None or not root.is_map:
        raise MappingError([Fault(file, 1, "", "mapping.file.not_map")])
    return root


def _not_yaml(error: yaml.YAMLError, file: str) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return Fault(file, mark.line + 1 if mark else 0, "", "mapping.file.not_yaml", {"problem": problem})


class _Builder:
    """Turns parser events into nodes, noting what is not allowed on the way."""

    def __init__(self, file: str, faults: Faults) -> None:
        self.file = file
        self.faults = faults
        self.events: Iterator[Any] = iter(())

    def build(self, text: str) -> Node | None:
        root: Node | None = None
        self.events = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
        for event in self.events:
            if isinstance(event, yaml.NodeEvent):
                if root is not None:
                    self._note(event, "", "mapping.file.two_documents")
                root = self._node(event, "", 0)
        return root

    def _note(self, event: Any, field: str, code: str, **facts: Any) -> None:
        self.faults.found.append(Fault(self.file, event.start_mark.line + 1, field, code, facts))

    def _node(self, event: Any, field: str, depth: int, line: int = 0) -> Node:
        line = line or event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            self._note(event, field, "mapping.file.alias", name=event.anchor)
            return Node(self.file, line, field, "")
        if depth > MOST_DEPTH:
            raise MappingError([Fault(self.file, line, field, "mapping.file.too_deep", {"most": MOST_DEPTH})])
        if event.anchor:
            self._note(event, field, "mapping.file.anchor", name=event.anchor)
        if event.tag:
            self._note(event, field, "mapping.file.tag", tag=event.tag)
        if isinstance(event, yaml.ScalarEvent):
            return Node(self.file, line, field, event.value, quoted=bool(event.style))
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self.file, line, field, self._list(field, depth))
        return Node(self.file, line, field, self._map(field, depth))

    def _list(self, field: str, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, f"{field}[{len(items) + 1}]", depth + 1))
        return items

    def _map(self, field: str, depth: int) -> dict[str, Node]:
        inner: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            name = self._key(event, field, depth)
            line = event.start_mark.line + 1
            node = self._node(next(self.events), _below(field, name), depth + 1, line)
            if name in inner:
                self._note(event, _below(field, name), "mapping.key.twice", key=name, first=inner[name].line)
            inner.setdefault(name, node)
        return inner

    def _key(self, event: Any, field: str, depth: int) -> str:
        node = self._node(event, field, depth + 1)
        if not isinstance(node.value, str):
            self._note(event, field, "mapping.key.not_text")
            return ""
        if node.value == "<<" and not node.quoted:
            self._note(event, field, "mapping.file.merge")
        return node.value


def _below(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key
