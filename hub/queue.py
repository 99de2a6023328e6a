"""The dispatcher port over several machines: Procrastinate on the same PostgreSQL, nothing else to run.

Its tables live in a schema of their own (``hub_queue``). ``lock`` keeps runs of one slot apart and in order on all
machines, ``queueing_lock`` makes sure that a slot waits at most once. Due times and back-off stay in our rows: a
job with a date would hold its lock until then.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text

from hub.dispatcher import Runner, Work
from hub.domain.errors import HubError
from hub.store.engine import Store

SCHEMA = "hub_queue"
QUICK, SLOW = "quick", "slow"
_LOCK = 7217081710


class ProcrastinateDispatcher:
    """Submits to the shared queue and works on it with threads of this process."""

    def __init__(self, store: Store, run: Runner, *, workers: int = 32, slow_workers: int = 8) -> None:
        if store.is_sqlite:
            raise HubError("queue.postgresql")
        self._run = run
        self._dsn = _dsn(store)
        self._running: dict[str, float] = {}
        self._sizes = {QUICK: workers, SLOW: slow_workers}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._thread: threading.Thread | None = None
        self._up = threading.Event()
        _ensure_schema(store)
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(**_connection(self._dsn)))
        self._app.open()
        self._defer = self._app.configure_task
        with store.engine.connect() as conn:
            fresh = conn.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.procrastinate_jobs"}) is None
        if fresh:
            self._make_tables(store)

    def submit(self, work: Work) -> bool:
        queue = SLOW if work.slow else QUICK
        task = self._defer("hub.run", queue=queue, lock=work.slot, queueing_lock=work.slot)
        try:
            task.defer(work=asdict(work))
        except AlreadyEnqueued:
            return False
        return True

    def running(self) -> dict[str, float]:
        now = time.monotonic()
        return {slot: now - started for slot, started in list(self._running.items())}

    def start(self) -> None:
        """Begin to work on the queue, in a thread of this process."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()), name="hub-queue", daemon=True)
        self._thread.start()

    def drain(self, seconds: float) -> bool:
        ended = True
        if self._thread is not None:
            if self._up.wait(seconds) and self._loop is not None and self._thread.is_alive():
                with suppress(RuntimeError):  # the loop ended by itself just now
                    self._loop.call_soon_threadsafe(self._stop)
            self._thread.join(seconds)
            ended = not self._thread.is_alive()
        self._app.close()
        return ended

    async def _work(self) -> None:
        self._loop = asyncio.get_running_loop()
        connector = procrastinate.PsycopgConnector(**_connection(self._dsn))
        app = procrastinate.App(connector=connector)
        app.task(name="hub.run")(self._one)
        async with app.open_async():
            self._tasks = [
                asyncio.create_task(
                    app.run_worker_async(
                        queues=[queue],
                        concurrency=size,
                        install_signal_handlers=False,
                        fetch_job_polling_interval=1.0,
                        delete_jobs="always",
                    )
                )
                for queue, size in self._sizes.items()
            ]
            self._up.set()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _stop(self) -> None:
        """Procrastinate's worker ends its running jobs first when its task is cancelled once."""
        for task in self._tasks:
            task.cancel()

    def _one(self, work: dict[str, Any]) -> None:
        one = Work(**work)
        self._running[one.slot] = time.monotonic()
        try:
            self._run(one)
        finally:
            del self._running[one.slot]

    def _make_tables(self, store: Store) -> None:
        """Several machines may start together; the second finds the work done."""
        with store.begin() as conn:
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if conn.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.procrastinate_jobs"}) is None:
                self._app.schema_manager.apply_schema()


def _ensure_schema(store: Store) -> None:
    with store.begin() as conn:
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        conn.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))


def _dsn(store: Store) -> str:
    return store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _connection(dsn: str) -> dict[str, Any]:
    return {"conninfo": dsn, "kwargs": {"options": f"-c search_path={SCHEMA},public -c timezone=UTC"}}
