"""Connections that keep a total deadline and know how far a call got.

requests counts its time-out anew for every read, so a peer that drips one byte at a time holds a call
as long as it likes; and an answer cut inside its headers looks like an empty 200. Both are mended at
the one place where bytes come in.
"""

from __future__ import annotations

import http.client
import io
import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from adapters.patience import Trip

CONNECT_SECONDS = 10.0


class _Reader(io.RawIOBase):
    """Reads a socket; each read is given only the time the whole call has left."""

    def __init__(self, sock: socket.socket, trip: Trip) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._trip = trip
        self.ended = False  # the peer has nothing more to say

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._trip.left()
        if left <= 0:
            raise TimeoutError("deadline")
        self._sock.settimeout(left)
        got = self._raw.readinto(buffer)
        self.ended = self.ended or got == 0
        return got

    def close(self) -> None:
        self._raw.close()
        super().close()


class CutInHeaders(http.client.HTTPException):
    """The answer ended before its headers did."""


def _watched(base: type[HTTPConnection], trip: Trip) -> type[HTTPConnection]:
    """A connection class that reads by ``trip``'s deadline and notes in it when something is sent."""

    class Answer(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **named: Any) -> None:
            super().__init__(sock, *args, **named)
            self.fp.close()
            self._reader = _Reader(sock, trip)
            self.fp = io.BufferedReader(self._reader, 65536)

        def begin(self) -> None:
            super().begin()
            if self._reader.ended:
                self.close()
                raise CutInHeaders("headers")

    class Watched(base):  # type: ignore[valid-type,misc]
        response_class = Answer

        def connect(self) -> None:
            trip.sent = False
            super().connect()

        def send(self, data: Any) -> None:
            if self.sock is None:
                self.connect()
            trip.sent = True
            self.sock.settimeout(max(trip.left(), 0.001))
            super().send(data)

    return Watched


class Wire(HTTPAdapter):
    """The transport of one session: no retries, watched connections, also through a declared proxy."""

    def __init__(self, trip: Trip) -> None:
        class Plain(HTTPConnectionPool):
            ConnectionCls = _watched(HTTPConnection, trip)

        class Secure(HTTPSConnectionPool):
            ConnectionCls = _watched(HTTPSConnection, trip)  # type: ignore[assignment]

        self._pools = {"http": Plain, "https": Secure}
        super().__init__(max_retries=0, pool_connections=4, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: Any, **named: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = self._pools
        return manager
