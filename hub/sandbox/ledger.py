"""What a system accepted, in the order it accepted it: the judge of every test and of the demo.

Kept beside the system's own records and never corrected: a create that came twice stands here twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

CREATE, UPDATE, COMMENT, ACTION = "create", "update", "comment", "action"
PEOPLE = frozenset({"warga", "petugas", "admin", "sistem"})


@dataclass(frozen=True, slots=True)
class Entry:
    order: int
    at: datetime
    operation: str
    key: str  # the system's own number of the record
    by: str  # an account's name, or one of PEOPLE
    fields: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "order": self.order,
            "at": self.at.isoformat(),
            "operation": self.operation,
            "key": self.key,
            "by": self.by,
            "fields": dict(self.fields),
        }


class Ledger:
    """Append-only and safe to read while servers write."""

    def __init__(self, system: str) -> None:
        self.system = system
        self._entries: list[Entry] = []
        self._lock = Lock()

    def write(self, at: datetime, operation: str, key: str, by: str, fields: Mapping[str, Any]) -> Entry:
        with self._lock:
            entry = Entry(len(self._entries) + 1, at, operation, key, by, dict(fields))
            self._entries.append(entry)
        return entry

    def entries(self, operation: str | None = None, *, key: str | None = None, wire: bool | None = None) -> list[Entry]:
        """``wire`` true: only what came through an account; false: only what people did by hand."""
        with self._lock:
            entries = list(self._entries)
        return [
            one
            for one in entries
            if operation in (None, one.operation)
            and key in (None, one.key)
            and (wire is None or (one.by not in PEOPLE) == wire)
        ]

    def to_json(self) -> dict[str, Any]:
        return {"system": self.system, "entries": [entry.to_json() for entry in self.entries()]}
