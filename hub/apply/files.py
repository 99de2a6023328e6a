"""The files an installation is made of: its own in the home folder, and the mappings that come with the hub."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path, PurePosixPath

from hub.mapping import Library
from hub.store.versions import content_hash

SHIPPED = Path(str(files("hub"))).parent / "mappings"
"""Beside the package, in a checkout and where it is installed."""


class FileLibrary:
    """``hub.mapping.Library`` over files: ``<home>/mappings`` wins over what is shipped, by name."""

    def __init__(self, home: Path) -> None:
        self._home = home / "mappings"

    def mapping(self, name: str) -> tuple[str, str]:
        return self._read(f"{name}.yaml", name), f"mappings/{name}.yaml"

    def codes(self, path: str) -> str:
        return self._read(path, path)

    def _read(self, path: str, name: str) -> str:
        for folder in (self._home, SHIPPED):
            found = _inside(folder, path)
            if found is not None:
                return found.read_text("utf-8")
        raise KeyError(name)


class Recorder:
    """A library that remembers what was asked of it: all that one connector reads by."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.mappings: dict[str, tuple[str, str]] = {}  # name → (text, label)
        self.asked_codes: dict[str, str] = {}  # path → text

    def mapping(self, name: str) -> tuple[str, str]:
        self.mappings[name] = self._library.mapping(name)
        return self.mappings[name]

    def codes(self, path: str) -> str:
        self.asked_codes[path] = self._library.codes(path)
        return self.asked_codes[path]

    def labels_and_hashes(self) -> dict[str, tuple[str, str]]:
        return {name: (label, content_hash(text)) for name, (text, label) in sorted(self.mappings.items())}

    def code_hashes(self) -> dict[str, str]:
        return {path: content_hash(text) for path, text in sorted(self.asked_codes.items())}


def connector_files(home: Path) -> Iterator[tuple[str, str]]:
    """(stem, text) of every file in ``<home>/schedules``. Those shipped are examples and run nowhere."""
    for path in sorted((home / "schedules").glob("*.yaml")):
        yield path.stem, path.read_text("utf-8")


def shipped_mappings() -> list[str]:
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def agencies_text(home: Path) -> str:
    path = home / "agencies.yaml"
    return path.read_text("utf-8") if path.exists() else ""


def _inside(folder: Path, path: str) -> Path | None:
    """A file below ``folder``, or None; a path that leads out of it names nothing."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or ".." in parts:
        return None
    found = folder.joinpath(*parts)
    return found if found.is_file() else None
