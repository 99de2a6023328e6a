"""What a person may set in motion, whichever face they use: pages, API and CLI call these, each leaves an audit line.

Heavy rooms (sync, adapters) are imported where they are used: a face that only shows things starts without them.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.connectors import load
from hub.domain.errors import HubError
from hub.home import Hub
from hub.store import audit, standing, switches, tokens, users
from hub.store import quarantine as rows_aside
from hub.store.tables import agency, quarantine

if TYPE_CHECKING:
    from adapters.contract import Finding
    from hub.dispatcher import Work
    from hub.sync.job import RunResult

log = logging.getLogger(__name__)
_STAYED = ("quarantined", "unreadable", "failed_again")
_WORST = ("ok", "observed", "stopped", "partial", "failed")
_LIVE_FROM = re.compile(r"^live_from:[^\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of sending records through again."""

    through: int
    aside: int


def noted(hub: Hub, by: str, what: str, about: str | None = None, **facts: Any) -> None:
    """One audit line in a transaction of its own."""
    with hub.store.begin() as conn:
        audit.note(conn, by, what, hub.now(), about, **facts)


# --- connectors ----------------------------------------------------------------------------------


def check(hub: Hub, name: str) -> Sequence[Finding]:
    """Ask the system whether the account, address and fields are right; changes nothing there."""
    adapter = load(hub, name).open_adapter()
    try:
        return adapter.check()
    finally:
        adapter.close()


def sync(
    hub: Hub,
    name: str,
    *,
    pull: bool = True,
    push: bool = True,
    full: bool = False,
    dry_run: bool = False,
    progress: Any = None,
    by: str | None = None,
) -> list[tuple[str, RunResult]]:
    """Fetch, then deliver, now and in this thread: (direction, result). A failed pull does not stop the push."""
    from hub.sync import pull as pulling
    from hub.sync import push as pushing

    done: list[tuple[str, RunResult]] = []
    one = load(hub, name)
    for stream in one.mapping.streams if pull else ():
        result = pulling.run(hub, one, stream=stream, full=full, dry_run=dry_run, progress=progress, by=by)
        done.append(("pull", result))
    if push:
        done.append(("push", pushing.run(hub, one, dry_run=dry_run, progress=progress, by=by)))
    return done


def sync_later(hub: Hub, name: str, *, by: str) -> None:
    """The same, started and not waited for: what comes of it stands in the runs."""
    load(hub, name)  # an unknown name is told at once
    noted(hub, by, "connector.synced", name)
    threading.Thread(target=_quietly, args=(hub, name, by), name=f"sync {name}", daemon=True).start()


def _quietly(hub: Hub, name: str, by: str) -> None:
    try:
        sync(hub, name, by=by)
    except Exception as error:  # a thread has nobody above it to tell
        log.exception("sync of %s by hand ended with %s", name, type(error).__name__)


def pause(hub: Hub, name: str, *, by: str) -> None:
    one = load(hub, name)
    with hub.store.begin() as conn:
        standing.pause(conn, one.id)
        audit.note(conn, by, "connector.paused", hub.now(), name)


def resume(hub: Hub, name: str, *, by: str) -> None:
    one = load(hub, name)
    with hub.store.begin() as conn:
        standing.resume(conn, one.id, hub.now())
        audit.note(conn, by, "connector.resumed", hub.now(), name)


def go_live(hub: Hub, name: str, day: date, *, by: str) -> None:
    """Write ``live_from`` into the connector's file and apply it: the file stays the truth.

    Refused while other files differ from what runs: going live must not start anything else by the way.
    """
    from hub import apply as files

    load(hub, name)
    others = [one.name for one in files.plan(hub).differences]
    if others:
        raise HubError("live.unapplied", names=", ".join(others))
    path = hub.home / "schedules" / f"{name}.yaml"
    before = path.read_text("utf-8")
    path.write_text(with_live_from(before, day), "utf-8")
    try:
        files.apply(hub, by)
    except Exception:
        path.write_text(before, "utf-8")
        raise
    noted(hub, by, "connector.live", name, live_from=day.isoformat())


def owed(hub: Hub, name: str, day: date) -> dict[str, int]:
    """What going live from that day on would tell of what is stored already, by kind; changes nothing."""
    from hub.sync import owed as owing

    one = load(hub, name)
    return owing.preview(hub, one, datetime.combine(day, time(), one.zone))


def with_live_from(text: str, day: date) -> str:
    """The file with this day; its comments and order stay as they were."""
    line = f"live_from: {day.isoformat()}"
    if _LIVE_FROM.search(text):
        return _LIVE_FROM.sub(line, text, count=1)
    return text.rstrip("\n") + f"\n{line}\n"


def reconcile(hub: Hub, name: str, *, by: str | None = None, progress: Any = None) -> RunResult:
    from hub.sync import reconcile as comparing

    return comparing.run(hub, name, by=by, progress=progress)


