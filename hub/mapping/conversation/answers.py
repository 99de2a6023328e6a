"""What an answer means: refused, later, credentials, absent, ok, else unknown; and the number of what was made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from adapters.conversation import Answer, Meaning, Verdict
from hub.mapping.conditions import compile_condition, compile_pattern
from hub.mapping.context import Context
from hub.mapping.paths import Path, parse_path
from hub.mapping.reader import Node
from hub.mapping.values import MISFIT, MISSING, fold

ANSWER_WORDS = ("ok", "refused", "later", "credentials", "absent", "down", "id", "number", "then")
_ORDER = (Verdict.REFUSED, Verdict.LATER, Verdict.CREDENTIALS, Verdict.ABSENT, Verdict.DOWN, Verdict.OK)
_OWN = ("http", "fault", "fault_code", "says", "body")
_STATUS = re.compile(r"[1-5](\d\d|xx)")
# possessive (++): a peer that sends forty comments in a row would else keep the pattern busy for days
_HTML = re.compile(r"\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_WORDS_SHOWN = 2_000

Test = Callable[[Answer], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    verdict: Verdict
    test: Test
    text: Path | None = None
    field: Path | None = None
    own: bool = True  # said by the operation itself, not by the mapping for all

    def meaning(self, answer: Answer) -> Meaning:
        said = scalar(self.text, answer.body) if self.text else None
        if said is None:
            said = own_words(answer) if self.verdict is Verdict.REFUSED else ""
        named = scalar(self.field, answer.body) if self.field else None
        code = "" if self.verdict is Verdict.OK else f"conversation.{self.verdict}"
        return Meaning(self.verdict, code, said[:_WORDS_SHOWN], named)


def scalar(path: Path, tree: Any) -> str | None:
    """A text at a path; a list or map there (an error list) is told as its texts."""
    found = path.read(tree)
    if found is MISSING or found is MISFIT or found is None:
        return None
    text = "; ".join(_texts(found))
    return text.strip() or None


def _texts(tree: Any) -> list[str]:
    if isinstance(tree, dict):
        return [f"{name}: {text}" for name, one in tree.items() for text in _texts(one)]
    if isinstance(tree, list):
        return [text for one in tree for text in _texts(one)]
    if tree is None:
        return []
    return [str(tree).lower() if isinstance(tree, bool) else str(tree)]


def one_text(path: Path, tree: Any) -> str | None:
    """A scalar at a path as text; None for anything else."""
    found = path.read(tree)
    return None if found is MISSING or found is MISFIT or isinstance(found, dict | list) else scalar(path, tree)


def own_words(answer: Answer) -> str:
    """The peer's words where no rule says where they stand."""
    if answer.fault is not None:
        return answer.fault.text
    return "" if is_html(answer) else answer.text.strip()


def is_html(answer: Answer) -> bool:
    return bool(_HTML.match(answer.text[:4096]))


# -- rules


def compile_meaning(
    operation: Node, default: Node | None, context: Context, *, reads: bool, one_record: bool, conflict: Node | None
) -> Callable[[Answer], Meaning]:
    """The operation's own rules, then the mapping's, then what the wire itself tells."""
    rules = _guard_rules(conflict, context)
    blocks = [block for block in (operation.get("answer"), default) if block is not None and block.is_map]
    for verdict in _ORDER:
        found = [block for block in blocks if verdict.value in block]
        if verdict is Verdict.OK:
            found = found[:1]  # an operation that says what good is means only that
        for block in found:
            said = _rules(verdict, block.need(verdict.value), context)
            rules += [replace(rule, own=block is not default) for rule in said]
    positive = any(rule.verdict is Verdict.OK for rule in rules)

    def meaning(answer: Answer) -> Meaning:
        gone = reads and one_record and answer.status in (404, 410)
        for rule in rules:
            if gone and not rule.own:
                continue  # "refused: 404" is about writing; asking for a record that is not there is no refusal
            if rule.verdict is Verdict.OK and is_html(answer) and not answer.decoded:
                break  # a page for people is no answer, whatever its number
            if rule.test(answer):
                return rule.meaning(answer)
        said = by_the_wire(answer, reads=reads, one_record=one_record)
        if said.verdict is Verdict.OK and positive:
            return Meaning(Verdict.UNKNOWN, "conversation.not_ok", own_words(answer)[:_WORDS_SHOWN])
        return said

    return meaning


def _guard_rules(conflict: Node | None, context: Context) -> list[Rule]:
    return [] if conflict is None else _rules(Verdict.CONFLICT, conflict, context)


def _rules(verdict: Verdict, node: Node, context: Context) -> list[Rule]:
    return [_rule(verdict, one, context) for one in node.one_or_many()]


def _rule(verdict: Verdict, node: Node, context: Context) -> Rule:
    words = node.entries()
    text = parse_path(words["text"], context.settings) if "text" in words else None
    field = parse_path(words["field"], context.settings) if "field" in words else None
    rest = {word: one for word, one in words.items() if word not in ("text", "field")}
    condition = rest.pop("when") if rest.keys() == {"when"} else replace(node, value=rest)
    return Rule(verdict, compile_test(condition, context), text, field)


