"""Exactly one process schedules: a file lock beside a SQLite store, an advisory lock on PostgreSQL."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from hub.home import Hub
from hub.store.engine import make_engine

_LOCK = 7217081709  # one number for "this process schedules"; another than that of migrations


class Leader(Protocol):
    """Ask ``holds`` at every tick: it takes the lock when it is free, and notices when it was lost."""

    def holds(self) -> bool: ...

    def release(self) -> None: ...


def leader(hub: Hub) -> Leader:
    return FileLeader(hub.home / ".leader") if hub.store.is_sqlite else DatabaseLeader(hub)


class FileLeader:
    """The kernel frees the lock when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def holds(self) -> bool:
        if self._file is not None:
            return True
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class DatabaseLeader:
    """The lock lives as long as one connection of its own."""

    def __init__(self, hub: Hub) -> None:
        self._engine = make_engine(hub.store.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._conn: Connection | None = None

    def holds(self) -> bool:
        try:
            if self._conn is not None:
                self._conn.execute(text("SELECT 1"))
                return True
            return self._try()
        except SQLAlchemyError:
            self._drop()
            return False

    def release(self) -> None:
        self._drop()
        self._engine.dispose()

    def _try(self) -> bool:
        conn = self._engine.connect()
        if conn.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
            self._conn = conn
            return True
        conn.close()
        return False

    def _drop(self) -> None:
        if self._conn is not None:
            self._conn.invalidate()
            self._conn.close()
            self._conn = None
