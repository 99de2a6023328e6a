"""Looking things up: candidates only. Whether one is the right one is judged by who asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from typing import Any

from adapters.contract import Failure, Raw
from adapters.conversation import Operation, Values
from adapters.talking.calls import Line
from adapters.talking.pages import every, walk
from adapters.talking.pull import complete, fetch, joined, pull, readable

NOBODY_DIGITS = "987654321012345"
NOBODY_WORD = "zz987654321012345"
"""Keys nobody has: a filter that finds the same for them as for ours does not filter."""

_TAGS = re.compile(r"<[^<>]{0,500}>")
_SPACES = re.compile(r"\s+")


def find(line: Line, key: str) -> Iterator[Raw]:
    """Every record that may carry ``key``, over all pages. Raises CONTRACT where the filter is ignored."""
    operation = line.operation("find")
    if operation.scan is not None:
        yield from _scan(line, operation)
        return
    values = Values().slot(key=key)
    pages = (readable(operation, sheet)[0] for sheet in walk(line, operation, values))
    first = next(pages, [])
    if len(first) > 1 and filter_ignored(line, operation, key, first):
        raise line.error(Failure.CONTRACT, "conversation.filter_ignored", operation)
    for entry in chain(first, chain.from_iterable(pages)):
        yield joined(line, operation.joins, entry, line.words.key(entry)) if operation.joins else entry


def filter_ignored(line: Line, operation: Operation, key: str, first: list[Raw]) -> bool:
    """Whether a key nobody has finds the very same records."""
    nobody = NOBODY_DIGITS if key.isdigit() else NOBODY_WORD
    sheet = next(walk(line, operation, Values().slot(key=nobody)), None)
    return sheet is not None and readable(operation, sheet)[0] == first


def _scan(line: Line, find_words: Operation) -> Iterator[Raw]:
    assert find_words.scan is not None
    walked = line.operation(find_words.scan.operation)
    since = line.now() - find_words.scan.window if find_words.scan.window else None
    for page in pull(line, walked, since, None):
        yield from page.records


def found_by_key(line: Line, key: str) -> Raw | None:
    """The one record that holds ``key``, each candidate looked at whole."""
    listed = line.words.operations.get(line.words.streams.get("records", ""))
    candidates = find(line, key)
    return only((complete(line, listed, entry) for entry in candidates) if listed else candidates, key)


def find_event(line: Line, system_id: str, text: str, after: datetime | None) -> Iterator[Raw]:
    """Every follow-up of a record that may be the one with ``text``."""
    operation = line.operation("find_event")
    if operation.within is not None:
        whole = fetch(line, system_id)
        return (entry for entry in (operation.within(whole) if whole else ()) if isinstance(entry, dict))
    values = Values().slot(id=system_id, text=text or None, since=after)
    return (entry for entry in every(line, operation, values) if isinstance(entry, dict))


def tells(entry: Raw, text: str) -> bool:
    """Whether some text in an entry is ``text``, apart from markup and white space."""
    wanted = _folded(text)
    return bool(wanted) and any(_folded(one) == wanted for one in _texts(entry))


def only(candidates: Iterator[Raw], text: str) -> Raw | None:
    """The single candidate that holds ``text`` itself; None where there is none, or more than one."""
    found = list(islice((one for one in candidates if tells(one, text)), 2))
    return found[0] if len(found) == 1 else None


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from _texts(one)
    elif isinstance(tree, str | int) and not isinstance(tree, bool):
        yield str(tree)


def _folded(text: str) -> str:
    return _SPACES.sub(" ", _TAGS.sub(" ", text)).strip()
