"""Runs, the outbox, quarantine and the audit trail, as the pages list them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from hub.store.tables import agency, audit, complaint, connector, delivery, finding, outbox, quarantine, run
from hub.store.views.scope import Row, Scope, complaints_in, connectors_in

PAGE = 50
MOVES = (
    "stored",
    "created",
    "changed",
    "events",
    "delivered",
    "sent",
    "handed_over",
    "refused",
    "unknown",
    "quarantined",
)
COUNTED_STATES = ("waiting", "sending", "unknown", "refused", "no_route", "held", "delivered", "sent", "handed_over")


# --- runs ----------------------------------------------------------------------------------------


def runs(
    conn: Connection,
    scope: Scope,
    *,
    connector_name: str = "",
    outcome: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> list[Row]:
    query = _runs(scope)
    if connector_name:
        query = query.where(connector.c.name == connector_name)
    if outcome == "running":
        query = query.where(run.c.outcome.is_(None))
    elif outcome:
        query = query.where(run.c.outcome == outcome)
    if before:
        query = query.where(run.c.id < before)
    return list(conn.execute(query.order_by(run.c.id.desc()).limit(limit)).mappings())


def _runs(scope: Scope) -> Select[Any]:
    return (
        select(run, connector.c.name.label("connector"), agency.c.zone.label("zone"))
        .join(connector, connector.c.id == run.c.connector_id)
        .outerjoin(agency, agency.c.code == connector.c.agency_code)
        .where(connectors_in(scope))
    )


def one_run(conn: Connection, scope: Scope, run_id: int) -> Row | None:
    return conn.execute(_runs(scope).where(run.c.id == run_id)).mappings().one_or_none()


def busy_runs(conn: Connection, scope: Scope, limit: int) -> list[Row]:
    """The latest runs that moved something or failed; a quiet cycle is no news."""
    latest = runs(conn, scope, limit=400)
    return [one for one in latest if one["outcome"] == "failed" or any(one["counts"].get(name) for name in MOVES)][
        :limit
    ]


def recent_runs(conn: Connection, connector_id: int, direction: str, name: str, limit: int = 30) -> list[Row]:
    """The last runs of one stream, oldest first, for a sparkline."""
    query = (
        select(run.c.id, run.c.started_at, run.c.ended_at, run.c.outcome, run.c.counts)
        .where(run.c.connector_id == connector_id, run.c.direction == direction, run.c.stream == name)
        .order_by(run.c.id.desc())
        .limit(limit)
    )
    return list(reversed(list(conn.execute(query).mappings())))


# --- outbox --------------------------------------------------------------------------------------


def _outbox(scope: Scope) -> Select[Any]:
    query = (
        select(
            outbox,
            connector.c.name.label("connector"),
            complaint.c.hub_id.label("hub_id"),
            complaint.c.core_tracking_id.label("core_tracking_id"),
            agency.c.name.label("target"),
            agency.c.zone.label("zone"),
        )
        .join(complaint, complaint.c.id == outbox.c.complaint_id)
        .outerjoin(connector, connector.c.id == outbox.c.connector_id)
        .outerjoin(agency, agency.c.code == func.coalesce(outbox.c.target_agency, connector.c.agency_code))
    )
    if scope is None:
        return query
    # a person of one agency sees what goes to it, and nothing that goes elsewhere
    return query.where(or_(connector.c.agency_code.in_(scope), outbox.c.target_agency.in_(scope)))


def outbox_rows(
    conn: Connection,
    scope: Scope,
    states: Sequence[str],
    *,
    connector_name: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> list[Row]:
    query = _outbox(scope).where(outbox.c.state.in_(states))
    if connector_name:
        query = query.where(connector.c.name == connector_name)
    if before:
        query = query.where(outbox.c.id < before)
    return list(conn.execute(query.order_by(outbox.c.id.desc()).limit(limit)).mappings())


def outbox_row(conn: Connection, scope: Scope, outbox_id: int) -> Row | None:
    return conn.execute(_outbox(scope).where(outbox.c.id == outbox_id)).mappings().one_or_none()


def outbox_counts(conn: Connection, scope: Scope) -> dict[str, int]:
    rows = _outbox(scope).with_only_columns(outbox.c.state, func.count()).group_by(outbox.c.state)
    found = {row[0]: row[1] for row in conn.execute(rows)}
    return {state: found.get(state, 0) for state in COUNTED_STATES}


def deliveries(conn: Connection, outbox_ids: Sequence[int]) -> list[Row]:
    query = select(delivery).where(delivery.c.outbox_id.in_(outbox_ids)).order_by(delivery.c.id)
    return list(conn.execute(query).mappings()) if outbox_ids else []


# --- quarantine ----------------------------------------------------------------------------------


def quarantine_groups(conn: Connection, scope: Scope, *, connector_name: str = "") -> list[dict[str, Any]]:
    """What stands aside, grouped by what would mend it (facts: of the newest)."""
    query = (
        select(
            connector.c.name.label("connector"),
            quarantine.c.cause,
            quarantine.c.field,
            quarantine.c.rule,
            func.count().label("n"),
            func.min(quarantine.c.at).label("first"),
            func.max(quarantine.c.at).label("last"),
            func.max(quarantine.c.id).label("newest"),
        )
        .join(connector, connector.c.id == quarantine.c.connector_id)
        .where(connectors_in(scope), quarantine.c.state == "open")
        .group_by(connector.c.name, quarantine.c.cause, quarantine.c.field, quarantine.c.rule)
        .order_by(func.count().desc(), connector.c.name)
        .limit(200)
    )
    if connector_name:
        query = query.where(connector.c.name == connector_name)
    groups = conn.execute(query).mappings().all()
    newest = select(quarantine.c.id, quarantine.c.facts).where(quarantine.c.id.in_([one["newest"] for one in groups]))
    facts = {row.id: row.facts for row in conn.execute(newest)} if groups else {}
    return [{**one, "facts": facts[one["newest"]]} for one in groups]


def _quarantine(scope: Scope) -> Select[Any]:
    return (
        select(quarantine, connector.c.name.label("connector"), agency.c.zone.label("zone"))
        .join(connector, connector.c.id == quarantine.c.connector_id)
        .outerjoin(agency, agency.c.code == connector.c.agency_code)
        .where(connectors_in(scope))
    )


def quarantine_rows(
    conn: Connection,
    scope: Scope,
    *,
    connector_name: str = "",
    cause: str = "",
    state: str = "open",
    run_id: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Row]:
    query = _quarantine(scope).where(quarantine.c.state == state)
    if run_id:
        query = query.where(quarantine.c.run_id == run_id)
    if connector_name:
        query = query.where(connector.c.name == connector_name)
    if cause:
        query = query.where(quarantine.c.cause == cause)
    if before:
        query = query.where(quarantine.c.id < before)
    return list(conn.execute(query.order_by(quarantine.c.id.desc()).limit(limit)).mappings())


def quarantine_row(conn: Connection, scope: Scope, quarantine_id: int) -> Row | None:
    return conn.execute(_quarantine(scope).where(quarantine.c.id == quarantine_id)).mappings().one_or_none()


def quarantine_count(conn: Connection, scope: Scope, *, connector_name: str = "", cause: str = "") -> int:
    query = _quarantine(scope).with_only_columns(func.count()).where(quarantine.c.state == "open")
    if connector_name:
        query = query.where(connector.c.name == connector_name)
    if cause:
        query = query.where(quarantine.c.cause == cause)
    return int(conn.execute(query).scalar_one())


# --- findings and audit --------------------------------------------------------------------------


def open_findings(conn: Connection, connector_id: int, limit: int = 20) -> list[dict[str, Any]]:
    """Differences that stand, grouped by kind and field, each with one complaint and one's facts as an example."""
    query = (
        select(
            finding.c.kind,
            finding.c.field,
            finding.c.code,
            func.count().label("n"),
            func.max(complaint.c.hub_id).label("hub_id"),
            func.max(finding.c.at).label("last"),
            func.max(finding.c.id).label("id"),
        )
        .outerjoin(complaint, complaint.c.id == finding.c.complaint_id)
        .where(finding.c.connector_id == connector_id, finding.c.state == "open")
        .group_by(finding.c.kind, finding.c.field, finding.c.code)
        .order_by(func.count().desc())
        .limit(limit)
    )
    rows = list(conn.execute(query).mappings())
    one = select(finding.c.id, finding.c.facts).where(finding.c.id.in_(row["id"] for row in rows))
    facts = {found.id: found.facts for found in conn.execute(one)}
    return [{**row, "facts": facts.get(row["id"]) or {}} for row in rows]


def audit_rows(
    conn: Connection, *, who: str = "", what: str = "", before: int | None = None, limit: int = PAGE
) -> list[Row]:
    query = select(audit)
    if who:
        query = query.where(audit.c.who == who)
    if what:
        query = query.where(audit.c.what == what)
    if before:
        query = query.where(audit.c.id < before)
    return list(conn.execute(query.order_by(audit.c.id.desc()).limit(limit)).mappings())


def complaint_counts(conn: Connection, scope: Scope) -> dict[str, int]:
    query = select(complaint.c.status, func.count()).where(complaints_in(scope)).group_by(complaint.c.status)
    return {row[0] or "": row[1] for row in conn.execute(query)}
