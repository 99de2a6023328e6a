"""The durable memory of one delivery's steps: every line is committed before the next word is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from hub.store.tables import delivery
from hub.store.vault import DataKey
from hub.sync.job import Job


class Steps:
    """``adapters.contract.Receipt``: what earlier attempts at this row did and got, and what this one does."""

    def __init__(
        self, job: Job, delivery_id: int, key: DataKey, steps: dict[str, Any], results: dict[str, Any]
    ) -> None:
        self._job = job
        self.delivery_id = delivery_id
        self._key = key
        self._steps = dict(steps)
        self._results = dict(results)

    def done(self, step: str) -> Mapping[str, Any] | None:
        result: Mapping[str, Any] | None = self._results.get(step)
        return result

    def started(self, step: str) -> bool:
        return step in self._steps and step not in self._results

    def begin(self, step: str) -> None:
        self._steps[step] = {"begun": self._job.hub.now().isoformat()}
        self._results.pop(step, None)
        self._write()

    def keep(self, step: str, result: Mapping[str, Any]) -> None:
        self._steps[step] = {**self._steps.get(step, {}), "ended": self._job.hub.now().isoformat()}
        self._results[step] = dict(result)
        self._write()

    def came_to_nothing(self, why: str) -> None:
        """The wire is sure that what was begun never left: it may be said again."""
        for step in unfinished(self._steps, self._results):
            self.keep(step, {"nothing": why})

    def _write(self) -> None:
        with self._job.hub.store.begin() as conn:
            self._job.guard(conn)
            save(conn, self.delivery_id, self._key, self._steps, self._results)


def save(conn: Connection, delivery_id: int, key: DataKey, steps: dict[str, Any], results: dict[str, Any]) -> None:
    values = {"steps": steps, "box": key.seal({"results": results})}
    conn.execute(update(delivery).where(delivery.c.id == delivery_id).values(values))


def remembered(conn: Connection, outbox_id: int, key: DataKey) -> tuple[dict[str, Any], dict[str, Any]]:
    """(steps, results) of all attempts so far: each attempt starts from what the one before knew."""
    ask = (
        select(delivery.c.steps, delivery.c.box).where(delivery.c.outbox_id == outbox_id).order_by(delivery.c.id.desc())
    )
    row = conn.execute(ask.limit(1)).one_or_none()
    if row is None:
        return {}, {}
    return dict(row.steps or {}), dict(key.open(row.box)["results"]) if row.box else {}


def unfinished(steps: Mapping[str, Any], results: Mapping[str, Any]) -> list[str]:
    """Steps that were begun and never told how they ended."""
    return [step for step in steps if step not in results]


def settle(conn: Connection, outbox_id: int, key: DataKey, result: Mapping[str, Any], now: str) -> int:
    """A look-up told what became of the unfinished steps; the next attempt goes on from there. How many they were."""
    ask = select(delivery.c.id).where(delivery.c.outbox_id == outbox_id).order_by(delivery.c.id.desc())
    delivery_id = conn.scalar(ask.limit(1))
    if delivery_id is None:
        return 0
    steps, results = remembered(conn, outbox_id, key)
    open_ = unfinished(steps, results)
    for step in open_:
        steps[step] = {**steps[step], "ended": now, "by": "lookup"}
        results[step] = dict(result)
    save(conn, delivery_id, key, steps, results)
    return len(open_)
