"""A scripted other side: requests are noted, answers are played in order or made by a function."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from adapters.contract import Setup, WireError
from adapters.conversation import Answer, Fault, Request
from adapters.talking import Talker
from hub.mapping.compile import compile_mapping
from hub.mapping.mapping import Mapping as Words

HEAD = """
mapping: contoh
settings: {project: text, lapor_field: number, hub_user: number}
zone: WIB
key: id
fields:
  - {complaint: title,            system: judul}
  - {complaint: body_original,    system: isi}
  - {complaint: core_tracking_id, system: nomor_lapor}
"""
SETTINGS = {"project": "aduan", "lapor_field": "7", "hub_user": "12"}
NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)


class Shelf:
    def __init__(self, text: str, codes: Mapping[str, str] | None = None) -> None:
        self.text = text
        self.files = codes or {}

    def mapping(self, name: str) -> tuple[str, str]:
        return self.text, f"mappings/{name}.yaml"

    def codes(self, path: str) -> str:
        return self.files[path]


def compiled(text: str, codes: Mapping[str, str] | None = None, **settings: str) -> Words:
    declared = {
        name: value
        for name, value in {**SETTINGS, **settings}.items()
        if f"{name}:" in text.split("\nkey:", maxsplit=1)[0]
    }
    return compile_mapping("contoh", Shelf(text, codes), settings=declared, zone=ZoneInfo("Asia/Jakarta"))


def answer(body: Any = None, status: int = 200, *, clock: datetime | None = None, **headers: str) -> Answer:
    text = "" if body is None else json.dumps(body)
    return Answer(status, {name.lower(): value for name, value in headers.items()}, body, text, clock=clock)


def html(status: int = 200) -> Answer:
    return Answer(status, {}, None, "<!DOCTYPE html><html><body>Sedang pemeliharaan</body></html>", decoded=False)


def fault(code: str | None, text: str, status: int = 500) -> Answer:
    return Answer(status, {}, None, "", Fault(code, text))


Reply = Answer | WireError | Callable[[Request], Answer]


class Peer:
    """Answers in order; a function answers for ever; a WireError is raised."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.calls: list[Request] = []

    def send(self, request: Request) -> Answer:
        self.calls.append(request)
        assert self.replies, f"nobody expected {request.method} {request.target}"
        reply = self.replies[0] if callable(self.replies[0]) else self.replies.pop(0)
        if isinstance(reply, WireError):
            raise reply
        return reply(request) if callable(reply) else reply

    @property
    def targets(self) -> list[str]:
        return [f"{one.method} {one.target}" for one in self.calls]


class Memory:
    """A receipt that outlives a crash: ``begin`` without ``keep`` is a step with an unknown end."""

    def __init__(self) -> None:
        self.begun: set[str] = set()
        self.kept: dict[str, Mapping[str, Any]] = {}

    def done(self, step: str) -> Mapping[str, Any] | None:
        return self.kept.get(step)

    def started(self, step: str) -> bool:
        return step in self.begun and step not in self.kept

    def begin(self, step: str) -> None:
        self.begun.add(step)

    def keep(self, step: str, result: Mapping[str, Any]) -> None:
        self.kept[step] = json.loads(json.dumps(dict(result)))


def talker(text: str, *replies: Reply, url: str = "https://kota.example/api/") -> tuple[Talker, Peer]:
    """``text``: the mapping from ``operations:`` on, below HEAD."""
    peer = Peer(*replies)
    words = compiled(text if text.lstrip().startswith("mapping:") else HEAD + text).words
    setup = Setup("kota-contoh", {"url": url}, words, lambda name: "rahasia", UTC, now=lambda: NOW)
    return Talker(setup, peer.send), peer
