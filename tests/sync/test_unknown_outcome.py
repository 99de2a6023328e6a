"""Promise 2: after a lost answer nothing is repeated blindly; it is looked up, or a person is asked."""

from __future__ import annotations

from copy import deepcopy

import pytest

from adapters.contract import Failure, WireError
from hub.store import tables
from hub.sync import resolve
from tests.sync.sync_country import Country, complaint_text
from tests.sync.sync_peer import ALL, cut, down


def local(country: Country, number: int = 1) -> str:
    raw = country.office.put(**complaint_text(number), state="new")
    country.pull("office")
    return str(raw["id"])


def state(country: Country, kind: str = "create") -> str:
    return str(next(row.state for row in country.rows("outbox") if row.kind == kind))


def test_a_create_whose_answer_was_lost_is_found_by_our_mark_and_not_sent_again(country: Country) -> None:
    local(country)
    country.core.after = cut("create")
    country.push("core")
    assert state(country) == "unknown"
    country.core.after = lambda call: None
    country.wait(minutes=2)
    country.push("core")
    assert len(country.core.made("create")) == 1
    assert state(country) == "delivered"
    assert country.rows("complaint")[0].core_tracking_id == country.core.made("create")[0][0]


def test_a_create_that_never_arrived_is_sent_again_only_after_two_looks(country: Country) -> None:
    local(country)
    country.core.before = _lost
    country.push("core")
    country.core.before = lambda call: None
    seen = []
    for _ in range(3):
        country.wait(seconds=61)
        country.push("core")
        seen.append((state(country), len(country.core.made("create"))))
    assert seen == [("unknown", 0), ("delivered", 1), ("delivered", 1)]


def _lost(call: str) -> None:
    if call == "create":
        raise WireError(Failure.DOWN, "wire.timeout", sent=True)


def test_before_the_settle_time_nobody_looks(country: Country) -> None:
    local(country)
    country.core.before = _lost
    country.push("core")
    country.core.before = lambda call: None
    country.push("core")
    assert "find" not in country.core.calls
    assert state(country) == "unknown"


def test_without_a_look_up_it_waits_for_a_person_who_says_it_arrived(country: Country) -> None:
    local(country)
    country.core.can = ALL - {"find"}
    country.core.after = cut("create")
    country.push("core")
    country.core.after = lambda call: None
    for _ in range(3):
        country.wait(minutes=5)
        country.push("core")
    assert (state(country), len(country.core.made("create"))) == ("unknown", 1)
    ((number, _),) = country.core.made("create")
    resolve.arrived(country.hub, country.rows("outbox")[0].id, number, by="ani")
    country.round()
    assert state(country) == "delivered"
    assert country.rows("complaint")[0].core_tracking_id == number
    assert len(country.rows("complaint")) == 1


def test_a_person_who_says_it_did_not_arrive_has_it_sent_again(country: Country) -> None:
    local(country)
    country.core.can = ALL - {"find"}
    country.core.before = _lost
    country.push("core")
    country.core.before = lambda call: None
    resolve.not_arrived(country.hub, country.rows("outbox")[0].id, by="ani")
    country.push("core")
    assert (state(country), len(country.core.made("create"))) == ("delivered", 1)


def test_a_record_that_appears_meanwhile_is_matched_with_the_create_in_doubt(country: Country) -> None:
    local(country)
    country.core.can = ALL - {"find"}
    country.core.alter = lambda raw: {name: value for name, value in raw.items() if name != "mark"}
    country.core.after = cut("create")
    country.push("core")
    country.core.after = lambda call: None
    country.pull("core")
    country.push("core")
    assert len(country.rows("complaint")) == 1
    assert state(country) == "delivered"
    assert len(country.core.made("create")) == 1


def test_two_records_under_one_key_are_a_question_for_a_person(country: Country) -> None:
    local(country)
    country.core.after = cut("create")
    country.push("core")
    country.core.after = lambda call: None
    ((number, _),) = country.core.made("create")
    country.core.records["9999"] = deepcopy(country.core.records[number]) | {"id": "9999"}
    country.wait(minutes=2)
    country.push("core")
    assert state(country) == "held"
    assert [finding.kind for finding in country.rows("finding")] == ["several_there"]


def test_a_comment_in_doubt_is_looked_up_by_its_text(country: Country) -> None:
    number = local(country)
    country.round()
    country.office.note(number, "Petugas sudah ke lokasi pagi ini.")
    country.pull("office")
    country.core.after = cut("comment")
    country.push("core")
    assert state(country, "comment") == "unknown"
    country.core.after = lambda call: None
    country.wait(minutes=2)
    country.push("core")
    country.round()
    assert [text for _, text in country.core.made("comment")] == ["Petugas sudah ke lokasi pagi ini."]
    assert state(country, "comment") == "delivered"


def test_an_update_in_doubt_says_only_what_still_differs(country: Country) -> None:
    local(country)
    country.push("core")
    country.office.after = cut("update")
    country.push("office")
    assert state(country, "update") == "unknown"
    country.office.after = lambda call: None
    country.wait(minutes=2)
    country.push("office")
    assert state(country, "update") == "delivered"
    assert len(country.office.made("update")) == 1


def test_a_later_row_of_the_complaint_waits_while_an_earlier_one_is_in_doubt(country: Country) -> None:
    number = local(country)
    country.core.can = ALL - {"find"}
    country.core.before = _lost
    country.push("core")
    country.core.before = lambda call: None
    country.office.note(number, "Sudah dicek petugas di lapangan.")
    local(country, 2)
    country.push("core")
    assert country.core.made("comment") == []
    assert [fields["title"][-1] for _, fields in country.core.made("create")] == ["2"]


def test_a_system_that_is_down_stops_the_run_and_nothing_is_in_doubt(country: Country) -> None:
    local(country)
    country.core.before = down()
    result = country.push("core")
    assert (result.outcome, result.code) == ("failed", "wire.unreachable")
    assert state(country) == "waiting"
    (connector,) = country.rows("connector", name="core")
    assert (connector.failures, connector.failure) == (1, "down")
    assert connector.not_before > country.now()


def test_one_row_that_breaks_something_of_ours_never_stops_the_others(country: Country) -> None:
    local(country, 1)
    local(country, 2)

    def broken(call: str) -> None:
        if call == "create" and not country.core.made("create") and "create" not in country.core.calls[:-1]:
            raise KeyError("a defect")

    country.core.before = broken
    country.push("core")
    assert [fields["title"][-1] for _, fields in country.core.made("create")] == ["2"]
    first = country.rows("outbox")[0]
    assert (first.state, first.code) == ("unknown", "sync.defect")


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_wire_that_goes_on_from_its_receipts_needs_nobody_after_a_kill(country: Country, goes_on: bool) -> None:
    local(country)
    country.core.can = (ALL - {"find", "fetch"}) | ({"goes_on"} if goes_on else set())
    with country.hub.store.begin() as conn:
        conn.execute(tables.outbox.update().values(state="sending", fence=None))
    for _ in range(3):
        country.wait(minutes=5)
        country.push("core")
    assert len(country.core.made("create")) == goes_on
    assert (state(country) == "unknown") is not goes_on
