"""Where work runs: a port of three methods, and threads in this process behind it.

A hanging agency must not starve the others. So every (connector, direction) has one slot, connectors that failed
last time go through a slow lane of their own, and work that is past its deadline no longer counts against its
lane: another worker takes its place until it comes back. ``hub.queue`` is the same port over several machines.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that is due. ``slow``: it failed last time, let it not stand in the way of others."""

    connector: str
    direction: str  # pull | push | reconcile
    full: bool = False
    slow: bool = False
    deadline: float = 600.0  # seconds the whole run may take

    @property
    def slot(self) -> str:
        return f"{self.connector}/{self.direction}"


Runner = Callable[[Work], None]
"""Does the work and writes down how it went; an exception is a defect and is logged, nothing more."""


class Dispatcher(Protocol):
    def submit(self, work: Work) -> bool:
        """Take work on, or refuse (False) because its slot is taken or the door is closed."""

    def running(self) -> dict[str, float]:
        """slot → seconds since it began, of what runs here now."""

    def drain(self, seconds: float) -> bool:
        """Take nothing more and wait for what runs; True when everything ended in time."""


@dataclass(slots=True)
class _Task:
    work: Work
    started: float | None = None  # clock of this process
    late: bool = False  # past its deadline: another worker took its place


@dataclass(slots=True)
class _Lane:
    size: int  # workers that may be busy with work in time
    queue: deque[_Task] = field(default_factory=deque)
    workers: int = 0
    idle: int = 0
    late: int = 0


class ThreadDispatcher:
    """Threads of this process. Workers are made at need and end after a minute without work."""

    def __init__(self, run: Runner, *, workers: int = 64, slow_workers: int = 8, idle_seconds: float = 60.0) -> None:
        self._run = run
        self._lanes = {False: _Lane(workers), True: _Lane(slow_workers)}
        self._idle_seconds = idle_seconds
        self._tasks: dict[str, _Task] = {}
        self._open = True
        self._changed = threading.Condition()

    def submit(self, work: Work) -> bool:
        with self._changed:
            self._give_up_late_ones()
            if not self._open or work.slot in self._tasks:
                return False
            task = self._tasks[work.slot] = _Task(work)
            lane = self._lanes[work.slow]
            lane.queue.append(task)
            self._staff(lane)
            self._changed.notify_all()
            return True

    def running(self) -> dict[str, float]:
        now = time.monotonic()
        with self._changed:
            self._give_up_late_ones()
            return {slot: now - task.started for slot, task in self._tasks.items() if task.started is not None}

    def drain(self, seconds: float) -> bool:
        with self._changed:
            self._open = False
            for lane in self._lanes.values():
                for task in lane.queue:
                    del self._tasks[task.work.slot]  # not begun: due again at the next start
                lane.queue.clear()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._tasks, seconds)

    def _staff(self, lane: _Lane) -> None:
        if lane.idle < len(lane.queue) and lane.workers - lane.late < lane.size:
            lane.workers += 1
            # A daemon: a peer that never answers must not keep the process from ending.
            threading.Thread(target=self._serve, args=(lane,), name="hub-worker", daemon=True).start()

    def _give_up_late_ones(self) -> None:
        now = time.monotonic()
        for task in self._tasks.values():
            if task.started is not None and not task.late and now - task.started > task.work.deadline:
                task.late = True
                lane = self._lanes[task.work.slow]
                lane.late += 1
                log.warning("run past its deadline", extra={"slot": task.work.slot})
                self._staff(lane)

    def _serve(self, lane: _Lane) -> None:
        while (task := self._next(lane)) is not None:
            try:
                self._run(task.work)
            except Exception as error:
                log.exception("defect in a run", extra={"slot": task.work.slot, "error": type(error).__name__})
            finally:
                self._finish(lane, task)

    def _next(self, lane: _Lane) -> _Task | None:
        """The next task of a lane; None when this worker is not needed any more."""
        with self._changed:
            lane.idle += 1
            ready = self._changed.wait_for(lambda: lane.queue or not self._open, self._idle_seconds)
            lane.idle -= 1
            surplus = lane.workers - lane.late > lane.size
            if not ready or not lane.queue or surplus:
                lane.workers -= 1
                return None
            task = lane.queue.popleft()
            task.started = time.monotonic()
            return task

    def _finish(self, lane: _Lane, task: _Task) -> None:
        with self._changed:
            del self._tasks[task.work.slot]
            if task.late:
                lane.late -= 1
            self._changed.notify_all()
