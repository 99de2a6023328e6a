from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time as clocks
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from hub import apply, schedule
from hub.connectors import load
from hub.dispatcher import Work
from hub.due import in_hours, next_night, next_round
from hub.home import Hub
from hub.leader import leader
from hub.store import standing
from hub.store.tables import complaint, connector, outbox, version
from tests.conftest import Clock
from tests.ground import installation
from tests.ground.installation import connector_text

WIB = ZoneInfo("Asia/Jakarta")


class Desk:
    """A dispatcher that writes down what it is given; slots are free until told otherwise."""

    def __init__(self) -> None:
        self.work: list[Work] = []

    def submit(self, work: Work) -> bool:
        self.work.append(work)
        return True

    def running(self) -> dict[str, float]:
        return {}

    def drain(self, seconds: float) -> bool:
        return True

    def took(self) -> list[tuple[str, str]]:
        taken, self.work = [(one.connector, one.direction) for one in self.work], []
        return taken


@pytest.fixture
def desk() -> Desk:
    return Desk()


def with_connector(hub: Hub, **more: str) -> int:
    installation.write(hub.home, kota=connector_text("kota", live_from="2026-01-01", **more))
    apply.apply(hub, "tester")
    return load(hub, "kota").id


def row(hub: Hub) -> Any:
    with hub.store.read() as conn:
        return conn.execute(select(connector)).one()


def set_row(hub: Hub, **values: Any) -> None:
    with hub.store.begin() as conn:
        conn.execute(update(connector).values(**values))


def put_waiting(hub: Hub, connector_id: int | None, **more: Any) -> None:
    at = hub.now()
    with hub.store.begin() as conn:
        if conn.scalar(select(complaint.c.id)) is None:
            conn.execute(insert(complaint).values(id=1, hub_id="h", created_at=at, updated_at=at))
        values = {"complaint_id": 1, "connector_id": connector_id, "kind": "update", "state": "waiting", **more}
        conn.execute(insert(outbox).values(created_at=at, updated_at=at, **values))


# --- when


def test_a_new_connector_is_pulled_at_once_and_then_once_an_interval(hub: Hub, desk: Desk, clock: Clock) -> None:
    with_connector(hub)
    schedule.tick(hub, desk)
    assert desk.took() == [("kota", "pull")]
    schedule.tick(hub, desk)
    assert desk.took() == []
    clock.move(minutes=5, seconds=16)
    schedule.tick(hub, desk)
    assert desk.took() == [("kota", "pull")]


def test_without_anything_waiting_nothing_is_pushed(hub: Hub, desk: Desk) -> None:
    number = with_connector(hub)
    schedule.tick(hub, desk)
    desk.took()
    put_waiting(hub, number)
    schedule.tick(hub, desk)
    assert desk.took() == [("kota", "push")]


def test_an_urgent_complaint_does_not_wait_for_the_interval(hub: Hub, desk: Desk) -> None:
    number = with_connector(hub)
    put_waiting(hub, number)
    schedule.tick(hub, desk)
    desk.took()
    put_waiting(hub, number)
    schedule.tick(hub, desk)
    assert desk.took() == []
    put_waiting(hub, number, urgent=True)
    schedule.tick(hub, desk)
    assert desk.took() == [("kota", "push")]


def test_a_delivery_with_a_date_waits_for_it(hub: Hub, desk: Desk, clock: Clock) -> None:
    number = with_connector(hub)
    put_waiting(hub, number, urgent=True, not_before=hub.now() + timedelta(minutes=1))
    schedule.tick(hub, desk)
    assert ("kota", "push") not in desk.took()
    clock.move(minutes=1)
    schedule.tick(hub, desk)
    assert ("kota", "push") in desk.took()


