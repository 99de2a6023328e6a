"""Optimistic locking: where a record's version stands, and where it goes out with a write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adapters.conversation import Guard, Request, SlotRefused, Values
from hub.mapping.context import Context
from hub.mapping.conversation.answers import one_text
from hub.mapping.paths import parse_path
from hub.mapping.reader import Node

Make = Callable[[Values], Request]


def compile_guard(node: Node, context: Context) -> Guard:
    """``{from: {header: etag} | path, send: {header: If-Match} | path, conflict: {http: 412}}``."""
    node.only("from", "send", "conflict")
    said = node.need("from")
    if said.is_map:
        header = said.only("header").need("header").text().lower()
        return Guard(None, lambda answer: answer.headers.get(header) or None)
    path = parse_path(said, context.settings)
    return Guard(lambda record: one_text(path, record), None)


def guarded(request: Make, node: Node) -> Make:
    """The version goes out in a header, or at a path in the body."""
    said = node.need("send")
    header = said.only("header").need("header").text() if said.is_map else None
    path = None if said.is_map else parse_path(said)

    def make(values: Values) -> Request:
        made = request(values)
        version = values.slots.get("version")
        if version is None:
            raise SlotRefused("conversation.slot_empty", slot="version")
        if header is not None:
            return replace(made, headers={**made.headers, header: str(version)})
        body = dict(made.body or {})
        if path is not None:
            path.write(body, version)
        return replace(made, body=body)

    return make
