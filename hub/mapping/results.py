"""What a check of a mapping says: one result per test or law, with its problems as codes and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.language import say


@dataclass(frozen=True, slots=True)
class Problem:
    """Values in ``facts`` come from a mapping's own (invented) tests, never from a real record."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def say(self, language: str = "id") -> str:
        return say(self.code, language, self.facts)


@dataclass(frozen=True, slots=True)
class TestResult:
    __test__ = False  # not a test of pytest's

    name: str
    ok: bool
    where: str  # "mappings/sigap.yaml:41"
    problems: tuple[Problem, ...] = ()
