"""What came while a connector observed is told once it is live: from its date on, once, in order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.domain.agency import Agency, AgencyKind, LaporId
from hub.store import agencies, tables
from hub.sync import owed
from tests.sync.sync_country import START, Country, complaint_text

LIVE = START - timedelta(days=7)
OLD = (START - timedelta(days=9)).isoformat()


def disposed(country: Country, number: str = "9001", text: int = 1, **more: object) -> None:
    values = {"state": "sent", "unit": "501", "disposed": country.now().isoformat()} | more
    country.core.put(id=number, **(complaint_text(text) | values))


def observe(country: Country, name: str) -> None:
    country.go_live(name, None)


def turn_live(country: Country, name: str) -> None:
    country.go_live(name, LIVE)
    for _ in range(3):
        country.round()


def told(country: Country, name: str) -> list[str]:
    return [kind for kind, _, _ in country.peers[name].ledger]


def test_what_the_core_disposed_while_the_office_observed_is_made_there(country: Country) -> None:
    observe(country, "office")
    disposed(country)
    country.round()
    country.core.note("9001", "Kapan diperbaiki?", "reporter", kind="reply")
    country.core.note("9001", "Mohon segera.", "reporter", kind="reply")
    country.round()
    assert country.rows("outbox") == []
    turn_live(country, "office")
    assert told(country, "office")[:3] == ["create", "comment", "comment"]
    assert [text for _, text in country.office.made("comment")] == ["Kapan diperbaiki?", "Mohon segera."]
    assert len(country.office.made("create")) == 1
    assert len(country.rows("complaint")) == 1


@pytest.mark.parametrize("late", ["office", "core"])
def test_what_was_filed_while_either_observed_is_made_at_the_core(country: Country, late: str) -> None:
    observe(country, late)
    raw = country.office.put(**complaint_text(), state="new")
    country.round()
    country.office.note(raw["id"], "Petugas berangkat.")
    country.office.put(id=raw["id"], state="work")
    country.round()
    assert country.core.ledger == []
    turn_live(country, late)
    assert len(country.core.made("create")) == 1
    assert [text for _, text in country.core.made("comment")] == ["Petugas berangkat."]
    (core,) = country.core.records.values()
    assert core["state"] == "work"


def test_what_is_older_than_the_live_date_stays_as_it_is(country: Country) -> None:
    observe(country, "office")
    country.office.put(**(complaint_text(1) | {"filed": OLD}), state="new")
    disposed(country, text=2, disposed=OLD)
    country.round()
    turn_live(country, "office")
    assert country.core.made("create") == country.office.made("create") == []


def test_what_was_linked_by_its_number_is_not_made_again_and_hears_what_it_lacks(country: Country) -> None:
    observe(country, "office")
    disposed(country)
    country.office.put(id="77", **complaint_text(), state="new", lapor="9001")
    country.core.note("9001", "Kapan diperbaiki?", "reporter", kind="reply")
    country.core.note("9001", "Sudah tiga minggu gelap.", "reporter", kind="reply")
    country.round()
    country.wait(minutes=5)
    country.office.note("77", "Sudah tiga minggu gelap.")  # the officer typed it in
    country.office.put(id="77", state="work")
    country.round()
    turn_live(country, "office")
    assert country.office.made("create") == []
    assert [text for _, text in country.office.made("comment")] == ["Kapan diperbaiki?"]
    assert country.core.made("comment") == []
    assert country.core.records["9001"]["state"] == "work"


def test_a_core_that_is_further_by_itself_is_not_set_back(country: Country) -> None:
    observe(country, "office")
    disposed(country)
    country.office.put(id="77", **complaint_text(), state="work", lapor="9001")
    country.round()
    country.core.put(id="9001", state="closed")
    country.round()
    turn_live(country, "office")
    assert country.core.ledger == []
    assert country.core.records["9001"]["state"] == "closed"


def test_what_is_owed_is_counted_before_and_nothing_is_kept(country: Country) -> None:
    observe(country, "office")
    for number in (1, 2, 3):
        disposed(country, f"900{number}", number)
    country.office.put(**complaint_text(4), state="new")
    country.round()
    assert owed.preview(country.hub, "office", LIVE) == {"would_create": 4}
    assert owed.preview(country.hub, "office", START + timedelta(days=1)) == {}
    assert country.rows("outbox") == []


def test_it_waits_for_the_first_whole_pull(country: Country) -> None:
    observe(country, "office")
    disposed(country)
    country.pull("core")
    country.office.put(id="77", **complaint_text(), state="new", lapor="9001")
    country.go_live("office", LIVE)
    country.push("office")
    assert country.office.made("create") == []
    for _ in range(2):
        country.round()
    assert country.office.made("create") == []
    assert len(country.rows("complaint")) == 1


def test_the_pass_runs_once_and_again_after_observing_again(country: Country) -> None:
    disposed(country)
    country.round()
    assert country.rows("connector", name="office")[0].caught_up is not None
    observe(country, "office")
    country.pull("office")
    assert country.rows("connector", name="office")[0].caught_up is None
    disposed(country, "9002", 2)
    country.round()
    turn_live(country, "office")
    assert len(country.office.made("create")) == 2


def test_what_a_person_dropped_stays_dropped(country: Country) -> None:
    disposed(country)
    country.pull("core")
    with country.hub.store.begin() as conn:
        conn.execute(tables.outbox.update().values(state="dropped"))
    for _ in range(2):
        country.round()
    assert country.office.ledger == []


def test_more_than_a_page_is_told(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owed, "_PAGE", 2)
    observe(country, "office")
    for number in range(1, 6):
        disposed(country, f"900{number}", number)
    country.round()
    turn_live(country, "office")
    assert len(country.office.made("create")) == 5


def test_what_was_said_before_the_disposition_reaches_the_office_behind_the_create(country: Country) -> None:
    disposed(country, state="new", unit=None, disposed=None)
    country.round()
    country.core.note("9001", "Kapan diperbaiki?", "reporter", kind="reply")
    country.core.note("9001", "Diteruskan ke kota.", "admin", kind="moved")
    country.round()
    country.core.put(id="9001", state="sent", unit="501", disposed=country.now().isoformat())
    country.core.note("9001", "Mohon segera.", "reporter", kind="reply")
    for _ in range(3):
        country.round()
    assert told(country, "office")[:3] == ["create", "comment", "comment"]
    assert [text for _, text in country.office.made("comment")] == ["Kapan diperbaiki?", "Mohon segera."]


def test_what_the_office_said_before_the_core_may_know_reaches_it_behind_the_create(country: Country) -> None:
    raw = country.office.put(**(complaint_text() | {"anonymous": "?"}), state="new")
    country.round()
    with country.hub.store.begin() as conn:
        conn.execute(tables.outbox.update().values(state="refused"))
    country.office.note(raw["id"], "Petugas berangkat.")
    country.round()
    country.office.put(id=raw["id"], anonymous="n")
    for _ in range(3):
        country.round()
    assert [text for _, text in country.core.made("comment")] == ["Petugas berangkat."]


def test_a_connector_that_appears_gets_its_rows_however_many_others_stand_before(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.sync.reroute._PAGE", 2)
    for number in range(5):
        disposed(country, f"91{number}", number, unit="888")
    disposed(country, "9200", 7, unit="777")
    country.pull("core")
    country.core.note("9200", "Kapan diperbaiki?", "reporter", kind="reply")
    country.pull("core")
    office = Agency("33.73", "Kota Contoh", AgencyKind.KOTA, "33", "33.73", True, "WIB", (LaporId("777"),))
    with country.hub.store.begin() as conn:
        agencies.put(conn, [office])
    for _ in range(2):
        country.round()
    assert [fields["title"][-1] for _, fields in country.office.made("create")] == ["7"]
    assert [text for _, text in country.office.made("comment")] == ["Kapan diperbaiki?"]
    assert len(country.rows("outbox", state="no_route")) == 5


def test_nobodys_rows_from_before_the_live_date_stay_nobodys(country: Country) -> None:
    disposed(country, "9200", 7, unit="777", disposed=OLD)
    country.pull("core")
    country.go_live("office", LIVE)
    office = Agency("33.73", "Kota Contoh", AgencyKind.KOTA, "33", "33.73", True, "WIB", (LaporId("777"),))
    with country.hub.store.begin() as conn:
        agencies.put(conn, [office])
    for _ in range(2):
        country.round()
    assert country.office.made("create") == []
    assert [row.state for row in country.rows("outbox")] == ["no_route"]
