"""Time on the wire: deadlines that hold, a budget of calls, and what a peer says about when to come back."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from adapters.contract import Failure, WireError

LONGEST_WAIT = timedelta(hours=6)
"""A ``Retry-After`` beyond this is taken as a mistake: we ask again then, and are told again if it was none."""

HOUR = 3600.0


class Trip:
    """The one call under way: when it must be over (monotonic seconds) and whether anything has left us.

    ``sent`` is None where no line of ours carried the call (a stand-in of a test).
    """

    def __init__(self, connector: str, run_seconds: float) -> None:
        self._connector = connector
        self.run_until = time.monotonic() + run_seconds
        self.until = self.run_until
        self.sent: bool | None = None

    def start(self, call_seconds: float) -> None:
        """A new call begins; raises where the run has no time left for it."""
        self.sent = None
        self.until = min(time.monotonic() + call_seconds, self.run_until)
        if self.run_over:
            raise WireError(Failure.LATER, "wire.run_time", connector=self._connector)

    @property
    def run_over(self) -> bool:
        return time.monotonic() >= self.run_until

    def left(self) -> float:
        """Seconds until the call must be over, never below zero."""
        return max(0.0, self.until - time.monotonic())


class Budget:
    """At most so many calls in any sixty minutes; shared by the threads of this process."""

    def __init__(self, connector: str, calls_per_hour: int) -> None:
        self._connector = connector
        self._recent: deque[float] = deque(maxlen=max(1, calls_per_hour))
        self._lock = threading.Lock()

    def spend(self, now: datetime) -> None:
        """Count one call; raises LATER, with the time at which the next one is free, where none is left."""
        moment = time.monotonic()
        with self._lock:
            full = len(self._recent) == self._recent.maxlen
            wait = self._recent[0] + HOUR - moment if full else 0.0
            if wait <= 0:
                self._recent.append(moment)
                return
        due = now + timedelta(seconds=wait)
        calls = self._recent.maxlen
        raise WireError(Failure.LATER, "wire.budget", not_before=due, connector=self._connector, calls=calls)


_budgets: dict[tuple[str, int], Budget] = {}


def budget(connector: str, calls_per_hour: int | None) -> Budget | None:
    """The connector's budget in this process: an adapter lives for one run, its budget does not."""
    if calls_per_hour is None:
        return None
    return _budgets.setdefault((connector, calls_per_hour), Budget(connector, calls_per_hour))


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the peer wants to be asked again (RFC 9110 §10.2.3: seconds or a date); None where it does not say.

    ``headers`` have lower-case names. A due time, never a sleep; at most ``LONGEST_WAIT`` from now.
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        due = now + timedelta(seconds=min(int(said[:9]), LONGEST_WAIT.total_seconds()))
    else:
        date = http_date(said)
        if date is None:
            return None
        due = date
    return min(max(due, now), now + LONGEST_WAIT)


def http_date(text: str) -> datetime | None:
    """A date as HTTP headers write it, in UTC; None where it is none."""
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
