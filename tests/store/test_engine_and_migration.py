from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from hub.home import Hub
from hub.store import migration
from hub.store.engine import Store, StoreError, make_engine, open_store, sqlite_url
from hub.store.tables import account, switch, system
from hub.store.vault import open_vault


@pytest.fixture
def empty(tmp_path: Path, any_url: str | None) -> Iterator[Store]:
    store = open_store(any_url or sqlite_url(tmp_path / "hub.sqlite"), open_vault(tmp_path, {}, create=True))
    yield store
    store.close()


def test_upgrading_gives_exactly_the_tables_of_the_code(empty: Store) -> None:
    migration.migrate(empty)
    assert migration.differences(empty) == []
    migration.require_current(empty)


def test_downgrading_leaves_nothing_and_upgrading_again_works(empty: Store) -> None:
    migration.migrate(empty)
    migration.downgrade(empty)
    assert migration.revision(empty) is None
    migration.migrate(empty)
    assert migration.revision(empty) == migration.head()


def test_upgrading_twice_changes_nothing(empty: Store) -> None:
    migration.migrate(empty)
    migration.migrate(empty)
    assert migration.differences(empty) == []


def test_a_store_that_was_never_migrated_is_refused(empty: Store) -> None:
    with pytest.raises(StoreError, match=r"store\.not_migrated"):
        migration.require_current(empty)


def test_a_store_of_a_newer_hub_is_refused_and_left_alone(empty: Store) -> None:
    migration.migrate(empty)
    with empty.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"store\.newer"):
        migration.require_current(empty)
    with pytest.raises(StoreError, match=r"store\.newer"):
        migration.migrate(empty)
    assert migration.revision(empty) == "9999"


def test_processes_that_migrate_a_fresh_store_together_all_succeed(tmp_path: Path, any_url: str | None) -> None:
    open_vault(tmp_path, {}, create=True)
    url = any_url or str(sqlite_url(tmp_path / "hub.sqlite"))
    code = (
        "import sys, pathlib; from hub.store.vault import open_vault; from hub.store.engine import open_store;"
        "from hub.store.migration import migrate, differences;"
        "store = open_store(sys.argv[2], open_vault(pathlib.Path(sys.argv[1]), {}));"
        "migrate(store); print(differences(store))"
    )
    many = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), url], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [one.communicate()[0].strip() for one in many] == ["[]"] * 3
    assert [one.returncode for one in many] == [0, 0, 0]


def test_a_failed_transaction_leaves_nothing(any_hub: Hub) -> None:
    def fail() -> None:
        with any_hub.store.begin() as conn:
            conn.execute(insert(system).values(name="a", role="core"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with any_hub.store.read() as conn:
        assert conn.scalar(select(system.c.name)) is None


def test_what_is_written_while_reading_does_not_stay(hub: Hub) -> None:
    with hub.store.read() as conn:
        conn.execute(insert(system).values(name="a", role="core"))
    with hub.store.read() as conn:
        assert conn.scalar(select(system.c.name)) is None


def test_references_are_enforced(any_hub: Hub) -> None:
    with pytest.raises(DBAPIError), any_hub.store.begin() as conn:
        conn.execute(insert(account).values(system_id=99, name="a", agencies=[]))


def test_a_writing_transaction_inside_another_is_refused_at_once(hub: Hub) -> None:
    with hub.store.begin(), pytest.raises(RuntimeError, match="inside another"), hub.store.begin():
        pass


def test_a_reader_sees_one_state_while_others_write(hub: Hub) -> None:
    with hub.store.read() as before:
        assert before.scalar(select(system.c.name)) is None
        with hub.store.begin() as conn:
            conn.execute(insert(system).values(name="a", role="core"))
        assert before.scalar(select(system.c.name)) is None


def test_many_threads_write_without_a_busy_error(hub: Hub) -> None:
    def write(number: int) -> None:
        for i in range(20):
            with hub.store.begin() as conn:
                conn.execute(insert(system).values(name=f"{number}-{i}", role="agency"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with hub.store.read() as conn:
        assert len(conn.execute(select(system.c.id)).all()) == 160


def test_a_power_cut_cannot_take_back_what_was_committed(hub: Hub) -> None:
    with hub.store.read() as conn:
        assert conn.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert conn.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_times_come_back_as_the_same_instant_in_utc(any_hub: Hub) -> None:
    local = datetime(2026, 3, 1, 0, 0, tzinfo=timezone(timedelta(hours=7)))
    with any_hub.store.begin() as conn:
        conn.execute(insert(switch).values(name="t", value=None, at=local))
        back = conn.scalar(select(switch.c.at).where(switch.c.name == "t"))
    assert back == local
    assert back is not None
    assert back.tzinfo is UTC


def test_a_time_without_zone_is_refused(hub: Hub) -> None:
    with pytest.raises(StatementError, match="zone"), hub.store.begin() as conn:
        conn.execute(insert(switch).values(name="t", at=datetime(2026, 3, 1)))


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", ""])
def test_an_address_that_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"store\.url"):
        make_engine(url)


def test_the_address_form_of_hosting_panels_is_understood() -> None:
    assert make_engine("postgres://hub@127.0.0.1/hub").dialect.driver == "psycopg"
