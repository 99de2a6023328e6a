"""A small country in one store: a core and an office, real rows, scripted peers, a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.contract import Limits
from hub.connectors import Connector, load
from hub.domain.agency import Agency, AgencyKind, LaporId
from hub.home import Hub, init_hub
from hub.mapping import Mapping
from hub.store import agencies, tables
from hub.sync import pull, push
from hub.sync.job import RunResult
from tests.sync.sync_peer import Peer
from tests.sync.sync_words import CORE, OFFICE, words

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@dataclass
class Country:
    """Peers and connectors by name; ``pull`` and ``push`` run the real code."""

    hub: Hub
    time: datetime = START
    peers: dict[str, Peer] = field(default_factory=dict)
    words: dict[str, Mapping] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.time

    def wait(self, **span: float) -> None:
        self.time += timedelta(**span)

    @property
    def core(self) -> Peer:
        return self.peers["core"]

    @property
    def office(self) -> Peer:
        return self.peers["office"]

    def pull(self, name: str, **more: Any) -> RunResult:
        self.wait(seconds=1)
        return pull.run(self.hub, name, **more)

    def push(self, name: str, **more: Any) -> RunResult:
        self.wait(seconds=1)
        return push.run(self.hub, name, **more)

    def round(self) -> None:
        """Everybody once: both pulls, both pushes."""
        for name in self.peers:
            self.pull(name)
        for name in self.peers:
            self.push(name)

    def rows(self, table: str, **where: Any) -> list[Any]:
        which = [tables.metadata.tables[table].c[name] == value for name, value in where.items()]
        with self.hub.store.read() as conn:
            return list(conn.execute(select(tables.metadata.tables[table]).where(*which)))

    def values(self, complaint: Any) -> dict[str, Any]:
        opened: dict[str, Any] = self.hub.store.vault.unwrap(complaint.data_key).open(complaint.box)
        return opened

    def add(self, name: str, role: str, mapping: Mapping, *, agency: str | None, live_from: datetime | None) -> Peer:
        """A system with its account and connector."""
        with self.hub.store.begin() as conn:
            system = conn.execute(
                tables.system.insert().values(name=name, role=role, settle_seconds=60).returning(tables.system.c.id)
            ).scalar_one()
            account = conn.execute(
                tables.account.insert()
                .values(system_id=system, name=name, agencies=[agency or "*"])
                .returning(tables.account.c.id)
            ).scalar_one()
            conn.execute(
                tables.connector.insert().values(
                    name=name, system_id=system, account_id=account, agency_code=agency, effective="-",
                    state="observe", live_from=live_from,
                )
            )  # fmt: skip
        self.words[name] = mapping
        self.peers[name] = Peer(name, self.now, numbers=len(self.peers) * 1000 + 100)
        return self.peers[name]

    def go_live(self, name: str, live_from: datetime | None) -> None:
        with self.hub.store.begin() as conn:
            conn.execute(tables.connector.update().where(tables.connector.c.name == name).values(live_from=live_from))

    def connector(self, name: str) -> Connector:
        return load(self.hub, name)

    def forget_leases(self) -> None:
        """The killed worker's lease runs out."""
        self.wait(minutes=5)


def _patch(monkeypatch: pytest.MonkeyPatch, country: Country) -> None:
    """Words and wires come from the test; everything else of a connector is real."""
    monkeypatch.setattr(Connector, "mapping", property(lambda one: country.words[one.name]))
    monkeypatch.setattr(Connector, "limits", property(lambda one: Limits()))
    monkeypatch.setattr(Connector, "open_adapter", lambda one, **more: country.peers[one.name].adapter())


def a_country(home: Path, url: str | None, monkeypatch: pytest.MonkeyPatch) -> Country:
    country = Country.__new__(Country)
    country.time, country.peers, country.words = START, {}, {}
    country.hub = init_hub(home, url, country.now, environ={})
    with country.hub.store.begin() as conn:
        office = Agency("33.73", "Kota Contoh", AgencyKind.KOTA, "33", "33.73", True, "WIB", (LaporId("501"),))
        agencies.put(conn, [office])
    live = START - timedelta(days=30)
    country.add("core", "core", words(CORE, "hub_id"), agency=None, live_from=live)
    country.add("office", "agency", words(OFFICE, "core_tracking_id"), agency="33.73", live_from=live)
    _patch(monkeypatch, country)
    return country


def complaint_text(number: int = 1) -> dict[str, Any]:
    """What a citizen files; invented."""
    return {
        "title": f"Lampu jalan mati {number}",
        "body": f"Lampu di depan balai warga nomor {number} mati sejak seminggu.",
        "person": {"name": f"Warga Rekaan {number}", "phone": f"+62811000{number:04d}"},
        "filed": START.isoformat(),
        "anonymous": "n",
        "secret": "n",
    }
