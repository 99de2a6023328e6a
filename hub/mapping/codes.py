"""Code lists: a system's codes ↔ canonical values, inline or from a CSV file, with exactly one way back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute

from hub.domain.complaint import CHOICES
from hub.mapping.context import Context
from hub.mapping.reader import Node
from hub.mapping.reading import FieldClass
from hub.mapping.scalars import Scalar
from hub.mapping.values import Unread, fold_code

WORDS = (
    "file",
    "from",
    "to",
    "values",
    "back",
    "unsent",
    "only_sent",
    "case",
    "reference",
    "code",
    "label",
    "declared",
)


@dataclass(frozen=True, slots=True)
class CodeList:
    """``known``: folded code → value; ``back``: value → the code that is written; ``unsent``: never written;
    ``only_sent``: value this system has no word of its own for → the code written in its place."""

    known: dict[str, str]
    back: dict[str, str]
    unsent: frozenset[str]
    ignore_case: bool = False
    only_sent: Mapping[str, str] = attribute(default_factory=dict)

    def fold(self, text: str) -> str:
        folded = fold_code(text)
        return folded.lower() if self.ignore_case else folded

    def read(self, text: str) -> str:
        value = self.known.get(self.fold(text))
        if value is None:
            raise Unread("mapping.read.code")
        return value

    def write(self, value: str) -> str:
        code = self.back.get(value) or self.only_sent.get(value)
        if code is None:
            raise Unread("mapping.write.no_code", value=value)
        return code

    def with_back(self, rule: Node, field: str | None, *, needed: bool) -> CodeList:
        """The same list with the ``back:``, ``unsent:`` and ``only_sent:`` of one rule."""
        pairs = list(self.known.items())
        unsent = self.unsent | (frozenset(found.texts()) if (found := rule.get("unsent")) else frozenset())
        back = _way_back(rule, pairs, rule.get("back"), unsent, needed=needed, held=self.back)
        only = {**self.only_sent, **self._only(rule.get("only_sent"), field)}
        return replace(self, back=back, unsent=unsent, only_sent=only)

    def _only(self, node: Node | None, field: str | None) -> dict[str, str]:
        """Values that are written as a code which reads as another value: they are heard here, never said."""
        entries = node.entries() if node is not None else {}
        for value, one in entries.items():
            if field is not None:
                check_value(value, one, field, core=True)
            if value in self.known.values():
                one.refuse("mapping.codes.only_sent", value=value)
            if self.fold(one.text()) not in self.known:
                one.refuse_word(one.text(), self.known, "mapping.codes.only_sent_code")
        return {value: one.text() for value, one in entries.items()}

    def scalar(self) -> Scalar:
        exact = len(self.known) == len(self.back)
        kind = FieldClass.EXACT if exact and not self.ignore_case else FieldClass.NORMALISING
        known = {} if self.ignore_case else self.known
        return Scalar(
            self.read, self.write, kind, "daftar kode", known, values=frozenset(self.known.values()), unsent=self.unsent
        )


def find_list(node: Node, context: Context) -> Node:
    """The list a rule names, or the one written in place."""
    if not node.is_text:
        return node
    found = context.codes.get(node.text())
    return found if found is not None else node.refuse_word(node.text(), context.codes, "mapping.codes.unknown")


def compile_codes(node: Node, context: Context, *, field: str | None, writes: bool) -> CodeList:
    """``field``: the canonical field, whose values are checked; ``writes``: every value needs a way back."""
    listed = find_list(node, context)
    words = listed.entries()
    plain = not any(word in words for word in ("file", "values", "declared"))
    if not plain:
        listed.only(*WORDS)
    ignore_case = "case" in words and not plain and words["case"].choice("ignore", "exact") == "ignore"
    pairs = list(_inline(listed) if plain else _declared(listed, context))
    known: dict[str, str] = {}
    fold = CodeList({}, {}, frozenset(), ignore_case).fold
    for code, value, where in pairs:
        if known.setdefault(fold(code), value) != value:
            where.refuse("mapping.codes.twice", code=code)
        if field is not None:
            check_value(value, where, field, core=context.core)
    unsent = frozenset(words["unsent"].texts()) if "unsent" in words and not plain else frozenset()
    said = None if plain else words.get("back")
    back = _way_back(listed, [(code, value) for code, value, _ in pairs], said, unsent, needed=writes)
    found = CodeList(known, back, unsent, ignore_case)
    return replace(found, only_sent=found._only(None if plain else words.get("only_sent"), field))


def check_value(value: str, node: Node, field: str, *, core: bool) -> None:
    """Refuse a value that the canonical field does not have, and CLOSED anywhere but at the core."""
    allowed = CHOICES.get(field)
    if allowed is None:
        return
    if value not in allowed:
        node.refuse_word(value, [str(one) for one in allowed])
    if field == "status" and value == "CLOSED" and not core:
        node.refuse("mapping.status.closed")


def _inline(node: Node) -> Iterable[tuple[str, str, Node]]:
    for code, value in node.entries().items():
        yield code, value.text(), value


def _declared(node: Node, context: Context) -> Iterable[tuple[str, str, Node]]:
    words = node.entries()
    if "values" in words:
        yield from _inline(words["values"])
    file = words.get("file") or words.get("declared")
    if file is not None:
        code, value = node.need("from").text(), node.need("to").text()
        for row in read_table(file, context, (code, value)):
            yield row[code], row[value], file


def read_table(file: Node, context: Context, columns: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a CSV code file as text; ``,`` or ``;``, with a heading row that holds ``columns``."""
    lines = context.code_file(file).removeprefix("\ufeff").splitlines(keepends=True)
    head = lines[0] if lines else ""
    try:
        rows = list(csv.reader(lines, delimiter=";" if head.count(";") > head.count(",") else ",", strict=True))
    except csv.Error as error:
        file.refuse("mapping.codes.bad_file", file=file.text(), problem=str(error))
    names = [name.strip() for name in rows[0]] if rows else []
    for column in columns:
        if column not in names:
            file.refuse_word(column, names, "mapping.codes.no_column")
    for at, row in enumerate(rows[1:], 2):
        if row and len(row) != len(names):
            file.refuse("mapping.codes.bad_row", file=file.text(), row=at)
    return [dict(zip(names, (cell.strip() for cell in row), strict=True)) for row in rows[1:] if any(row)]


def _way_back(
    node: Node,
    pairs: list[tuple[str, str]],
    said: Node | None,
    unsent: frozenset[str],
    *,
    needed: bool,
    held: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """One code per value: the only one there is, the one ``back:`` names, or the first with ``back: first``."""
    codes: dict[str, list[str]] = {}
    for code, value in pairs:
        codes.setdefault(value, []).append(code)
    first = said is not None and said.is_text and said.choice("first") == "first"
    named = said.entries() if said is not None and not first else {}
    back = {**(held or {}), **{value: one.text() for value, one in named.items()}}
    for value, one in named.items():
        if fold_code(one.text()) not in map(fold_code, codes.get(value, ())):
            one.refuse("mapping.codes.back_wrong", value=value, code=one.text())
    for value, several in codes.items():
        if value in back or value in unsent:
            continue
        if len(several) == 1 or first:
            back[value] = several[0]
        elif needed:
            node.refuse("mapping.codes.no_way_back", value=value, codes=", ".join(several))
    return back
