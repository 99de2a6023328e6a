"""Is this the store that was here yesterday? A copied or restored one must not speak for the original.

A copy still holds what the original has since sent. So a store knows its *place* (the file's inode, or the
database's number) and, for each home folder, a token that is renewed at every start of ``hub serve``; the home's
marker file holds the same. Where they differ the store counts as a copy: it only observes until a person says
otherwise, and everything that was waiting or sending is *unknown*.
"""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, delete, text, update

from hub.domain.errors import HubError
from hub.store import audit, switches
from hub.store.engine import Store
from hub.store.tables import outbox, switch

INSTALLATION = "installation"
MODE = "mode"
PLACE = "place"
KEY = "key"
_HOME = "home:"
_HUB = "hub"


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One process at a time looks at or changes the marker of a home folder."""
    with (home / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def establish(store: Store, home: Path, now: datetime, *, sandbox: bool | None, join: bool) -> None:
    """Make a fresh store an installation, or let another home folder join it. Call under ``alone``."""
    marker = _read(home)
    with store.begin() as conn:
        _check_key(conn, store)
        known = switches.get(conn, INSTALLATION)
        if known is None:
            known = _new(conn, store, now)
        elif marker is None and join:
            audit.note(conn, _HUB, "installation.joined", now)
        else:
            known = None
        if sandbox is not None:
            settle_mode(conn, sandbox, now)
        if known is not None:
            _sign(conn, home, known, [], now)


def verify(store: Store, home: Path, now: datetime) -> bool:
    """True where this store turned out to be a copy (and was made to observe). Call under ``alone``."""
    with store.read() as conn:
        _check_key(conn, store)
        if _is_ours(conn, store, _read(home)):
            return False
    with store.begin() as conn:
        conn.execute(delete(switch).where(switch.c.name.startswith(_HOME)))
        _sign(conn, home, _new(conn, store, now), [], now)
        waiting = update(outbox).where(outbox.c.state.in_(("waiting", "sending")))
        held = conn.execute(waiting.values(state="unknown", code="store.copied", updated_at=now)).rowcount
        switches.put(conn, switches.OBSERVING, {"why": "store.copied"}, by=_HUB, now=now)
        audit.note(conn, _HUB, "store.copied", now, unknown=held)
    return True


def take_over(conn: Connection, now: datetime) -> None:
    """A person says that the original is gone for good: this store speaks from now on."""
    if switches.get(conn, switches.OBSERVING) is not None:
        switches.clear(conn, switches.OBSERVING)
        audit.note(conn, _HUB, "store.took_over", now)


def renew(store: Store, home: Path, now: datetime) -> None:
    """A new token, at the start of a serving process: a back-up from before it can be told from the store."""
    marker = _read(home)
    if marker is None:
        raise HubError("hub.not_set_up", home=home.name)
    with store.begin() as conn:
        switches.put(conn, KEY, store.vault.key_id, by=_HUB, now=now)
        before = switches.get(conn, _HOME + marker["home"])
        token = _sign(conn, home, switches.get(conn, INSTALLATION), [before], now)
    _write(home, {**marker, "tokens": [token]})


def settle_mode(conn: Connection, sandbox: bool, now: datetime) -> None:
    """Sandbox or live, once and for all: the two never share an installation."""
    wanted = "sandbox" if sandbox else "live"
    mode = switches.get(conn, MODE)
    if mode is None:
        switches.put(conn, MODE, wanted, by=_HUB, now=now)
    elif mode != wanted:
        raise HubError("hub.mixed", installation=mode, wanted=wanted)


def _new(conn: Connection, store: Store, now: datetime) -> str:
    number = str(uuid.uuid4())
    switches.put(conn, INSTALLATION, number, by=_HUB, now=now)
    switches.put(conn, PLACE, _place(conn, store), by=_HUB, now=now)
    switches.put(conn, KEY, store.vault.key_id, by=_HUB, now=now)
    return number


def _sign(conn: Connection, home: Path, installation: str, before: list[str], now: datetime) -> str:
    """The file first, with the old token and the new: whichever of the two the store keeps after a crash is known."""
    marker = _read(home) or {"home": uuid.uuid4().hex}
    token = uuid.uuid4().hex
    marker |= {"installation": installation, "tokens": [*before, token]}
    _write(home, marker)
    switches.put(conn, _HOME + marker["home"], token, by=_HUB, now=now)
    return token


def _is_ours(conn: Connection, store: Store, marker: dict[str, Any] | None) -> bool:
    return (
        marker is not None
        and switches.get(conn, INSTALLATION) == marker["installation"]
        and switches.get(conn, PLACE) == _place(conn, store)
        and switches.get(conn, _HOME + marker["home"]) in marker["tokens"]
    )


def _check_key(conn: Connection, store: Store) -> None:
    stored = switches.get(conn, KEY)
    if stored is not None and stored not in store.vault.key_ids:
        raise HubError("vault.wrong_key", stored=stored, known=", ".join(sorted(store.vault.key_ids)))


def _place(conn: Connection, store: Store) -> str:
    if store.is_sqlite:
        return str(Path(str(store.engine.url.database)).stat().st_ino)
    return str(conn.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()")))


def _read(home: Path) -> dict[str, Any] | None:
    path = home / "installation"
    if not path.exists():
        return None
    try:
        marker = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        return None  # cut by a power failure: counts as a copy, which is safe
    return marker if isinstance(marker, dict) else None


def _write(home: Path, marker: dict[str, Any]) -> None:
    draft = home / ".installation"
    draft.write_bytes(orjson.dumps(marker))
    draft.replace(home / "installation")
