"""Compiles a mapping's words into a Mapping: everything is checked here, before a record is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from hub.mapping.block import compile_block
from hub.mapping.conditions import compile_condition
from hub.mapping.context import Context, Library
from hub.mapping.dates import DateWords, compile_date, compile_zone, zone_name
from hub.mapping.digest import Ignored, Unmapped
from hub.mapping.embedded import Embedded
from hub.mapping.events import Source, compile_attachments, compile_events
from hub.mapping.faults import Faults
from hub.mapping.load import check_settings, effective_version, load
from hub.mapping.mapping import RECORDS, Changed, Key, Mapping, Skip, StreamWords
from hub.mapping.paths import Name, Path
from hub.mapping.reader import Node
from hub.mapping.rules import COMPLAINT
from hub.mapping.words import MORE_KEYS, Spoken, compile_words, is_tree


def compile_mapping(
    name: str,
    library: Library,
    *,
    settings: Map[str, str],
    zone: tzinfo,
    overlay: Map[str, Any] | None = None,
) -> Mapping:
    """The mapping of that name for one installation. ``zone`` is the agency's. Raises MappingError with every fault."""
    loaded = load(name, library, overlay, MORE_KEYS)
    root, faults = loaded.root, Faults()
    context = _context(root, library, settings, zone, faults)
    fields = compile_block(root.get("fields") or Node(root.file, root.line, "fields", []), COMPLAINT, context, name)
    keys: dict[str, Key] = {}
    with faults.gather():
        keys = {RECORDS: _key(root, context)}
    parts = _parts(root, context)
    sources: tuple[Source, ...] = parts.get("sources", ())
    spoken = Spoken()
    with faults.gather():
        spoken = compile_words(root, context, fields, sources)
    faults.finish()
    keys |= {one.stream: Key((one.key,), "-", one.where) for one in sources if one.stream and one.key}
    ignored = _ignored(root, context)
    return Mapping(
        name=name,
        effective=effective_version(loaded.texts, overlay, context.files, dict(settings), zone_name(zone)),
        root=root,
        fields=fields,
        keys=keys,
        ignored=ignored,
        unknown=Unmapped([*context.seen, *_watched(root, context)], ignored),
        embedded=_embedded(root, context),
        zone=context.zone,
        core=context.core,
        streams=_streams(sources, spoken),
        words=spoken.words,
        key_field=spoken.key_field,
        read_back=spoken.read_back,
        settings=dict(settings),
        **parts,
    )


def _parts(root: Node, context: Context) -> dict[str, Any]:
    """What a mapping may say beside its fields, by the name the compiled mapping keeps it under."""
    found: dict[str, Any] = {}
    for word, (name, build) in _PARTS.items():
        with context.faults.gather():
            if (node := root.get(word)) is not None:
                found[name] = build(node, context)
    return found


def _context(root: Node, library: Library, settings: Map[str, str], zone: tzinfo, faults: Faults) -> Context:
    context = Context({}, zone, zone, library, faults, name=root.need("mapping").text())
    with faults.gather():
        context = replace(context, settings=check_settings(root, settings))
    with faults.gather():
        if said := root.get("zone"):
            context = replace(context, zone=compile_zone(said, zone))
    with faults.gather():
        context = replace(
            context,
            whole=_is_table(root),
            core=bool((said := root.get("role")) and said.choice("core", "agency") == "core"),
            trees=_trees(root),
            writes=_writes(root),
            json_roots=tuple(found.texts()) if (found := root.get("json")) else (),
            nulls=frozenset(found.texts()) if (found := root.get("nulls")) else frozenset(),
            hidden=frozenset(found.texts()) if (found := root.get("hidden")) else frozenset(),
            codes=found.entries() if (found := root.get("codes")) else {},
            tables=found.entries() if (found := root.get("tables")) else {},
        )
    faults.finish()  # without settings nothing else can be judged
    return context


def _is_table(root: Node) -> bool:
    """Headings are whole names; in JSON there are paths."""
    file = root.get("file")
    return file is not None and not is_tree(file)


def _trees(root: Node) -> frozenset[str]:
    """Streams of files that hold JSON."""
    file = root.get("file")
    streams = file.get("streams") if file is not None else None
    return frozenset(name for name, one in streams.entries().items() if is_tree(one)) if streams else frozenset()


