"""Operations of several calls, and calls that depend on what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.contract import Change
from adapters.conversation import Again, Answer, Step
from hub.domain.complaint import CHOICES, FIELDS
from hub.mapping.context import Context
from hub.mapping.conversation.answers import one_text
from hub.mapping.conversation.numbers import compile_numbers
from hub.mapping.paths import Path, parse_path
from hub.mapping.reader import Node

Keep = Callable[[Answer], str | None]
STEP_WORDS = ("call", "else", "keep", "each", "again", "look", "failure", "makes")


def step_nodes(operation: Node) -> list[tuple[str, Node]]:
    """``steps: [{upload: {call: …}}, …]`` as (name, node)."""
    found = []
    for one in operation.need("steps").items():
        if len(one.entries()) != 1:
            one.refuse("conversation.step_one_name")
        ((name, node),) = one.entries().items()
        node.only(*STEP_WORDS)
        found.append((name, node))
    names = [name for name, _ in found]
    for name, node in found:
        if names.count(name) > 1:
            node.refuse("conversation.step_twice", name=name)
    return found


def compile_steps(
    operation: Node, operations: Mapping[str, Node], context: Context, *, creates: bool
) -> tuple[Step, ...]:
    """The steps in order. The one that makes the record is the last that keeps an ``id`` without an ``else``."""
    nodes = step_nodes(operation)
    said = [name for name, node in nodes if (makes := node.get("makes")) and makes.yes_no()]
    able = [name for name, node in nodes if "else" not in node and "id" in _kept_names(node)]
    maker = (said or able or [""])[-1] if creates else ""
    if creates and not maker:
        operation.refuse("conversation.step_no_maker")
    return tuple(_step(name, node, operations, context, makes=name == maker) for name, node in nodes)


def _kept_names(node: Node) -> list[str]:
    said = node.get("keep")
    return [] if said is None else list(said.entries()) if said.is_map else said.texts()


def _step(name: str, node: Node, operations: Mapping[str, Node], context: Context, *, makes: bool) -> Step:
    call = _declared(node.need("call"), operations)
    otherwise = _declared(node.need("else"), operations) if "else" in node else None
    again = Again(said.choice(*Again)) if (said := node.get("again")) else (Again.FIND if otherwise else Again.NEVER)
    keep = node.get("keep")
    if (each := node.get("each")) is not None:
        each.choice("attachments")
    return Step(
        name=name,
        call=call,
        otherwise=otherwise,
        keep=_keeps(keep, operations[call], context),
        keep_otherwise=_keeps(keep, operations[otherwise], context) if otherwise else {},
        each_attachment=each is not None,
        again=again,
        look=_look(node, operations, again, makes=makes, has_else=otherwise is not None),
        warn=bool((said := node.get("failure")) and said.choice("warn", "stop") == "warn"),
        makes=makes,
    )


def _declared(node: Node, operations: Mapping[str, Node]) -> str:
    if node.text() not in operations:
        node.refuse_word(node.text(), operations, "conversation.unknown_operation")
    return node.text()


def _look(node: Node, operations: Mapping[str, Node], again: Again, *, makes: bool, has_else: bool) -> str | None:
    """The operation that tells whether the step happened: by our key for the record, by its text for a note."""
    if again is not Again.FIND or has_else:
        return None
    look = said.choice("find", "find_event") if (said := node.get("look")) else ("find" if makes else "find_event")
    if look not in operations:
        node.refuse("conversation.look_undeclared", look=look)
    return look


def _keeps(node: Node | None, operation: Node, context: Context) -> dict[str, Keep]:
    """``keep: token`` (a path of that name, or the number the call tells) · ``keep: {token: upload.token}``."""
    if node is None:
        return {}
    if node.is_map:
        return {
            name: _reader(parse_path(path, context.settings), operation, context)
            for name, path in node.entries().items()
        }
    return {one.text(): _named(one, operation, context) for one in node.one_or_many()}


def _named(node: Node, operation: Node, context: Context) -> Keep:
    answer = operation.get("answer")
    if node.text() == "id" and answer is not None and "id" in answer:
        source = compile_numbers(answer, context).id
        if source is not None:
            return source
    return _reader(parse_path(node, context.settings), operation, context)


def _reader(path: Path, operation: Node, context: Context) -> Keep:
    """From the body; where the call gives records, from the only one (several are nobody in particular)."""
    inner = operation.get("records") or operation.get("record")
    if inner is None or inner.is_map:
        return lambda answer: one_text(path, answer.body)
    where = parse_path(inner, context.settings)

    def read(answer: Answer) -> str | None:
        found = where.read(answer.body)
        if isinstance(found, list):
            found = found[0] if len(found) == 1 else None
        return one_text(path, found) if isinstance(found, dict) else None

    return read


# -- by action

Fits = Callable[[Change], bool]


def compile_when(node: Node | None) -> Fits:
    """``{status: {from: RECEIVED, to: [RESPONDED]}}`` · ``{changed: [title]}``; all must hold."""
    if node is None:
        return lambda change: True
    tests = [_changed(one) if word == "changed" else _move(word, one) for word, one in node.entries().items()]
    return lambda change: all(test(change) for test in tests)


def _changed(node: Node) -> Fits:
    names = frozenset(_field(one, one.text()) for one in node.one_or_many())
    return lambda change: bool(names & change.moves.keys())


def _move(name: str, node: Node) -> Fits:
    _field(node, name)
    if not node.is_map:
        node = Node(node.file, node.line, node.field, {"to": node})
    node.only("from", "to")
    before, after = (_codes(name, said) if (said := node.get(word)) else None for word in ("from", "to"))

    def fits(change: Change) -> bool:
        move = change.moves.get(name)
        return move is not None and (before is None or move[0] in before) and (after is None or move[1] in after)

    return fits


def _codes(name: str, node: Node) -> frozenset[str | None]:
    allowed = CHOICES.get(name)
    found: set[str | None] = set()
    for one in node.one_or_many():
        if allowed is not None and not one.is_null and one.text() not in allowed:
            one.refuse_word(one.text(), [str(each) for each in allowed])
        found.add(None if one.is_null else one.text())
    return frozenset(found)


def _field(node: Node, name: str) -> str:
    if name not in FIELDS:
        node.refuse_word(name, FIELDS, "mapping.rule.no_field")
    return name
