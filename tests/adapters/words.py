"""Words of a conversation put together by hand, as a mapping would compile them: enough for tests of a wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.conversation import (
    Again,
    Answer,
    Conversation,
    Made,
    Meaning,
    Operation,
    Paging,
    Reference,
    Request,
    Since,
    Values,
    Verdict,
)


def meaning(answer: Answer) -> Meaning:
    """Judged by status and fault alone."""
    if answer.fault is not None:
        absent = "tidak ditemukan" in answer.fault.text
        client = answer.fault.code in {"Client", "Sender"}
        verdict = Verdict.ABSENT if absent else Verdict.REFUSED if client else Verdict.LATER
        return Meaning(verdict, "test.fault", answer.fault.text)
    by_status = {401: Verdict.CREDENTIALS, 404: Verdict.ABSENT, 422: Verdict.REFUSED, 503: Verdict.DOWN}
    if answer.status in by_status:
        return Meaning(by_status[answer.status], f"test.{by_status[answer.status]}")
    whole = answer.decoded and answer.status < 300
    return Meaning(Verdict.OK if whole else Verdict.UNKNOWN, "" if whole else "test.unknown")


def reading(name: str, request: Callable[[Values], Request], path: str, **more: Any) -> Operation:
    """An operation whose answer holds a list under ``path``."""
    return Operation(name, request, meaning, entries=lambda answer: inside(answer.body, path), **more)


def showing(name: str, request: Callable[[Values], Request], path: str, **more: Any) -> Operation:
    """An operation whose answer holds one record under ``path``."""
    return Operation(name, request, meaning, record=lambda answer: inside(answer.body, path), **more)


def writing(name: str, request: Callable[[Values], Request], id_path: str) -> Operation:
    """An operation that makes something; its number stands under ``id_path``."""

    def made(answer: Answer) -> Made:
        found = inside(answer.body, id_path)
        return Made(id=None if found is None else str(found))

    return Operation(name, request, meaning, reads=False, made=made, id_required=True, again=Again.NEVER)


def conversation(key: str, *operations: Operation, can: frozenset[str]) -> Conversation:
    named = {one.name: one for one in operations}
    references = {
        name.partition(":")[2]: Reference(name, lambda row: str(next(iter(row.values()))), lambda _: None)
        for name in named
        if name.startswith("reference:")
    }
    return Conversation(
        operations=named,
        streams={"records": "list"},
        key=lambda raw: None if raw.get(key) is None else str(raw[key]),
        event_key=lambda raw: str(raw.get("id")),
        can=can,
        references=references,
    )


def inside(tree: Any, path: str) -> Any:
    for name in path.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def stamp(values: Values, form: str) -> str:
    since = values.slots.get("since")
    return since.strftime(form) if isinstance(since, datetime) else ""


PAGES = Paging(by="page", size=2, ends=frozenset({"empty"}))
SINCE = Since()
