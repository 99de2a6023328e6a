"""Tests of what goes out as files: ``given: {complaint: …}``, ``writes: {name: …, row: {…}}``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from adapters.tabular_rows import draw
from adapters.tabular_words import RECORDS, FileWords
from hub.mapping.conversation.trials import change_of, same
from hub.mapping.mapping import Mapping as Words
from hub.mapping.reader import Node
from hub.mapping.results import Problem, TestResult

_TEST = ("name", "given", "writes")
_GIVEN = ("complaint", "event", "change", "id", "system")
_WRITES = ("name", "columns", "row", "tree")
_NOW = datetime(2026, 6, 1, tzinfo=UTC)


def run_file_test(mapping: Words, test: Node) -> TestResult:
    """One file. Raises MappingError for a test that is not well written."""
    given = test.only(*_TEST).need("given").only(*_GIVEN)
    if not isinstance(mapping.words, FileWords):
        test.need("writes").refuse("mapping.files.no_files")
    problems = tuple(_compared(mapping, mapping.words, given, test.need("writes")))
    return TestResult(test.need("name").text(), not problems, test.where, problems)


def _compared(mapping: Words, words: FileWords, given: Node, writes: Node) -> Iterator[Problem]:
    change = change_of(mapping, given)
    out, records = words.out.get(change.kind), words.streams[RECORDS]
    if writes.is_text and writes.choice("nothing"):
        if out is not None:
            yield _differs("writes", "nothing", out.name)
        return
    if out is None:
        yield _differs("writes", writes.sample(), "nothing")
        return
    if (told := given.get("complaint")) is not None and (key := told.get("core_tracking_id")) is not None:
        change = replace(change, key=key.text())
    drawn = draw(out, records, change, _NOW.astimezone(mapping.zone), 1)
    writes.only(*_WRITES)
    if (name := writes.get("name")) is not None and not fnmatchcase(drawn.name, name.text()):
        yield _differs("name", name.text(), drawn.name)
    found = {
        "columns": list(drawn.columns),
        "row": {name: drawn.row.get(name, "") for name in drawn.columns},
        "tree": drawn.tree,
    }
    for word, said in found.items():
        if (wanted := writes.get(word)) is not None and not same(wanted.sample(), said):
            yield _differs(word, wanted.sample(), said)


def _differs(name: str, wanted: Any, found: Any) -> Problem:
    return Problem("check.differs", {"field": name, "wanted": str(wanted), "found": str(found)})
