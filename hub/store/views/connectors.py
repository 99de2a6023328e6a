"""Connectors as the pages show them: who they serve, how they are, what they moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from hub.store.tables import agency, connector, issue, outbox, quarantine, run, stream, system, version
from hub.store.views.scope import Row, Scope, connectors_in

PROVINCE_DIGITS = 2  # "33.73" belongs to "33"


def _base() -> Select[Any]:
    return (
        select(
            connector,
            system.c.name.label("system"),
            system.c.role.label("role"),
            system.c.product.label("product"),
            system.c.sandbox.label("sandbox"),
            agency.c.name.label("agency"),
            agency.c.zone.label("zone"),
            version.c.hash.label("version_hash"),
            version.c.applied_at.label("version_at"),
        )
        .join(system, system.c.id == connector.c.system_id)
        .outerjoin(agency, agency.c.code == connector.c.agency_code)
        .outerjoin(version, version.c.id == connector.c.version_id)
        .where(connector.c.removed_at.is_(None))
    )


def listed(conn: Connection, scope: Scope, *, province: str = "", state: str = "", text: str = "") -> list[Row]:
    query = _base().where(connectors_in(scope)).order_by(system.c.role.desc(), connector.c.name)
    if province:
        query = query.where(func.substr(connector.c.agency_code, 1, PROVINCE_DIGITS) == province)
    if state:
        query = query.where(connector.c.state == state)
    if text:
        pattern = "%" + text.lower().replace("%", "").replace("_", r"\_") + "%"
        name = func.lower(connector.c.name).like(pattern, escape="\\")
        query = query.where(name | func.lower(func.coalesce(agency.c.name, "")).like(pattern, escape="\\"))
    return list(conn.execute(query).mappings())


def one(conn: Connection, scope: Scope, name: str) -> Row | None:
    query = _base().where(connectors_in(scope), connector.c.name == name)
    return conn.execute(query).mappings().one_or_none()


def provinces(conn: Connection, scope: Scope) -> list[Row]:
    """Provinces that have a connector, for the filter."""
    code = func.substr(connector.c.agency_code, 1, PROVINCE_DIGITS)
    mine = select(code).where(connectors_in(scope), connector.c.removed_at.is_(None)).distinct()
    query = select(agency.c.code, agency.c.name).where(agency.c.code.in_(mine)).order_by(agency.c.code)
    return list(conn.execute(query).mappings())


def streams(conn: Connection, connector_id: int) -> list[Row]:
    query = select(stream).where(stream.c.connector_id == connector_id).order_by(stream.c.direction, stream.c.name)
    return list(conn.execute(query).mappings())


def current_file(conn: Connection, kind: str, name: str) -> Row | None:
    query = select(version).where(version.c.kind == kind, version.c.name == name, version.c.current)
    return conn.execute(query).mappings().one_or_none()


def versions(conn: Connection, kind: str, name: str | None = None) -> list[Row]:
    """The current version of every file of a kind; with a name, all versions of that one, newest first."""
    query = select(version).where(version.c.kind == kind)
    query = query.where(version.c.current) if name is None else query.where(version.c.name == name)
    return list(
        conn.execute(query.order_by(version.c.name, version.c.applied_at.desc(), version.c.id.desc())).mappings()
    )


def _sum(name: str) -> Any:
    return func.coalesce(func.sum(run.c.counts[name].as_integer()), 0).label(name)


MOVED = ("seen", "stored", "created", "changed", "events", "delivered", "sent", "handed_over")


def moved(conn: Connection, since: datetime) -> dict[int, dict[str, int]]:
    """Per connector id: the sums of its runs' counts since then."""
    query = (
        select(run.c.connector_id, *[_sum(name) for name in MOVED])
        .where(run.c.started_at >= since)
        .group_by(run.c.connector_id)
    )
    return {row[0]: dict(zip(MOVED, map(int, row[1:]), strict=True)) for row in conn.execute(query)}


def waiting(conn: Connection) -> dict[int, dict[str, int]]:
    """Per connector id: how many deliveries are in a state that is not the end."""
    open_states = ("waiting", "sending", "unknown", "refused", "held")
    query = (
        select(outbox.c.connector_id, *[_count_state(name) for name in open_states])
        .where(outbox.c.state.in_(open_states), outbox.c.connector_id.is_not(None))
        .group_by(outbox.c.connector_id)
    )
    return {row[0]: dict(zip(open_states, row[1:], strict=True)) for row in conn.execute(query)}


def _count_state(name: str) -> Any:
    return func.sum(case((outbox.c.state == name, 1), else_=0)).label(name)


def quarantined(conn: Connection) -> dict[int, int]:
    query = (
        select(quarantine.c.connector_id, func.count())
        .where(quarantine.c.state == "open")
        .group_by(quarantine.c.connector_id)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def open_issues(conn: Connection, connector_id: int, limit: int = 20) -> list[Row]:
    """Field issues of a connector that still stand, grouped: which field, why, how often."""
    query = (
        select(issue.c.field, issue.c.code, issue.c.rule, func.count().label("n"), func.max(issue.c.at).label("last"))
        .where(issue.c.connector_id == connector_id, issue.c.state == "open")
        .group_by(issue.c.field, issue.c.code, issue.c.rule)
        .order_by(func.count().desc())
        .limit(limit)
    )
    return list(conn.execute(query).mappings())


def overview(conn: Connection, scope: Scope) -> dict[str, int]:
    """How many connectors are in each state, and how many exist."""
    query = (
        select(connector.c.state, func.count())
        .where(connector.c.removed_at.is_(None), connectors_in(scope))
        .group_by(connector.c.state)
    )
    return {row[0]: row[1] for row in conn.execute(query)}
