"""The demo: a fresh installation, a small country, and the hub carrying between its systems until nothing moves.

``hub demo --once`` ends with a verdict that the systems' own ledgers give, never the hub's tables; without it the
country lives on beside a hub that serves pages and works by its schedule.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hub import actions
from hub.apply import apply
from hub.connectors import all_connectors
from hub.domain.errors import HubError
from hub.home import Hub, init_hub
from hub.language import say
from hub.sandbox.country import START, Country
from hub.sandbox.judge import Disagreement

STEPS = 6  # three-hour steps in which citizens file
ROUNDS = 12  # most rounds until everything must have arrived
LIVING_SECONDS = 4.0
SEED = 7

Out = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Line:
    """What the hub did for one connector, and what its system is still waiting for."""

    connector: str
    pulled: int = 0
    stored: int = 0
    pushed: int = 0
    quarantined: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    seed: int
    cycles: int
    quiet: bool
    complaints: int
    lines: Sequence[Line]
    disagreements: Sequence[Disagreement]

    @property
    def agreed(self) -> bool:
        return self.quiet and not self.disagreements

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "agreed": self.agreed}


def run_demo(
    home: Path | None = None,
    *,
    once: bool = False,
    as_json: bool = False,
    seed: int = SEED,
    language: str = "id",
    host: str = "127.0.0.1",
    port: int = 0,
    out: Out = lambda text: None,
) -> int:
    """0 where core and agencies agree. ``home`` must be empty or absent; None is a folder that goes with the demo."""
    with _home(home) as folder:
        hub = init_hub(folder, sandbox=True)
        try:
            if once:
                verdict = run_once(hub, seed, lambda cycle, moved: _told(out, as_json, language, cycle, moved))
                out(json.dumps(verdict.to_json(), ensure_ascii=False) if as_json else _written(verdict, language))
                return 0 if verdict.agreed else 1
            return live(hub, seed, language, (host, port), out)
        finally:
            hub.close()


def run_once(hub: Hub, seed: int, progress: Callable[[int, int], object] = lambda cycle, moved: None) -> Verdict:
    """One whole story: six busy steps, then rounds until nothing moves any more."""
    counts: dict[str, Counter[str]] = {}
    with country_of(hub, seed) as country:
        cycle = 0
        for cycle in range(1, STEPS + 1):
            country.step()
            progress(cycle, carry(hub, counts))
        quiet = False
        while not quiet and cycle < STEPS + ROUNDS:
            cycle += 1
            country.settle()
            moved = carry(hub, counts)
            progress(cycle, moved)
            quiet = moved == 0
        found = country.disagreements()
        complaints = len(country.core.complaints)
    lines = [_line(name, done, found) for name, done in counts.items()]
    return Verdict(seed, cycle, quiet, complaints, lines, found)


@contextmanager
def country_of(hub: Hub, seed: int, *, when: str = "every 1 minutes") -> Iterator[Country]:
    """The country, started, its connectors applied to ``hub``. Its time is past: nothing comes from the future."""
    start = min(START, hub.now().replace(microsecond=0) - timedelta(days=21))
    with Country(seed, hub.home / "files" / "negara", start=start, limit=hub.now) as country:
        country.connector_files(hub.home, when=when)
        apply(hub, "demo")
        yield country


def carry(hub: Hub, counts: dict[str, Counter[str]]) -> int:
    """Every connector once: pull all, then push all. Gives how much moved."""
    names = [one.name for one in all_connectors(hub)]
    moved = 0
    for pull in (True, False):
        for name in names:
            for direction, result in actions.sync(hub, name, pull=pull, push=not pull, by="demo"):
                done = counts.setdefault(name, Counter())
                done.update({f"{direction}.{what}": number for what, number in result.counts.items()})
                moved += sum(result.counts.get(what, 0) for what in _MOVES[direction])
    return moved


_ARRIVED = ("delivered", "sent", "handed_over")
_MOVES: Mapping[str, Sequence[str]] = {
    "pull": ("created", "changed", "events", "quarantined"),
    "push": (*_ARRIVED, "refused", "unknown", "later"),
}


def live(hub: Hub, seed: int, language: str, address: tuple[str, int], out: Out) -> int:
    """Serve until a signal comes, while somebody files or answers every few seconds."""
    from hub.serving import Serving, first_administrator

    with country_of(hub, seed, when="every 5 seconds") as country:
        first = first_administrator(hub)
        serving = Serving(hub, *address)
        for system in country.systems.values():
            out(say("sandbox.system", language, name=system.name, url=system.url))
        if first is not None:
            out(say("demo.page", language, url=serving.url, user=first.name, password=first.password))
        out(say("demo.living", language, seconds=round(LIVING_SECONDS)))
        ended = threading.Event()
        people = threading.Thread(target=_live_on, args=(country, ended), name="country", daemon=True)
        people.start()
        try:
            return 0 if serving.run() else 1
        finally:
            ended.set()
            people.join(10)  # nobody writes into the folder that goes away now


def run_sandbox(
    folder: Path,
    *,
    seed: int = SEED,
    ports: Mapping[str, int] | None = None,
    home: Path | None = None,
    step_seconds: float = LIVING_SECONDS,
    language: str = "id",
    out: Out = lambda text: None,
    ended: threading.Event | None = None,
    now: Callable[[], datetime] | None = None,
) -> int:
    """The country alone, until ``ended`` (or Ctrl+C). ``home``: a hub's home folder that gets its connector files."""
    ended = ended or threading.Event()
    with Country(seed, folder, ports=ports, limit=now) as country:
        if home is not None:
            country.connector_files(home)
        out(say("sandbox.running", language, seed=seed))
        for system in country.systems.values():
            out(say("sandbox.system", language, name=system.name, url=system.url))
        out(say("sandbox.folder", language, name=country.city.name, folder=country.city.out.parent))
        try:
            _live_on(country, ended, step_seconds)
        except KeyboardInterrupt:
            ended.set()
    return 0


