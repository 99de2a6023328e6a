"""When what is due: pure rules over rows; ``hub.schedule`` asks them at every tick."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from hub.mapping.schedule_file import Weekly

NIGHT = time(1, 30)  # reconciliation begins, where the agency is
NIGHT_SPREAD = timedelta(hours=2)
JITTER = 0.05  # of an interval: connectors started together drift apart


def next_round(now: datetime, interval: timedelta, chance: float) -> datetime:
    """One interval on, give or take five per cent; ``chance`` is 0–1."""
    return now + interval * (1 + JITTER * (2 * chance - 1))


def next_night(now: datetime, zone: tzinfo, chance: float) -> datetime:
    return Weekly(NIGHT).next(now, zone) + NIGHT_SPREAD * chance


def in_hours(now: datetime, hours: tuple[time, time] | None, zone: tzinfo) -> bool:
    """Is it a time of day at which the system may be asked? A window may go over midnight."""
    if hours is None:
        return True
    start, end = hours
    at = now.astimezone(zone).time()
    return start <= at < end if start <= end else at >= start or at < end


def reached(due: datetime | None, now: datetime) -> bool:
    return due is not None and due <= now
