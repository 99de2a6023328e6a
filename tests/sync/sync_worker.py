"""A worker of its own, to be killed: waits for a line with the time, then carries everything both ways for ever.

``python -m tests.sync.sync_worker HOME [DATABASE_URL]``
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub import actions
from hub.connectors import all_connectors
from hub.home import Hub, open_hub


class Going:
    """The test's time, going on by itself."""

    def __init__(self) -> None:
        self.go_on(datetime.now(UTC))

    def go_on(self, at: datetime) -> None:
        self.at, self.since = at, time.monotonic()

    def __call__(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.since)


def work(hub: Hub, names: list[str]) -> None:
    while True:
        for name in names:
            actions.sync(hub, name)


def main(home: str, url: str | None) -> None:
    clock = Going()
    hub = open_hub(Path(home), url, clock, environ={})
    names = [one.name for one in all_connectors(hub) if one.mapping.effective]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    clock.go_on(datetime.fromisoformat(sys.stdin.readline().strip()))
    with ThreadPoolExecutor(2) as both:
        for worker in [both.submit(work, hub, names), both.submit(work, hub, names[::-1])]:
            worker.result()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
