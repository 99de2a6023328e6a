from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from hub.home import Hub
from hub.store import leases
from hub.store.leases import LostLease
from hub.store.tables import account, connector, stream, switch, system
from tests.conftest import Clock


def make_stream(hub: Hub) -> int:
    with hub.store.begin() as conn:
        system_id = conn.execute(insert(system).values(name="a", role="agency").returning(system.c.id)).scalar_one()
        values = {"system_id": system_id, "name": "a", "agencies": []}
        account_id = conn.execute(insert(account).values(values).returning(account.c.id)).scalar_one()
        values = {"name": "a", "system_id": system_id, "account_id": account_id, "effective": "x", "state": "live"}
        connector_id = conn.execute(insert(connector).values(values).returning(connector.c.id)).scalar_one()
        values = {"connector_id": connector_id, "name": "records", "direction": "pull"}
        return conn.execute(insert(stream).values(values).returning(stream.c.id)).scalar_one()


@pytest.fixture
def stream_id(any_hub: Hub) -> int:
    return make_stream(any_hub)


def test_only_one_worker_holds_a_lease(any_hub: Hub, stream_id: int) -> None:
    assert leases.take(any_hub.store, stream_id, "one", 60, any_hub.now) is not None
    assert leases.take(any_hub.store, stream_id, "two", 60, any_hub.now) is None


def test_a_released_lease_is_free_and_its_fence_has_risen(any_hub: Hub, stream_id: int) -> None:
    first = leases.take(any_hub.store, stream_id, "one", 60, any_hub.now)
    assert first is not None
    first.release()
    second = leases.take(any_hub.store, stream_id, "two", 60, any_hub.now)
    assert second is not None
    assert second.fence == first.fence + 1


def test_a_lease_that_ran_out_is_free(any_hub: Hub, stream_id: int, clock: Clock) -> None:
    leases.take(any_hub.store, stream_id, "dead", 60, any_hub.now)
    clock.move(seconds=61)
    assert leases.take(any_hub.store, stream_id, "two", 60, any_hub.now) is not None


def test_renewing_keeps_it(any_hub: Hub, stream_id: int, clock: Clock) -> None:
    lease = leases.take(any_hub.store, stream_id, "one", 60, any_hub.now)
    assert lease is not None
    clock.move(seconds=50)
    lease.renew()
    clock.move(seconds=50)
    assert leases.take(any_hub.store, stream_id, "two", 60, any_hub.now) is None


def test_who_overslept_cannot_commit(any_hub: Hub, stream_id: int, clock: Clock) -> None:
    overslept = leases.take(any_hub.store, stream_id, "one", 60, any_hub.now)
    assert overslept is not None
    clock.move(seconds=61)
    successor = leases.take(any_hub.store, stream_id, "two", 60, any_hub.now)
    assert successor is not None

    def work() -> None:
        with any_hub.store.begin() as conn:
            conn.execute(update(stream).values(watermark=any_hub.now()))
            overslept.guard(conn)

    with pytest.raises(LostLease):
        work()
    with any_hub.store.begin() as conn:
        successor.guard(conn)
        assert conn.scalar(select(stream.c.watermark)) is None


def test_who_overslept_cannot_renew_nor_release_the_successors(any_hub: Hub, stream_id: int, clock: Clock) -> None:
    overslept = leases.take(any_hub.store, stream_id, "one", 60, any_hub.now)
    assert overslept is not None
    clock.move(seconds=61)
    leases.take(any_hub.store, stream_id, "two", 60, any_hub.now)
    with pytest.raises(LostLease):
        overslept.renew()
    overslept.release()
    assert leases.take(any_hub.store, stream_id, "three", 60, any_hub.now) is None


WORKER = """
import sys
from pathlib import Path
from sqlalchemy import select, update
from hub.home import open_hub
from hub.store import leases
from hub.store.tables import stream, switch

home, url, stream_id, name = sys.argv[1], sys.argv[2] or None, int(sys.argv[3]), sys.argv[4]
hub = open_hub(home, url, environ={})
held = 0
while held < 25:
    lease = leases.take(hub.store, stream_id, name, 30, hub.now)
    if lease is None:
        continue
    with hub.store.begin() as conn:  # read in one transaction, written in the next: only the lease keeps them together
        before = conn.scalar(select(switch.c.value).where(switch.c.name == "count"))
    with hub.store.begin() as conn:
        lease.guard(conn)
        conn.execute(update(switch).where(switch.c.name == "count").values(value=before + 1))
    lease.release()
    held += 1
"""


def test_four_processes_never_overlap(any_hub: Hub, any_url: str | None, stream_id: int, tmp_path: Path) -> None:
    with any_hub.store.begin() as conn:
        conn.execute(insert(switch).values(name="count", value=0, at=any_hub.now()))
    command = [sys.executable, "-c", WORKER, str(any_hub.home), any_url or "", str(stream_id)]
    many = [subprocess.Popen([*command, f"worker {number}"]) for number in range(4)]
    assert [one.wait(timeout=100) for one in many] == [0, 0, 0, 0]
    with any_hub.store.read() as conn:
        assert conn.scalar(select(switch.c.value).where(switch.c.name == "count")) == 100
        assert conn.scalar(select(stream.c.fence)) == 100
