"""Checking mappings without a store: compile, run the tests inside, say what is wrong and where. For CLI and pages."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hub.apply.files import SHIPPED, FileLibrary
from hub.domain.errors import HubError
from hub.home import Hub, home_folder
from hub.language import say
from hub.mapping import Library, MappingError, compile_mapping
from hub.mapping.check import check_mapping
from hub.mapping.faults import Fault
from hub.mapping.reader import Node, read_yaml

ZONE = ZoneInfo("Asia/Jakarta")  # of no agency: tests of a mapping may not depend on it
_EXAMPLE = {"number": "1", "text": "contoh", "date": "2026-01-01"}
"""What a setting holds where there is no installation to tell it, by its declared type."""


@dataclass(frozen=True, slots=True)
class Result:
    """One test or one fault, as a person reads it."""

    ok: bool
    text: str
    where: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    file: str
    results: Sequence[Result]

    @property
    def ok(self) -> bool:
        return all(one.ok for one in self.results)

    def to_json(self) -> dict[str, Any]:
        return {"file": self.file, "ok": self.ok, "results": [asdict(one) for one in self.results]}


class _Beside:
    """A mapping's text as given, and everything it names from the files around it."""

    def __init__(self, name: str, text: str, label: str, around: Library) -> None:
        self.name, self.text, self.label, self.around = name, text, label, around

    def mapping(self, name: str) -> tuple[str, str]:
        return (self.text, self.label) if name == self.name else self.around.mapping(name)

    def codes(self, path: str) -> str:
        return self.around.codes(path)


def check_files(paths: Sequence[Path], language: str | None = None) -> list[Report]:
    """The named files, or every shipped mapping and every one of the installation's home folder."""
    spoken = language or os.environ.get("HUB_LANG", "id")
    home = home_folder()
    found = list(paths) or [*sorted(SHIPPED.glob("*.yaml")), *sorted((home / "mappings").glob("*.yaml"))]
    return [_check_file(path, home, spoken) for path in found]


def _check_file(path: Path, home: Path, language: str) -> Report:
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise HubError("cli.mapping.no_file", file=str(path)) from error
    except UnicodeDecodeError:
        return Report(str(path), [Result(False, say("cli.mapping.not_utf8", language), str(path))])
    folder = path.resolve().parent
    around = FileLibrary(folder.parent if folder.name == "mappings" else home)
    return Report(str(path), check_text(path.stem, text, str(path), around, language))


def check_version(hub: Hub, name: str, text: str, language: str) -> list[Result]:
    """A stored version's text, with the rest as it is in force."""
    return check_text(name, text, f"mappings/{name}.yaml", hub.library, language)


def check_text(name: str, text: str, label: str, around: Library, language: str) -> list[Result]:
    library = _Beside(name, text, label, around)
    try:
        settings = _example_settings(name, library)
        mapping = compile_mapping(name, library, settings=settings, zone=ZONE)
    except MappingError as error:
        return [_fault(one, language) for one in error.faults]
    compiled = Result(True, say("page.mapping.compiled", language))
    return [compiled, *(_result(one, language) for one in check_mapping(mapping))]


def _example_settings(name: str, library: Library) -> dict[str, str]:
    """Settings of the mapping and all it extends, by declared type. Faults are left for the compiler to tell."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        try:
            text, label = library.mapping(name)
        except KeyError:
            return found
        root = read_yaml(text, label)
        if (declared := root.get("settings")) is not None:
            for key, node in declared.entries().items():
                found.setdefault(key, _example(node, frozenset(found.values())))
        base = root.get("extends")
        if base is None:
            return found
        name = base.text()
    return found


def _example(node: Node, taken: frozenset[str]) -> str:
    """A value of the declared type that no other setting has: two places picked by two settings must not be one."""
    kind = node.plain()
    if isinstance(kind, Mapping):
        kind = kind.get("as", "text")
    example = _EXAMPLE.get(str(kind), _EXAMPLE["text"])
    if kind == "date":
        return example
    others = (str(int(example) + at) if kind == "number" else f"{example}{at + 1}" for at in range(1, len(taken) + 1))
    return example if example not in taken else next(one for one in others if one not in taken)


def _fault(one: Fault, language: str) -> Result:
    where = f"{one.file}:{one.line}" if one.line else one.file
    return Result(False, f"{one.field + ': ' if one.field else ''}{say(one.code, language, one.facts)}", where)


def _result(one: Any, language: str) -> Result:
    problems = [say(problem.code, language, problem.facts) for problem in one.problems]
    return Result(one.ok, one.name, "" if one.ok else one.where, " · ".join(problems))
