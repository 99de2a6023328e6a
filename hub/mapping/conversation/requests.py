"""One request of an operation: method, address, path, query, headers and body, out of slots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from adapters.conversation import Request, Values
from hub.mapping.conversation.bodies import compile_body
from hub.mapping.conversation.slots import OMIT, Place, Scope, Template, compile_text
from hub.mapping.reader import Node

METHODS = ("get", "post", "put", "patch", "delete")
CALLS = (*METHODS, "call")
FORMS = ("json", "form", "multipart", "xml", "raw")
REQUEST_WORDS = (*CALLS, "address", "query", "headers", "body", "parts", "as", "slots")

_SAFE = "/%:@!$&'()*+,;=~-._"
_PAGE_NAMES = {"offset": {"offset": "offset", "size": "limit"}, "page": {"page": "page", "size": "per_page"}}
_PAGE_NAMES["cursor"] = {"next": "cursor", "size": "limit"}

Pairs = tuple[tuple[Template, Template], ...]


def method_of(node: Node) -> str:
    """The one word that says how it is called."""
    given = [word for word in CALLS if word in node]
    if len(given) != 1:
        node.refuse("conversation.one_call", known=", ".join(CALLS))
    return given[0]


def compile_request(name: str, node: Node, scope: Scope, pages: Node | None) -> Callable[[Values], Request]:
    """``pages``: the paging block, whose slots are sent under their usual names where the mapping places none."""
    word = method_of(node)
    target = compile_text(node.need(word), Place.PATH, scope)
    target = _without_slash(target)
    address = compile_text(said, Place.QUERY, scope) if (said := node.get("address")) else None
    query = compile_pairs(node.get("query"), Place.QUERY, scope)
    headers = compile_pairs(node.get("headers"), Place.HEADER, scope)
    body_node = node.get("parts") if "parts" in node else node.get("body")
    form = said.choice(*FORMS) if (said := node.get("as")) else "json"
    body = compile_body(body_node, scope, form=form) if body_node is not None else None
    if pages is not None:
        query += _page_pairs(pages, node, word, scope)
    method = "CALL" if word == "call" else word.upper()
    form = form if body is not None else "none"

    def make(values: Values) -> Request:
        return Request(
            operation=name,
            method=method,
            target=target.fill(values),
            address=address.fill(values) if address else "",
            query=filled(query, values),
            headers=dict(filled(headers, values)),
            body=body(values) if body else ({} if method == "CALL" else None),
            form=form,
        )

    return make


def filled(pairs: Pairs, values: Values) -> tuple[tuple[str, str], ...]:
    filled = ((name.fill(values), text.fill(values)) for name, text in pairs)
    return tuple((name, text) for name, text in filled if text is not OMIT)


def _without_slash(target: Template) -> Template:
    """A path is always below the connection's address; what the mapping wrote is made fit for a URL."""
    first, *rest = target.pieces
    if isinstance(first, str):
        first = type(first)(first.lstrip("/"))
    pieces = tuple(type(one)(quote(one, safe=_SAFE + "<>?")) if isinstance(one, str) else one for one in (first, *rest))
    return replace(target, pieces=pieces)


def compile_pairs(node: Node | None, place: Place, scope: Scope) -> Pairs:
    pairs: list[tuple[Template, Template]] = []
    for name, inner in node.entries().items() if node is not None else ():
        named = compile_text(Node(inner.file, inner.line, inner.field, name, quoted=True), place, scope)
        for one in inner.one_or_many():
            empty = one.quoted and one.value == ""
            text = Template(("",), place, scope.moment, True) if empty else compile_text(one, place, scope)
            pairs.append((named, text))
    return tuple(pairs)


def _page_pairs(pages: Node, node: Node, word: str, scope: Scope) -> Pairs:
    by = pages.need("by").text()
    names = dict(_PAGE_NAMES.get(by, {}))
    if "last" in scope.used:
        names.pop("size", None)  # ``0-49`` says how many
    if "send" in pages:
        names |= {slot: one.text() for slot, one in pages.need("send").only(*names).entries().items()}
    missing = {
        slot: name for slot, name in names.items() if slot not in scope.used and (slot != "size" or "size" in pages)
    }
    if word == "call" and missing.keys() - {"size"}:
        node.refuse("conversation.page_unsent", slot=next(iter(missing.keys() - {"size"})))
    if word == "call":
        return ()
    made = []
    for slot, name in missing.items():
        texts = (Node(node.file, node.line, node.field, text, quoted=True) for text in (name, f"<{slot}>"))
        named, text = (compile_text(one, Place.QUERY, scope) for one in texts)
        made.append((named, text))
    return tuple(made)
