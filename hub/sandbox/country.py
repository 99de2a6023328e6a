"""A whole small country: one core, four governments on three wires, a clock, people, and a judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.sandbox import core_api, people
from hub.sandbox.city import City
from hub.sandbox.clock import Clock
from hub.sandbox.core import Account, Agency, Core
from hub.sandbox.desk import Desk
from hub.sandbox.home import REGENCY_USER, write_home
from hub.sandbox.judge import Disagreement, Judge
from hub.sandbox.life import Life, Pace
from hub.sandbox.nasty.g import G
from hub.sandbox.people import Fate
from hub.sandbox.province import Province
from hub.sandbox.regency import Regency
from hub.sandbox.server import System

START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # a Monday, 08.00 WIB
AGENCIES = (
    # The core's numbers of real governments are not public: these are invented.
    Agency("900100", "Pemerintah Provinsi Jawa Barat (simulasi)"),
    Agency("900200", "Pemerintah Kabupaten Kupang (simulasi)"),
    Agency("900300", "Pemerintah Kota Salatiga (simulasi)"),
    Agency("900400", "Pemerintah Kota Semarang (simulasi)"),
    Agency("900310", "DINAS PU DAN TATA RUANG KOTA SALATIGA (simulasi)", parent="900300"),
)
SECRETS: Mapping[str, str] = {
    # Only ever valid on this machine's loopback, against invented people.
    "sandbox-pusat": "token-pusat-simulasi",
    "sandbox-provinsi": "kunci-provinsi-simulasi",
    "sandbox-kabupaten": "sandi-kabupaten-simulasi",
    "sandbox-kota-kecil": "kunci-kota-kecil-simulasi",
}


class Country:
    """``folder`` holds the city's files. Same seed, same start, same steps: the same country.

    ``ports``: system name → port, for those who need a fixed one; others take a free port.
    """

    def __init__(
        self,
        seed: int,
        folder: Path,
        *,
        start: datetime = START,
        factor: float = 0.0,
        limit: Callable[[], datetime] | None = None,
        pace: Pace | None = None,
        ports: Mapping[str, int] | None = None,
    ) -> None:
        self.seed, self.folder, self.ports = seed, folder, dict(ports or {})
        self.started_at = start
        self.clock = Clock(start, factor, limit=limit)
        account = Account("hub", SECRETS["sandbox-pusat"], None)
        self.core = core_api.wire(
            Core(
                self.clock,
                seed=seed,
                agencies={one.id: one for one in AGENCIES},
                categories=people.texts()["categories"],
                accounts=(account,),
            )
        )
        self.province = Province(self.clock, agency="900100", key=SECRETS["sandbox-provinsi"])
        self.regency = Regency(
            self.clock,
            agency="900200",
            user=REGENCY_USER,
            password=SECRETS["sandbox-kabupaten"],
        )
        self.city = City(self.clock, agency="900300", folder=folder / "kota")
        self.small = G(self.clock, agency="900400", key=SECRETS["sandbox-kota-kecil"], name="kota-kecil")
        self.desks: tuple[Desk, ...] = (self.province, self.regency, self.city, self.small)
        self.life = Life(self.core, self.desks, Fate(seed), pace or Pace())
        self.judge = Judge(self.core, self.desks)

    @property
    def systems(self) -> dict[str, System]:
        return {one.name: one for one in (self.core, *self.desks)}

    def start(self) -> Self:
        for name, system in self.systems.items():
            system.start(self.ports.get(name, 0))
        return self

    def stop(self) -> None:
        with ThreadPoolExecutor() as together:
            list(together.map(System.stop, self.systems.values()))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def step(self, times: int = 1, *, filing: bool = True) -> None:
        for _ in range(times):
            self.life.step(filing=filing)

    def settle(self) -> None:
        """Let the post arrive without anyone deciding anything new."""
        self.life.settle()

    @property
    def secrets(self) -> Mapping[str, str]:
        return SECRETS

    def connector_files(self, home: Path, *, when: str = "every 1 minutes", settle: str = "1 seconds") -> list[Path]:
        """Write schedules, secrets and agency numbers of this country into a hub's home folder."""
        return write_home(self, home, when=when, settle=settle)

    def disagreements(self) -> list[Disagreement]:
        return self.judge.disagreements()
