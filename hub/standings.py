"""The list of connectors with everything that is counted about them: pages, API and CLI show the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hub.connectors import state_of
from hub.health import Health, Standing, of_all
from hub.home import Hub
from hub.store import switches
from hub.store.views import connectors as views
from hub.store.views.scope import Row, Scope

DAY = timedelta(hours=24)
_IN = ("stored", "events")
_OUT = ("delivered", "sent", "handed_over")
_NEW = Standing(Health.NEW, "health.new")


def connector_table(
    hub: Hub, scope: Scope, *, name: str = "", province: str = "", state: str = "", health: str = "", q: str = ""
) -> list[dict[str, Any]]:
    """One dict per connector: the row, its state and health in words, what moved in 24 hours, what waits."""
    with hub.store.read() as conn:
        if name:
            found = views.one(conn, scope, name)
            rows = [found] if found else []
        else:
            rows = views.listed(conn, scope, province=province, text=q)
        counted = _Counted(
            views.moved(conn, hub.now() - DAY), views.waiting(conn), views.quarantined(conn), of_all(hub),
            bool(switches.get(conn, switches.OBSERVING)),
        )  # fmt: skip
    table = [_line(hub, row, counted) for row in rows]
    return [row for row in table if state in ("", row["state"]) and health in ("", row["health"])]


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is counted for all connectors at once: by id, health by name."""

    moved: Mapping[int, Mapping[str, int]]
    waiting: Mapping[int, Mapping[str, int]]
    aside: Mapping[int, int]
    healths: Mapping[str, Standing]
    observing: bool


def _line(hub: Hub, row: Row, counted: _Counted) -> dict[str, Any]:
    standing = counted.healths.get(row["name"], _NEW)
    counts, open_ = counted.moved.get(row["id"], {}), counted.waiting.get(row["id"], {})
    return {
        **row,
        "state": str(state_of(row["state"], row["live_from"], hub.now(), counted.observing)),
        "health": str(standing.health),
        "health_code": standing.code,
        "health_facts": standing.facts,
        "in": sum(counts.get(one, 0) for one in _IN),
        "out": sum(counts.get(one, 0) for one in _OUT),
        "waiting": open_.get("waiting", 0) + open_.get("sending", 0),
        "unknown": open_.get("unknown", 0),
        "refused": open_.get("refused", 0),
        "quarantine": counted.aside.get(row["id"], 0),
    }
