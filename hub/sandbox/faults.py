"""The bad days of a server, switched on and off while it runs.

In process: ``system.faults.add("cut", on="POST /laporan", times=1)``; from outside the same fields as JSON
to ``POST /_faults`` (``DELETE`` clears). The switch sits in front of the application, so each system has all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

KINDS = {
    "slow": "answers after `seconds`, having done what was asked",
    "maintenance": "503 with an HTML page, nothing done",
    "cut": "does what was asked, then hangs up without a word",
    "reset": "hangs up before doing anything",
    "truncated": "200 with half the body",
    "html": "200 with an HTML page instead of data, nothing done",
    "wrong": "the body with `find` replaced by `put`",
    "busy": "429 with Retry-After of `seconds`",
    "refuse": "refuses in the system's own way, with `put` as the reason",
    "broken": "500 after doing what was asked",
}


@dataclass(slots=True)
class Fault:
    kind: str
    on: str = ""  # part of "POST /path", or of a SOAP operation's name; empty: every call
    times: int | None = None  # how often it still strikes; None: until cleared
    after: int = 0  # matching calls that pass first
    seconds: float = 1.0
    find: str = ""
    put: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")


class Faults:
    def __init__(self) -> None:
        self._active: list[Fault] = []
        self._lock = Lock()

    def add(self, kind: str, **values: Any) -> Fault:
        """Raises ValueError for an unknown kind, TypeError for an unknown field."""
        fault = Fault(kind, **values)
        with self._lock:
            self._active.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._active.clear()

    def strike(self, call: str) -> Fault | None:
        """The first fault that this call meets; counts it."""
        with self._lock:
            for fault in self._active:
                if fault.on not in call or fault.times == 0:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def to_json(self) -> list[Mapping[str, Any]]:
        with self._lock:
            return [{"kind": one.kind, "on": one.on, "times": one.times, "after": one.after} for one in self._active]
