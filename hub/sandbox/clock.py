"""The country's own time: set by hand, or running as many times faster as one likes.

Times are UTC and in whole seconds, because no peer is more exact. Working days are Monday to Friday; national
holidays are left out on purpose: the sandbox teaches the ten-day rule, not the calendar.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from threading import Lock

WIB = timezone(timedelta(hours=7), "WIB")
WITA = timezone(timedelta(hours=8), "WITA")
WIT = timezone(timedelta(hours=9), "WIT")

MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
          "November", "Desember")  # fmt: skip
WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


class Clock:
    """``factor`` 0 stands still until ``advance``; 3600 lets an hour pass each second.

    ``limit`` keeps a fast clock from running into a future that the hub would call absurd.
    """

    def __init__(
        self,
        start: datetime,
        factor: float = 0.0,
        *,
        limit: Callable[[], datetime] | None = None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        if start.tzinfo is None:
            raise ValueError("the country's clock needs a time with a zone")
        self._moved, self._start = timedelta(), start.astimezone(UTC)
        self._factor, self._limit, self._tick, self._since = factor, limit, tick, tick()
        self._lock = Lock()

    def now(self) -> datetime:
        with self._lock:
            passed = timedelta(seconds=(self._tick() - self._since) * self._factor)
            moment = self._start + self._moved + passed
        if self._limit is not None:
            moment = min(moment, self._limit().astimezone(UTC))
        return moment.replace(microsecond=0)

    def advance(self, step: timedelta) -> datetime:
        if step < timedelta():
            raise ValueError("the country's clock only runs forward")
        with self._lock:
            self._moved += step
        return self.now()


def working_days_later(moment: datetime, days: int) -> datetime:
    """The same time of day, so many working days on, counted in the capital's zone."""
    local = moment.astimezone(WIB)
    while days > 0:
        local += timedelta(days=1)
        days -= local.weekday() < 5
    return local.astimezone(UTC)


def long_date(moment: datetime, zone: timezone = WIB) -> str:
    """``Sabtu, 11 Februari 2023, 01:16``: how the core writes its history; no zone, no seconds."""
    local = moment.astimezone(zone)
    return f"{WEEKDAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def plain_date(moment: datetime, zone: timezone = WIB) -> str:
    """``2026-11-02 08:15:00``, local and without a zone."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def read_plain_date(text: str, zone: timezone = WIB) -> datetime:
    """The inverse of ``plain_date``; a date alone is its midnight. ValueError for anything else."""
    form = "%Y-%m-%d" if len(text) == 10 else "%Y-%m-%d %H:%M:%S"
    return datetime.strptime(text, form).replace(tzinfo=zone).astimezone(UTC)
