"""The ``file:`` block: how a table is found in dropped files and how a change is written. See docs/tabular.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from adapters.contract import ChangeKind
from adapters.tabular_words import RECORDS, FileWords, Format, NamePattern, Order, OutWords, SameKey, TableWords, fold
from hub.mapping.context import Context
from hub.mapping.events import Source
from hub.mapping.paths import Path
from hub.mapping.reader import Node

TABLE = (
    "name", "dates", "format", "delimiter", "encoding", "header", "columns", "sheet", "totals", "same_key", "order",
    "each", "records", "ends", "blank", "fill_down", "continues",
    "sheet_name", "short_rows",
)  # fmt: skip
OUT = ("name", "columns", "send", "plus", "delimiter", "encoding", "date")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", ",": ",", ";": ";", "|": "|", "\t": "\t"}
WRITES = {str(kind): kind for kind in (ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.COMMENT)}
NAME_SLOTS = ("id", "key", "date", "time", "number")
PLUS_SLOTS = (*NAME_SLOTS, "text")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "cp437", "cp850")
OF_TABLES = (
    "delimiter",
    "header",
    "columns",
    "sheet",
    "totals",
    "ends",
    "blank",
    "fill_down",
    "continues",
    "sheet_name",
    "short_rows",
)
_NOT_PLAIN = re.compile(r"[()\[\]]")
_NAME_SLOT = re.compile(r"<([^<>]*)>")
_IS_NAME = re.compile(r"[^/\\\0]+")


def compile_file(root: Node, context: Context, sources: Sequence[Source]) -> FileWords:
    """Frozen words for the tabular wire. Raises MappingError with every fault."""
    file = root.need("file").only(*TABLE, "streams", "out")
    records = _Known(context.seen, _keys(root.need("key"), context))
    streams = {RECORDS: _table(file, context, records, SameKey.EQUAL_IS_ONE)}
    with context.faults.gather():
        streams |= _streams(file.get("streams"), root, context, sources)
    out: dict[ChangeKind, OutWords] = {}
    if (said := file.get("out")) is not None:
        said.only(*WRITES)
        for word, node in said.entries().items():
            with context.faults.gather():
                out[WRITES[word]] = _out(node, context)
    _check_names(file, streams)
    # the first pattern that fits a file owns it: streams that say a name come before the one that takes the rest
    ordered = dict(sorted(streams.items(), key=lambda pair: pair[1].name is None))
    return FileWords(MappingProxyType(ordered), MappingProxyType(out))


class _Known:
    """What the mapping reads of one stream: headings, or in JSON the first names of paths."""

    def __init__(self, paths: Iterable[Path], keys: Sequence[str]) -> None:
        names = [path.head or path.text for path in paths]
        self.headings = tuple(dict.fromkeys([*(key for key in keys if key in names), *names]))
        self.keys = tuple(keys)


def _keys(node: Node, context: Context) -> list[str]:
    """The places that make the number, as they are written."""
    said = node.need("join") if node.is_map else node
    return [one.filled(context.settings) for one in said.one_or_many()]


def _streams(node: Node | None, root: Node, context: Context, sources: Sequence[Source]) -> dict[str, TableWords]:
    """Streams of follow-ups: each ``files:`` source of ``events:`` has its words under ``file.streams``."""
    said: Mapping[str, Node] = node.entries() if node is not None else {}
    wanted = {source.stream: source for source in sources if source.word == "files" and source.stream}
    for name, one in said.items():
        if name not in wanted:
            one.refuse_word(name, wanted or ("events.files",), "mapping.files.no_stream")
    for name in wanted:
        if name not in said:
            (root.get("file") or root).refuse("mapping.files.stream_missing", stream=name)
    return {name: _stream(said[name], context, source) for name, source in wanted.items()}


def _stream(node: Node, context: Context, source: Source) -> TableWords:
    paths = [path for rule in source.block.rules for path in rule.read_at]
    paths += [path for path in (source.of, source.key) if path is not None]
    own = [source.key.text] if source.key is not None else []
    return _table(node.only(*TABLE), context, _Known(paths, own), SameKey.EQUAL_IS_ONE if own else SameKey.ALLOWED)


def _table(node: Node, context: Context, known: _Known, same_key: SameKey) -> TableWords:
    get = node.get
    form = Format(found.choice(*Format)) if (found := get("format")) else Format.ANY
    _check_form(node, form)
    starts, has, header_rows = _header(get("header"), context)
    columns = tuple(found.texts()) if (found := get("columns")) else ()
    if columns and (starts or has):
        node.need("columns").refuse("mapping.files.columns_or_header")
    slots = _name_columns(get("name"))
    keys = tuple(key for key in known.keys if key not in slots)  # what the file's name holds is no cell
    if form.is_tree and any(_NOT_PLAIN.search(key) for key in keys):
        keys = ()
    if (found := get("same_key")) is not None and found.choice(*SameKey) and not keys:
        found.refuse("mapping.files.same_key_without_key")
    ends, ends_blank = _ends(get("ends"))
    return TableWords(
        headings=tuple(heading for heading in known.headings if heading not in slots),
        keys=keys,
        rule=node.where,
        name=_pattern(get("name"), get("dates"), context),
        format=form,
        delimiter=_delimiter(get("delimiter")),
        encoding=found.choice(*ENCODINGS) if (found := get("encoding")) else None,
        header_starts=starts,
        header_has=has,
        header_rows=header_rows,
        columns=columns,
        sheets=_sheets(get("sheet"), context),
        sheet_name=_heading(found, known) if (found := get("sheet_name")) else None,
        short_rows=bool((found := get("short_rows")) and found.choice("empty", "set aside") == "empty"),
        totals=_starts(get("totals")),
        ends=ends,
        ends_blank=ends_blank,
        blank=frozenset(fold(one) for one in found.texts()) if (found := get("blank")) else frozenset(),
        fill_down=tuple(_heading(one, known) for one in found.one_or_many()) if (found := get("fill_down")) else (),
        continues=_heading(found, known) if (found := get("continues")) else None,
        records=tuple(found.text().split(".")) if (found := get("records")) else (),
        same_key=SameKey(found.text()) if (found := get("same_key")) else same_key,
        order=Order(found.choice(*Order)) if (found := get("order")) else Order.DATE,
        each=found.choice("row", "file") if (found := get("each")) else "row",
    )


def _check_form(node: Node, form: Format) -> None:
    """Words of tables say nothing of JSON, and the other way round."""
    for word in OF_TABLES if form.is_tree else ("records",) if form is not Format.JSON else ():
        if (said := node.get(word)) is not None:
            said.refuse("mapping.files.not_here", word=word, format=form.value)


def _heading(node: Node, known: _Known) -> str:
    """A heading that the mapping reads: so it is spelled alike everywhere."""
    if node.text() not in known.headings:
        node.refuse_word(node.text(), known.headings, "mapping.files.no_heading")
    return node.text()


def _starts(node: Node | None) -> tuple[str, ...]:
    return () if node is None else tuple(node.only("starts").need("starts").texts())


def _ends(node: Node | None) -> tuple[tuple[str, ...], bool]:
    """``{starts: [Mengetahui]}``, ``{blank: yes}``, or both."""
    if node is None:
        return (), False
    node.only("starts", "blank")
    starts = tuple(said.texts()) if (said := node.get("starts")) else ()
    blank = bool((said := node.get("blank")) and said.yes_no())
    if not starts and not blank:
        node.refuse("mapping.files.ends")
    return starts, blank


def _header(node: Node | None, context: Context) -> tuple[str | None, tuple[str, ...], int]:
    """``{starts: Tracking ID}`` or ``{has: [No. Tiket, Status]}``, with ``rows: 2`` where there are two."""
    if node is None:
        return None, (), 1
    node.only("starts", "has", "rows")
    rows = said.number(least=1, most=5) if (said := node.get("rows")) else 1
    if ("starts" in node and "has" in node) or not node.entries():
        node.refuse("mapping.files.header")
    starts = said.filled(context.settings) if (said := node.get("starts")) else None
    has = tuple(one.filled(context.settings) for one in said.one_or_many()) if (said := node.get("has")) else ()
    return starts, has, rows


def _sheets(node: Node | None, context: Context) -> tuple[str, ...]:
    if node is None or (node.is_text and node.text() == "all"):
        return ()
    return tuple(one.filled(context.settings) for one in node.one_or_many())


def _delimiter(node: Node | None) -> str | None:
    if node is None:
        return None
    if node.text() not in DELIMITERS:
        node.refuse_word(node.text(), ("comma", "semicolon", "tab", "pipe"))
    return DELIMITERS[node.text()]


def _name_columns(node: Node | None) -> list[str]:
    return [] if node is None else [slot for slot in _NAME_SLOT.findall(node.text()) if slot != "date"]


def _pattern(node: Node | None, dates: Node | None, context: Context) -> NamePattern | None:
    """``laporan_<date>.csv``: slots become columns, ``<date>`` the time the file was true."""
    if node is None:
        if dates is not None:
            dates.refuse("mapping.files.dates_without_name")
        return None
    text = node.text()
    slots = _NAME_SLOT.findall(text)
    if not _IS_NAME.fullmatch(text) or len(set(slots)) != len(slots) or "" in slots:
        node.refuse("mapping.files.name", name=text)
    if dates is None:
        return NamePattern(text, zone=context.zone)
    if "date" not in slots:
        dates.refuse("mapping.files.dates_without_name")
    return NamePattern(text, tuple(dates.texts()), context.zone)


def _out(node: Node, context: Context) -> OutWords:
    node.only(*OUT)
    name = node.need("name")
    _check_slots(name, name.text(), NAME_SLOTS)
    if not _IS_NAME.fullmatch(name.text()) or not {"number", "time"} & set(_NAME_SLOT.findall(name.text())):
        name.refuse("mapping.files.out_name", name=name.text())
    constants = said.entries() if (said := node.get("plus")) else {}
    said_here = {
        "columns": tuple(found.texts()) if (found := node.get("columns")) else None,
        "send": found.choice("all", "changed") if (found := node.get("send")) else None,
        "delimiter": _delimiter(node.get("delimiter")),
        "encoding": found.choice(*ENCODINGS) if (found := node.get("encoding")) else None,
        "date": found.text() if (found := node.get("date")) else None,
        "plus": MappingProxyType({heading: _plus(text, context) for heading, text in constants.items()}),
    }
    given: dict[str, Any] = {word: value for word, value in said_here.items() if value is not None}
    return OutWords(name.text(), **given)


def _plus(node: Node, context: Context) -> str:
    """A constant of every row; settings are filled now, ``<id>`` and the like when the file is written."""
    text = node.text()
    _check_slots(node, text, (*PLUS_SLOTS, *context.settings))
    return _NAME_SLOT.sub(lambda found: context.settings.get(found[1], found[0]), text)


def _check_slots(node: Node, text: str, known: Sequence[str]) -> None:
    for slot in _NAME_SLOT.findall(text):
        if slot not in known:
            node.refuse_word(slot, known, "mapping.slot.unknown")


def _check_names(file: Node, streams: Mapping[str, TableWords]) -> None:
    """At most one stream may take every file; two with one pattern would hide one of them."""
    patterns = [words.name.text if words.name else "" for words in streams.values()]
    if len(set(patterns)) != len(patterns):
        file.refuse("mapping.files.names_alike", streams=", ".join(streams))
