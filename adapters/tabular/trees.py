"""Records as JSON: one object a line, or one document that holds the list."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, BinaryIO

from adapters.contract import Raw, Unreadable
from adapters.decode import Undecodable, from_json
from adapters.tabular.safe import shape
from adapters.tabular.table import key_of
from adapters.tabular.text import MOST_LINE, TORN, FileRefused, Look, kept, open_text
from adapters.tabular_words import Format, TableWords

MOST_DOCUMENT = 64 << 20  # bytes; more comes as lines


@dataclass(slots=True)
class Trees:
    """``source`` gives texts to be read as JSON, or what was read already."""

    label: str
    source: Iterable[Any]
    words: TableWords
    unit: str = "baris"
    left_out: Counter[str] = field(default_factory=Counter)
    key: Callable[[Raw], str] | None = field(init=False)

    def __post_init__(self) -> None:
        self.key = key_of([partial(_at, one.split(".")) for one in self.words.keys])

    @property
    def width(self) -> int:
        return 0

    def position(self, row: int) -> str:
        return f"{self.label}: {self.unit} {row}"

    def record(self, entry: Raw) -> Raw:
        return entry

    def text(self, entry: Raw) -> str:
        return json.dumps(entry, ensure_ascii=False, sort_keys=True)

    def unreadable(self, number: int, code: str, text: str, /, **facts: object) -> Unreadable:
        text = kept(text)
        facts = {"row": number, "shape": shape(text), **facts}
        return Unreadable(self.position(number), code, text, facts, rule=self.words.rule)

    def rows(self, after: int = 0) -> Iterator[tuple[int, Raw | Unreadable]]:
        for number, one in enumerate(self.source, 1):
            if isinstance(one, str) and not one.strip():
                self.left_out["blank"] += number > after
            elif number > after:
                yield number, self._entry(number, one)

    def _entry(self, number: int, one: Any) -> Raw | Unreadable:
        if isinstance(one, str):
            if len(one) > MOST_LINE:
                return self.unreadable(number, "file.cell_too_long", one)
            if TORN.search(one):
                return self.unreadable(number, "file.bad_letters", one)
            try:
                one = from_json(one)
            except Undecodable:
                return self.unreadable(number, "file.bad_json", one)
        if not isinstance(one, dict):
            return self.unreadable(number, "file.no_object", json.dumps(one, ensure_ascii=False))
        return one


def trees(name: str, file: BinaryIO, seen: Look, words: TableWords) -> Trees:
    """The records of a JSON file. Raises FileRefused where the document as a whole cannot be read."""
    if words.format is Format.JSONL:
        return Trees(name, _Lines(file, seen), words)
    if seen.size > MOST_DOCUMENT:
        raise FileRefused("file.too_big", bytes=seen.size, most=MOST_DOCUMENT)
    with open_text(file, replace(seen, errors="strict")) as text:
        try:
            whole = from_json(text.read())
        except (Undecodable, UnicodeDecodeError):
            raise FileRefused("file.bad_document") from None
    for step in words.records:
        whole = whole.get(step) if isinstance(whole, dict) else None
    if not isinstance(whole, list):
        raise FileRefused("file.no_list", path=".".join(words.records) or "[ … ]")
    # a text in the list is no record, and not JSON to be read once more
    return Trees(name, [[one] if isinstance(one, str) else one for one in whole], words, unit="entri")


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines, as often as one likes; of one that is too long only its start is kept."""

    file: BinaryIO
    seen: Look

    def __iter__(self) -> Iterator[str]:
        with open_text(self.file, self.seen) as text:
            while line := text.readline(MOST_LINE + 1):
                yield line
                while len(line) > MOST_LINE and not line.endswith("\n"):
                    line = text.readline(MOST_LINE + 1)


def _at(names: list[str], tree: Any) -> str:
    for name in names:
        tree = tree.get(name) if isinstance(tree, dict) else None
    if tree is None or isinstance(tree, dict | list):
        return ""
    return str(int(tree)) if isinstance(tree, float) and tree.is_integer() else str(tree).strip()
