"""Alembic's way in. The hub hands its own connection over (``hub.store.migration``), inside a transaction it began."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from hub.store.tables import metadata
from hub.store.types import UtcTime


def plain_types(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """A migration must not change when our own column types do."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcTime) else False


connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("run migrations with `hub init` or `hub serve`: they hold the lock and know the store")
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    render_item=plain_types,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
