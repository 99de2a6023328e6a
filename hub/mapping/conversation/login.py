"""``login:``: a call that opens a session, what is kept of it, and how every other call shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from adapters.conversation import Login, Request, Values
from hub.mapping.context import Context
from hub.mapping.conversation.answers import Test, compile_test, status_test
from hub.mapping.conversation.bodies import compile_tree, merged
from hub.mapping.conversation.numbers import compile_source
from hub.mapping.conversation.requests import compile_pairs, filled
from hub.mapping.conversation.slots import Place, Scope
from hub.mapping.reader import Node

WORDS = ("call", "keep", "headers", "query", "body", "parts", "again_when")
LOGIN = "login"
"""What is kept is spoken of as ``<login.name>``."""


def login_call(root: Node) -> str | None:
    """The operation that signs in, where the product needs one."""
    login = root.get(LOGIN)
    return None if login is None else login.need("call").text()


def compile_login(root: Node, operations: Mapping[str, Node], context: Context) -> Login | None:
    """``{call: masuk, keep: {token: path}, headers: …, query: …, parts: …, again_when: {http: 401}}``."""
    node = root.get(LOGIN)
    if node is None:
        return None
    node.only(*WORDS)
    name = node.need("call").text()
    if name not in operations:
        node.need("call").refuse_word(name, operations, "conversation.unknown_operation")
    keep = {kept: compile_source(one, context) for kept, one in node.need("keep").entries().items()}
    return Login(name, keep, _dress(node, context), _ended(node, context))


def _ended(node: Node, context: Context) -> Test:
    said = node.get("again_when")
    if said is None:
        return status_test(Node(node.file, node.line, node.field, "401"))
    tests = [compile_test(one, context) for one in said.one_or_many()]
    return lambda answer: any(test(answer) for test in tests)


def _dress(node: Node, context: Context) -> Callable[[Request, Values], Request]:
    """Puts the session on a request. Parts come first: an operation's own words are laid over them."""
    scope = Scope(context, {}, steps=frozenset({LOGIN}))
    headers = compile_pairs(node.get("headers"), Place.HEADER, scope)
    query = compile_pairs(node.get("query"), Place.QUERY, scope)
    body = node.get("parts") or node.get("body")
    tree = compile_tree(body, scope) if body is not None else None

    def dress(request: Request, values: Values) -> Request:
        more = {**dict(filled(headers, values)), **request.headers}
        request = replace(request, headers=more, query=(*request.query, *filled(query, values)))
        if tree is None or not (request.body is None or isinstance(request.body, Mapping)):
            return request
        if request.body is None and request.method == "GET":
            return request
        form = "json" if request.form == "none" and request.method != "CALL" else request.form
        return replace(request, body=merged(tree(values), request.body or {}), form=form)

    return dress
