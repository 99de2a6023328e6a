"""A bad line between the hub and a server: a TCP proxy on loopback that loses, delays and refuses on demand."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress

CHUNK = 65_536


class Network:
    """Stands before one server. ``play`` says what happens to the next answers; requests always get through.

    - ``lose``: the answer is swallowed and the line closed, after the server did its work
    - ``cut``: only the first ``after`` bytes of the answer arrive
    - ``reset``: as ``cut``, ended by a TCP reset
    - ``hang``: nothing arrives, the line stays open
    - ``drip``: one byte every ``pause`` seconds
    - ``refuse``: the connection is dropped before anything is sent on
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._mode = "ok"
        self._times = 0
        self._after = 0
        self._pause = 0.1
        self._lock = threading.Lock()
        self._awaited = b""
        self.port = 0
        self.open()

    def play(self, mode: str, times: int = 1, *, after: int = 0, pause: float = 0.1) -> None:
        with self._lock:
            self._mode, self._times, self._after, self._pause = mode, times, after, pause

    def lose_after(self, request: str) -> None:
        """The answer to the next request that begins so (``POST /path ``) is lost."""
        with self._lock:
            self._awaited = request.encode()

    def _heard(self, data: bytes) -> None:
        with self._lock:
            if self._awaited and data.startswith(self._awaited):
                self._awaited, self._mode, self._times, self._after = b"", "lose", 1, 0

    def open(self) -> None:
        """Listen, again on the same port after a ``close``."""
        self._door = socket.create_server(("127.0.0.1", self.port))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._door,), daemon=True).start()

    def close(self) -> None:
        """Nobody listens: connections are refused."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _next(self, refusing: bool) -> str:
        with self._lock:
            if self._times < 1 or (self._mode == "refuse") != refusing:
                return "ok"
            self._times -= 1
            return self._mode

    def _accept(self, door: socket.socket) -> None:
        while True:
            try:
                near, _ = door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        if self._next(refusing=True) == "refuse":
            _drop(near)
            return
        try:
            far = socket.create_connection(("127.0.0.1", self._target), timeout=10)
        except OSError:
            _drop(near)
            return
        far.settimeout(None)
        threading.Thread(target=self._pump, args=(near, far), daemon=True).start()
        self._answer(far, near)

    def _answer(self, far: socket.socket, near: socket.socket) -> None:
        mode, told = "", 0
        with suppress(OSError):
            while data := far.recv(CHUNK):
                mode = mode or self._next(refusing=False)
                if mode == "ok":
                    near.sendall(data)
                    mode = ""  # a kept line carries many answers
                elif mode == "drip":
                    self._drip(near, data)
                elif mode in {"lose", "cut", "reset"}:
                    near.sendall(data[: max(0, self._after - told)])
                    told += len(data)
                    if told >= self._after:
                        break
            if mode == "hang":
                time.sleep(30)
        _drop(near) if mode == "reset" else _close(near)
        _close(far)

    def _pump(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(CHUNK):
                self._heard(data)
                far.sendall(data)
        with suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    def _drip(self, near: socket.socket, data: bytes) -> None:
        for byte in data:
            near.sendall(bytes([byte]))
            time.sleep(self._pause)


def _close(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


def _drop(line: socket.socket) -> None:
    with suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
