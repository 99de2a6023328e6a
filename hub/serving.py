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
STOP_SECONDS = 5.0


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


class Pages:
    """Pages and API on a socket that is bound at once, so that the address is known."""

    def __init__(self, hub: Hub, host: str = "127.0.0.1", port: int = 0) -> None:
        from hub.web import create_app

        self._server = _bind(create_app(hub), host, port)
        self._thread = threading.Thread(target=self._server.run, name="pages", daemon=True)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.effective_port}/"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more; requests that run have a few seconds to end."""
        # Closed by the server's own thread: closing its sockets under its select() would break it.
        self._server.trigger.pull_trigger(self._server.close)
        self._thread.join(STOP_SECONDS)


def _bind(app: Any, host: str, port: int) -> Any:
    try:
        return create_server(app, host=host, port=port, threads=THREADS, ident="hub")
    except (OSError, ValueError) as error:
        raise HubError("serve.taken", host=host, port=port) from error


class Serving:
    """Pages and schedule together; ``run`` serves until a signal comes."""

    def __init__(self, hub: Hub, host: str, port: int, *, scheduling: bool = True) -> None:
        self.hub = hub
        self.scheduling = scheduling
        self.stop = threading.Event()
        self.pages = Pages(hub, host, port)
        self.url = self.pages.url

    def run(self) -> bool:
        """True when everything that ran ended in time."""
        stop_at_signals(self.stop)
        start_serving(self.hub)
        self.pages.start()
        try:
            if self.scheduling:
                return schedule(self.hub, self.stop, actions.work_off)
            self.stop.wait()
            return True
        finally:
            self.pages.stop()
