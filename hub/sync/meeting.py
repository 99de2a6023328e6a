"""Two workers meet over the same rows: one of them is sent back by the database, and simply tries again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from hub.sync.job import Job

_TRIES = 4
_CIRCLES = ("40001", "40P01")  # PostgreSQL: serialisation failure, deadlock

T = TypeVar("T")


def in_turn(job: Job, work: Callable[[Connection], T]) -> T:
    """``work`` in one writing transaction under the lease; once more, from the start, where it met another."""
    before = job.counts.copy()
    for attempt in range(1, _TRIES + 1):
        try:
            with job.hub.store.begin() as conn:
                job.guard(conn)
                return work(conn)
        except (IntegrityError, OperationalError) as error:
            if attempt == _TRIES or not _is_meeting(error):
                raise
            job.counts = before.copy()
    raise AssertionError("unreachable")


def _is_meeting(error: DBAPIError) -> bool:
    """A unique key that another transaction took first, or a circle of waiting."""
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in _CIRCLES
