"""Write what was applied into the store's rows: systems, accounts, connectors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, select, update

from hub.connectors import State, starts_at
from hub.domain.errors import HubError
from hub.domain.side import Side
from hub.mapping import Mapping
from hub.mapping.schedule_file import ConnectorFile
from hub.store import audit
from hub.store.tables import account, connector, stream, system
from hub.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Prepared:
    """One connector file that compiled, ready to be written."""

    name: str
    file: ConnectorFile
    mapping: Mapping
    zone: tzinfo
    manifest: str


def write_connector(conn: Connection, one: Prepared, version_id: int, now: datetime) -> None:
    """Make or renew the rows of a connector. Watermarks, links and health stay."""
    system_id = _system(conn, one)
    account_id = _account(conn, one, system_id)
    file = one.file
    starts = starts_at(file, one.zone)
    values: dict[str, Any] = {
        "account_id": account_id,
        "agency_code": file.agency,
        "version_id": version_id,
        "effective": one.mapping.effective,
        "live_from": starts,
        "due_pull": now,
        "removed_at": None,
    }
    before = conn.execute(select(connector).where(connector.c.name == one.name)).first()
    state = State.OBSERVE if starts is None else State.LIVE
    if before is None:
        conn.execute(connector.insert().values(name=one.name, system_id=system_id, state=state.value, **values))
        return
    if before.system_id != system_id:
        raise HubError("apply.system_changed", connector=one.name)
    if before.state != State.PAUSED:
        values["state"] = state.value
    conn.execute(update(connector).where(connector.c.id == before.id).values(**values))
    # a stream that is not asked for any more cannot get better
    ended = (stream.c.direction == "pull") & stream.c.name.not_in(list(one.mapping.streams))
    conn.execute(update(stream).where(stream.c.connector_id == before.id, ended).values(failures=0, not_before=None))


def remove_connector(conn: Connection, name: str, by: str, now: datetime) -> None:
    """Its file is gone: nothing runs any more, everything known about it stays."""
    conn.execute(update(connector).where(connector.c.name == name).values(removed_at=now, version_id=None))
    audit.note(conn, by, "connector.removed", now, name)


def _system(conn: Connection, one: Prepared) -> int:
    file = one.file
    role = Side.CORE if file.core else Side.AGENCY
    row = {
        "name": file.system,
        "role": role.value,
        "product": file.mapping,
        "sandbox": file.sandbox,
        "settle_seconds": file.settle_seconds,
    }
    before = conn.execute(select(system.c.role).where(system.c.name == file.system)).first()
    if before is not None and before.role != role.value:
        raise HubError("apply.role_changed", connector=one.name, system=file.system)
    upsert(conn, system, [row], keys=("name",))
    return int(conn.execute(select(system.c.id).where(system.c.name == file.system)).scalar_one())


def _account(conn: Connection, one: Prepared, system_id: int) -> int:
    """One account per connector file, named like it: credentials live in the file's connection."""
    file = one.file
    own = [file.agency] if file.agency else []
    agencies = sorted({*own, *file.agencies}) or ["*"]
    row = {"system_id": system_id, "name": one.name, "agencies": agencies, "may_create": file.creates}
    upsert(conn, account, [row], keys=("system_id", "name"))
    this = (account.c.system_id == system_id) & (account.c.name == one.name)
    return int(conn.execute(select(account.c.id).where(this)).scalar_one())
