"""Files as they were applied: immutable versions, known by the hash of their content.

Kinds: ``mapping`` (name: the file's stem), ``codes`` (name: ``codes/kategori.csv``), ``agencies``, and
``connector``, whose content is a JSON manifest of its own file and of every version it reads by. Processes run
from here only; a file on disk means nothing until ``hub apply`` put it here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from hub.store.engine import Store
from hub.store.tables import version


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that decides how one connector reads: its file, and label and hash of what that file names."""

    file: str  # "schedules/kota-contoh-sigap.yaml"
    text: str
    mappings: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # name → (label, hash)
    codes: Mapping[str, str] = field(default_factory=dict)  # path → hash

    def dump(self) -> str:
        data = {"file": self.file, "text": self.text, "mappings": self.mappings, "codes": self.codes}
        return orjson.dumps(data, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode()

    @classmethod
    def load(cls, content: str) -> Manifest:
        data = orjson.loads(content)
        mappings = {name: (label, digest) for name, (label, digest) in data["mappings"].items()}
        return cls(data["file"], data["text"], mappings, data["codes"])


def content_hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def put(conn: Connection, kind: str, name: str, content: str, *, by: str, now: datetime) -> int:
    """Make ``content`` the current version; content that was applied before becomes current again."""
    digest = content_hash(content)
    this = (version.c.kind == kind) & (version.c.name == name)
    known = conn.execute(select(version.c.id, version.c.current).where(this, version.c.hash == digest)).first()
    if known and known.current:
        return int(known.id)
    conn.execute(update(version).where(this, version.c.current).values(current=False))
    if known:
        values = {"current": True, "applied_at": now, "applied_by": by}
        conn.execute(update(version).where(version.c.id == known.id).values(**values))
        return int(known.id)
    values = {"kind": kind, "name": name, "hash": digest, "content": content, "applied_at": now, "applied_by": by}
    made = conn.execute(version.insert().values(**values)).inserted_primary_key
    if made is None:
        raise RuntimeError("the store gave no number for a new version")
    return int(made[0])


def retire(conn: Connection, kind: str, name: str) -> None:
    """No version of this name is current any more (its file is gone)."""
    conn.execute(update(version).where(version.c.kind == kind, version.c.name == name).values(current=False))


def current(conn: Connection, kind: str) -> dict[str, Any]:
    """name → row (id, name, hash, content, applied_at, applied_by) of every current version of a kind."""
    rows = conn.execute(select(version).where(version.c.kind == kind, version.c.current).order_by(version.c.name))
    return {row.name: row for row in rows}


def text_of(conn: Connection, kind: str, name: str, digest: str) -> str:
    this = (version.c.kind == kind) & (version.c.name == name) & (version.c.hash == digest)
    found = conn.scalar(select(version.c.content).where(this))
    if found is None:
        raise KeyError(name)
    return str(found)


class PinnedLibrary:
    """The texts one connector was applied with (``hub.mapping.Library``), whatever was applied since."""

    def __init__(self, store: Store, manifest: Manifest) -> None:
        self._store = store
        self._manifest = manifest

    def mapping(self, name: str) -> tuple[str, str]:
        label, digest = self._manifest.mappings[name]
        with self._store.read() as conn:
            return text_of(conn, "mapping", name, digest), label

    def codes(self, path: str) -> str:
        digest = self._manifest.codes[path]
        with self._store.read() as conn:
            return text_of(conn, "codes", path, digest)


class StoredLibrary:
    """The current texts of the store (``hub.mapping.Library``), for previews and the pages."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mapping(self, name: str) -> tuple[str, str]:
        return self._current("mapping", name), f"mappings/{name}.yaml"

    def codes(self, path: str) -> str:
        return self._current("codes", path)

    def _current(self, kind: str, name: str) -> str:
        this = (version.c.kind == kind) & (version.c.name == name) & version.c.current
        with self._store.read() as conn:
            found = conn.scalar(select(version.c.content).where(this))
        if found is None:
            raise KeyError(name)
        return str(found)
