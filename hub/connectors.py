"""A connector: one system, one account on it, its streams, and the words it speaks.

What a connector is comes from its applied file (an immutable version); how it is doing stands in its row.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from adapters import open_adapter
from adapters.contract import Adapter, Limits, Setup
from hub.domain.errors import HubError
from hub.domain.routing import Party
from hub.domain.side import Side
from hub.home import Hub
from hub.mapping import Library, Mapping, compile_mapping
from hub.mapping.dates import zone_of
from hub.mapping.reader import read_yaml
from hub.mapping.schedule_file import ConnectorFile, read_connector_file
from hub.store import switches
from hub.store.tables import account, agency, connector, stream, system, version
from hub.store.upsert import insert_for
from hub.store.versions import Manifest, PinnedLibrary

_KEPT = 2048  # files and compiled mappings kept ready in one process


class State(StrEnum):
    OBSERVE = "observe"  # pulls, links and reports; creates nothing anywhere
    LIVE = "live"
    PAUSED = "paused"  # a person stopped it


@dataclass(frozen=True, slots=True)
class Connector:
    """One connector, loaded."""

    hub: Hub
    id: int
    name: str
    system_id: int
    system: str
    role: Side
    account_id: int
    agency_code: str | None
    agencies: frozenset[str]  # agency codes the account may read and write; "*" is all
    may_create: bool  # complaints first filed there may be created at the core
    state: State
    live_from: datetime | None
    caught_up: datetime | None  # what it is owed since this day has been routed
    settle_seconds: int
    sandbox: bool
    version_id: int
    agency_zone: str | None  # WIB, WITA, WIT

    @property
    def file(self) -> ConnectorFile:
        """Its file as it was applied."""
        return _version(self.hub, self.version_id)[0]

    @property
    def zone(self) -> tzinfo:
        """Where it is: what its file says, else its agency's zone."""
        return place(self.file, self.agency_zone)

    @property
    def interval(self) -> timedelta | None:
        """How often it is asked; None: by hand only."""
        return self.file.every

    @property
    def mapping(self) -> Mapping:
        """Its words, compiled at first use and shared by all threads. Raises MappingError."""
        return _mapping(self.hub, self.version_id, self.agency_zone)

    @property
    def effective(self) -> str:
        """The hash of everything that decides how it reads."""
        return self.mapping.effective

    @property
    def limits(self) -> Limits:
        return Limits(run_seconds=self.file.run_seconds, calls_per_hour=self.file.calls_per_hour)

    @property
    def not_yet_live(self) -> bool:
        """By its own file, whatever holds for the whole installation."""
        return self.live_from is None or self.hub.now() < self.live_from

    @property
    def party(self) -> Party:
        """As routing sees it."""
        live = self.state is not State.OBSERVE
        return Party(
            self.id, self.system_id, self.role, self.agencies, live, self.may_create, self.live_from if live else None
        )

    def open_adapter(self, *, dry_run: bool = False) -> Adapter:
        """A new session with the system; close it after use. Not to be shared between threads.

        ``dry_run``: what is pulled will not be kept, so files stay where they are.
        """
        file = self.file
        setup = Setup(
            connector=self.name,
            connection=file.connection,
            words=self.mapping.words,
            secret=self.hub.secret,
            zone=self.zone,
            settings=file.settings,
            limits=self.limits,
            folder=self.hub.home,
            now=self.hub.now,
            dry_run=dry_run,
        )
        return open_adapter(file.adapter, setup)

    def stream_id(self, name: str = "records", direction: str = "pull") -> int:
        """The number of a stream (``""`` for push); its row is made when it is first asked for."""
        this = select(stream.c.id).where(
            stream.c.connector_id == self.id, stream.c.name == name, stream.c.direction == direction
        )
        with self.hub.store.read() as conn:
            known = conn.scalar(this)
        if known is not None:
            return int(known)
        with self.hub.store.begin() as conn:
            row = {"connector_id": self.id, "name": name, "direction": direction}
            conn.execute(insert_for(conn, stream).values(**row).on_conflict_do_nothing())
            return int(conn.execute(this).scalar_one())


def load(hub: Hub, name: str) -> Connector:
    """One connector by name; ``connector.unknown`` where no applied file has it."""
    found = _load(hub, connector.c.name == name)
    if not found:
        raise HubError("connector.unknown", connector=name)
    return found[0]