# --- what waits, what stands aside ---------------------------------------------------------------


def replay_one(hub: Hub, number: int, *, by: str) -> Replayed:
    from hub.sync import replay

    return _replayed(replay.one(hub, number, by=by))


def replay_cause(hub: Hub, connector: str, cause: str, *, by: str) -> Replayed:
    from hub.sync import replay

    return _replayed(replay.cause(hub, connector, cause, by=by))


def _replayed(result: RunResult) -> Replayed:
    if result.outcome in ("failed", "stopped"):
        raise HubError(result.code, **result.facts)
    counts = result.counts
    return Replayed(counts.get("replayed", 0), sum(counts.get(name, 0) for name in _STAYED))


def arrived(hub: Hub, number: int, their_number: str, *, by: str) -> None:
    """A person looked and found it: the delivery is over, the record is linked."""
    from hub.sync import resolve

    resolve.arrived(hub, number, their_number, by=by)


def not_arrived(hub: Hub, number: int, *, by: str) -> None:
    """A person looked and it is not there: it may be sent again."""
    from hub.sync import resolve

    resolve.not_arrived(hub, number, by=by)


def send_again(hub: Hub, number: int, *, by: str) -> None:
    """A refused delivery, after its cause was mended: rendered again and sent in its turn."""
    from hub.sync import resolve

    resolve.again(hub, number, by=by)


def drop(hub: Hub, number: int, *, by: str) -> None:
    """It need not be told any more."""
    from hub.sync import resolve

    resolve.drop(hub, number, by=by)


def erase(hub: Hub, hub_id: str, *, by: str) -> None:
    """Destroy a complaint's data key; a tombstone stays that pulls respect."""
    from hub.sync import erase as erasing

    erasing.run(hub, hub_id, by=by)


def remap(hub: Hub, name: str, *, by: str, progress: Any = None) -> RunResult:
    """Read the stored records anew that an older version read."""
    from hub.sync import remap as reading_again

    return reading_again.run(hub, name, by=by, progress=progress)


def receive(hub: Hub, name: str, key: str, raw: dict[str, Any]) -> bool:
    """One record a system sent by itself, committed; False where the key was here before."""
    from hub.sync import receive as receiving

    return receiving.accept(hub, name, key, raw)


def dismiss(hub: Hub, number: int, *, by: str) -> None:
    """No longer listed; kept."""
    with hub.store.begin() as conn:
        if not rows_aside.close(conn, quarantine.c.id == number, hub.now(), "dismissed"):
            raise HubError("cli.quarantine.unknown", number=number)
        audit.note(conn, by, "quarantine.dismissed", hub.now(), str(number))


# --- switches ------------------------------------------------------------------------------------


def stop_pushes(hub: Hub, *, by: str, why: str = "") -> None:
    with hub.store.begin() as conn:
        switches.put(conn, switches.PUSHES_STOPPED, {"why": why}, by=by, now=hub.now())
        audit.note(conn, by, "pushes.stopped", hub.now(), why=why)


def start_pushes(hub: Hub, *, by: str) -> None:
    with hub.store.begin() as conn:
        switches.clear(conn, switches.PUSHES_STOPPED)
        audit.note(conn, by, "pushes.started", hub.now())


# --- people and programs -------------------------------------------------------------------------


def add_user(hub: Hub, name: str, role: str, agencies: Sequence[str], *, by: str) -> str:
    """A new user with a generated password, given back to be shown once. No agencies: all of them."""
    password = users.new_password()
    with hub.store.begin() as conn:
        known = set(conn.scalars(select(agency.c.code).where(agency.c.code.in_(agencies))))
        for code in agencies:
            if code not in known:
                raise HubError("agency.unknown", agency=code)
        users.add(conn, name, role, password, by=by, now=hub.now(), agencies=list(agencies) or None)
    return password


def add_token(hub: Hub, name: str, system: str | None, scopes: Sequence[str], *, by: str) -> str:
    """A new token, given back to be shown once. ``records`` needs the system whose records it may send."""
    if "records" in scopes and system is None:
        raise HubError("token.no_system", token=name)
    with hub.store.begin() as conn:
        return tokens.add(conn, name, scopes=scopes, by=by, now=hub.now(), system=system)


# --- the schedule --------------------------------------------------------------------------------


def work_off(hub: Hub, work: Work) -> RunResult:
    """What the schedule hands out: pull every stream, push, or reconcile. Gives back the worst result."""
    if work.direction == "reconcile":
        return reconcile(hub, work.connector)
    pull = work.direction == "pull"
    done = [result for _direction, result in sync(hub, work.connector, pull=pull, push=not pull, full=work.full)]
    return max(done, key=lambda one: _WORST.index(one.outcome))
