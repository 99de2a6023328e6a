from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from hub import apply, health
from hub.connectors import State, load
from hub.health import Health, Signs, judge
from hub.home import Hub
from hub.store.tables import complaint, connector, outbox, record, run
from tests.conftest import Clock
from tests.ground import installation
from tests.ground.installation import connector_text

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WELL = Signs(State.LIVE, timedelta(minutes=5), last_ok=NOW - timedelta(minutes=4))


def ago(**passed: float) -> datetime:
    return NOW - timedelta(**passed)


@pytest.mark.parametrize(
    ("signs", "state"),
    [
        ({}, Health.OK),
        ({"last_ok": None}, Health.NEW),
        ({"state": State.OBSERVE}, Health.OBSERVE),
        ({"state": State.PAUSED, "failures": 9}, Health.PAUSED),
        ({"failures": 2}, Health.OK),
        ({"failures": 3}, Health.DOWN),
        ({"failures": 3, "last_ok": None}, Health.DOWN),
        ({"last_ok": ago(minutes=15)}, Health.OK),
        ({"last_ok": ago(minutes=16)}, Health.LATE),
        ({"last_ok": ago(hours=3), "interval": timedelta(hours=1)}, Health.OK),
        ({"last_ok": ago(hours=3, minutes=1), "interval": timedelta(hours=1)}, Health.LATE),
        ({"last_ok": ago(days=9), "interval": None}, Health.OK),
        ({"incomplete_since": ago(hours=20)}, Health.OK),
        ({"incomplete_since": ago(days=2)}, Health.LATE),
        ({"oldest_waiting": ago(minutes=59)}, Health.OK),
        ({"oldest_waiting": ago(minutes=61)}, Health.LATE),
        ({"new_records": 90, "last_new": ago(days=5)}, Health.OK),
        ({"new_records": 90, "last_new": ago(days=7)}, Health.SILENT),
        ({"new_records": 9, "last_new": ago(days=30)}, Health.OK),  # three a month is their norm
        ({"new_records": 4, "last_new": ago(days=80)}, Health.OK),  # too few to have a norm
        ({"failures": 3, "maintenance_until": NOW + timedelta(hours=1)}, Health.OK),
        ({"last_ok": ago(hours=2), "maintenance_until": NOW + timedelta(hours=1)}, Health.OK),
    ],
)
def test_signs_give_one_word(signs: dict[str, Any], state: Health) -> None:
    assert judge(replace(WELL, **signs), NOW).health is state


def test_down_says_why_and_since_when() -> None:
    signs = replace(
        WELL, failures=5, down_since=ago(hours=2), failure_code="wire.timeout", failure_facts={"seconds": 30}
    )
    standing = judge(signs, NOW)
    assert (standing.code, standing.since, standing.facts) == ("wire.timeout", ago(hours=2), {"seconds": 30})


def test_health_is_read_from_rows(any_hub: Hub, clock: Clock) -> None:
    files = {name: connector_text(name, live_from="2026-01-01", system=name) for name in ("a", "b", "c")}
    installation.write(any_hub.home, **files)
    apply.apply(any_hub, "tester")
    now = any_hub.now()
    with any_hub.store.begin() as conn:
        conn.execute(update(connector).values(last_ok=now))
        conn.execute(update(connector).where(connector.c.name == "b").values(failures=3, failure_code="wire.timeout"))
        conn.execute(insert(complaint).values(id=1, hub_id="h", created_at=now, updated_at=now))
        waiting = {"complaint_id": 1, "kind": "update", "state": "waiting", "updated_at": now}
        conn.execute(
            insert(outbox).values(connector_id=load(any_hub, "c").id, created_at=now - timedelta(hours=2), **waiting)
        )
        row = {"system_id": load(any_hub, "a").system_id, "kind": "complaint", "last_seen": now}
        conn.execute(insert(record), [{**row, "key": str(n), "first_seen": now - timedelta(days=n)} for n in range(9)])
    assert {name: one.health for name, one in health.of_all(any_hub).items()} == {
        "a": Health.OK,
        "b": Health.DOWN,
        "c": Health.LATE,
    }


@pytest.mark.parametrize(
    ("runs", "state"),
    [
        ([("ok", 60), ("partial", 1)], Health.LATE),
        ([("partial", 60), ("partial", 1)], Health.LATE),
        ([("partial", 60), ("ok", 1)], Health.OK),
        ([("ok", 3), ("partial", 1)], Health.OK),
    ],
)
def test_a_stream_that_never_sees_its_last_page_is_late(
    any_hub: Hub, runs: list[tuple[str, int]], state: Health
) -> None:
    installation.write(any_hub.home, a=connector_text("a", live_from="2026-01-01"))
    apply.apply(any_hub, "tester")
    now, number = any_hub.now(), load(any_hub, "a").id
    with any_hub.store.begin() as conn:
        conn.execute(update(connector).values(last_ok=now))
        for outcome, hours in runs:
            row = {"connector_id": number, "stream": "records", "direction": "pull", "counts": {}}
            conn.execute(insert(run).values(started_at=now - timedelta(hours=hours), outcome=outcome, **row))
    assert health.of_all(any_hub)["a"].health is state
