"""The store: one SQLite file (the embedded default) or one PostgreSQL database, reached through SQLAlchemy Core.

SQLite runs in WAL with ``synchronous=FULL``: a delivery is written down before it is tried, and with ``NORMAL``
a power cut could take that line back after the peer already acted. The price is one fsync per transaction, and
transactions hold up to 1,000 records.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from hub.domain.errors import HubError
from hub.store.vault import Vault

BUSY_SECONDS = 30
_POOL = 10
_MORE = 90  # connections made at need and closed after use: one per worker thread


class StoreError(HubError):
    """Codes: store.url, store.driver, store.newer, store.not_migrated, store.busy."""


class Store:
    """The open store. Short transactions only: ``begin`` holds the one writer's place on SQLite."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault
        self._writer = engine.execution_options(hub_write=True)
        self._reader = engine.execution_options(postgresql_readonly=True)
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._mine = threading.local()

    @property
    def is_sqlite(self) -> bool:
        return self._turn is not None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A writing transaction: committed at the end of the block, rolled back on any exception."""
        with self._in_turn(), self._writer.begin() as conn:
            yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading transaction; whatever is written inside is rolled back."""
        with self._reader.connect() as conn:
            yield conn

    def close(self) -> None:
        self.engine.dispose()

    def scrub(self) -> None:
        """After an erasure: what was overwritten must not live on in SQLite's log. PostgreSQL has its own ways."""
        if self.is_sqlite:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """SQLite has one writer: threads of this process queue here, in order, instead of polling the file."""
        if self._turn is None:
            yield
            return
        if getattr(self._mine, "writes", False):
            raise RuntimeError("a writing transaction inside another one of the same thread")
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise StoreError("store.busy", seconds=BUSY_SECONDS)
        self._mine.writes = True
        try:
            yield
        finally:
            self._mine.writes = False
            self._turn.release()


def open_store(url: str | URL, vault: Vault) -> Store:
    """Open (and for SQLite: create) the store; ``hub.store.migration.migrate`` brings it to the current form."""
    return Store(make_engine(url), vault)


def sqlite_url(file: Path) -> URL:
    return URL.create("sqlite", database=str(file))


def make_engine(url: str | URL, **options: Any) -> Engine:
    try:
        parsed = make_url(_modern(url))
    except ArgumentError as error:
        raise StoreError("store.url") from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError("store.url")
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, options)
    return _postgresql(parsed, options)


def _modern(url: str | URL) -> str | URL:
    """``postgres://`` as hosting panels still write it."""
    if isinstance(url, str) and url.startswith("postgres://"):
        return "postgresql://" + url.removeprefix("postgres://")
    return url


def _pool(options: dict[str, Any]) -> dict[str, Any]:
    return options if "poolclass" in options else {"pool_size": _POOL, "max_overflow": _MORE, **options}


def _sqlite(url: URL, options: dict[str, Any]) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True, **_pool(options))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _postgresql(url: URL, options: dict[str, Any]) -> Engine:
    settings = {"connect_timeout": 10, "application_name": "hub", "options": "-c timezone=UTC"}
    try:
        return create_engine(
            url, connect_args=settings, pool_pre_ping=True, hide_parameters=True, **_pool(options)
        )  # an error's text names the statement and never its values
    except ModuleNotFoundError as error:
        raise StoreError("store.driver", module=error.name) from error


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, by name
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # a destroyed data key must not stay readable in a free page
    cursor.execute("PRAGMA cache_size=-16000")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _begin(conn: Connection) -> None:
    """A writer takes its place at once: a reader that turns writer half-way would fail on a busy file."""
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("hub_write") else "BEGIN")
