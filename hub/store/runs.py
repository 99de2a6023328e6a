"""Runs and how far a stream is complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from hub.store.tables import run, stream


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stream is. ``resume`` goes on a broken run; ``resume_since`` is the clock of that run's start."""

    watermark: datetime | None
    resume: Any
    resume_since: datetime | None


def progress(conn: Connection, stream_id: int) -> Progress:
    ask = select(stream.c.watermark, stream.c.resume, stream.c.resume_since).where(stream.c.id == stream_id)
    return Progress(*conn.execute(ask).one())


def save_resume(conn: Connection, stream_id: int, resume: Any, clock: datetime | None) -> None:
    """Where the next run goes on. Call it in the transaction that stores what came before that point."""
    conn.execute(update(stream).where(stream.c.id == stream_id).values(resume=resume, resume_since=clock))


def complete(conn: Connection, stream_id: int, watermark: datetime | None) -> None:
    """The whole stream was seen: forget the resume point; move the watermark where there is a new one."""
    values: dict[str, Any] = {"resume": None, "resume_since": None}
    if watermark is not None:
        values["watermark"] = watermark
    conn.execute(update(stream).where(stream.c.id == stream_id).values(values))


def reset(conn: Connection, stream_id: int) -> None:
    """Read everything again: nothing is lost by it, known records are only counted."""
    conn.execute(update(stream).where(stream.c.id == stream_id).values(watermark=None, resume=None, resume_since=None))


def begin(
    conn: Connection,
    connector_id: int,
    stream_name: str,
    direction: str,
    *,
    now: datetime,
    fence: int | None,
    full: bool = False,
    by: str | None = None,
) -> int:
    """A new run row; runs of the same kind that never ended were killed and are closed as such."""
    same = (run.c.connector_id == connector_id) & (run.c.stream == stream_name) & (run.c.direction == direction)
    conn.execute(
        update(run).where(same, run.c.ended_at.is_(None)).values(ended_at=now, outcome="failed", code="sync.died")
    )
    values = {
        "connector_id": connector_id, "stream": stream_name, "direction": direction, "started_at": now,
        "counts": {}, "full": full, "fence": fence, "by": by,
    }  # fmt: skip
    return int(conn.execute(run.insert().values(values).returning(run.c.id)).scalar_one())


def give_back(conn: Connection, stream_id: int, fence: int) -> None:
    """The lease of a run that ends, in the transaction that ends it."""
    mine = (stream.c.id == stream_id) & (stream.c.fence == fence)
    conn.execute(update(stream).where(mine).values(lease_owner=None, lease_until=None))


def count(conn: Connection, run_id: int, counts: Mapping[str, int]) -> None:
    conn.execute(update(run).where(run.c.id == run_id).values(counts=dict(counts)))


def end(
    conn: Connection,
    run_id: int | None,
    *,
    now: datetime,
    outcome: str,
    counts: Mapping[str, int],
    code: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    values = {
        "ended_at": now, "outcome": outcome, "counts": dict(counts), "code": code,
        "facts": dict(facts) if facts else None,
    }  # fmt: skip
    conn.execute(update(run).where(run.c.id == run_id, run.c.ended_at.is_(None)).values(values))
