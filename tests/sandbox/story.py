"""A hub and a country in one test: the country lives, the hub carries, the country's own ledgers judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from hub.demo import carry, country_of
from hub.home import Hub, init_hub
from hub.sandbox.country import Country
from hub.sandbox.life import Pace

BUSY = Pace(step=timedelta(hours=3), filed=3, local=1.0, taken=1.0, answered=1.0, finished=0.5, returned=0.1)


class Later:
    """The hub's clock: weeks after the country's, moved by the test."""

    def __init__(self) -> None:
        self.at = datetime(2026, 12, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Story:
    hub: Hub
    country: Country
    clock: Later
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def live(self, steps: int = 4) -> None:
        for _ in range(steps):
            self.country.step()
            self.carry()

    def carry(self) -> int:
        self.clock.at += timedelta(minutes=10)  # longer than any back-off of a first failure
        return carry(self.hub, self.counts)

    def rest(self, rounds: int = 10) -> None:
        """Until nothing moves; fails where something goes on for ever."""
        for _ in range(rounds):
            self.country.settle()
            self.clock.at += timedelta(hours=1)
            if self.carry() == 0:
                return
        raise AssertionError(f"still moving after {rounds} rounds: {self.counts}")

    def rows(self, query: str) -> list[Any]:
        with self.hub.store.read() as conn:
            return list(conn.execute(text(query)))

    def done(self, connector: str, what: str) -> int:
        return self.counts[connector][what]


@contextmanager
def story_of(home: Path, seed: int = 33, pace: Pace = BUSY, url: str | None = None) -> Iterator[Story]:
    clock = Later()
    hub = init_hub(home, url, sandbox=True, now=clock)
    try:
        with country_of(hub, seed) as country:
            country.life.pace = pace
            yield Story(hub, country, clock)
    finally:
        hub.close()
