"""What an account must show to be ours, and which code lists are held against the system's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adapters.contract import Raw
from adapters.conversation import Proof, Reference
from hub.mapping.context import Context
from hub.mapping.conversation.answers import one_text
from hub.mapping.conversation.roles import Roles
from hub.mapping.paths import Path, parse_path
from hub.mapping.reader import Node


def compile_proofs(root: Node, roles: Roles, context: Context) -> list[Proof]:
    """``check: {proves: {user.id: <hub_user>}}`` and ``settings: {hub_user: {as: number, finds: check.user.id}}``."""
    proofs = []
    check = roles.nodes.get("check")
    if check is not None and "proves" in check:
        for text, wanted in check.need("proves").entries().items():
            path = parse_path(replace(wanted, value=text, quoted=True), context.settings)
            proofs.append(_proof("check", path, wanted.filled(context.settings), None))
    settings = root.get("settings")
    for name, node in settings.entries().items() if settings is not None else ():
        if node.is_map and "finds" in node:
            proofs.append(_finds(name, node.need("finds"), roles, context))
    return proofs


def _finds(setting: str, node: Node, roles: Roles, context: Context) -> Proof:
    """``finds: who_am_i.user.id``: the call and the path that tell what the setting must be."""
    operation, _, rest = node.text().partition(".")
    if operation not in roles.nodes or not rest:
        node.refuse_word(operation, roles.nodes, "conversation.unknown_operation")
    path = parse_path(replace(node, value=rest, quoted=True), context.settings)
    return _proof(operation, path, context.settings.get(setting), setting)


def _proof(operation: str, path: Path, expected: str | None, setting: str | None) -> Proof:
    return Proof(operation, path.text, lambda answer: one_text(path, answer.body), expected, setting)


def compile_reference(name: str, node: Node, roles: Roles, context: Context) -> Reference:
    """``{reference: operation, code: path, label: path}``, or a request of its own under ``references:``."""
    operation = node.need("reference").text() if "reference" in node else f"reference:{name}"
    if operation not in roles.nodes:
        node.refuse_word(operation, roles.nodes, "conversation.unknown_operation")
    code = parse_path(node.need("code"), context.settings)
    label = parse_path(said, context.settings) if (said := node.get("label")) else None
    return Reference(operation, _at(code), _at(label), roles.declared_codes(node, context))


def _at(path: Path | None) -> Callable[[Raw], str | None]:
    return (lambda row: one_text(path, row)) if path is not None else (lambda row: None)
