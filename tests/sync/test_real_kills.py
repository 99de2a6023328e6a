"""Real processes, really killed: after a SIGKILL at any moment the next worker goes on, and the ledgers agree.

``HUB_KILLS`` says how many workers die; the moments are drawn, the seed is shown when it fails.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.sandbox.story import Story, story_of

KILLS = int(os.environ.get("HUB_KILLS", "15"))
SEED = int(os.environ.get("HUB_KILLS_SEED", "7"))
LONGEST = 0.5  # seconds a worker lives
STEPS = 6  # of the country, spread over the kills
LEASE_IS_OVER = timedelta(minutes=10)


@contextmanager
def worker(home: Path, url: str | None) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.sync.sync_worker", str(home), *([url] if url else [])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def live_and_die(story: Story, process: subprocess.Popen[str], seconds: float) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", "the worker did not start"
    process.stdin.write(story.clock.at.isoformat() + "\n")
    process.stdin.flush()
    time.sleep(seconds)
    assert process.poll() is None, "the worker ended by itself"
    process.kill()
    process.wait()


def test_workers_killed_at_any_moment_lose_nothing_and_say_nothing_twice(tmp_path: Path, any_url: str | None) -> None:
    chance = random.Random(SEED)
    with story_of(tmp_path, seed=SEED, url=any_url) as story:
        for number in range(KILLS):
            with worker(tmp_path, any_url) as process:
                if number % max(1, KILLS // STEPS) == 0:
                    story.country.step()
                live_and_die(story, process, chance.uniform(0.02, LONGEST))
            story.clock.at += LEASE_IS_OVER
        story.rest(20)
        assert story.country.disagreements() == [], f"HUB_KILLS={KILLS} HUB_KILLS_SEED={SEED}"
        assert story.rows("SELECT count(*) FROM run WHERE code = 'sync.died'")[0][0] > 0, "nobody died at work"
