"""Bodies: nested YAML with ``from:``, ``plus:`` and slots, made into a tree by structure, never by gluing text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from adapters.conversation import File, SlotRefused, Values
from hub.mapping.conversation.slots import OMIT, Place, Scope, Template, compile_text
from hub.mapping.dates import render
from hub.mapping.reader import Node
from hub.mapping.typed import TYPES
from hub.mapping.values import Unread

Make = Callable[[Values], Any]

_FROM = ("from", "plus", "send", "always", "never")
_SOURCES = ("fields", "changed", "event", "attachment")
_NOTHING: dict[str, Any] = {"omit": OMIT, "null": None, "empty": ""}


def compile_body(node: Node, scope: Scope, *, form: str) -> Make:
    """What makes the body; the whole is a tree, or for ``as: raw`` a text or a file."""
    if form == "raw" and node.is_text:
        return compile_text(node, Place.RAW, scope).fill
    make = compile_tree(node, scope)
    return lambda values: None if (tree := make(values)) is OMIT else tree


def compile_tree(node: Node, scope: Scope) -> Make:
    if node.is_list:
        parts = [compile_tree(one, scope) for one in node.items()]
        return lambda values: [found for part in parts if (found := part(values)) is not OMIT]
    if not node.is_map:
        return _leaf(node, scope)
    words = node.entries().keys()
    if "from" in words and words <= set(_FROM):
        return _merge(node, scope)
    return _leaf_of_words(node, words, scope) or _map(node, scope)


def _leaf_of_words(node: Node, words: Collection[str], scope: Scope) -> Make | None:
    """A map that stands for one value; None where it is a map of the body itself."""
    said = set(words)
    if "value" in said and said <= {"value", "as", "nothing", "else"}:
        return _typed_leaf(node, scope)
    if "append" in said and said <= {"append", "line", "now"}:
        return _append(node, scope)
    if said == {"each", "of"} and node.need("each").value == "attachments":
        return _each(node.need("of"), scope)
    return _file if said == {"file"} and node.need("file").value == "attachment" else None


def _leaf(node: Node, scope: Scope) -> Make:
    if node.is_null:
        return lambda values: None
    if node.value == "":
        return lambda values: ""
    return compile_text(node, Place.BODY, scope).fill


def _typed_leaf(node: Node, scope: Scope) -> Make:
    """``{value: <project>, as: number, nothing: null}`` · ``{value: <text>, else: Ditutup oleh SP4N-LAPOR!}``."""
    inner = _leaf(node.need("value"), scope)
    instead = _leaf(said, scope) if (said := node.get("else")) else None
    convert = TYPES[said.choice(*TYPES)] if (said := node.get("as")) else None
    nothing = _NOTHING[said.choice(*_NOTHING)] if (said := node.get("nothing")) else OMIT

    def make(values: Values) -> Any:
        value = inner(values)
        if instead is not None and (value is OMIT or value is None):
            value = instead(values)
        if value is OMIT or value is None:
            return nothing
        try:
            return convert(value) if convert else value
        except Unread as error:
            raise SlotRefused(error.code, **error.facts) from error

    return make


def _append(node: Node, scope: Scope) -> Make:
    """``{append: <record.catatan>, line: "[<now>] SP4N-LAPOR: <text>", now: "%d/%m/%Y %H:%M"}``: a text made longer."""
    scope.appends = True
    said = node.get("now")
    form, zone = (said.text() if said is not None else "iso"), scope.context.zone
    inner = replace(scope, moment=lambda moment: render(moment.astimezone(zone).replace(microsecond=0), form))
    held, line = _leaf(node.need("append"), scope), _leaf(node.need("line"), inner)

    def make(values: Values) -> Any:
        before, added = held(values), line(values)
        if added is OMIT:
            return OMIT
        kept = "" if before is OMIT or before is None else str(before).rstrip("\r\n")
        return f"{kept}\n{added}" if kept else added

    return make


def _each(node: Node, scope: Scope) -> Make:
    """``{each: attachments, of: {nama: <attachment.name>, isi: <attachment.content>}}``: files inside the record."""
    make = compile_tree(node, scope)
    return lambda values: [make(replace(values, attachment=one)) for one in values.attachments]


def _map(node: Node, scope: Scope) -> Make:
    parts: list[tuple[Template, Make]] = []
    for name, inner in node.entries().items():
        named = Node(node.file, inner.line, inner.field, name, quoted=True)
        parts.append((compile_text(named, Place.BODY, scope), compile_tree(inner, scope)))

    def make(values: Values) -> Any:
        made = {str(name.fill(values)): part(values) for name, part in parts}
        return {name: value for name, value in made.items() if value is not OMIT}

    return make


def _merge(node: Node, scope: Scope) -> Make:
    """``{from: fields, send: changed, plus: {…}, always: […], never: […]}``."""
    sources = [one.choice(*_SOURCES) for one in node.need("from").one_or_many()]
    only_changed = bool((said := node.get("send")) and said.choice("changed", "all") == "changed")
    always = tuple(said.texts()) if (said := node.get("always")) else ()
    never = frozenset(said.texts()) if (said := node.get("never")) else frozenset()
    plus = compile_tree(said, scope) if (said := node.get("plus")) else None

    def make(values: Values) -> Any:
        tree: dict[str, Any] = {}
        for source in sources:
            tree = merged(tree, _source(values, "changed" if only_changed and source == "fields" else source))
        tree |= {name: values.fields[name] for name in always if name in values.fields and name not in tree}
        tree = {name: value for name, value in tree.items() if name not in never}
        return merged(tree, plus(values)) if plus else tree

    return make


def _source(values: Values, source: str) -> Mapping[str, Any]:
    if source == "attachment":  # in the system's words, where the mapping has some
        return values.attachment.get("record") or values.attachment
    tree: Mapping[str, Any] = getattr(values, source)
    return tree


def merged(tree: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """``more`` laid over ``tree``, maps within maps."""
    out = dict(tree)
    for name, value in more.items():
        inner = out.get(name)
        out[name] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return out


def _file(values: Values) -> File:
    """The attachment itself. Only its content makes a file; an address alone does not."""
    attachment = values.attachment
    try:
        content = base64.b64decode(str(attachment.get("content") or ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SlotRefused("conversation.no_content") from error
    if not content:
        raise SlotRefused("conversation.no_content")
    mime = str(attachment.get("mime") or "application/octet-stream")
    return File(str(attachment.get("name") or "lampiran"), mime, content)
