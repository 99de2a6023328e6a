"""What every rule of one mapping shares while it is compiled: settings, zone, code files, faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Protocol

from hub.mapping.faults import Faults
from hub.mapping.paths import Path, parse_path
from hub.mapping.reader import Node


class Library(Protocol):
    """Where texts come from; a mapping never reads files by itself."""

    def mapping(self, name: str) -> tuple[str, str]:
        """The YAML text of a mapping and the label people know it by. KeyError if there is none."""

    def codes(self, path: str) -> str:
        """The text of a CSV code file, e.g. ``codes/kategori.csv``. KeyError if there is none."""


@dataclass(slots=True)
class Context:
    """``zone`` is the mapping's, ``agency_zone`` the installation's. ``seen`` gathers every path that is named."""

    settings: Mapping[str, str]
    zone: tzinfo
    agency_zone: tzinfo
    library: Library
    faults: Faults
    whole: bool = False  # paths are headings of a table
    core: bool = False  # this mapping speaks for the national core
    writes: bool = True  # complaints may go out through this mapping
    trees: frozenset[str] = frozenset()  # streams of files whose places are paths all the same
    json_roots: tuple[str, ...] = ()
    nulls: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    codes: Mapping[str, Node] = field(default_factory=dict)
    tables: Mapping[str, Node] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # code file → its text
    seen: list[Path] = field(default_factory=list)
    name: str = ""  # the mapping's

    def path(self, node: Node) -> Path:
        """The path a node names, noted as one that this mapping knows."""
        text = node.filled(self.settings)
        whole = self.whole and not any(text.startswith((f"{root}.", f"{root}[")) for root in self.json_roots)
        path = parse_path(node, self.settings, whole=whole)
        self.seen.append(path)
        return path

    def code_file(self, node: Node) -> str:
        name = node.text()
        if name not in self.files:
            try:
                self.files[name] = self.library.codes(name)
            except KeyError:
                node.refuse("mapping.codes.no_file", file=name)
        return self.files[name]
