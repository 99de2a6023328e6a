"""Many rows at once: tuples straight to the driver's ``executemany``, with ids known before the insert.

SQLAlchemy still decides how each value is stored (its bind processors); only its per-row bookkeeping is left out,
which is most of the cost of a large insert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Dialect, Table, func, select, text

Row = tuple[Any, ...]
_Processors = tuple[Callable[[Any], Any] | None, ...]


def reserve(conn: Connection, table: Table, count: int) -> list[int]:
    """``count`` fresh ids, rising. On SQLite safe because a writing transaction is alone."""
    if not count:
        return []
    if conn.dialect.name == "sqlite":
        last = conn.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
        return list(range(last + 1, last + 1 + count))
    ask = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return sorted(conn.scalars(ask, {"name": table.name, "count": count}))


def insert(conn: Connection, table: Table, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    _run(conn, table, columns, _into(table.name, columns, _mark(conn)), rows)


def upsert(conn: Connection, table: Table, columns: tuple[str, ...], rows: Iterable[Row], key: tuple[str, ...]) -> None:
    """Insert, or replace the other columns where ``key`` exists already."""
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name not in key)
    conflict = ", ".join(f'"{name}"' for name in key)
    sql = f"{_into(table.name, columns, _mark(conn))} ON CONFLICT ({conflict}) DO UPDATE SET {sets}"
    _run(conn, table, columns, sql, rows)


def insert_new(conn: Connection, table: Table, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """Insert what does not exist yet; the rest is left as it is."""
    _run(conn, table, columns, f"{_into(table.name, columns, _mark(conn))} ON CONFLICT DO NOTHING", rows)


def update(conn: Connection, table: Table, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """Each row is the new values of ``columns`` and, last, the id."""
    mark = _mark(conn)
    sets = ", ".join(f'"{name}" = {mark}' for name in columns)
    sql = f'UPDATE "{table.name}" SET {sets} WHERE id = {mark}'  # noqa: S608 - names of our own columns only
    _run(conn, table, (*columns, "id"), sql, rows)


def _into(table: str, columns: tuple[str, ...], mark: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join([mark] * len(columns))
    return f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our own columns only


def _mark(conn: Connection) -> str:
    return "?" if conn.dialect.name == "sqlite" else "%s"


def _run(conn: Connection, table: Table, columns: tuple[str, ...], sql: str, rows: Iterable[Row]) -> None:
    ready = _stored(list(rows), _processors(table, columns, conn.dialect))
    if ready:
        conn.exec_driver_sql(sql, ready)


def _stored(rows: list[Row], processors: _Processors) -> list[Row]:
    """Column by column, so that a column that needs nothing costs nothing."""
    if not rows or not any(processors):
        return rows
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for index, process in enumerate(processors):
        if process is not None:
            columns[index] = _column(process, columns[index])
    return list(zip(*columns, strict=True))


def _column(process: Callable[[Any], Any], values: Sequence[Any]) -> Sequence[Any]:
    """A column of one repeated object (a chunk's time, an empty box) is converted once."""
    first = values[0]
    if all(value is first for value in values):
        return [process(first)] * len(values)
    return [process(value) for value in values]


def _json(value: Any) -> str | None:
    """As text, like SQLAlchemy would, some times faster."""
    return None if value is None else orjson.dumps(value).decode()


@lru_cache(maxsize=256)
def _processors(table: Table, columns: tuple[str, ...], dialect: Dialect) -> _Processors:
    def of(name: str) -> Callable[[Any], Any] | None:
        kind = table.c[name].type
        found = kind.dialect_impl(dialect).bind_processor(dialect)
        if found is None or not isinstance(kind, JSON):
            return found
        if dialect.name == "sqlite":
            return _json
        return lambda value: None if value is None else found(value)  # nothing is NULL, not 'null'

    return tuple(of(name) for name in columns)
