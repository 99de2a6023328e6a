"""What is wrong with a file: faults with file, line and field, collected rather than thrown one by one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hub.language import say


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where, and the code of the sentence in ``hub/language`` that says what to do."""

    file: str
    line: int  # from 1; 0 where the whole file is meant
    field: str  # "fields[3].date"
    code: str
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def say(self, language: str = "id") -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.field}: {say(self.code, language, self.facts)}".replace(": : ", ": ")


class MappingError(Exception):
    """A mapping or connector file that must not run; holds every fault that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))

    def say(self, language: str = "id") -> str:
        return "\n".join(fault.say(language) for fault in self.faults)

    def __str__(self) -> str:
        return self.say()


class Faults:
    """Gathers the faults of many parts of one file, so that a person sees them all at once."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    @contextmanager
    def gather(self) -> Iterator[None]:
        """Run one part; its faults are kept and the next part goes on."""
        try:
            yield
        except MappingError as error:
            self.found.extend(one for one in error.faults if one not in self.found)

    def finish(self) -> None:
        if self.found:
            raise MappingError(self.found)
