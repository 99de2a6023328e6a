"""Which operation plays which part: what reads, what is a stream, what is joined to a record, what lists codes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hub.mapping.codes import read_table
from hub.mapping.context import Context
from hub.mapping.conversation.login import LOGIN, login_call
from hub.mapping.conversation.steps import step_nodes
from hub.mapping.reader import Node

_READING = frozenset({"check", "list", "detail", "find", "find_event"})


@dataclass(slots=True)
class Roles:
    """``nodes``: every operation by name, also the derived ones; ``updates``: an ``update:`` by action."""

    nodes: dict[str, Node]
    updates: list[Node]
    first_update_only: bool
    streams: dict[str, str]
    sources: list[Node]  # of events and attachments
    calls: dict[str, str]  # joined operation → the name its answer gets in the record
    references: dict[str, Node]
    step_names: frozenset[str]
    event_key: Node | None
    asked_first: frozenset[str] = frozenset()  # steps that only look something up
    asked: frozenset[str] = frozenset()  # code lists, and calls that tell a setting
    _joined: frozenset[str] = field(default=frozenset())

    @property
    def lists(self) -> frozenset[str]:
        return frozenset({*self.streams.values(), "list", "find"})

    def reads(self, name: str, node: Node) -> bool:
        """A call that changes nothing there may be sent again at any time."""
        if (said := node.get("changes")) is not None:
            return not said.yes_no()
        if name in ("create", "comment", "attach") or name.startswith("update"):
            return False
        known = _READING | self.lists | self.calls.keys() | self._joined | self.asked_first
        return "get" in node or name in known or name in self.asked or name.startswith("reference:")

    def joins(self, name: str, node: Node) -> tuple[str, ...]:
        """The calls that make an entry whole: ``then:``, and whatever events and attachments come from."""
        said = node.get("then")
        names = _checked(said, self.nodes)
        if name == "list":
            return tuple(dict.fromkeys([*names, *(call for call in self.calls if call in self.nodes)]))
        return names

    def into(self, name: str, node: Node) -> str | None:
        """The name a joined answer gets in the record; None where it takes the record's place."""
        if (said := node.get("into")) is not None:
            return said.text()
        if name in self.calls:
            return self.calls[name]
        return name if name in self._joined and ("records" in node or "for_each" in node) else None

    def declared_codes(self, node: Node, context: Context) -> dict[str, str | None]:
        """The codes that the mapping itself knows, to be held against the live list."""
        if (named := node.get("codes")) is not None and named.is_text:
            node = context.codes.get(named.text()) or named.refuse_word(
                named.text(), context.codes, "mapping.codes.unknown"
            )
        known: dict[str, str | None] = {}
        entries = node.entries()
        if "values" in entries:
            known |= dict.fromkeys(entries["values"].entries())
        file = entries.get("declared") or entries.get("file")
        if file is not None:
            column = node.need("from").text()
            known |= {row[column]: None for row in read_table(file, context, (column,))}
        elif named is not None and "values" not in entries:
            known |= dict.fromkeys(entries)
        return known


def _checked(said: Node | None, nodes: dict[str, Node]) -> tuple[str, ...]:
    names = []
    for one in said.one_or_many() if said is not None else ():
        if one.text() not in nodes:
            one.refuse_word(one.text(), nodes, "conversation.unknown_operation")
        names.append(one.text())
    return tuple(names)


def read_roles(root: Node, context: Context) -> Roles:
    """From the mapping's operations, events, attachments, codes and references."""
    nodes = dict(root.need("operations").entries())
    updates, first = _updates(nodes)
    events = root.get("events")
    sources = list(events.items()) if events is not None else []
    attachments = root.get("attachments")
    called = [*sources, *([attachments] if attachments is not None else [])]
    calls = _calls(called, nodes)
    references = _references(root, nodes, context)
    joined = [text for node in nodes.values() if (said := node.get("then")) for text in said.texts()]
    _derive_find_event(nodes, sources, _brought(nodes, joined))
    steps = [pair for node in [*nodes.values(), *updates] if "steps" in node for pair in step_nodes(node)]
    return Roles(
        nodes=nodes,
        updates=updates,
        first_update_only=first,
        streams=_streams(nodes, sources),
        sources=called,
        calls=calls,
        references=references,
        step_names=frozenset({name for name, _ in steps} | ({LOGIN} if LOGIN in root else set())),
        event_key=next((one.get("key") for one in sources if "key" in one), None),
        asked_first=frozenset(node.need("call").text() for _, node in steps if "else" in node and "call" in node),
        asked=_asked(root, references),
        _joined=frozenset(joined),
    )


