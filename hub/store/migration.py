"""Bring a store to the form this code knows, safely also when several processes start at once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.pool import NullPool

from hub.store.engine import Store, StoreError, make_engine

_LOCK = 7217081708  # one number for "somebody migrates this store", PostgreSQL advisory lock


def migrate(store: Store, target: str = "head") -> None:
    """Upgrade to the newest form. ``store.newer`` where the store was written by a newer hub."""
    _inside(store.engine, lambda config, conn: _upgrade(config, conn, target))


def downgrade(store: Store, target: str = "base") -> None:
    _inside(store.engine, lambda config, _conn: command.downgrade(config, target))


def differences(store: Store) -> list[Any]:
    """What ``hub.store.tables`` says and the store lacks, or the reverse; empty when they agree."""
    from alembic.autogenerate import compare_metadata

    from hub.store.tables import metadata

    with store.engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def revision(store: Store) -> str | None:
    """The store's revision; None for an empty store."""
    with store.read() as conn:
        return MigrationContext.configure(conn).get_current_revision()


def head() -> str:
    newest = _scripts().get_current_head()
    if newest is None:
        raise RuntimeError("the package has no migrations")
    return newest


def require_current(store: Store) -> None:
    """Refuse to work on a store that is older or newer than this code."""
    current = revision(store)
    if current == head():
        return
    if current is None or current in _known():
        raise StoreError("store.not_migrated", store=current, hub=head())
    raise StoreError("store.newer", store=current, hub=head())


def _upgrade(config: Config, conn: Connection, target: str) -> None:
    current = MigrationContext.configure(conn).get_current_revision()
    if current is not None and current not in _known():
        raise StoreError("store.newer", store=current, hub=head())
    command.upgrade(config, target)


def _inside(engine: Engine, work: Any) -> None:
    """Run on one connection, in one transaction, alone: a second process waits and then finds it done."""
    alone = make_engine(engine.url, poolclass=NullPool)
    try:
        with alone.connect() as conn:
            if engine.dialect.name == "sqlite":
                # Rebuilding a table must not cascade through its references.
                _driver(conn).execute("PRAGMA foreign_keys=OFF")
            with conn.execution_options(hub_write=True).begin():
                if engine.dialect.name == "postgresql":
                    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                work(config_for(conn), conn)
    finally:
        alone.dispose()


def _driver(conn: Connection) -> Any:
    return conn.connection.driver_connection


def config_for(conn: Connection | None = None) -> Config:
    """Alembic's settings for work on one open connection."""
    config = Config()
    config.set_main_option("script_location", str(files("hub.store").joinpath("migrations")))
    config.attributes["connection"] = conn
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config_for())


@cache
def _known() -> frozenset[str]:
    return frozenset(one.revision for one in _scripts().walk_revisions())
