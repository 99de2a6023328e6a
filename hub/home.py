"""An installation: its home folder, its store, its secrets, its clock.

The folder (``HUB_HOME``, default ``./hub-data``) holds ``hub.sqlite``, ``key``, ``agencies.yaml``, ``mappings/``,
``schedules/``, ``secrets/`` and ``files/``. ``HUB_DATABASE_URL`` names a PostgreSQL store instead of the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from hub.domain.errors import HubError
from hub.store import agencies, installation
from hub.store.engine import Store, open_store, sqlite_url
from hub.store.migration import migrate, require_current
from hub.store.vault import Vault, open_vault
from hub.store.versions import StoredLibrary

FOLDERS = ("mappings", "schedules", "secrets", "files")
_SECRET = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")

Clock = Callable[[], datetime]


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Hub:
    """One open installation; hand it to everything that works. ``now`` gives aware UTC times."""

    home: Path
    store: Store
    now: Clock = clock
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    memory: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)  # what was compiled already

    @property
    def library(self) -> StoredLibrary:
        """The mappings and code files now in force (each connector reads by its own pinned versions)."""
        return StoredLibrary(self.store)

    def secret(self, name: str) -> str:
        """``HUB_SECRET_<NAME>``, else the file ``HUB_SECRET_<NAME>_FILE`` names, else ``secrets/<name>``."""
        if not _SECRET.fullmatch(name):
            raise HubError("secret.name", name=name)
        variable = "HUB_SECRET_" + name.upper().replace("-", "_")
        if variable in self.environ:
            return self.environ[variable]
        if told := self.environ.get(variable + "_FILE"):
            return _read_secret(Path(told), name)
        path = self.home / "secrets" / name
        if path.exists() and path.stat().st_mode & 0o077:
            raise HubError("secret.open", name=name)
        return _read_secret(path, name)

    def close(self) -> None:
        self.store.close()


def home_folder(home: Path | str | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    return Path(home or environ.get("HUB_HOME") or "hub-data").expanduser().resolve()


def init_hub(
    home: Path | str | None = None,
    url: str | None = None,
    now: Clock = clock,
    *,
    sandbox: bool | None = None,
    join: bool = False,
    original: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Hub:
    """Make (or bring up to date) an installation and open it; safe to repeat and to run twice at once.

    ``sandbox`` fixes what it is for; None leaves it to the first connector. ``join`` lets this home folder share
    a store that another machine made; without it such a store counts as a copy. ``original`` says that a copy takes
    the original's place for good: it stops observing.
    """
    folder = home_folder(home, environ)
    _make_folders(folder)
    address = url or environ.get("HUB_DATABASE_URL") or None
    with installation.alone(folder):
        fresh = address is not None or not (folder / "hub.sqlite").exists()
        vault = open_vault(folder, environ, create=fresh)
        if address is None:
            (folder / "hub.sqlite").touch(mode=0o600)
        with _open(folder, address, vault) as store:
            migrate(store)
            installation.establish(store, folder, now(), sandbox=sandbox, join=join)
            installation.verify(store, folder, now())
            with store.begin() as conn:
                agencies.load_register(conn)
                if original:
                    installation.take_over(conn, now())
    return Hub(folder, store, now, environ)


def open_hub(
    home: Path | str | None = None,
    url: str | None = None,
    now: Clock = clock,
    *,
    environ: Mapping[str, str] = os.environ,
) -> Hub:
    """Open an installation made by ``init_hub``. Codes: hub.not_set_up, store.not_migrated, store.newer, vault.…"""
    folder = home_folder(home, environ)
    address = url or environ.get("HUB_DATABASE_URL") or None
    if not folder.is_dir() or not _store_exists(folder, address):
        raise HubError("hub.not_set_up", home=folder.name)
    with _open(folder, address, open_vault(folder, environ)) as store:
        require_current(store)
        with installation.alone(folder):
            installation.verify(store, folder, now())
    return Hub(folder, store, now, environ)


def start_serving(hub: Hub) -> None:
    """To be called once by a process that serves: from now on an older back-up of the store is recognised."""
    with installation.alone(hub.home):
        installation.renew(hub.store, hub.home, hub.now())


@contextmanager
def _open(folder: Path, address: str | None, vault: Vault) -> Iterator[Store]:
    """The store, closed again where it turns out to be of no use."""
    store = open_store(address or sqlite_url(folder / "hub.sqlite"), vault)
    try:
        yield store
    except BaseException:
        store.close()
        raise


def _store_exists(folder: Path, address: str | None) -> bool:
    url = make_url(address) if address else sqlite_url(folder / "hub.sqlite")
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).exists()


def _make_folders(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)


def _read_secret(path: Path, name: str) -> str:
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except FileNotFoundError as error:
        raise HubError("secret.missing", name=name, variable="HUB_SECRET_" + name.upper().replace("-", "_")) from error
