from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import schedule
from hub.dispatcher import ThreadDispatcher, Work
from hub.domain.errors import HubError
from hub.home import Hub, init_hub
from hub.store import migration
from tests.conftest import Clock

pytest.importorskip("procrastinate")
from hub.queue import ProcrastinateDispatcher

pytestmark = pytest.mark.postgres
PATIENCE = 10.0


@pytest.fixture
def shared(postgres: str, tmp_path: Path, clock: Clock) -> Iterator[Hub]:
    made = init_hub(tmp_path / "home", postgres, clock, environ={})
    yield made
    made.close()


class Ran:
    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.ended: list[Work] = []
        self.at_once: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.turn = threading.Condition()

    def __call__(self, work: Work) -> None:
        with self.turn:
            now = self.at_once[work.slot] = self.at_once.get(work.slot, 0) + 1
            self.most[work.slot] = max(now, self.most.get(work.slot, 0))
        time.sleep(self.seconds)
        with self.turn:
            self.at_once[work.slot] -= 1
            self.ended.append(work)
            self.turn.notify_all()

    def wait_for(self, count: int) -> bool:
        with self.turn:
            return self.turn.wait_for(lambda: len(self.ended) >= count, PATIENCE)


def test_it_needs_postgresql(hub: Hub) -> None:
    with pytest.raises(HubError, match=r"queue\.postgresql"):
        ProcrastinateDispatcher(hub.store, Ran())


def test_work_given_to_one_machine_runs_on_another_and_a_slot_only_once_at_a_time(shared: Hub) -> None:
    ran = Ran(0.05)
    first, second = (ProcrastinateDispatcher(shared.store, ran, workers=4, slow_workers=2) for _ in range(2))
    asked = [Work("a", "pull"), Work("b", "pull", slow=True), Work("a", "push"), Work("c", "pull", full=True)]
    assert [first.submit(work) for work in asked] == [True] * 4
    assert not first.submit(Work("a", "pull"))  # waits already
    second.start()
    assert ran.wait_for(4)
    for _ in range(3):
        first.submit(Work("a", "pull"))
        time.sleep(0.02)
    assert second.drain(PATIENCE)
    assert first.drain(PATIENCE)
    assert {one.slot for one in ran.ended} == {"a/pull", "b/pull", "a/push", "c/pull"}
    assert set(ran.most.values()) == {1}
    assert any(one.full for one in ran.ended)


def test_the_environment_chooses_where_work_runs(shared: Hub) -> None:
    threads = schedule.dispatcher_for(shared, lambda _hub, _work: None)
    assert isinstance(threads, ThreadDispatcher)
    many = Hub(shared.home, shared.store, shared.now, {"HUB_DISPATCHER": "procrastinate"})
    several = schedule.dispatcher_for(many, lambda _hub, _work: None)
    assert isinstance(several, ProcrastinateDispatcher)
    assert several.drain(PATIENCE)
    with pytest.raises(HubError, match=r"queue\.kind"):
        schedule.dispatcher_for(
            Hub(shared.home, shared.store, shared.now, {"HUB_DISPATCHER": "x"}), lambda _h, _w: None
        )


def test_draining_lets_running_work_end(shared: Hub) -> None:
    ran = Ran(0.4)
    where = ProcrastinateDispatcher(shared.store, ran)
    where.submit(Work("a", "pull"))
    where.start()
    deadline = time.monotonic() + PATIENCE
    while not where.running() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list(where.running()) == ["a/pull"]
    assert where.drain(PATIENCE)
    assert [one.connector for one in ran.ended] == ["a"]


def test_the_queues_tables_do_not_mix_with_the_stores(shared: Hub) -> None:
    ProcrastinateDispatcher(shared.store, Ran()).drain(PATIENCE)
    assert migration.differences(shared.store) == []