def _live_on(country: Country, ended: threading.Event, seconds: float = LIVING_SECONDS) -> None:
    while not ended.is_set():
        country.step()
        ended.wait(seconds)


@contextmanager
def _home(home: Path | None) -> Iterator[Path]:
    if home is not None:
        if home.exists() and any(home.iterdir()):
            raise HubError("sandbox.home_not_empty", home=home.name)
        yield home
        return
    folder = Path(tempfile.mkdtemp(prefix="hub-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- words ---------------------------------------------------------------------------------------


def _line(name: str, done: Counter[str], found: Sequence[Disagreement]) -> Line:
    return Line(
        connector=name,
        pulled=done["pull.seen"],
        stored=done["pull.stored"],
        pushed=sum(done[f"push.{what}"] for what in _ARRIVED),
        quarantined=done["pull.quarantined"],
        lost=sum(one.kind == "lost" and one.system == name for one in found),
    )


def _told(out: Out, as_json: bool, language: str, cycle: int, moved: int) -> None:
    if not as_json:
        out(say("demo.cycle", language, cycle=cycle, moved=moved))


def _written(verdict: Verdict, language: str) -> str:
    heads = say("demo.heading", language).split("|")
    rows = [heads, *([str(value) for value in asdict(line).values()] for line in verdict.lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    if not verdict.quiet:
        lines.append(say("demo.not_quiet", language, cycles=verdict.cycles))
    if verdict.agreed:
        lines.append(say("demo.agreed", language, complaints=verdict.complaints))
    if verdict.disagreements:
        lines.append(say("demo.disagreed", language, count=len(verdict.disagreements)))
    for one in verdict.disagreements:
        lines.append(say(f"demo.disagreement.{one.kind}", language, asdict(one)))
    return "\n".join(lines)