def compile_test(node: Node, context: Context) -> Test:
    """A condition on an answer: everything written in it holds. Paths start at the body."""
    words = node.entries()
    if not words:
        node.refuse("mapping.condition.nothing", word="when")
    tests: list[Test] = []
    rest: dict[str, Node] = {}
    for word, inner in words.items():
        if word in _OWN:
            tests.append(_own(word, inner))
        elif word in ("all", "any"):
            tests.append(_several(word, inner, context))
        elif word == "not":
            tests.append(_not(inner, context))
        elif word == "matches" and not words.keys() & {"path", "system"}:
            tests.append(_matching(inner))
        else:
            rest[word] = inner
    if rest:
        fits = compile_condition(replace(node, value=rest), context.settings)
        tests.append(lambda answer: fits(answer.body))
    return lambda answer: all(test(answer) for test in tests)


def _several(word: str, node: Node, context: Context) -> Test:
    parts = [compile_test(one, context) for one in node.items()]
    judge = all if word == "all" else any
    return lambda answer: judge(part(answer) for part in parts)


def _not(node: Node, context: Context) -> Test:
    refused = compile_test(node, context)
    return lambda answer: not refused(answer)


def _matching(node: Node) -> Test:
    pattern = compile_pattern(node)
    return lambda answer: bool(pattern.search(answer.text[:_WORDS_SHOWN]))


def _own(word: str, node: Node) -> Test:
    if word == "http":
        return status_test(node)
    if word == "body":
        node.choice("empty", "html")
        return is_html if node.text() == "html" else _empty_body
    wanted = [fold(text).casefold() for text in node.texts()]
    if word == "says":
        return lambda answer: any(text in fold(answer.text).casefold() for text in wanted)
    if word == "fault_code":
        return lambda answer: answer.fault is not None and fold(answer.fault.code or "").casefold() in wanted
    return lambda answer: (
        answer.fault is not None
        and any(
            text in (fold(answer.fault.text).casefold(), fold(answer.fault.code or "").casefold())
            or text in fold(answer.fault.text).casefold()
            for text in wanted
        )
    )


def _empty_body(answer: Answer) -> bool:
    return answer.body in (None, "", {}, []) and not answer.text.strip()


def status_test(node: Node) -> Test:
    """``http: [404, 5xx]``."""
    statuses, families = set(), set()
    for one in node.one_or_many():
        text = one.text()
        if not _STATUS.fullmatch(text):
            one.refuse("conversation.bad_status", status=text)
        if text.endswith("xx"):
            families.add(int(text[0]))
        else:
            statuses.add(int(text))
    return lambda answer: answer.status in statuses or answer.status // 100 in families


# -- what the wire itself tells


def by_the_wire(answer: Answer, *, reads: bool, one_record: bool) -> Meaning:
    """The meaning of an answer no rule speaks of. What may have been done is unknown, never failed."""
    if answer.fault is not None:
        return _fault(answer, reads)
    if 200 <= answer.status < 300:
        return _good(answer, reads)
    verdict = _by_status(answer.status, reads, one_record)
    if verdict is Verdict.LATER and reads and answer.status >= 500 and is_html(answer):
        verdict = Verdict.DOWN
    words = own_words(answer)[:_WORDS_SHOWN] if verdict is Verdict.REFUSED else ""
    return Meaning(verdict, f"conversation.{verdict}", words)


def _good(answer: Answer, reads: bool) -> Meaning:
    if answer.decoded:
        return Meaning(Verdict.OK)
    if is_html(answer):
        return Meaning(Verdict.DOWN if reads else Verdict.UNKNOWN, "conversation.html")
    return Meaning(Verdict.UNKNOWN, "conversation.unreadable")


def _by_status(status: int, reads: bool, one_record: bool) -> Verdict:
    if status in (401, 403):
        return Verdict.CREDENTIALS
    if status in (404, 410):
        return Verdict.ABSENT if one_record and reads else Verdict.REFUSED
    if status in (408, 425, 429, 503):
        return Verdict.LATER
    if status >= 500:
        return Verdict.LATER if reads else Verdict.UNKNOWN  # a gateway may have passed it on before it gave up
    return Verdict.REFUSED if status >= 400 else Verdict.UNKNOWN


def _fault(answer: Answer, reads: bool) -> Meaning:
    """A fault of the caller's is a business answer; one of the server's may come after the deed."""
    assert answer.fault is not None
    family = (answer.fault.code or "").rsplit(":", 1)[-1].split(".")[0].casefold()
    if not family:
        verdict = _by_status(answer.status, reads, one_record=False)
        return Meaning(verdict, f"conversation.{verdict}")
    if family in ("server", "receiver"):
        verdict = Verdict.LATER if reads else Verdict.UNKNOWN
        return Meaning(verdict, f"conversation.{verdict}", answer.fault.text[:_WORDS_SHOWN])
    return Meaning(Verdict.REFUSED, "conversation.refused", answer.fault.text[:_WORDS_SHOWN])
