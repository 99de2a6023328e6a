"""A peer on loopback that says exactly the bytes it is told, as badly as it is told; and what the tests share."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.contract import Limits, Setup

SECRET = "rahasia-Sangat/Kuat&9"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

Answering = Callable[[socket.socket], None]


class Peer:
    """Answers one connection after the other with the next of its answers; the last one stays for all that follow."""

    def __init__(self, *answers: bytes | Answering, greets: bool = False) -> None:
        self.answers = list(answers)
        self._greets = greets  # answers before it was asked
        self.requests: list[bytes] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/api/"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(0.1)

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with closing(line), suppress(OSError):
                line.settimeout(5)
                self.requests.append(b"" if self._greets else _request(line))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                line.sendall(answer) if isinstance(answer, bytes) else answer(line)


def _request(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(one[15:]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def peer(*answers: bytes | Answering, greets: bool = False) -> Iterator[Peer]:
    one = Peer(*answers, greets=greets)
    try:
        yield one
    finally:
        one.close()


def http(body: bytes | str = b"", status: str = "200 OK", mime: str = "application/json", **headers: str) -> bytes:
    """A whole answer; ``headers`` with underscores for dashes."""
    content = body.encode("utf-8") if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {mime}", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def drip(data: bytes, pause: float = 0.05, *, first: bytes = b"") -> Answering:
    """``first`` at once, then byte after byte."""

    def say(line: socket.socket) -> None:
        line.sendall(first)
        for byte in data:
            line.sendall(bytes([byte]))
            time.sleep(pause)

    return say


def pause(seconds: float) -> Answering:
    return lambda _: time.sleep(seconds)


def stream(parts: Iterable[bytes]) -> Answering:
    def say(line: socket.socket) -> None:
        for part in parts:
            line.sendall(part)

    return say


def setup(url: str, *, secrets: dict[str, str] | None = None, limits: Limits | None = None, **connection: Any) -> Setup:
    """A connector ``kota-uji`` at ``url``; ``secrets`` by name."""
    known = {"kunci": SECRET} if secrets is None else secrets
    return Setup(
        connector="kota-uji",
        connection={"url": url, **connection},
        words=None,
        secret=known.__getitem__,
        zone=UTC,
        limits=limits or Limits(call_seconds=2.0),
        now=lambda: NOW,
    )


def shown(problem: BaseException) -> str:
    """All that a traceback, a log or a page could show of an exception and of what it chains."""
    seen, text = set(), []
    waiting: list[BaseException | None] = [problem]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        text += [repr(one), str(one), repr(vars(one))]
        waiting += [one.__cause__, one.__context__]
    return "\n".join(text)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path