def by_id(hub: Hub, number: int) -> Connector:
    found = _load(hub, connector.c.id == number)
    if not found:
        raise HubError("connector.unknown", connector=number)
    return found[0]


def all_connectors(hub: Hub) -> list[Connector]:
    """Every connector in force, by name."""
    return _load(hub, True)


def some_connectors(hub: Hub, numbers: Collection[int]) -> list[Connector]:
    return _load(hub, connector.c.id.in_(list(numbers)))


def _load(hub: Hub, where: Any) -> list[Connector]:
    with hub.store.read() as conn:
        observing = bool(switches.get(conn, switches.OBSERVING))
        return [_connector(hub, row, observing) for row in _rows(conn, where)]


def _rows(conn: Connection, where: Any) -> list[Row[Any]]:
    ask = (
        select(
            connector.c.id, connector.c.name, connector.c.system_id, system.c.name.label("system"), system.c.role,
            system.c.settle_seconds, system.c.sandbox, connector.c.account_id, account.c.agencies,
            account.c.may_create, connector.c.agency_code, connector.c.state, connector.c.live_from,
            connector.c.caught_up, connector.c.version_id, agency.c.zone,
        )
        .join(system, system.c.id == connector.c.system_id)
        .join(account, account.c.id == connector.c.account_id)
        .outerjoin(agency, agency.c.code == connector.c.agency_code)
        .where(connector.c.removed_at.is_(None), where)
        .order_by(connector.c.name)
    )  # fmt: skip
    return list(conn.execute(ask))


def _connector(hub: Hub, row: Row[Any], observing: bool) -> Connector:
    return Connector(
        hub=hub,
        id=row.id,
        name=row.name,
        system_id=row.system_id,
        system=row.system,
        role=Side(row.role),
        account_id=row.account_id,
        agency_code=row.agency_code,
        agencies=frozenset(row.agencies),
        may_create=row.may_create,
        state=state_of(row.state, row.live_from, hub.now(), observing),
        live_from=row.live_from,
        caught_up=row.caught_up,
        settle_seconds=row.settle_seconds,
        sandbox=row.sandbox,
        version_id=row.version_id,
        agency_zone=row.zone,
    )


def state_of(stored: str, live_from: datetime | None, now: datetime, observing: bool) -> State:
    """Paused by a person; else observe until the day its file names, and always in a copied store."""
    if stored == State.PAUSED:
        return State.PAUSED
    if observing or live_from is None or now < live_from:
        return State.OBSERVE
    return State.LIVE


def place(file: ConnectorFile, agency_zone: str | None) -> tzinfo:
    """What the file says, else the agency's zone, else (the core) the capital's."""
    found = zone_of(file.zone or agency_zone or "WIB", UTC)
    if found is None:
        raise HubError("connector.zone", connector=file.connector, zone=file.zone)
    return found


def starts_at(file: ConnectorFile, zone: tzinfo) -> datetime | None:
    """Midnight of the day a connector goes live, where its agency is."""
    if file.live_from is None:
        return None
    return datetime.combine(file.live_from, time(), zone).astimezone(UTC)


def _version(hub: Hub, version_id: int) -> tuple[ConnectorFile, Manifest]:
    """An applied connector file. Versions never change, so what was read once in this process stays true."""
    known: tuple[ConnectorFile, Manifest] | None = hub.memory.get(version_id)
    if known is None:
        with hub.store.read() as conn:
            content = conn.execute(select(version.c.content).where(version.c.id == version_id)).scalar_one()
        manifest = Manifest.load(content)
        known = read_connector_file(read_yaml(manifest.text, manifest.file)), manifest
        _remember(hub, version_id, known)
    return known


def _mapping(hub: Hub, version_id: int, agency_zone: str | None) -> Mapping:
    known: Mapping | None = hub.memory.get((version_id, agency_zone))
    if known is None:
        file, manifest = _version(hub, version_id)
        known = compile_for(file, PinnedLibrary(hub.store, manifest), agency_zone)
        _remember(hub, (version_id, agency_zone), known)
    return known


def _remember(hub: Hub, key: Any, value: Any) -> None:
    if len(hub.memory) >= _KEPT:
        hub.memory.clear()
    hub.memory[key] = value


def compile_for(file: ConnectorFile, library: Library, agency_zone: str | None) -> Mapping:
    """The mapping a connector file names, for that place. Raises MappingError."""
    return compile_mapping(
        file.mapping, library, settings=file.settings, zone=place(file, agency_zone), overlay=file.overlay
    )
