"""Which rows a person may see: the one place that turns a set of agencies into SQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, RowMapping, exists, false, or_, select, true

from hub.store.tables import complaint, connector, link

Row = RowMapping
Scope = frozenset[str] | None


def connectors_in(scope: Scope) -> ColumnElement[bool]:
    """Connectors that serve an agency of the scope; the core's (no agency) only for an unlimited scope."""
    if scope is None:
        return true()
    return connector.c.agency_code.in_(scope) if scope else false()


def complaints_in(scope: Scope) -> ColumnElement[bool]:
    """Complaints at an agency of the scope, or held by a system that serves one."""
    if scope is None:
        return true()
    if not scope:
        return false()
    held = (
        select(link.c.id)
        .join(connector, connector.c.system_id == link.c.system_id)
        .where(
            link.c.complaint_id == complaint.c.id, connector.c.agency_code.in_(scope), connector.c.removed_at.is_(None)
        )
    )
    return or_(complaint.c.agency_code.in_(scope), exists(held.correlate(complaint)))
