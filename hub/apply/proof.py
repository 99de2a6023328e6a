"""Before a version may run: the two laws, on the mapping as this connector's settings make it.

Both are tried on the records in the mapping's own tests and on records generated from its codes. The tests themselves
are of the product, not of this place: ``hub mapping check`` runs them.
"""

from __future__ import annotations

from typing import Any

from hub.mapping import Mapping
from hub.mapping.faults import Fault
from hub.mapping.laws import check_laws
from hub.mapping.reader import Node


def broken_laws(mapping: Mapping) -> list[Fault]:
    """One fault for every field by which a law does not hold."""
    tests = found.items() if (found := mapping.root.get("tests")) else []
    samples = [sample for test in tests if isinstance(sample := _sample(test), dict)]
    return [
        Fault(result.where, 0, "", problem.code, problem.facts)
        for result in check_laws(mapping, samples)
        for problem in result.problems
    ]


def _sample(test: Node) -> Any:
    """The record in a test of the record words; tests of the conversation have none."""
    found = test.get("system") if test.is_map and "stream" not in test else None
    return found.sample() if found is not None else None
