"""The number of what was made: in the body, in a header, as plain text, or nowhere in the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from adapters.contract import Raw
from adapters.conversation import Answer, Made
from hub.mapping.context import Context
from hub.mapping.conversation.answers import ANSWER_WORDS, one_text
from hub.mapping.paths import parse_path
from hub.mapping.reader import Node

Source = Callable[[Answer], str | None]


def compile_source(node: Node, context: Context) -> Source:
    """A path · ``{header: Location, last: yes}`` · ``{path: url, last: yes}`` · ``{text: digits | word | line}``."""
    if node.is_text:
        path = parse_path(node, context.settings)
        return lambda answer: one_text(path, answer.body)
    node.only("header", "path", "text", "last")
    last = bool((said := node.get("last")) and said.choice("yes", "true", "no", "false") in ("yes", "true"))
    source = _source(node, context)
    return (lambda answer: _last_part(source(answer))) if last else source


def _source(node: Node, context: Context) -> Source:
    if "header" in node:
        header = node.need("header").text().lower()
        return lambda answer: answer.headers.get(header, "").strip() or None
    if "path" in node:
        path = parse_path(node.need("path"), context.settings)
        return lambda answer: one_text(path, answer.body)
    shapes: Mapping[str, str] = {"digits": r"\d{1,40}", "word": r"[A-Za-z0-9_.-]{1,200}", "line": r"[^\r\n<>]{1,200}"}
    pattern = re.compile(shapes[node.need("text").choice(*shapes)])
    return lambda answer: found[0] if (found := pattern.fullmatch(answer.text.strip().strip('"'))) else None


def _last_part(text: str | None) -> str | None:
    path = urlsplit(text or "").path.rstrip("/")
    return unquote(path.rsplit("/", 1)[-1]) or None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where an operation tells the number of what it made."""

    made: Callable[[Answer], Made]
    required: bool
    then: str | None
    number_from: Callable[[Raw], str | None] | None
    id: Source | None


def compile_numbers(answer: Node | None, context: Context) -> Numbers:
    if answer is None:
        return Numbers(lambda _: Made(), False, None, None, None)
    answer.only(*ANSWER_WORDS)
    nowhere = "id" in answer and answer.need("id").value == "none"
    said = answer.get("id")
    by_id = compile_source(said, context) if said is not None and not nowhere else None
    then = node.choice("find", "find_event") if (node := answer.get("then")) else None
    number = answer.get("number")
    second_read = number is not None and number.is_map and "read" in number
    by_number = compile_source(number, context) if number is not None and not second_read else None

    def made(reply: Answer) -> Made:
        return Made(by_id(reply) if by_id else None, by_number(reply) if by_number else None)

    later = _second_read(number, context) if number is not None and second_read else None
    return Numbers(made, by_id is not None, then, later, by_id)


def _second_read(node: Node, context: Context) -> Callable[[Raw], str | None]:
    node.only("read", "path").need("read").choice("detail")
    path = parse_path(node.need("path"), context.settings)
    return lambda record: one_text(path, record)