def _asked(root: Node, references: dict[str, Node]) -> frozenset[str]:
    lists = {said.text() for node in references.values() if (said := node.get("reference"))}
    settings = root.get("settings")
    told = [node.get("finds") for node in settings.entries().values() if node.is_map] if settings is not None else []
    signs_in = {call} if (call := login_call(root)) else set()
    return frozenset(lists | signs_in | {said.text().partition(".")[0] for said in told if said is not None})


def _updates(nodes: dict[str, Node]) -> tuple[list[Node], bool]:
    """``update:`` as a list of actions, or ``{choose: first, of: […]}``."""
    update = nodes.get("update")
    if update is None or (update.is_map and "of" not in update):
        return [], False
    del nodes["update"]
    if update.is_map:
        update.only("choose", "of")
        first = bool((said := update.get("choose")) and said.choice("first", "all") == "first")
        return update.need("of").items(), first
    return update.items(), False


def _streams(nodes: dict[str, Node], sources: list[Node]) -> dict[str, str]:
    streams = {"records": "list"} if "list" in nodes else {}
    for one in sources:
        if (feed := one.get("feed")) is not None:
            if feed.text() not in nodes:
                feed.refuse_word(feed.text(), nodes, "conversation.unknown_operation")
            streams[feed.text()] = feed.text()
    return streams


def _calls(sources: list[Node], nodes: dict[str, Node]) -> dict[str, str]:
    calls: dict[str, str] = {}
    for one in sources:
        if (call := one.get("call")) is not None:
            if call.text() not in nodes:
                call.refuse_word(call.text(), nodes, "conversation.unknown_operation")
            into = one.get("into")
            named = nodes[call.text()].get("into")
            calls[call.text()] = (into or named or call).text()
    return calls


def _brought(nodes: dict[str, Node], joined: list[str]) -> frozenset[str]:
    """The names that joined calls put into a record."""
    return frozenset(said.text() if (said := nodes[name].get("into")) else name for name in joined if name in nodes)


def _derive_find_event(nodes: dict[str, Node], sources: list[Node], brought: frozenset[str]) -> None:
    """Where follow-ups are told inside a record or by a call of their own, they can be looked up there."""
    if "find_event" in nodes:
        return
    for one in sources:
        inside, call = one.get("inside"), one.get("call")
        if call is not None and "for_each" not in nodes[call.text()]:
            nodes["find_event"] = _only_request(nodes[call.text()])
            return
        if call is not None and "detail" in nodes:
            nodes["find_event"] = _inside_of(one, nodes[call.text()].get("into") or call)
            return
        if "text" in one and "detail" in nodes:
            nodes["find_event"] = replace(one, value={word: one.need(word) for word in ("text", "entry")})
            return
        if inside is not None and inside.is_text and "detail" in nodes:
            if inside.text().partition(".")[0] in brought:
                nodes["find_event"] = _inside_of(one, inside)
                return
            detail = nodes["detail"]
            record = detail.get("record")
            lead = "" if record is None or record.value == "." else f"{record.text()}."
            found = dict(_only_request(detail).entries())
            found["records"] = replace(inside, value=f"{lead}{inside.text()}", quoted=True)
            nodes["find_event"] = replace(detail, value=found)
            return


def _inside_of(source: Node, path: Node) -> Node:
    """``{inside: path}``: no call of its own, a place in the whole record."""
    return replace(source, value={"inside": replace(path, quoted=True)})


def _only_request(node: Node) -> Node:
    """The call without what it means for the record."""
    dropped = ("then", "into", "view", "since", "record", "guard", "read_back")
    return replace(node, value={word: one for word, one in node.entries().items() if word not in dropped})


def _references(root: Node, nodes: dict[str, Node], context: Context) -> dict[str, Node]:
    """``references:``, and code lists that name the operation which tells them."""
    found: dict[str, Node] = {}
    own = root.get("references")
    for name, node in own.entries().items() if own is not None else ():
        if "reference" not in node:
            request: dict[str, Any] = {
                word: one for word, one in node.entries().items() if word not in ("code", "label", "codes")
            }
            nodes[f"reference:{name}"] = replace(node, value=request)
        found[name] = node
    for name, node in context.codes.items():
        if node.is_map and "reference" in node and "code" in node:
            found.setdefault(name, node)
    return found
