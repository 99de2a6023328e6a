"""Nothing old and nothing unasked goes out: observe, live from a date, the switch, the dry run, no route."""

from __future__ import annotations

from datetime import timedelta

from hub.domain.agency import Agency, AgencyKind, LaporId
from hub.store import agencies, switches
from tests.sync.sync_country import START, Country, complaint_text


def test_observing_links_and_counts_and_tells_nobody(country: Country) -> None:
    country.go_live("office", None)
    country.office.put(**complaint_text(1), state="new")
    country.core.put(id="9001", **complaint_text(2), state="sent", unit="501", disposed=country.now().isoformat())
    country.office.put(**complaint_text(2), state="new", lapor="9001")
    country.pull("core")
    result = country.pull("office")
    assert (result.outcome, result.counts["would_push"]) == ("observed", 1)
    assert country.rows("outbox") == []
    assert len(country.rows("complaint")) == 2
    assert len(country.rows("link")) == 3


def test_what_was_filed_before_the_live_date_stays_where_it_is(country: Country) -> None:
    country.go_live("office", START)
    old = (START - timedelta(days=3)).isoformat()
    country.office.put(**(complaint_text(1) | {"filed": old}), state="new")
    country.core.put(id="9001", **complaint_text(2), state="sent", unit="501", disposed=old)
    for _ in range(2):
        country.round()
    assert country.core.made("create") == []
    assert country.office.made("create") == []
    assert len(country.rows("complaint")) == 2


def test_an_observed_core_is_still_asked_about_claims_but_told_nothing(country: Country) -> None:
    country.core.put(id="9001", **complaint_text(), state="new")
    country.office.put(**complaint_text(), state="new", lapor="9001")
    country.pull("office")
    country.go_live("core", None)
    country.push("core")
    assert [row.state for row in country.rows("outbox", kind="verify")] == ["delivered"]
    assert country.core.ledger == []


def test_the_switch_stops_pushes_in_the_middle_of_a_run(country: Country) -> None:
    for number in (1, 2, 3):
        country.office.put(**complaint_text(number), state="new")
    country.pull("office")

    def turn_off(call: str) -> None:
        if call == "create" and not country.core.made("create"):
            with country.hub.store.begin() as conn:
                switches.put(conn, switches.PUSHES_STOPPED, {"why": "bimtek"}, by="ani", now=country.now())

    country.core.before = turn_off
    result = country.push("core")
    assert (result.outcome, result.code) == ("stopped", "sync.pushes_stopped")
    assert len(country.core.made("create")) == 1
    assert country.push("core").code == "sync.pushes_stopped"
    with country.hub.store.begin() as conn:
        switches.clear(conn, switches.PUSHES_STOPPED)
    country.push("core")
    assert len(country.core.made("create")) == 3


def test_a_dry_run_reports_and_keeps_nothing(country: Country) -> None:
    for number in range(1, 26):
        country.office.put(**complaint_text(number), state="new")
    result = country.pull("office", dry_run=True)
    assert (result.run_id, result.counts["created"], result.counts["seen"]) == (None, 25, 25)
    for table in ("complaint", "record", "outbox", "run", "seen", "raw"):
        assert country.rows(table) == []
    assert country.pull("office").counts["created"] == 25
    before = country.rows("outbox")
    assert country.push("core", dry_run=True).counts["would_create"] == 25
    assert country.rows("outbox") == before
    assert country.core.ledger == []


def test_an_agency_without_a_connector_is_no_route_until_one_appears(country: Country) -> None:
    country.core.put(id="9001", **complaint_text(), state="sent", unit="777", disposed=country.now().isoformat())
    country.pull("core")
    (row,) = country.rows("outbox")
    assert (row.state, row.code, row.connector_id) == ("no_route", "route.unknown_agency", None)
    office = Agency("33.73", "Kota Contoh", AgencyKind.KOTA, "33", "33.73", True, "WIB", (LaporId("777"),))
    with country.hub.store.begin() as conn:
        agencies.put(conn, [office])
    country.push("office")
    assert len(country.office.made("create")) == 1
    assert country.rows("outbox")[0].state == "delivered"


def test_flags_that_nobody_knows_are_held_until_they_are_known(country: Country) -> None:
    raw = country.office.put(**(complaint_text() | {"anonymous": "?"}), state="new")
    country.round()
    (row,) = country.rows("outbox", kind="create")
    assert (row.state, row.code) == ("held", "route.flags_unknown")
    assert country.core.made("create") == []
    country.office.put(id=raw["id"], anonymous="y")
    country.round()
    country.round()
    ((_, fields),) = country.core.made("create")
    assert (fields["anonymous"], fields["secret"]) == ("y", "n")


def test_the_name_of_an_anonymous_reporter_never_reaches_the_office(country: Country) -> None:
    text = complaint_text() | {"anonymous": "y"}
    country.core.put(id="9001", **text, state="sent", unit="501", disposed=country.now().isoformat())
    country.round()
    country.round()
    ((_, fields),) = country.office.made("create")
    assert "Warga Rekaan" not in str(fields)
    assert "+62811" not in str(fields)
    assert fields["anonymous"] == "y"


def test_a_paused_connector_does_nothing(country: Country) -> None:
    with country.hub.store.begin() as conn:
        conn.exec_driver_sql("UPDATE connector SET state = 'paused' WHERE name = 'office'")
    assert country.pull("office").code == "sync.paused"
    assert country.push("office").code == "sync.paused"
    assert country.office.calls == []


def test_two_workers_never_run_one_stream_at_once(country: Country) -> None:
    second: list[str] = []
    country.office.put(**complaint_text(), state="new")

    def meanwhile(call: str) -> None:
        if call == "list" and not second:
            second.append(country.pull("office").code)

    country.office.before = meanwhile
    assert country.pull("office").outcome == "ok"
    assert second == ["sync.busy"]


def test_a_worker_that_was_thought_dead_changes_nothing(country: Country) -> None:
    country.office.put(**complaint_text(), state="new")
    taken: list[str] = []

    def sleep(call: str) -> None:
        if call == "list" and not taken:
            taken.append("")
            country.wait(minutes=10)
            taken[0] = country.pull("office").outcome

    country.office.before = sleep
    result = country.pull("office")
    assert (result.outcome, result.code) == ("stopped", "lease.lost")
    assert taken == ["ok"]
    assert len(country.rows("complaint")) == 1
    assert len(country.rows("raw")) == 1
