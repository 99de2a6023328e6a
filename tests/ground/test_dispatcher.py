from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.dispatcher import ThreadDispatcher, Work

PATIENCE = 5.0


class Desk:
    """Runs that wait until they are let go, as a hanging agency does."""

    def __init__(self) -> None:
        self.began: list[Work] = []
        self.gates: dict[str, threading.Event] = {}
        self.changed = threading.Condition()

    def __call__(self, work: Work) -> None:
        with self.changed:
            self.began.append(work)
            gate = self.gates.setdefault(work.connector, threading.Event())
            self.changed.notify_all()
        if work.connector.startswith("hang"):
            gate.wait(PATIENCE)

    def wait_for(self, *names: str) -> bool:
        wanted = set(names)
        with self.changed:
            return self.changed.wait_for(lambda: wanted <= {one.connector for one in self.began}, PATIENCE)

    def let_go(self, name: str) -> None:
        with self.changed:
            self.gates.setdefault(name, threading.Event()).set()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    for name in list(made.gates):
        made.let_go(name)


def pull(name: str) -> Work:
    return Work(name, "pull")


def test_work_that_is_taken_on_runs(desk: Desk) -> None:
    where = ThreadDispatcher(desk)
    assert where.submit(pull("a"))
    assert desk.wait_for("a")
    assert where.drain(PATIENCE)


def test_a_slot_runs_one_thing_at_a_time(desk: Desk) -> None:
    where = ThreadDispatcher(desk)
    where.submit(pull("hang"))
    desk.wait_for("hang")
    assert not where.submit(pull("hang"))
    assert where.submit(Work("hang", "push"))
    assert set(where.running()) <= {"hang/pull", "hang/push"}


def test_a_slot_is_free_again_after_its_run(desk: Desk) -> None:
    where = ThreadDispatcher(desk)
    where.submit(pull("hang"))
    desk.wait_for("hang")
    desk.let_go("hang")
    deadline = time.monotonic() + PATIENCE
    while not where.submit(pull("hang")) and time.monotonic() < deadline:
        time.sleep(0.001)
    while len(desk.began) < 2 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert len(desk.began) == 2


def test_connectors_that_failed_last_time_do_not_stand_in_the_way(desk: Desk) -> None:
    where = ThreadDispatcher(desk, workers=2, slow_workers=1)
    for number in range(5):
        where.submit(replace(pull(f"hang{number}"), slow=True))
    where.submit(pull("quick"))
    assert desk.wait_for("quick")
    assert len([one for one in desk.began if one.slow]) <= 1


def test_a_full_lane_waits_and_goes_on(desk: Desk) -> None:
    where = ThreadDispatcher(desk, workers=1)
    where.submit(pull("hang"))
    desk.wait_for("hang")
    assert where.submit(pull("next"))
    assert "next" not in {one.connector for one in desk.began}
    desk.let_go("hang")
    assert desk.wait_for("next")


def test_work_past_its_deadline_no_longer_takes_a_place(desk: Desk) -> None:
    where = ThreadDispatcher(desk, workers=1)
    where.submit(replace(pull("hang"), deadline=0.05))
    desk.wait_for("hang")
    where.submit(pull("next"))
    time.sleep(0.06)
    assert "hang/pull" in where.running()  # asking is enough to notice
    assert desk.wait_for("next")
    assert not where.submit(pull("hang"))  # its slot is still taken


def test_hanging_connectors_do_not_starve_a_hundred_quick_ones(desk: Desk) -> None:
    where = ThreadDispatcher(desk, workers=4)
    for number in range(4):
        where.submit(replace(pull(f"hang{number}"), deadline=0.05))
    desk.wait_for(*(f"hang{number}" for number in range(4)))
    time.sleep(0.06)
    for number in range(100):
        assert where.submit(pull(f"q{number}"))
    assert desk.wait_for(*(f"q{number}" for number in range(100)))


def test_a_defect_in_one_run_does_not_end_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    ran = threading.Event()

    def run(work: Work) -> None:
        if work.connector == "bad":
            raise ValueError("a name that must not be lost")
        ran.set()

    where = ThreadDispatcher(run, workers=1)
    where.submit(pull("bad"))
    where.submit(pull("good"))
    assert ran.wait(PATIENCE)
    assert where.drain(PATIENCE)
    assert "defect in a run" in caplog.text


def test_draining_lets_running_work_end_and_takes_nothing_more(desk: Desk) -> None:
    where = ThreadDispatcher(desk, workers=1)
    where.submit(pull("hang"))
    desk.wait_for("hang")
    where.submit(pull("queued"))
    threading.Timer(0.05, desk.let_go, ["hang"]).start()
    assert where.drain(PATIENCE)
    assert not where.submit(pull("late"))
    assert [one.connector for one in desk.began] == ["hang"]


def test_draining_does_not_wait_longer_than_told(desk: Desk) -> None:
    where = ThreadDispatcher(desk)
    where.submit(pull("hang"))
    desk.wait_for("hang")
    assert not where.drain(0.05)
