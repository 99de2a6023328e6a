"""Which rows a person may see: the one place that turns a set of agencies into SQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, RowMapping, exists, false, or_, select, true

from hub.store.tables import complaint, connector, link, outbox, raw, run

Row = RowMapping
Scope = frozenset[str] | None


def connectors_in(scope: Scope) -> ColumnElement[bool]:
    """Connectors that serve an agency of the scope; the core's (no agency) only for an unlimited scope."""
    if scope is None:
        return true()
    return connector.c.agency_code.in_(scope) if scope else false()


def complaints_in(scope: Scope) -> ColumnElement[bool]:
    """Complaints at an agency of the scope, or held by its systems.

    A system that serves other agencies, too (one SIMADU for 38 kabupaten), proves nothing by itself: there a complaint
    counts only where a connector of the scope brought it, or was to be told of it.
    """
    if scope is None:
        return true()
    if not scope:
        return false()
    ours = complaint.c.id
    mine = connector.c.agency_code.in_(scope) & connector.c.removed_at.is_(None)
    held = select(link.c.id).join(connector, connector.c.system_id == link.c.system_id)
    brought = (
        select(link.c.id)
        .join(raw, raw.c.record_id == link.c.record_id)
        .join(run, run.c.id == raw.c.run_id)
        .join(connector, (connector.c.id == run.c.connector_id) & (connector.c.system_id == link.c.system_id))
    )
    told = select(outbox.c.id).join(connector, connector.c.id == outbox.c.connector_id)
    return or_(
        complaint.c.agency_code.in_(scope),
        exists(held.where(link.c.complaint_id == ours, mine, ~_shared(scope)).correlate(complaint)),
        exists(brought.where(link.c.complaint_id == ours, mine).correlate(complaint)),
        exists(told.where(outbox.c.complaint_id == ours, mine, outbox.c.kind != "verify").correlate(complaint)),
    )


def _shared(scope: frozenset[str]) -> ColumnElement[bool]:
    """Does the connector's system serve an agency that is not of the scope?"""
    other = connector.alias()
    theirs = select(other.c.id).where(
        other.c.system_id == connector.c.system_id, other.c.removed_at.is_(None), other.c.agency_code.not_in(scope)
    )
    return exists(theirs.correlate(connector))
