"""Compiles a mapping's words into a Mapping: everything is checked here, before a record is read."""

from __future__ import annotations

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
from hub.mapping.words import MORE_KEYS, Spoken, compile_words


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
    root = loaded.root
    faults = Faults()
    context = _context(root, library, settings, zone, faults)
    blank = Node(root.file, root.line, "fields", [])
    fields = compile_block(root.get("fields") or blank, COMPLAINT, context, name)
    with faults.gather():
        keys = {RECORDS: _key(root, context)}
    sources: tuple[Source, ...] = ()
    with faults.gather():
        sources = compile_events(events, context, name) if (events := root.get("events")) else ()
    files = None
    with faults.gather():
        files = compile_attachments(found, context, name) if (found := root.get("attachments")) else None
    changed = gone = same_as = None
    with faults.gather():
        changed = _changed(found, context) if (found := root.get("changed")) else None
    with faults.gather():
        gone = _when(found, context) if (found := root.get("gone")) else None
    with faults.gather():
        same_as = context.path(found) if (found := root.get("same_as")) else None
    skips: list[Skip] = []
    with faults.gather():
        skips = found.each(faults, lambda one: _skip(one, context)) if (found := root.get("skip")) else []
    spoken = Spoken()
    with faults.gather():
        spoken = compile_words(root, context, fields, sources)
    faults.finish()
    for source in sources:
        if source.stream and source.key:
            keys[source.stream] = Key((source.key,), "-", source.where)
    ignored = _ignored(root, context)
    return Mapping(
        name=name,
        describes=said.text() if (said := root.get("describes")) else "",
        effective=effective_version(loaded.texts, overlay, context.files, dict(settings), zone_name(zone)),
        root=root,
        fields=fields,
        keys=keys,
        ignored=ignored,
        unknown=Unmapped(context.seen, ignored),
        embedded=_embedded(root),
        changed=changed,
        gone=gone,
        same_as=same_as,
        skips=tuple(skips),
        sources=sources,
        files=files,
        unlocated=_unlocated(root),
        zone=context.zone,
        core=context.core,
        streams=_streams(sources, spoken),
        words=spoken.words,
        key_field=spoken.key_field,
        read_back=spoken.read_back,
        settings=dict(settings),
    )


def _context(root: Node, library: Library, settings: Map[str, str], zone: tzinfo, faults: Faults) -> Context:
    context = Context({}, zone, zone, library, faults)
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
    """Headings are whole names, but in JSON lines."""
    file = root.get("file")
    return file is not None and not ("format" in file and file.need("format").text() == "jsonl")


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
    """``key: id`` · ``key: [tahun, nomor]`` · ``key: {join: [tahun, nomor], with: "/"}``."""
    node = root.need("key")
    mark = "-"
    paths = node
    if node.is_map:
        node.only("join", "with")
        paths = node.need("join")
        mark = said.text() if (said := node.get("with")) else mark
    return Key(tuple(context.path(one) for one in paths.one_or_many()), mark, node.where)


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
    return compile_condition(inner, context.settings, whole=context.whole, paths=context.seen.append)


def _skip(node: Node, context: Context) -> Skip:
    node.only("when", "because")
    return Skip(_when(node.need("when"), context), node.need("because").text())


def _ignored(root: Node, context: Context) -> Ignored:
    said = root.get("ignore")
    return Ignored(said.texts() if said else (), whole=context.whole)


def _embedded(root: Node) -> Embedded:
    said = root.get("json")
    paths = [Path(text, tuple(map(Name, text.split(".")))) for text in said.texts()] if said else []
    return Embedded(tuple(sorted(paths, key=lambda path: len(path.steps))))


def _unlocated(root: Node) -> frozenset[tuple[float, float]]:
    said = root.get("unlocated")
    pairs = [one.texts() for one in said.items()] if said else []
    try:
        return frozenset((float(lat), float(lon)) for lat, lon in pairs)
    except ValueError:
        return (said or root).refuse("mapping.unlocated")


def _streams(sources: tuple[Source, ...], spoken: Spoken) -> dict[str, StreamWords]:
    streams = {RECORDS: StreamWords("complaint", RECORDS in spoken.sweeps)}
    for source in sources:
        if source.stream:
            streams[source.stream] = StreamWords("event", source.stream in spoken.sweeps)
    return streams
