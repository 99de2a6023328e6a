"""The Talker: an adapter made of a product's words and one way of carrying a call.

REST and SOAP differ only in ``send``; everything said here holds for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from adapters.contract import Change, Finding, Outcome, Page, Raw, Receipt, Setup
from adapters.conversation import Values
from adapters.talking import check, find, pull
from adapters.talking.calls import Line, Send
from adapters.talking.pages import every
from adapters.talking.push import Push


class Talker:
    """Implements ``adapters.contract.Adapter``; ``setup.words`` is a ``Conversation``."""

    proves_first = False  # a wire to a real system asks whose the account is before it reads a stream

    def __init__(
        self,
        setup: Setup,
        send: Send,
        hide: Callable[[str], object] = lambda text: None,
        session: Mapping[str, str] | None = None,
    ) -> None:
        """``hide``: told what may never be shown (session tokens). ``session``: a session that is open already."""
        self._line = Line(setup, send, hide, session)
        self._proved = not self.proves_first

    @property
    def can(self) -> frozenset[str]:
        return self._line.words.can

    def check(self) -> list[Finding]:
        return list(check.findings(self._line))

    def pull(self, stream: str, *, since: datetime | None, resume: Any = None) -> Iterator[Page]:
        operation = pull.stream_operation(self._line, stream)
        if not self._proved:
            check.prove(self._line)
            self._proved = True
        yield from pull.pull(self._line, operation, since, resume)

    def complete(self, stream: str, entry: Raw) -> Raw:
        return pull.complete(self._line, pull.stream_operation(self._line, stream), entry)

    def fetch(self, system_id: str) -> Raw | None:
        return pull.fetch(self._line, system_id)

    def push(self, change: Change, receipt: Receipt) -> Outcome:
        return Push(self._line, change, receipt).outcome()

    def find(self, key: str) -> Iterator[Raw]:
        return find.find(self._line, key)

    def find_event(self, system_id: str, text: str, after: datetime | None) -> Iterator[Raw]:
        return find.find_event(self._line, system_id, text, after)

    def reference(self, name: str) -> list[Raw]:
        operation = self._line.operation(f"reference:{name}")
        return [row for row in every(self._line, operation, Values()) if isinstance(row, dict)]

    def close(self) -> None:
        """Nothing is held here; a wire with a session frees it."""
