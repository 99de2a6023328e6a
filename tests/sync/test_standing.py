"""How a connector is doing: each stream by itself, the worst shown; what fails in one direction stops that one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from adapters.contract import Failure, WireError
from hub.schedule import _waiting
from hub.store import standing, tables
from tests.sync.sync_country import Country, complaint_text
from tests.sync.sync_peer import down


def unreadable(call: str) -> None:
    if call == "list":
        raise WireError(Failure.CONTRACT, "wire.not_json")


def one(country: Country, name: str = "core") -> Any:
    (row,) = country.rows("connector", name=name)
    return row


def fail(country: Country, before: Callable[[str], None], times: int = 3) -> None:
    country.core.before = before
    for _ in range(times):
        country.pull("core")
        country.push("core")


def test_pulls_that_keep_failing_are_judged_down_though_pushes_work(country: Country) -> None:
    country.office.put(**complaint_text(), state="new")
    country.pull("office")
    fail(country, unreadable)
    assert len(country.core.made("create")) == 1
    assert (one(country).failures, one(country).failure_code) == (3, "wire.not_json")
    assert one(country).last_ok is None
    assert one(country).down_since is not None


def test_a_failure_of_one_direction_puts_off_that_one_only(country: Country) -> None:
    fail(country, unreadable, 1)
    assert one(country).not_before is None
    assert one(country).due_pull > country.now()
    by_direction = {row.direction: row.failures for row in country.rows("stream", connector_id=one(country).id)}
    assert by_direction == {"pull": 1, "push": 0}


def test_a_system_that_is_down_rests_as_a_whole(country: Country) -> None:
    fail(country, down(), 1)
    assert one(country).not_before > country.now()


def test_the_first_good_run_of_the_stream_ends_it(country: Country) -> None:
    fail(country, unreadable)
    country.core.before = lambda call: None
    country.pull("core")
    row = one(country)
    assert (row.failures, row.failure, row.down_since, row.not_before) == (0, None, None, None)
    assert row.last_ok == country.now()


def test_one_stream_that_gets_well_leaves_the_other_ones_trouble_to_be_seen(country: Country) -> None:
    country.office.put(**complaint_text(), state="new")
    country.pull("office")
    fail(country, down(), 2)
    country.core.before = unreadable
    country.push("core")
    assert one(country).failures == 2
    country.core.before = lambda call: None
    country.pull("core")
    assert one(country).failures == 0


def test_a_person_who_resumes_makes_all_of_it_well(country: Country) -> None:
    fail(country, down(), 2)
    with country.hub.store.begin() as conn:
        standing.resume(conn, one(country).id, country.now())
    assert one(country).failures == 0
    assert {row.failures for row in country.rows("stream", connector_id=one(country).id)} == {0}


def test_pushes_that_rest_are_not_handed_out_again_and_again(country: Country) -> None:
    country.office.put(**(complaint_text() | {"urgency": "x"}), state="new")
    country.pull("office")
    number = one(country).id
    with country.hub.store.read() as conn:
        assert number in _waiting(conn, country.now())
    country.connector("core").stream_id("", "push")
    with country.hub.store.begin() as conn:
        later = country.now() + timedelta(minutes=5)
        rows = tables.stream
        conn.execute(rows.update().where(rows.c.direction == "push").values(not_before=later))
    with country.hub.store.read() as conn:
        assert _waiting(conn, country.now()) == {}
