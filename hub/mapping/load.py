"""From names to one tree: the product's file, the agency's over it, the connector's overlay over both."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from hub.mapping.context import Library
from hub.mapping.faults import Fault, MappingError
from hub.mapping.reader import Node, from_plain, read_yaml

OPERATORS = "1"  # raise it when an operator reads or writes differently than before
KEYS = (
    "mapping", "describes", "extends", "role", "zone", "settings", "write", "key", "changed", "gone", "same_as", "skip",
    "fields", "ignore", "watch", "nulls", "hidden", "unlocated", "json", "codes", "tables", "events", "attachments",
    "operations", "login", "answer", "slots", "file", "tests",
)  # fmt: skip
_ADDED = ("ignore", "watch", "nulls", "hidden", "skip", "unlocated", "json")
_MERGED = ("settings", "codes", "tables", "operations", "login", "answer", "slots", "file")
_OWN = ("mapping", "describes", "extends", "tests")
_OVERLAY = ("codes", "tables", "ignore", "nulls")
_TYPES = {
    "text": re.compile(r".+", re.DOTALL),
    "number": re.compile(r"-?\d{1,18}"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    root: Node
    texts: Mapping[str, str]  # every file that was read, by label


def load(name: str, library: Library, overlay: Mapping[str, Any] | None, more_keys: tuple[str, ...]) -> Loaded:
    """The merged tree of a mapping. Raises MappingError."""
    texts: dict[str, str] = {}
    root = _chain(name, library, texts, (), more_keys)
    if overlay:
        root = _overlaid(root, from_plain(overlay, "overlay", "overlay").only(*_OVERLAY))
    return Loaded(root, texts)


def _chain(name: str, library: Library, texts: dict[str, str], seen: tuple[str, ...], more: tuple[str, ...]) -> Node:
    try:
        text, label = library.mapping(name)
    except KeyError as error:
        raise MappingError([Fault(f"mappings/{name}.yaml", 0, "", "mapping.file.none", {"name": name})]) from error
    texts[label] = text
    root = read_yaml(text, label).only(*KEYS, *more)
    said = root.need("mapping")
    if said.text() != name:
        said.refuse("mapping.file.name", said=said.text(), name=name)
    base = root.get("extends")
    if base is None:
        return root
    if base.text() in (*seen, name):
        base.refuse("mapping.file.circle", name=base.text())
    return _merge(_chain(base.text(), library, texts, (*seen, name), more), root)


def _merge(base: Node, own: Node) -> Node:
    merged = {key: node for key, node in base.entries().items() if key not in _OWN}
    for key, node in own.entries().items():
        held = merged.get(key)
        if held is None:
            merged[key] = node
        elif key == "fields":
            merged[key] = _fields(held, node)
        elif key in _ADDED:
            merged[key] = replace(node, value=[*held.one_or_many(), *node.one_or_many()])
        elif key in _MERGED:
            merged[key] = replace(node, value={**held.entries(), **node.entries()})
        else:
            merged[key] = node
    return replace(own, value=merged)


def _fields(base: Node, own: Node) -> Node:
    """A field that the own file names is told by the own file alone."""
    named = {one.entries()["complaint"].value for one in own.items() if "complaint" in one.entries()}
    kept = [
        one for one in base.items() if "complaint" not in one.entries() or one.entries()["complaint"].value not in named
    ]
    return replace(own, value=[*kept, *own.items()])


def _overlaid(root: Node, overlay: Node) -> Node:
    merged = dict(root.entries())
    for key in ("ignore", "nulls"):
        if added := overlay.get(key):
            held = merged.get(key)
            merged[key] = replace(added, value=[*(held.one_or_many() if held else ()), *added.one_or_many()])
    for key, add in (("codes", _more_codes), ("tables", _more_rows)):
        if added := overlay.get(key):
            held = merged.get(key)
            named = dict(held.entries()) if held else {}
            for name, one in added.entries().items():
                if name in named:
                    named[name] = add(named[name], one)
                elif key == "codes" and "fields" in merged:
                    merged["fields"] = _field_codes(merged["fields"], name, one)
                else:
                    one.refuse_word(name, named, "mapping.codes.unknown")
            if held:
                merged[key] = replace(held, value=named)
    return replace(root, value=merged)


def _more_codes(held: Node, added: Node) -> Node:
    entries = held.entries()
    if not any(word in entries for word in ("file", "values", "declared")):
        return replace(held, value={**entries, **added.entries()})
    values = {**(entries["values"].entries() if "values" in entries else {}), **added.entries()}
    return replace(held, value={**entries, "values": replace(added, value=values)})


def _more_rows(held: Node, added: Node) -> Node:
    """The connector's rows are looked at before the mapping's."""
    entries = held.entries()
    rows = added.only("rows").need("rows").items()
    old = entries["rows"].items() if "rows" in entries else []
    return replace(held, value={**entries, "rows": replace(added, value=[*rows, *old])})


def _field_codes(fields: Node, name: str, added: Node) -> Node:
    """Codes of a rule that writes its list in place, named by the canonical field."""
    known = {
        rule.entries()["complaint"].text(): at
        for at, rule in enumerate(fields.items())
        if "complaint" in rule.entries() and "codes" in rule.entries() and rule.entries()["codes"].is_map
    }
    if name not in known:
        added.refuse_word(name, known, "mapping.codes.unknown")
    rules = list(fields.items())
    rule = rules[known[name]]
    rules[known[name]] = replace(rule, value={**rule.entries(), "codes": _more_codes(rule.entries()["codes"], added)})
    return replace(fields, value=rules)


def check_settings(root: Node, given: Mapping[str, str]) -> dict[str, str]:
    """What the installation told, held against what the mapping asks for."""
    declared = root.get("settings")
    asked = declared.entries() if declared else {}
    faults = []
    for name, node in asked.items():
        kind = (node.need("as") if node.is_map else node).choice(*_TYPES)
        if name not in given:
            faults.append(node.fault("mapping.settings.missing", name=name, kind=kind))
        elif not _TYPES[kind].fullmatch(given[name]):
            faults.append(node.fault("mapping.settings.kind", name=name, kind=kind))
    for name in given:
        if name not in asked:
            faults.append((declared or root)._unknown(name, asked, "mapping.settings.unknown"))
    if faults:
        raise MappingError(faults)
    return dict(given)


def effective_version(*parts: Any) -> str:
    """sha256 over everything that decides how a mapping reads and writes."""
    text = json.dumps([OPERATORS, *parts], sort_keys=True, ensure_ascii=False, default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