def test_deliveries_without_a_route_are_looked_at_once_after_each_apply(hub: Hub, desk: Desk, clock: Clock) -> None:
    with_connector(hub)
    put_waiting(hub, None, state="no_route", code="route.no_connector")
    schedule.tick(hub, desk)
    assert ("kota", "push") in desk.took()
    clock.move(hours=1)
    schedule.tick(hub, desk)
    assert ("kota", "push") not in desk.took()
    with_connector(hub, full="sunday 02:00")
    schedule.tick(hub, desk)
    assert ("kota", "push") in desk.took()


def test_a_paused_connector_is_left_alone(hub: Hub, desk: Desk) -> None:
    number = with_connector(hub)
    with hub.store.begin() as conn:
        standing.pause(conn, number)
    schedule.tick(hub, desk)
    assert desk.took() == []


@pytest.mark.parametrize("column", ["not_before", "maintenance_until"])
def test_back_off_and_maintenance_are_respected(hub: Hub, desk: Desk, clock: Clock, column: str) -> None:
    with_connector(hub)
    set_row(hub, **{column: hub.now() + timedelta(minutes=10)})
    schedule.tick(hub, desk)
    assert desk.took() == []
    clock.move(minutes=10)
    schedule.tick(hub, desk)
    assert desk.took() == [("kota", "pull")]


def test_a_connector_by_hand_only_is_never_due(hub: Hub, desk: Desk) -> None:
    with_connector(hub, when="by hand")
    schedule.tick(hub, desk)
    assert desk.took() == []


def test_outside_its_hours_a_system_is_not_asked(hub: Hub, desk: Desk, clock: Clock) -> None:
    with_connector(hub, hours="06:00-22:00")
    clock.at = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # 05:30 WIB
    schedule.tick(hub, desk)
    assert desk.took() == []
    clock.at = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    schedule.tick(hub, desk)
    assert desk.took() == [("kota", "pull")]


def test_a_whole_sweep_comes_on_its_day_and_hour(hub: Hub, desk: Desk, clock: Clock) -> None:
    with_connector(hub, full="sunday 02:00")
    schedule.tick(hub, desk)
    assert not desk.work[0].full
    assert row(hub).due_full == datetime(2026, 3, 7, 19, 0, tzinfo=UTC)
    clock.at = datetime(2026, 3, 7, 19, 0, tzinfo=UTC)
    desk.work.clear()
    schedule.tick(hub, desk)
    assert [one.full for one in desk.work if one.direction == "pull"] == [True]


def test_what_failed_last_time_goes_through_the_slow_lane(hub: Hub, desk: Desk) -> None:
    with_connector(hub)
    set_row(hub, failures=1)
    schedule.tick(hub, desk)
    assert [one.slow for one in desk.work] == [True]


def test_both_sides_are_compared_once_a_night(hub: Hub, desk: Desk, clock: Clock) -> None:
    with_connector(hub)
    schedule.tick(hub, desk)
    assert ("kota", "reconcile") not in desk.took()
    clock.at = datetime(2026, 3, 2, 20, 31, tzinfo=UTC)  # 03:31 WIB
    schedule.tick(hub, desk)
    assert desk.took().count(("kota", "reconcile")) == 1
    clock.move(hours=1)
    schedule.tick(hub, desk)
    assert ("kota", "reconcile") not in desk.took()


def test_a_broken_connector_stops_no_other(hub: Hub, desk: Desk) -> None:
    installation.write(hub.home, a=connector_text("a"), b=connector_text("b"))
    apply.apply(hub, "tester")
    with hub.store.begin() as conn:
        broken = '{"file": "f", "text": "connector: [", "mappings": {}, "codes": {}}'
        conn.execute(update(version).where(version.c.name == "a").values(content=broken))
    hub.memory.clear()
    schedule.tick(hub, desk)
    assert desk.took() == [("b", "pull")]


@pytest.mark.parametrize(
    ("hours", "at", "inside"),
    [
        (None, 3, True),
        ((time(6), time(22)), 5, False),
        ((time(6), time(22)), 6, True),
        ((time(6), time(22)), 22, False),
        ((time(22), time(4)), 23, True),
        ((time(22), time(4)), 3, True),
        ((time(22), time(4)), 4, False),
    ],
)
def test_a_window_of_hours(hours: tuple[time, time] | None, at: int, inside: bool) -> None:
    assert in_hours(datetime(2026, 3, 2, at, tzinfo=WIB), hours, WIB) is inside


