"""From one entry of ``fields:`` to a Rule: which words may stand together, and what a missing one means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from hub.domain.complaint import Flag, Kind
from hub.mapping.codes import check_value
from hub.mapping.conditions import compile_condition
from hub.mapping.context import Context
from hub.mapping.operators import NO_DATES, Asked, date_words, dated, field_of, plain_scalar, scalar_of, wide_of
from hub.mapping.parts import Parts
from hub.mapping.paths import Path
from hub.mapping.reader import Node
from hub.mapping.reading import FieldClass
from hub.mapping.rules import COMPLAINT, OMIT, Rule, Vocabulary
from hub.mapping.scalars import Scalar
from hub.mapping.tables import compile_table
from hub.mapping.typed import TYPES, Convert, compile_limit, first_of_list, folded, joiner, without
from hub.mapping.wide import DayAndTime, Lines

SOURCES = ("system", "is", "table", "assume", "lines")
OPERATORS = ("codes", "parts", "date", "html", "phone", "number", "yes_no", "marker")
BESIDE = {
    "back": "codes", "only_sent": "codes", "because": "assume", "time": "date", "zone": "date", "item": "split",
    "of": "split", "at": "marker",
}  # fmt: skip
MORE = (
    "unsent", "join", "split", "at_most", "loss", "as", "empty", "nulls", "hidden", "default", "read_from",
    "write_to", "write", "read", "required", "personal", "owner", "when", "missing", "fold", "without",
)  # fmt: skip
_KINDS = {
    "codes": (Kind.CHOICE, Kind.TEXT, Kind.FLAG, Kind.DIGITS),
    "date": (Kind.TIME,),
    "html": (Kind.TEXT,),
    "phone": (Kind.TEXT,),
    "number": (Kind.NUMBER, Kind.COORDINATE),
    "yes_no": (Kind.FLAG,),
    "at_most": (Kind.TEXT,),
    "without": (Kind.TEXT,),
    "fold": (Kind.TEXT,),
}


def compile_rule(node: Node, vocabulary: Vocabulary, context: Context) -> Rule:
    """One rule. Raises MappingError naming file, line, field and what to write instead."""
    return _RuleCompiler(node, vocabulary, context).rule()


class _RuleCompiler:
    def __init__(self, node: Node, vocabulary: Vocabulary, context: Context) -> None:
        node.only(vocabulary.word, *SOURCES, *OPERATORS, *BESIDE, *MORE)
        self.node, self.vocabulary, self.context = node, vocabulary, context
        target = node.need(vocabulary.word)
        self.name = target.text()
        self.field = field_of(vocabulary, target, self.name)
        self.source = self._source()
        self.writes = self._writes()
        nulls = frozenset(("", *context.nulls, *self._texts("nulls")))
        nulls = nulls | NO_DATES if "date" in node else nulls
        self.asked = Asked(node, self.name, self.field, vocabulary, context, nulls, self.writes)

    # -- what kind of rule it is

    def _texts(self, word: str) -> list[str]:
        said = self.node.get(word)
        return said.texts() if said is not None else []

    def _choice(self, word: str, *known: str) -> str:
        said = self.node.get(word)
        return said.choice(*known) if said is not None else ""

    def _source(self) -> str:
        given = [word for word in SOURCES if word in self.node]
        operators = [word for word in OPERATORS if word in self.node]
        if not given and ("read_from" in self.node or "write_to" in self.node):
            given = ["system"]
        if len(given) != 1:
            self.node.refuse("mapping.rule.one_source", known=", ".join(SOURCES))
        if len(operators) > 1 or (operators and given[0] != "system"):
            self.node.refuse("mapping.rule.one_operator", words=", ".join((given[0], *operators)))
        for word, beside in BESIDE.items():
            if word in self.node and beside not in self.node:
                self.node.need(word).refuse("mapping.rule.beside", word=word, beside=beside)
        for word, kinds in _KINDS.items():
            if word in self.node and self.field.kind not in kinds:
                self.node.need(word).refuse("mapping.rule.kind", word=word, field=self.name, kind=self.field.kind.value)
        return given[0]

    def _writes(self) -> bool:
        said = self._choice("write", "pair", "list", "yes", "no")
        if not self.context.writes or said == "no" or self.source in ("is", "assume"):
            return False
        return bool(said) or self.vocabulary.written is None or self.name in self.vocabulary.written

    # -- the parts every rule has

    def rule(self) -> Rule:
        if self.source in ("is", "assume"):
            return self._constant()
        reads = self._choice("read", "yes", "no") != "no"
        bare = Rule(self.name, self.field, self.node.where, "", FieldClass.EXACT, reads=reads, writes=self.writes)
        build = {"lines": self._lined, "table": self._table}.get(self.source, self._placed)
        rule = build(bare)
        required = self._choice("required", "yes", "no") == "yes"
        rule = replace(
            rule,
            nulls=self.asked.nulls | {None},
            hidden=self.context.hidden | frozenset(self._texts("hidden")),
            required=required,
            fatal=required or self.field.kind is Kind.FLAG,
            unsent=frozenset(self._texts("unsent")).union(rule.unsent, rule.scalar.unsent if rule.scalar else ()),
            empty=self._empty(rule),
            empty_said="empty" in self.node,
            default=self._default(),
            unsaid_when_missing=self._choice("missing", "unsaid", "empty") == "unsaid",
            pair=self._choice("write", "pair", "list", "yes", "no") == "pair",
            when=self._when(),
            personal=bool(self._choice("personal", "identity", "contact", "content", "place")),
            core_only=bool(self._choice("owner", "core")),
            prefix="" if self.vocabulary is COMPLAINT else f"{self.vocabulary.word}.",
        )
        return replace(rule, kind=self._class(rule))

    def _constant(self) -> Rule:
        said = self.node.need(self.source)
        value = said.filled(self.context.settings)
        check_value(value, said, self.name, core=self.context.core)
        words = f"tetap: {value}"
        if self.source == "assume":
            words = f"dianggap {value}: {self.node.need('because').text()}"
        return Rule(
            self.name, self.field, self.node.where, words, FieldClass.ONE_WAY, constant=value, writes=False,
            when=self._when(),
        )  # fmt: skip

    def _when(self) -> Callable[[Any], bool] | None:
        said, context = self.node.get("when"), self.context
        if said is None:
            return None
        return compile_condition(said, context.settings, path=context.path)

    def _default(self) -> Any:
        said = self.node.get("default")
        if said is None:
            return None
        value = said.text()
        check_value(value, said, self.name, core=self.context.core)
        if self.field.kind not in (Kind.TEXT, Kind.CHOICE, Kind.DIGITS) and value != Flag.YES.value:
            said.refuse("mapping.rule.default", field=self.name)  # a flag may only be taken as protected
        return value

    def _empty(self, rule: Rule) -> Any:
        said = self.node.get("empty")
        if said is None:
            return None
        if not said.quoted and said.text() in ("omit", "null"):
            return OMIT if said.text() == "omit" else None
        convert = rule.typed[0] if rule.typed else None
        return convert(said.text()) if convert and said.text() else said.text()

    # -- places

    def _paths(self, word: str) -> tuple[Path, ...]:
        said = self.node.get(word)
        return tuple(self.context.path(one) for one in said.one_or_many()) if said is not None else ()

    def _placed(self, rule: Rule) -> Rule:
        both = self._paths("system")
        read_at, write_at = self._paths("read_from") or both, self._paths("write_to") or both
        rule = replace(
            rule, reads=rule.reads and bool(read_at), writes=rule.writes and bool(write_at), read_at=read_at,
            write_at=write_at,
        )  # fmt: skip
        places = len(read_at or write_at)
        scalar = self._narrowed(scalar_of(self.asked))
        wide = wide_of(self.asked, scalar, places)
        if isinstance(wide, Parts):
            self._refuse_beside_parts()
        if isinstance(wide, DayAndTime):
            clock = self.context.path(self.node.need("time").need("system"))
            rule = replace(rule, read_at=(*read_at, clock), write_at=(*write_at, clock))
        elif places != 1 and (wide is None or "join" not in self.node):
            self.node.refuse("mapping.rule.several_places")
        before, convert = self._wire(places)
        if rule.writes:
            self._check_loss(wide.loses if wide else scalar.loses)
        return replace(
            rule, wide=wide, scalar=None if wide else scalar, before=before,
            words=wide.words if wide else scalar.words or "teks", typed=(convert,) * len(rule.write_at),
        )  # fmt: skip

    def _refuse_beside_parts(self) -> None:
        """What would be done to one text says nothing where there are pieces."""
        for word in ("at_most", "without", "fold"):
            if word in self.node:
                self.node.need(word).refuse("mapping.rule.one_operator", words=f"parts, {word}")

    def _wire(self, places: int) -> tuple[Convert | None, Convert | None]:
        """What is done to the raw value first, and how the text goes out."""
        kind = self._choice("as", *TYPES)
        if "join" in self.node and places == 1:
            mark = self.node.need("join").text()
            return joiner(mark), lambda value: value.split(mark)
        if kind == "list":
            return first_of_list, TYPES["list"]
        return None, TYPES.get(kind)

    def _narrowed(self, scalar: Scalar) -> Scalar:
        """White space folded when reading; characters taken out and length kept when writing."""
        write, read = scalar.write, scalar.read
        if said := self.node.get("without"):
            write = partial(_then, write, without(said.text()))
        if said := self.node.get("at_most"):
            write = partial(_then, write, compile_limit(said))
        if self._choice("fold", "yes", "no") == "yes":
            read = partial(_then, read, folded)
        same = read is scalar.read and write is scalar.write
        return scalar if same else replace(scalar, read=read, write=write)

    def _table(self, rule: Rule) -> Rule:
        table = compile_table(self.node.need("table"), self.name, self.context, writes=self.writes)
        return replace(
            rule, wide=table.table, read_at=table.read_at, write_at=table.write_at, unsent=table.unsent,
            words=f"tabel {self.node.need('table').text()}", typed=tuple(TYPES.get(word) for word in table.typed),
        )  # fmt: skip

    def _lined(self, rule: Rule) -> Rule:
        """``{write_to: uraian, lines: [{complaint: body_original}, {before: "Lokasi: ", complaint: …}]}``."""
        pieces: list[tuple[str, str]] = []
        writers: dict[str, Scalar] = {}
        for one in self.node.need("lines").items():
            said = one.only("before", self.vocabulary.word, "date").need(self.vocabulary.word)
            field = field_of(self.vocabulary, said, said.text())
            date = one.get("date")
            plain = plain_scalar(field, said.text(), self.context)
            writers[said.text()] = dated(date_words(self.asked, date)) if date else plain
            pieces.append((before.text() if (before := one.get("before")) else "", said.text()))
        mark = join.text() if (join := self.node.get("join")) else "\n"
        wide = Lines(tuple(pieces), writers, mark)
        return replace(rule, wide=wide, words=wide.words, reads=False, write_at=self._paths("write_to"), typed=(None,))

    # -- what may be lost

    def _check_loss(self, loses: str) -> None:
        """Every loss is said, and none is said that there is not."""
        losses = {loses} if loses else set()
        losses |= {loss for word, loss in (("at_most", "cut"), ("without", "characters")) if word in self.node}
        said = set(self._texts("loss"))
        for loss in sorted(losses - said):
            self.node.refuse("mapping.rule.loss", loss=loss, field=self.name)
        for loss in sorted(said - losses):
            self.node.need("loss").refuse("mapping.rule.no_loss", loss=loss, field=self.name)

    def _class(self, rule: Rule) -> FieldClass:
        if not rule.reads or not rule.writes:
            return FieldClass.ONE_WAY
        if "loss" in self.node:
            return FieldClass.LOSSY
        inner = rule.wide or rule.scalar
        kind = inner.kind if inner else FieldClass.EXACT
        return FieldClass.NORMALISING if rule.default is not None and kind is FieldClass.EXACT else kind


def _then(first: Convert, second: Convert, value: Any) -> Any:
    return second(first(value))
