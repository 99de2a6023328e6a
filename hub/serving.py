"""One process that serves: pages and API by waitress, the schedule beside it, an orderly end at SIGTERM."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Any

from waitress.server import create_server

from hub import actions
from hub.domain.errors import HubError
from hub.home import Hub, start_serving
from hub.schedule import serve as schedule
from hub.schedule import stop_at_signals
from hub.store import users

log = logging.getLogger(__name__)
THREADS = 8


@dataclass(frozen=True, slots=True)
class First:
    """The administrator made on the first run; the password is shown once and kept nowhere."""

    name: str
    password: str


def first_administrator(hub: Hub) -> First | None:
    """Make one where there is no user at all."""
    with hub.store.begin() as conn:
        made = users.first_administrator(conn, hub.now())
    return First(*made) if made else None


def _bind(app: Any, host: str, port: int) -> Any:
    try:
        return create_server(app, host=host, port=port, threads=THREADS, ident="hub")
    except (OSError, ValueError) as error:
        raise HubError("serve.taken", host=host, port=port) from error


class Serving:
    """Bound at once, so that the address is known; ``run`` serves until a signal comes."""

    def __init__(self, hub: Hub, host: str, port: int, *, scheduling: bool = True) -> None:
        from hub.web import create_app

        self.hub = hub
        self.scheduling = scheduling
        self.stop = threading.Event()
        self.server = _bind(create_app(hub), host, port)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.server.effective_port}/"

    def run(self) -> bool:
        """True when everything that ran ended in time."""
        stop_at_signals(self.stop)
        start_serving(self.hub)
        threading.Thread(target=self.server.run, name="pages", daemon=True).start()
        try:
            if self.scheduling:
                return schedule(self.hub, self.stop, actions.work_off)
            self.stop.wait()
            return True
        finally:
            self.server.close()
