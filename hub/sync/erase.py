"""A complaint is erased by destroying its data key; a tombstone stays, which pulls respect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from hub.domain.errors import HubError
from hub.home import Hub
from hub.store import audit, complaints, events, inbox, outbox, quarantine
from hub.store.tables import complaint, delivery, finding, issue, link, raw, record
from hub.store.tables import outbox as rows


def run(hub: Hub, hub_id: str, *, by: str) -> None:
    """Nothing of it can be read again, here or in a back-up made from now on. ``sync.no_such_complaint``."""
    with hub.store.begin() as conn:
        found = conn.scalar(select(complaint.c.id).where(complaint.c.hub_id == hub_id))
        if found is None:
            raise HubError("sync.no_such_complaint", hub_id=hub_id)
        history = conn.scalars(select(complaint.c.id).where(complaint.c.merged_into == found)).all()
        for one in (found, *history):
            _erase(conn, hub, one)
        audit.note(conn, by, "complaint.erased", hub.now(), hub_id)
    hub.store.vault.forget()
    hub.store.scrub()


def _erase(conn: Connection, hub: Hub, complaint_id: int) -> None:
    now = hub.now()
    complaints.erase(conn, complaint_id, now)
    events.erase(conn, complaint_id)
    conn.execute(update(raw).where(raw.c.complaint_id == complaint_id).values(box=None))
    conn.execute(update(link).where(link.c.complaint_id == complaint_id).values(base=None, status_raw=None))
    conn.execute(update(issue).where(issue.c.complaint_id == complaint_id).values(box=None, facts=None, state="closed"))
    conn.execute(update(finding).where(finding.c.complaint_id == complaint_id).values(box=None))
    _erase_what_waits(conn, complaint_id, now)
    mine = select(rows.c.id).where(rows.c.complaint_id == complaint_id)
    conn.execute(update(delivery).where(delivery.c.outbox_id.in_(mine)).values(box=None))
    conn.execute(update(rows).where(rows.c.complaint_id == complaint_id).values(payload=None))
    open_ = (rows.c.complaint_id == complaint_id) & rows.c.state.in_((*outbox.OPEN, "no_route"))
    outbox.set_state(conn, open_, now, "dropped", code="sync.erased")


def _erase_what_waits(conn: Connection, complaint_id: int, now: datetime) -> None:
    """Quarantine and inbox lie under the installation's key: destroying the complaint's own does not reach them."""
    ask = select(record.c.system_id, record.c.key).join(link, link.c.record_id == record.c.id)
    keys: dict[int, set[str]] = {}
    for system_id, key in conn.execute(ask.where(link.c.complaint_id == complaint_id)):
        keys.setdefault(system_id, set()).add(key)
    for system_id, mine in keys.items():
        quarantine.erase(conn, system_id, mine, now)
        inbox.erase(conn, system_id, mine)
