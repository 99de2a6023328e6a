"""One run at a time per (connector, stream, direction), on any number of machines.

A lease is a row with an end and a *fence*: a number that only ever rises. Taking it is one atomic UPDATE. Whoever
slept through the end of its lease is stopped by ``guard`` inside its own transaction, so what the successor
decided can never be overwritten, whatever the clocks say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from hub.domain.errors import HubError
from hub.store.engine import Store
from hub.store.tables import stream


class LostLease(HubError):
    """Another worker took over; nothing of the transaction this was raised in may be committed."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one stream. ``fence`` marks everything written under it."""

    store: Store
    stream_id: int
    owner: str
    fence: int
    seconds: float
    now: Callable[[], datetime]

    def guard(self, conn: Connection) -> None:
        """Raise ``LostLease`` unless this lease is still the newest; holds the row until the transaction ends."""
        # key_share: rows that point to this stream may be written meanwhile; a full lock would meet them in a circle
        row = select(stream.c.fence).where(stream.c.id == self.stream_id).with_for_update(key_share=True)
        if conn.scalar(row) != self.fence:
            raise LostLease("lease.lost", fence=self.fence)

    def renew(self) -> None:
        """Ask for another ``seconds`` from now; ``LostLease`` if somebody took over."""
        with self.store.begin() as conn:
            self.guard(conn)
            until = self.now() + timedelta(seconds=self.seconds)
            conn.execute(update(stream).where(stream.c.id == self.stream_id).values(lease_until=until))

    def release(self) -> None:
        """Give it back; harmless where it was lost already. The fence stays."""
        mine = (stream.c.id == self.stream_id) & (stream.c.fence == self.fence)
        with self.store.begin() as conn:
            conn.execute(update(stream).where(mine).values(lease_owner=None, lease_until=None))


def take(store: Store, stream_id: int, owner: str, seconds: float, now: Callable[[], datetime]) -> Lease | None:
    """The lease, or None while another worker holds it. ``now`` is a clock: ``hub.now``, not a time."""
    moment = now()
    free = or_(stream.c.lease_until.is_(None), stream.c.lease_until <= moment)
    ask = (
        update(stream)
        .where(stream.c.id == stream_id, free)
        .values(fence=stream.c.fence + 1, lease_owner=owner, lease_until=moment + timedelta(seconds=seconds))
        .returning(stream.c.fence)
    )
    with store.begin() as conn:
        fence = conn.scalar(ask)
    return None if fence is None else Lease(store, stream_id, owner, fence, seconds, now)