def test_rounds_drift_apart_by_five_per_cent() -> None:
    now, every = datetime(2026, 3, 2, tzinfo=UTC), timedelta(minutes=100)
    assert [(next_round(now, every, chance) - now).seconds // 60 for chance in (0, 0.5, 1)] == [95, 100, 105]


def test_the_night_begins_at_half_past_one_where_the_agency_is() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=WIB)
    assert next_night(now, WIB, 0) == datetime(2026, 3, 3, 1, 30, tzinfo=WIB)
    assert next_night(now, WIB, 1) == datetime(2026, 3, 3, 3, 30, tzinfo=WIB)


# --- how it went


def ran(hub: Hub, error: Exception | None = None) -> None:
    def run(_hub: Hub, _work: Work) -> None:
        if error is not None:
            raise error

    schedule.runner(hub, run)(Work("kota", "pull"))


def test_a_run_that_ends_is_left_to_say_itself_how_it_went(hub: Hub) -> None:
    with_connector(hub)
    before = row(hub)
    ran(hub)
    assert row(hub) == before


def test_a_run_that_breaks_before_it_can_say_so_is_noted_without_its_text(hub: Hub) -> None:
    with_connector(hub)
    with pytest.raises(ValueError, match="Siti"):
        ran(hub, ValueError("Siti Contoh"))
    after = row(hub)
    assert (after.failures, after.failure_code, after.failure_facts) == (1, "sync.defect", {"error": "ValueError"})
    assert after.not_before > hub.now()


def test_what_the_run_noted_itself_is_not_noted_twice(hub: Hub) -> None:
    with_connector(hub)
    set_row(hub, failures=1, last_failure=hub.now(), failure_code="wire.timeout")
    with pytest.raises(ValueError, match="x"):
        ran(hub, ValueError("x"))
    assert (row(hub).failures, row(hub).failure_code) == (1, "wire.timeout")


# --- one leader, and an orderly end


def test_only_one_process_schedules(any_hub: Hub) -> None:
    first, second = leader(any_hub), leader(any_hub)
    assert first.holds()
    assert first.holds()
    assert not second.holds()
    first.release()
    assert second.holds()
    second.release()


def test_serving_ticks_until_it_is_told_to_stop(hub: Hub, desk: Desk) -> None:
    with_connector(hub)
    stop = threading.Event()
    rest = {"dispatcher": desk, "tick_seconds": 0.02}
    server = threading.Thread(target=schedule.serve, args=(hub, stop, lambda _hub, _work: None), kwargs=rest)
    server.start()
    deadline = clocks.monotonic() + 5
    while not desk.work and clocks.monotonic() < deadline:
        clocks.sleep(0.01)
    stop.set()
    server.join(5)
    assert not server.is_alive()
    assert desk.took() == [("kota", "pull")]


SERVER = """
import sys, threading, time
from pathlib import Path
from hub.home import open_hub
from hub import schedule

def run(hub, work):
    Path(sys.argv[2]).write_text("began")
    time.sleep(0.5)
    Path(sys.argv[2]).write_text("ended")

hub = open_hub(sys.argv[1], environ={})
stop = threading.Event()
schedule.stop_at_signals(stop)
sys.exit(0 if schedule.serve(hub, stop, run, tick_seconds=0.05) else 3)
"""


def test_a_run_that_is_going_on_ends_before_the_process_does(hub: Hub, tmp_path: Path) -> None:
    with_connector(hub)
    said = tmp_path / "said"
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(hub.home), str(said)])
    deadline = clocks.monotonic() + 10
    while not said.exists() and clocks.monotonic() < deadline:
        clocks.sleep(0.01)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(10) == 0
    assert said.read_text() == "ended"
