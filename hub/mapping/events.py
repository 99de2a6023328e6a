"""Follow-ups: where they come from, which are ours, which count, and how one is said in the system's words.

Sources: ``inside:`` a list in the record · ``call:`` the answer of a joined call · ``feed:`` or ``files:`` a stream of
its own · ``text:`` many entries glued in one text · ``columns:`` one entry in columns · ``change_of:`` differences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.domain.complaint import Flag, Moment
from hub.mapping.block import Block, compile_block
from hub.mapping.conditions import Condition, compile_condition
from hub.mapping.context import Context
from hub.mapping.digest import fingerprint
from hub.mapping.operators import plain_scalar
from hub.mapping.parts import Parts, compile_parts
from hub.mapping.paths import Name, Path
from hub.mapping.reader import Node
from hub.mapping.reading import EventReading, Issue, Raw
from hub.mapping.rules import ATTACHMENT, EVENT
from hub.mapping.values import MISSING, Unread, shape, text_form

SOURCES = ("inside", "call", "feed", "files", "text", "columns", "change_of")
WORDS = ("key", "of", "ours", "skip", "only", "fields", "visible", "entry", "into")

ATTACHMENTS = ("inside", "call", "columns", "into", "key", "only", "skip", "split", "fields")


@dataclass(frozen=True, slots=True)
class Glued:
    """Many entries in one text, each under a heading line."""

    path: Path
    heading: re.Pattern[str]
    parts: Parts

    def entries(self, raw: Raw) -> Iterator[tuple[dict[str, Any], str, Unread | None]]:
        """What each heading says and the text below it. What stands before the first heading is no entry.

        A heading that cannot be read (a date there never was) stays with its text, and says why.
        """
        text = text_form(value) if isinstance(value := self.path.read(raw), str) else ""
        marks = list(self.heading.finditer(text))
        ends = [*(mark.start() for mark in marks[1:]), len(text)]
        for mark, end in zip(marks, ends, strict=False):  # no heading, no entry
            try:
                yield self.parts.parse(mark["heading"]), text[mark.end() : end].strip(), None
            except Unread as error:
                yield {}, text[mark.start() : end].strip(), error


@dataclass(frozen=True, slots=True)
class Source:
    """One place follow-ups come from. ``stream`` is set where they come by themselves."""

    word: str
    where: str
    block: Block
    paths: tuple[Path, ...] = ()
    stream: str | None = None
    key: Path | None = None
    of: Path | None = None
    ours: Condition | None = None
    skip: Condition | None = None
    only: Condition | None = None
    visible: str | None = None
    glued: Glued | None = None
    is_event: bool = True
    split: str = ""  # between the addresses in one text
    nulls: frozenset[str] = frozenset(("",))

    def inside(self, raw: Raw, partial: bool) -> tuple[list[EventReading], list[Issue]]:
        """The follow-ups that one record carries."""
        found: list[EventReading] = []
        issues: list[Issue] = []
        for entry in self._entries(raw, issues):
            event, wrong = self.event(entry, partial=partial)
            issues.extend(wrong)
            if event is not None:
                found.append(event)
        return found, issues

    def _entries(self, raw: Raw, issues: list[Issue]) -> Iterator[Any]:
        if self.word == "columns":
            if any(self.says(path.read(raw)) for path in self.paths[:1]):
                yield raw
        elif self.glued is not None:
            for said, text, error in self.glued.entries(raw):
                if error is not None:
                    issues.append(
                        Issue(f"{EVENT.word}.at", self.paths[0].text, self.where, error.code, facts=error.facts)
                    )
                yield {**said, "text": text}
        elif self.word in ("inside", "call"):
            for path in self.paths:
                yield from self._listed(path.read(raw))

    def says(self, value: Any) -> bool:
        """Whether a cell says something: neither blank nor a word for nothing."""
        return _said(value) and text_form(value).strip() not in self.nulls

    def _listed(self, found: Any) -> Iterator[Any]:
        """The entries of a list; one object is a list of one, and so is a text where files are meant."""
        if isinstance(found, dict):
            found = [found]
        elif isinstance(found, str) and not self.is_event:
            texts = found.split(self.split) if self.split else [found]
            found = [text.strip() for text in texts if text.strip() not in self.nulls]
        yield from found if isinstance(found, list) else ()

    def event(self, entry: Any, *, partial: bool = False) -> tuple[EventReading | None, list[Issue]]:
        """One follow-up, or None where ``skip:`` or ``only:`` leave it out."""
        if (self.skip and self.skip(entry)) or (self.only and not self.only(entry)):
            return None, []
        if self.glued is not None:
            values, issues = self.block.read(entry, partial=True, strict=False)
            values.update(entry)
        else:
            values, issues = self.block.read(entry, partial=partial, strict=False)
        values = {name: value for name, value in values.items() if value is not None}
        if self.is_event:
            values.setdefault("visible", self.visible or Flag.UNKNOWN.value)
        key = self._key(entry, values)
        values.setdefault("id", key)
        raw = entry if self.glued is None and isinstance(entry, dict) and self.word != "columns" else {}
        ours = bool(self.ours and self.ours(entry))
        return EventReading(key, self._of(entry), values, ours, raw), issues

    def _key(self, entry: Any, values: Mapping[str, Any]) -> str:
        said = _number(self.key, entry)
        if said is not None:
            return said
        return fingerprint([self.word, *_stable(values)]).hex()

    def _of(self, entry: Any) -> str | None:
        return _number(self.of, entry)


def _number(path: Path | None, entry: Any) -> str | None:
    """What stands there as a number; a cell that is one blank says nothing."""
    said = path.read(entry) if path else MISSING
    return (text_form(said).strip() or None) if _said(said) else None


def _said(value: Any) -> bool:
    return value is not MISSING and value is not None and isinstance(value, str | int | float) and value != ""


def _stable(values: Mapping[str, Any]) -> list[list[str]]:
    """What identifies a follow-up without a number: its time, author, kind and text."""
    return [
        [name, value.utc.isoformat() if isinstance(value, Moment) else str(value)]
        for name in ("at", "actor", "kind", "text", "url", "name", "size")
        if (value := values.get(name)) is not None
    ]


def differences(source: Source, before: Raw, after: Raw) -> tuple[list[EventReading], list[Issue]]:
    """The follow-ups that the difference between two readings of one record tells (``change_of:``)."""
    found: list[EventReading] = []
    issues: list[Issue] = []
    for path in source.paths:
        new = path.read(after)
        if not source.says(new) or _text(path.read(before)) == _text(new):
            continue
        event, wrong = source.event(after)
        issues.extend(wrong)
        if event is not None:
            moment = event.values.get("at")
            at = moment.utc.isoformat() if isinstance(moment, Moment) else ""
            key = fingerprint([path.text, _text(new), at]).hex()
            values = {**event.values, "id": event.values["id"] if source.key else key}
            found.append(EventReading(event.key if source.key else key, event.of, values, event.ours, {}))
    return found, issues


def _text(value: Any) -> str:
    try:
        return text_form(value).strip()
    except Unread:
        return shape(value)


# -- compiling


def compile_events(node: Node, context: Context) -> tuple[Source, ...]:
    return tuple(node.each(context.faults, lambda one: _source(one, context)))


def _source(node: Node, context: Context) -> Source:
    node.only(*SOURCES, *WORDS)
    given = [word for word in SOURCES if word in node]
    if len(given) != 1:
        node.refuse("mapping.events.one_source", known=", ".join(SOURCES))
    word = given[0]
    nested = word in ("inside", "call", "feed", "files")
    rows = word == "files" and node.need(word).text() not in context.trees
    outer, context = context, _inner(context, whole=rows) if nested else context
    paths = _paths(node, word, outer)
    glued = _glued(node, paths, context) if word == "text" else None
    block = compile_block(
        node.need("fields") if "fields" in node else _none(node), EVENT, context, f"{context.name} events"
    )
    get = node.get
    source = Source(
        word, node.where, block, paths,
        stream=node.need(word).text() if word in ("feed", "files") else None,
        key=context.path(said) if (said := get("key")) else None,
        of=context.path(said) if (said := get("of")) else None,
        ours=_condition(get("ours"), context), skip=_condition(get("skip"), context),
        only=_condition(get("only"), context), visible=_visible(get("visible")), glued=glued,
        nulls=context.nulls | {""},
    )  # fmt: skip
    if source.stream and source.of is None:
        node.refuse("mapping.key.missing", key="of")
    if nested and not source.stream:
        outer.seen.extend(paths[0].below(path) for path in context.seen)
    return source


def _none(node: Node) -> Node:
    return Node(node.file, node.line, node.field, [])


def _inner(context: Context, *, whole: bool) -> Context:
    """Paths in here start at one entry, not at the record."""
    return replace(context, seen=[], whole=whole)


def _condition(node: Node | None, context: Context) -> Condition | None:
    if node is None:
        return None
    return compile_condition(node, context.settings, path=context.path)


def _visible(node: Node | None) -> str | None:
    return None if node is None else node.choice(*Flag)


def _paths(node: Node, word: str, context: Context) -> tuple[Path, ...]:
    said = node.need(word)
    if word in ("feed", "files"):
        said.text()
        return ()
    if word == "call":
        into = node.get("into") or said
        return (Path(into.text(), (Name(into.text()),)),)
    context = replace(context, seen=[]) if word == "inside" else context  # of a list, its entries' names are known
    return tuple(context.path(one) for one in said.one_or_many())


def glued_entries(node: Node, context: Context) -> Callable[[Raw], list[dict[str, Any]]]:
    """The entries of a ``text:`` source in a record, for those who look one up by its text."""
    glued = _glued(node, _paths(node, "text", context), context)
    return lambda raw: [{**said, "text": text} for said, text, _ in glued.entries(raw)]


def _glued(node: Node, paths: tuple[Path, ...], context: Context) -> Glued:
    entry = node.need("entry").only("starts", "text")
    if (said := entry.get("text")) is not None:
        said.choice("rest")

    def plain(where: Node, name: str) -> Any:
        if name not in EVENT.fields:
            where.refuse_word(name, EVENT.fields, "mapping.rule.no_field")
        return plain_scalar(EVENT.fields[name], name, context)

    parts = compile_parts(entry.need("starts"), "at", context, plain)
    drawn = "|".join(f"(?:{_lines(pattern.compiled.pattern)})" for pattern in parts.patterns)
    return Glued(paths[0], re.compile(rf"^[ \t]*(?P<heading>{drawn})[ \t]*\n?", re.MULTILINE), parts)


def _lines(pattern: str) -> str:
    """A heading stays on one line, and its pieces need no groups."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern).replace(r"\s+", r"[^\S\n]+").replace("(?:.*)", "(?:[^\\n]*)")


def compile_attachments(node: Node, context: Context) -> Source:
    """``attachments: {inside: lampiran, fields: […]}``: a list, or texts that are addresses."""
    node.only(*ATTACHMENTS)
    given = [word for word in ("inside", "call", "columns") if word in node]
    if len(given) != 1:
        node.refuse("mapping.events.one_source", known="inside, call, columns")
    word = given[0]
    paths = _paths(node, word, context)
    inner = context if word == "columns" else _inner(context, whole=False)
    block = compile_block(node.need("fields"), ATTACHMENT, inner, f"{context.name} attachments")
    source = Source(
        "columns" if word == "columns" else "inside", node.where, block, paths,
        key=inner.path(said) if (said := node.get("key")) else None,
        skip=_condition(node.get("skip"), inner), only=_condition(node.get("only"), inner), is_event=False,
        split=said.text() if (said := node.get("split")) else "", nulls=context.nulls | {""},
    )  # fmt: skip
    if inner is not context:
        context.seen.extend(path.below(one) for path in paths for one in inner.seen)
    return source


def writer_of(sources: Sequence[Source]) -> Source | None:
    """The source in whose words a follow-up goes out: the first that can say its text."""
    return next((one for one in sources if any(rule.name == "text" for rule in one.block.written)), None)
