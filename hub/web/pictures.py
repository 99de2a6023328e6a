"""Drawings made on the server as plain numbers; the templates turn them into SVG, the sheet gives the colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log10
from typing import Any

from flask import url_for

from hub.store.views.scope import Row
from hub.web.words import clock, number, t, word, zone_of

MOST = 8  # agencies drawn by name; the rest share one box
_MOVED = ("stored", "created", "changed", "events", "delivered", "sent", "handed_over")
_TONES = {"ok": "good", "late": "warn", "silent": "warn", "down": "bad"}


@dataclass(frozen=True, slots=True)
class Bar:
    height: int
    tone: str
    title: str


def bars(runs: Sequence[Row]) -> list[Bar]:
    """A sparkline: how much each run moved (log scale: one complaint is seen beside ten thousand)."""
    moved = [sum(int(run["counts"].get(name, 0)) for name in _MOVED) for run in runs]
    top = log10(max([*moved, 9]) + 1)
    tones = {"failed": "bad", "partial": "warn", "stopped": "warn"}
    return [
        Bar(
            max(3, round(38 * log10(n + 1) / top)),
            tones.get(str(run["outcome"]), "" if n else "rest"),
            f"{clock(run['started_at'], zone_of(None), 'id')} · {word('outcome', run['outcome'] or 'running')} · {n}",
        )
        for run, n in zip(runs, moved, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    x: float
    y: float
    kind: str = ""
    middle: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    kind: str
    x: float
    y: float
    width: float
    height: float
    lines: Sequence[Line]
    tone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Road:
    path: str
    weight: int
    tone: str
    inward: bool = False  # something came to the hub
    outward: bool = False
    reverse: bool = False  # the path was drawn from the hub outwards


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    words: str
    boxes: list[Box] = field(default_factory=list)
    roads: list[Road] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    """The same flow for a wide screen (left to right) and for a phone (top to bottom)."""

    wide: Drawing
    tall: Drawing


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    note: str
    came: int
    went: int
    tone: str
    paused: bool
    url: str


def flow(table: Sequence[Mapping[str, Any]]) -> Picture | None:
    """Core ↔ hub ↔ agencies with what moved in the last 24 hours; None where there is no connector."""
    if not table:
        return None
    cores = [_node(row) for row in table if row["role"] == "core"]
    agencies = sorted((row for row in table if row["role"] != "core"), key=lambda row: -(row["in"] + row["out"]))
    nodes = [_node(row) for row in agencies[:MOST]]
    if len(agencies) > MOST:
        nodes.append(_rest(agencies[MOST:]))
    words = " ".join(t("page.flow.said", name=one.name, came=one.came, went=one.went) for one in [*cores, *nodes])
    return Picture(_wide(cores, nodes, words), _tall(cores, nodes, words))


def _node(row: Mapping[str, Any]) -> _Node:
    name = row["agency"] or (t("page.core") if row["role"] == "core" else row["name"])
    url = url_for("connectors.one", name=row["name"])
    tone = "rest" if row["state"] != "live" else _TONES.get(row["health"], "rest")
    return _Node(_title(str(name)), row["name"], row["in"], row["out"], tone, row["state"] == "paused", url)


def _rest(rows: Sequence[Mapping[str, Any]]) -> _Node:
    came, went = (sum(row[one] for row in rows) for one in ("in", "out"))
    tone = "bad" if any(row["health"] == "down" for row in rows) else "good"
    return _Node(t("page.flow.others", n=len(rows)), "", came, went, tone, False, url_for("connectors.page"))


def _title(name: str) -> str:
    """Register names are capitals; drawn text is calmer without, and must fit its box."""
    text = name.title() if name.isupper() else name
    return text if len(text) <= 27 else text[:26] + "…"


def _counts(node: _Node) -> str:
    return t("page.flow.counts", came=number(node.came), went=number(node.went))


def _box(node: _Node, x: float, y: float, width: float) -> Box:
    lines = [
        Line(node.name, x + 30, y + 24.5),
        Line(node.note, x + 30, y + 41, "dim"),
        Line(_counts(node), x + 30, y + 57, "dim"),
    ]
    return Box("box", x, y, width, 68, lines, node.tone, node.url)


def _road(node: _Node, path: str, *, reverse: bool) -> Road:
    moved = node.came + node.went
    tone = "bad" if node.tone == "bad" else "asleep" if node.paused else "flow" if moved else ""
    weight = 18 if moved else 3
    return Road(path, weight, tone, bool(node.came), bool(node.went), reverse)


def _hub(x: float, y: float, width: float, height: float, nodes: Sequence[_Node]) -> Box:
    middle = x + width / 2
    came, went = sum(one.came for one in nodes), sum(one.went for one in nodes)
    lines = [
        Line(t("page.flow.hub"), middle, y + height / 2 - 12, "big", True),
        Line(t("page.flow.in", n=number(came)), middle, y + height / 2 + 10, "dim", True),
        Line(t("page.flow.out", n=number(went)), middle, y + height / 2 + 27, "dim", True),
    ]
    return Box("hubbox", x, y, width, height, lines)


def _wide(cores: Sequence[_Node], agencies: Sequence[_Node], words: str) -> Drawing:
    step, box = 84, 232
    height = max(len(cores), len(agencies), 2) * step + 16
    middle = height / 2
    drawing = Drawing(980, height, words)
    for node, y in _spread(cores, height, step):
        drawing.roads.append(_road(node, _curve(box + 6, y + 34, 396, middle), reverse=False))
        drawing.boxes.append(_box(node, 4, y, box))
    for node, y in _spread(agencies, height, step):
        drawing.roads.append(_road(node, _curve(584, middle, 980 - box - 6, y + 34), reverse=True))
        drawing.boxes.append(_box(node, 980 - box - 4, y, box))
    drawing.boxes.append(_hub(400, middle - 52, 180, 104, [*cores, *agencies]))
    return drawing


def _spread(nodes: Sequence[_Node], height: float, step: float) -> Iterator[tuple[_Node, float]]:
    start = (height - len(nodes) * step) / 2 + (step - 68) / 2
    return ((node, start + index * step) for index, node in enumerate(nodes))


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    bend = (x2 - x1) / 2
    return f"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _tall(cores: Sequence[_Node], agencies: Sequence[_Node], words: str) -> Drawing:
    step, box = 80, 232
    top = len(cores) * step + 28
    drawing = Drawing(320, top + 84 + 28 + len(agencies) * step, words)
    trunk = 22
    for index, node in enumerate(cores):
        y = index * step + 4
        drawing.roads.append(_road(node, f"M{trunk + 30} {y + 34} H{trunk} V{top}", reverse=False))
        drawing.boxes.append(_box(node, 52, y, box + 30))
    for index, node in enumerate(agencies):
        y = top + 84 + 24 + index * step
        drawing.roads.append(_road(node, f"M{trunk} {top + 84} V{y + 34} H{trunk + 30}", reverse=True))
        drawing.boxes.append(_box(node, 52, y, box + 30))
    drawing.boxes.append(_hub(6, top, 308, 84, [*cores, *agencies]))
    return drawing
