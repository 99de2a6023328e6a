"""The one shape of an error that a person reads: a code with its sentence in ``hub/language``, and facts."""

from __future__ import annotations

from typing import Any


class HubError(Exception):
    """Something an operator can mend. ``facts`` are safe to show: no secret, no personal value."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(f"{code} {facts}" if facts else code)
        self.code = code
        self.facts = facts