def _writes(root: Node) -> bool:
    """Whether complaints go out: not where it is denied, nor where nothing could carry them."""
    if (said := root.get("write")) is not None and not said.yes_no():
        return False
    if (file := root.get("file")) is not None:
        return "out" in file
    if (operations := root.get("operations")) is not None:
        return any(name in operations for name in ("create", "update"))
    return True


def _key(root: Node, context: Context) -> Key:
    """``key: id`` · ``key: [tahun, nomor]`` · ``key: {join: [tahun, nomor], with: "/", optional: nomor}``."""
    node = root.need("key")
    mark, optional = "-", frozenset[str]()
    paths = node
    if node.is_map:
        node.only("join", "with", "optional")
        paths = node.need("join")
        mark = said.text() if (said := node.get("with")) else mark
        optional = _optional(node.get("optional"), paths.texts())
    return Key(tuple(context.path(one) for one in paths.one_or_many()), mark, node.where, optional)


def _optional(node: Node | None, joined: list[str]) -> frozenset[str]:
    for one in node.one_or_many() if node is not None else ():
        if one.text() not in joined or len(joined) < 2:
            one.refuse_word(one.text(), joined, "mapping.rule.no_field")
    return frozenset(node.texts()) if node is not None else frozenset()


def _changed(node: Node, context: Context) -> Changed:
    """``changed: {system: updated_on, date: iso}`` or only the path, in ISO."""
    if node.is_text:
        return Changed(context.path(node), DateWords(("iso",), context.zone), node.where)
    node.only("system", "date", "zone")
    zone = compile_zone(said, context.agency_zone) if (said := node.get("zone")) else context.zone
    dates = compile_date(node.need("date"), zone, context.agency_zone)
    return Changed(context.path(node.need("system")), dates, node.where)


def _when(node: Node, context: Context) -> Any:
    inner = node.only("when").need("when") if "when" in node else node
    return compile_condition(inner, context.settings, path=context.path)


def _skips(node: Node, context: Context) -> tuple[Skip, ...]:
    return tuple(node.each(context.faults, lambda one: _skip(one, context)))


def _skip(node: Node, context: Context) -> Skip:
    node.only("when", "because")
    return Skip(_when(node.need("when"), context), node.need("because").text())


def _ignored(root: Node, context: Context) -> Ignored:
    said = root.get("ignore")
    ignored = Ignored(said.texts() if said else (), whole=context.whole)
    events = root.get("events")
    for source in events.items() if events is not None and not context.whole else ():
        inside = source.get("inside") if source.is_map else None
        if said is not None and inside is not None and inside.is_text and ignored.name(_first_name(inside.text())):
            said.refuse("mapping.ignore.events", path=inside.text())  # a new follow-up would be no change
    return ignored


def _first_name(path: str) -> str:
    return re.split(r"[.\[(]", path, maxsplit=1)[0]


def _watched(root: Node, context: Context) -> list[Path]:
    """What no rule reads, but whose change makes the record be read again: a version, a counter."""
    said = root.get("watch")
    return [context.path(one) for one in said.one_or_many()] if said else []


def _embedded(root: Node, context: Context) -> Embedded:
    names = [[text] if context.whole else text.split(".") for text in context.json_roots]
    paths = [Path(".".join(one), tuple(map(Name, one))) for one in names]
    return Embedded(tuple(sorted(paths, key=lambda path: len(path.steps))))


def _unlocated(node: Node, context: Context) -> frozenset[tuple[float, float]]:
    try:
        return frozenset((float(lat), float(lon)) for lat, lon in (one.texts() for one in node.items()))
    except ValueError:
        return node.refuse("mapping.unlocated")


def _streams(sources: tuple[Source, ...], spoken: Spoken) -> dict[str, StreamWords]:
    streams = {RECORDS: StreamWords("complaint", RECORDS in spoken.sweeps)}
    for source in sources:
        if source.stream:
            streams[source.stream] = StreamWords("event", source.stream in spoken.sweeps)
    return streams


_PARTS: Map[str, tuple[str, Callable[[Node, Context], Any]]] = {
    "describes": ("describes", lambda node, context: node.text()),
    "changed": ("changed", _changed),
    "gone": ("gone", _when),
    "same_as": ("same_as", lambda node, context: context.path(node)),
    "skip": ("skips", _skips),
    "unlocated": ("unlocated", _unlocated),
    "events": ("sources", compile_events),
    "attachments": ("files", compile_attachments),
}
