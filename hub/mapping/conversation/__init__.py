"""Compiles ``operations:`` and ``answer:`` into a Conversation: everything a product can be asked and told.

Pure: no I/O, no clock. What is wrong is told with file, line and field before a single call is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.contract import Raw
from adapters.conversation import Again, Answer, Conversation, Login, Operation, Proof, Reference, Scan
from hub.mapping.context import Context
from hub.mapping.conversation.answers import compile_meaning, one_text
from hub.mapping.conversation.each import compile_each, listed
from hub.mapping.conversation.guard import compile_guard, guarded
from hub.mapping.conversation.lists import (
    Key,
    compile_entries,
    compile_paging,
    compile_record,
    compile_since,
    duration,
    renamed,
    zone_asked,
)
from hub.mapping.conversation.login import compile_login
from hub.mapping.conversation.numbers import Numbers, compile_numbers
from hub.mapping.conversation.proofs import compile_proofs, compile_reference
from hub.mapping.conversation.requests import REQUEST_WORDS, compile_request
from hub.mapping.conversation.roles import Roles, read_roles
from hub.mapping.conversation.slots import Scope, compile_shapes
from hub.mapping.conversation.steps import compile_steps, compile_when
from hub.mapping.events import glued_entries
from hub.mapping.paths import parse_path
from hub.mapping.reader import Node

WORDS = (
    *REQUEST_WORDS, "records", "record", "view", "then", "into", "entry", "since", "pages", "answer", "read_back",
    "verify", "again", "guard", "steps", "when", "with", "proves", "scan", "window", "each", "changes",
    "for_each", "only", "inside",
)  # fmt: skip
WRITES = frozenset({"create", "update", "comment", "attach"})
_NEVER_ALONE = frozenset({"create", "comment", "attach"})


def compile_conversation(root: Node, context: Context) -> Conversation:
    """The conversation of a merged mapping. Raises MappingError, or notes faults in ``context``."""
    compiler = _Compiler(root, context)
    return compiler.conversation()


class _Compiler:
    def __init__(self, root: Node, context: Context) -> None:
        self.root = root
        self.context = context
        self.default = root.get("answer")
        if self.default is not None:
            self.default.only("ok", "refused", "later", "credentials", "absent", "down")
        self.roles: Roles = read_roles(root, context)
        self.key: Key = _key(root.get("key"), context)
        self.types = _types(root)

    def conversation(self) -> Conversation:
        faults = self.context.faults
        operations: dict[str, Operation] = {}
        for name, node in self.roles.nodes.items():
            with faults.gather():
                operations[name] = self._operation(name, node)
        updates: list[Operation] = []
        for at, node in enumerate(self.roles.updates, 1):
            with faults.gather():
                updates.append(self._operation(f"update.{at}", node, role="update"))
        references: dict[str, Reference] = {}
        for name, node in self.roles.references.items():
            with faults.gather():
                references[name] = compile_reference(name, node, self.roles, self.context)
        operations |= {
            f"reference:{name}": operations[one.operation]
            for name, one in references.items()
            if one.operation in operations
        }
        proofs: list[Proof] = []
        with faults.gather():
            proofs = compile_proofs(self.root, self.roles, self.context)
        login: Login | None = None
        with faults.gather():
            login = compile_login(self.root, self.roles.nodes, self.context)
        faults.finish()
        return Conversation(
            operations=operations,
            streams={stream: name for stream, name in self.roles.streams.items() if name in operations},
            key=self.key,
            event_key=_key(self.roles.event_key, self.context),
            can=self._can(operations, updates, references),
            updates=tuple(updates),
            first_update_only=self.roles.first_update_only,
            references=references,
            proofs=tuple(proofs),
            read_back={name: _read_back(node) for name, node in self.roles.nodes.items() if name in WRITES},
            login=login,
            verify=said.text() if (find := self.roles.nodes.get("find")) and (said := find.get("verify")) else None,
        )

    def _can(self, operations: Mapping[str, Any], updates: list[Any], references: Mapping[str, Any]) -> frozenset[str]:
        """What is not declared does not exist."""
        names = {"create", "update", "comment", "attach", "find", "find_event", "check"} & operations.keys()
        if self.roles.streams.keys() and any(name in operations for name in self.roles.streams.values()):
            names.add("pull")
        if "detail" in operations:
            names.add("fetch")
        if updates:
            names.add("update")
        return frozenset(names | {f"reference:{name}" for name in references})

    # -- one operation

    def _operation(self, name: str, node: Node, role: str = "") -> Operation:
        if name == "find_event" and "text" in node:
            within = glued_entries(node, self.context)
            return Operation(name=name, request=_no_request, meaning=_no_meaning, within=within)
        node.only(*WORDS)
        role = role or name
        if "steps" in node:
            return self._stepped(name, node, role)
        if "scan" in node:
            return self._scan(name, node)
        if "inside" in node:
            return self._inside(name, node)
        reads = self.roles.reads(name, node)
        return self._called(name, node, role, reads)

    def _called(self, name: str, node: Node, role: str, reads: bool) -> Operation:
        context = self.context
        since, moment = compile_since(node.get("since"), context, self._date_of)
        shapes = {**compile_shapes(self.root.get("slots")), **compile_shapes(node.get("slots"))}
        always = since is not None and since.starts is not None
        zone = zone_asked(node.get("since"), context)
        scope = Scope(context, self.types, self.roles.step_names, shapes, reads, always, moment, zone)
        request = compile_request(name, node, scope, node.get("pages"))
        if guard := node.get("guard"):
            request = guarded(request, guard)
        numbers = compile_numbers(node.get("answer"), context)
        self._check(name, node, role, numbers)
        self._check_since(name, node, scope)
        one_record = "record" in node and "records" not in node
        conflict = guard.need("conflict") if guard else None
        entries = compile_entries(said, self.key, context) if (said := node.get("records")) else None
        bare = said.text() if (said := node.get("entry")) is not None and not said.is_map else None
        if entries is not None and bare is None and "entry" in node:
            entries = renamed(entries, node.need("entry"), context)
        return Operation(
            name=name,
            request=request,
            meaning=compile_meaning(
                node, self.default, context, reads=reads, one_record=one_record or name == "detail", conflict=conflict
            ),
            reads=reads,
            entries=entries,
            record=compile_record(said, context) if (said := node.get("record")) else None,
            made=numbers.made,
            id_required=numbers.required and not reads,
            then=numbers.then,
            number_from=numbers.number_from,
            paging=compile_paging(node.get("pages"), context),
            since=since,
            partial=bool((said := node.get("view")) and said.choice("partial", "full") == "partial"),
            joins=self.roles.joins(name, node),
            into=self.roles.into(name, node),
            for_each=compile_each(node, self.roles.into(name, node), context, name),
            again=_again(node, role),
            guard=compile_guard(guard, context) if guard else None,
            fits=compile_when(node.get("when")),
            each_attachment=bool((said := node.get("each")) and said.choice("attachments", "record") == "attachments"),
            appends=scope.appends,
            with_comment=bool((said := node.get("with")) and said.choice("comment")),
            scalar_key=bare,
        )

    def _check(self, name: str, node: Node, role: str, numbers: Numbers) -> None:
        """What must be said for this role, and what cannot be meant."""
        one_found = role == "find" and "record" in node
        if role in self.roles.lists and "records" not in node and not one_found:
            node.refuse("mapping.key.missing", key="records")
        if role == "create" and not numbers.required and numbers.then is None:
            node.refuse("conversation.create_number")
        looks = [numbers.then, "detail" if numbers.number_from or "guard" in node else None]
        for look in looks:
            if look is not None and look not in self.roles.nodes:
                node.refuse("conversation.look_undeclared", look=look)

    def _check_since(self, name: str, node: Node, scope: Scope) -> None:
        if "since" in node and "since" not in scope.used:
            node.need("since").refuse("conversation.since_unasked")
        if "since" in scope.used and "since" not in node and name in self.roles.streams.values():
            node.refuse("mapping.key.missing", key="since")

    def _stepped(self, name: str, node: Node, role: str) -> Operation:
        node.only("steps", "answer", "read_back", "when", "with")
        numbers = compile_numbers(node.get("answer"), self.context)
        steps = compile_steps(node, self.roles.nodes, self.context, creates=role == "create")
        return Operation(
            name=name,
            request=_no_request,
            meaning=_no_meaning,
            reads=False,
            then=numbers.then,
            number_from=numbers.number_from,
            steps=steps,
            again=Again.NEVER,
            fits=compile_when(node.get("when")),
            with_comment="with" in node,
        )

    def _scan(self, name: str, node: Node) -> Operation:
        node.only("scan", "window", "verify")
        walked = node.need("scan").text()
        if walked not in self.roles.nodes:
            node.need("scan").refuse_word(walked, self.roles.nodes, "conversation.unknown_operation")
        window = duration(said) if (said := node.get("window")) else None
        return Operation(name=name, request=_no_request, meaning=_no_meaning, scan=Scan(walked, window))

    def _inside(self, name: str, node: Node) -> Operation:
        """``find_event: {inside: pesan}``: the follow-ups stand in the whole record, with its joined calls."""
        node.only("inside")
        if name != "find_event":
            node.need("inside").refuse("conversation.inside_only")
        path = parse_path(node.need("inside"), self.context.settings)
        return Operation(name=name, request=_no_request, meaning=_no_meaning, within=lambda raw: listed(path, raw))

    def _date_of(self, system: str) -> Node | None:
        """The ``date:`` words of the rule that reads this field."""
        blocks = [self.root.get("fields"), *(source.get("fields") for source in self.roles.sources)]
        changed = self.root.get("changed")
        if changed is not None and changed.is_map and changed.need("system").value == system:
            return changed.get("date")
        for block in blocks:
            for rule in block.items() if block is not None else ():
                if rule.is_map and "date" in rule and (said := rule.get("system")) and said.value == system:
                    return rule.get("date")
        return None


def _key(node: Node | None, context: Context) -> Key:
    """``key: id`` · several columns joined, as the record words read them."""
    if node is None:
        return lambda entry: None
    paths = node.need("join") if node.is_map else node
    mark = said.text() if node.is_map and (said := node.get("with")) else "-"
    parts = [parse_path(one, context.settings) for one in paths.one_or_many()]

    def key(entry: Raw) -> str | None:
        texts = [one_text(path, entry) for path in parts]
        return mark.join(text.strip() for text in texts if text) if all(texts) else None

    return key


def _types(root: Node) -> dict[str, str]:
    settings = root.get("settings")
    entries = settings.entries() if settings is not None else {}
    return {name: (node.need("as") if node.is_map else node).text() for name, node in entries.items()}


def _again(node: Node, role: str) -> Again:
    said = node.get("again")
    told = Again(said.choice(*Again)) if said is not None else None
    if role in _NEVER_ALONE or "with" in node:
        return Again.REPEAT if told is Again.REPEAT else Again.NEVER  # what became of it is found out by who asked
    return told or Again.REPEAT


def _read_back(node: Node) -> tuple[str, ...] | None:
    said = node.get("read_back")
    if said is None:
        return None
    return () if said.value == "no" else tuple(said.texts())


def _no_request(values: Any) -> Any:
    raise AssertionError("an operation of several calls has no request of its own")


def _no_meaning(answer: Answer) -> Any:
    raise AssertionError("an operation of several calls has no answer of its own")
