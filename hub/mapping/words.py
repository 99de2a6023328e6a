"""The other half of a mapping, how its product converses or lays out files, joined to the record words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.complaint import FIELDS
from hub.mapping.block import Block
from hub.mapping.context import Context
from hub.mapping.events import Source
from hub.mapping.reader import Node

MORE_KEYS: tuple[str, ...] = ("references",)


@dataclass(frozen=True, slots=True)
class Spoken:
    """``sweeps``: streams whose source cannot be asked what changed."""

    words: Any = None
    key_field: str | None = None
    read_back: tuple[str, ...] | None = None
    sweeps: frozenset[str] = frozenset()


def is_tree(file: Node) -> bool:
    """Whether these files hold JSON: places are paths, not headings."""
    form = file.get("format")
    return form is not None and form.value in ("json", "jsonl")


def compile_words(root: Node, context: Context, fields: Block, sources: Sequence[Source]) -> Spoken:
    operations, file = root.get("operations"), root.get("file")
    if operations is not None and file is not None:
        file.refuse("mapping.words.both")
    if file is not None:
        from hub.mapping.files import compile_file

        return Spoken(compile_file(root, context, sources), _key_field(root), None)
    if operations is None:
        return Spoken()
    from hub.mapping.conversation import compile_conversation

    words = compile_conversation(root, context)
    return Spoken(words, _key_field(root), _read_back(operations, fields), _sweeps(operations, sources))


def _key_field(root: Node) -> str | None:
    """The field by which ``find`` asks; candidates are verified by it."""
    operations = root.get("operations")
    find = operations.get("find") if operations else None
    verify = find.get("verify") if find is not None and find.is_map else None
    if verify is None:
        return None
    if verify.text() not in FIELDS:
        verify.refuse_word(verify.text(), FIELDS, "mapping.rule.no_field")
    return verify.text()


def _read_back(operations: Node, fields: Block) -> tuple[str, ...] | None:
    """What is compared after a write: None every field sent, () nothing."""
    for name in ("update", "create"):
        operation = operations.get(name)
        entries = operation.one_or_many() if operation else []
        for entry in entries:
            said = entry.get("read_back") if entry.is_map else None
            if said is None:
                continue
            if said.is_text and said.text() == "no":
                return ()
            known = {name for rule in fields.rules for name in rule.names}
            for one in said.one_or_many():
                if one.text() not in known:
                    one.refuse_word(one.text(), known, "mapping.rule.no_field")
            return tuple(said.texts())
    return None


def _sweeps(operations: Node, sources: Sequence[Source]) -> frozenset[str]:
    lists = {"records": "list"} | {source.stream: source.stream for source in sources if source.stream}
    return frozenset(
        stream
        for stream, name in lists.items()
        if (operation := operations.get(name)) is not None and operation.is_map and "since" not in operation
    )
