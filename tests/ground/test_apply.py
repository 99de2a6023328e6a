from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hub import apply, connectors
from hub.apply import proof
from hub.connectors import State
from hub.domain.errors import HubError
from hub.domain.side import Side
from hub.home import Hub
from hub.mapping import MappingError
from hub.mapping.results import Problem, TestResult
from hub.store import agencies, standing, switches
from hub.store.tables import account, connector, stream, system, version
from tests.conftest import Clock
from tests.ground import installation
from tests.ground.installation import CODES, MAPPING, connector_text


def applied(hub: Hub) -> list[tuple[str, str]]:
    return [(one.name, one.what) for one in apply.apply(hub, "tester")]


def planned(hub: Hub) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.name, one.what, one.because) for one in apply.plan(hub).differences]


def faults(hub: Hub) -> list[tuple[str, str]]:
    return [(one.file, one.code) for one in apply.plan(hub).faults]


def test_a_connector_file_becomes_a_connector(any_hub: Hub) -> None:
    installation.write(any_hub.home)
    assert applied(any_hub) == [("kota-contoh", "new")]
    one = connectors.load(any_hub, "kota-contoh")
    assert (one.role, one.agency_code, one.agencies, one.state) == (
        Side.AGENCY, "33.73", frozenset({"33.73"}), State.OBSERVE,
    )  # fmt: skip
    assert one.mapping.read({"id": "4", "judul": "Lampu mati", "status": "2"}).complaint["status"] == "IN_PROGRESS"


def test_applying_again_changes_nothing(hub: Hub) -> None:
    installation.write(hub.home)
    applied(hub)
    assert planned(hub) == []
    with hub.store.read() as conn:
        before = len(conn.execute(select(version.c.id)).all())
    assert applied(hub) == []
    with hub.store.read() as conn:
        assert len(conn.execute(select(version.c.id)).all()) == before


@pytest.mark.parametrize(
    ("path", "text", "because"),
    [
        ("schedules/kota-contoh.yaml", connector_text(when="every 1 hour"), "schedules/kota-contoh.yaml"),
        ("mappings/kecil.yaml", MAPPING.replace("a small product", "a product"), "mappings/kecil.yaml"),
        ("mappings/codes/status.csv", CODES + "3,RESPONDED\n", "codes/status.csv"),
    ],
)
def test_an_edited_file_is_shown_and_does_not_run_until_it_is_applied(
    hub: Hub, path: str, text: str, because: str
) -> None:
    installation.write(hub.home)
    applied(hub)
    before = connectors.load(hub, "kota-contoh").effective
    (hub.home / path).write_text(text)
    assert planned(hub) == [("kota-contoh", "changed", (because,))]
    assert connectors.load(hub, "kota-contoh").effective == before
    applied(hub)
    assert planned(hub) == []


def test_a_changed_mapping_changes_the_effective_version(hub: Hub) -> None:
    installation.write(hub.home)
    applied(hub)
    before = connectors.load(hub, "kota-contoh").effective
    (hub.home / "mappings" / "codes" / "status.csv").write_text(CODES + "3,RESPONDED\n")
    applied(hub)
    after = connectors.load(hub, "kota-contoh")
    assert after.effective != before
    assert after.mapping.read({"id": "4", "judul": "x", "status": "3"}).complaint["status"] == "RESPONDED"
    with hub.store.read() as conn:
        assert conn.scalar(select(connector.c.effective)) == after.effective


def test_going_back_to_an_older_file_brings_its_version_back(hub: Hub) -> None:
    installation.write(hub.home)
    applied(hub)
    first = connectors.load(hub, "kota-contoh").version_id
    installation.write(hub.home, kota_contoh=connector_text(when="every 1 hour"))
    applied(hub)
    installation.write(hub.home)
    applied(hub)
    assert connectors.load(hub, "kota-contoh").version_id == first


def test_one_bad_file_means_nothing_is_applied(hub: Hub) -> None:
    installation.write(hub.home, kota_contoh=connector_text(), kota_lain=connector_text("kota-lain", when="often"))
    with pytest.raises(MappingError):
        apply.apply(hub, "tester")
    assert connectors.all_connectors(hub) == []


def test_every_bad_file_is_named_at_once(hub: Hub) -> None:
    installation.write(
        hub.home,
        a=connector_text("a", when="often"),
        b=connector_text("b", mapping="none-such"),
        c=connector_text("d"),
        e=connector_text("e", agency='"99.99"'),
    )
    assert faults(hub) == [
        ("schedules/a.yaml", "schedule.when"),
        ("mappings/none-such.yaml", "mapping.file.none"),
        ("schedules/c.yaml", "apply.name"),
        ("schedules/e.yaml", "apply.agency"),
    ]


def test_a_mapping_that_breaks_a_law_does_not_go_live(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = TestResult(
        "law.1", False, "mappings/kecil.yaml", (Problem("law.keeps", {"field": "title", "where": "x"}),)
    )
    installation.write(hub.home)
    monkeypatch.setattr(proof, "check_laws", lambda mapping, samples: [broken])
    assert faults(hub) == [("mappings/kecil.yaml", "law.keeps")]
    monkeypatch.undo()
    applied(hub)
    monkeypatch.setattr(proof, "check_laws", lambda mapping, samples: [broken])
    assert faults(hub) == []  # what runs already was proved when it was applied


def test_a_file_that_is_gone_ends_its_connector_and_keeps_what_is_known(hub: Hub) -> None:
    installation.write(hub.home)
    applied(hub)
    number = connectors.load(hub, "kota-contoh").stream_id()
    (hub.home / "schedules" / "kota-contoh.yaml").unlink()
    assert applied(hub) == [("kota-contoh", "removed")]
    with pytest.raises(HubError, match=r"connector\.unknown"):
        connectors.load(hub, "kota-contoh")
    with hub.store.read() as conn:
        assert conn.scalar(select(stream.c.id)) == number
    installation.write(hub.home)
    applied(hub)
    assert connectors.load(hub, "kota-contoh").stream_id() == number


def test_sandbox_and_live_files_are_not_applied_together(hub: Hub) -> None:
    installation.write(hub.home, a=connector_text("a", sandbox="yes"), b=connector_text("b"))
    assert [code for _file, code in faults(hub)] == ["apply.mixed"]


def test_a_live_connector_is_refused_in_a_sandbox_installation(hub: Hub) -> None:
    installation.write(hub.home, a=connector_text("a", sandbox="yes"))
    applied(hub)
    installation.write(hub.home, a=connector_text("a"))
    assert [code for _file, code in faults(hub)] == ["hub.mixed"]


def test_a_connector_cannot_move_to_another_system(hub: Hub) -> None:
    installation.write(hub.home, a=connector_text("a", system="satu"))
    applied(hub)
    installation.write(hub.home, a=connector_text("a", system="dua"))
    with pytest.raises(HubError, match=r"apply\.system_changed"):
        apply.apply(hub, "tester")
    with hub.store.read() as conn:
        assert list(conn.scalars(select(system.c.name))) == ["satu"]


def test_two_accounts_may_share_one_system(hub: Hub) -> None:
    files = {
        name: connector_text(name, system="simadu", agency=f'"{code}"')
        for name, code in [("a", "35.01"), ("b", "35.02")]
    }
    installation.write(hub.home, **files)
    applied(hub)
    one, other = connectors.all_connectors(hub)
    assert one.system_id == other.system_id
    assert (one.agencies, other.agencies) == (frozenset({"35.01"}), frozenset({"35.02"}))


def test_the_core_speaks_for_all_unless_its_file_says_for_whom(hub: Hub) -> None:
    text = connector_text("pusat", core="yes").replace('agency: "33.73"\n', "")
    installation.write(hub.home, pusat=text)
    applied(hub)
    assert (connectors.load(hub, "pusat").role, connectors.load(hub, "pusat").agencies) == (Side.CORE, frozenset({"*"}))
    installation.write(hub.home, pusat=text + 'agencies: ["33.73"]\n')
    applied(hub)
    with hub.store.read() as conn:
        assert list(conn.scalars(select(account.c.agencies))) == [["33.73"]]


def test_it_goes_live_at_midnight_where_its_agency_is(hub: Hub, clock: Clock) -> None:
    installation.write(hub.home, a=connector_text("a", agency='"91.03"', live_from="2026-03-10"))
    applied(hub)
    clock.at = datetime(2026, 3, 9, 14, 59, tzinfo=UTC)
    assert connectors.load(hub, "a").state is State.OBSERVE
    clock.at = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)  # midnight in WIT
    assert connectors.load(hub, "a").state is State.LIVE
    assert connectors.load(hub, "a").party.live


def test_in_a_copied_store_nobody_is_live(hub: Hub) -> None:
    installation.write(hub.home, a=connector_text("a", live_from="2026-01-01"))
    applied(hub)
    with hub.store.begin() as conn:
        switches.put(conn, switches.OBSERVING, {"why": "x"}, by="t", now=hub.now())
    assert connectors.load(hub, "a").state is State.OBSERVE


def test_what_a_person_paused_stays_paused_when_its_file_changes(hub: Hub) -> None:
    installation.write(hub.home, a=connector_text("a", live_from="2026-01-01"))
    applied(hub)
    with hub.store.begin() as conn:
        standing.pause(conn, connectors.load(hub, "a").id)
    installation.write(hub.home, a=connector_text("a", live_from="2026-01-01", when="every 1 hour"))
    applied(hub)
    assert connectors.load(hub, "a").state is State.PAUSED
    with hub.store.begin() as conn:
        standing.resume(conn, connectors.load(hub, "a").id, hub.now())
    assert connectors.load(hub, "a").state is State.LIVE


def test_a_mapping_in_the_home_folder_wins_over_a_shipped_one(hub: Hub) -> None:
    from hub.apply.files import FileLibrary, shipped_mappings

    name = shipped_mappings()[0]
    library = FileLibrary(hub.home)
    assert library.mapping(name)[0].startswith("#") or f"mapping: {name}" in library.mapping(name)[0]
    (hub.home / "mappings" / f"{name}.yaml").write_text("mapping: mine\n")
    assert library.mapping(name)[0] == "mapping: mine\n"


@pytest.mark.parametrize("path", ["../key", "/etc/hostname", "codes/../../key", ""])
def test_a_code_file_never_lies_outside(hub: Hub, path: str) -> None:
    from hub.apply.files import FileLibrary

    with pytest.raises(KeyError):
        FileLibrary(hub.home).codes(path)


# --- agencies.yaml


OWN = """\
agencies:
  - {code: "33.73", lapor_ids: ["1208"]}
  - code: dpu-salatiga
    name: Dinas Pekerjaan Umum Kota Salatiga
    kind: UNIT
    parent: "33.73"
    lapor_ids: [{id: "4711", from: 2024-01-01}, {id: "4650", until: 2023-12-31}]
"""


def with_agencies(hub: Hub, text: str) -> agencies.Register:
    (hub.home / "agencies.yaml").write_text(text)
    apply.apply(hub, "tester")
    with hub.store.read() as conn:
        return agencies.register(conn)


def test_an_agency_is_found_by_the_number_it_had_on_the_day(any_hub: Hub) -> None:
    register = with_agencies(any_hub, OWN)
    day, before = datetime(2026, 3, 1).date(), datetime(2023, 3, 1).date()
    assert register.by_core_number("4711", day) == "dpu-salatiga"
    assert register.by_core_number("4711", before) is None
    assert register.by_core_number("4650", before) == "dpu-salatiga"
    assert register.lapor_id("33.73", day) == "1208"
    assert register.target({"agency.unit_id": "9", "agency.parent_id": "1208"}, day) == "33.73"
    assert register.target({"agency.unit_id": "4711", "agency.parent_id": "1208"}, day) == "dpu-salatiga"
    assert register.agencies["dpu-salatiga"].zone == "WIB"


def test_a_number_taken_out_of_the_file_is_gone(hub: Hub) -> None:
    with_agencies(hub, OWN)
    register = with_agencies(hub, 'agencies: [{code: "33.73", lapor_ids: ["77"]}]\n')
    assert list(register.by_lapor_id) == ["77"]
    assert len([one for one in register.agencies.values() if one.autonomous]) == 546


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('agencies: [{code: "33.73", name: Salatiga}]', "agencies.registered"),
        ("agencies: [{code: X Y, name: x, kind: UNIT}]", "agencies.code"),
        ('agencies: [{code: a, name: x, kind: UNIT, parent: "99"}]', "agencies.parent"),
        ("agencies: [{code: a, name: x, kind: UNIT, parent: a}]", "agencies.circle"),
        ('agencies: [{code: "33", lapor_ids: ["1"]}, {code: "34", lapor_ids: ["1"]}]', "agencies.number_twice"),
        ('agencies: [{code: "33", lapor_ids: [{id: "1", from: maret}]}]', "agencies.day"),
        ('agencies: [{code: "33"}, {code: "33"}]', "agencies.twice"),
    ],
)
def test_a_mistake_in_the_agency_file_is_named(hub: Hub, text: str, code: str) -> None:
    (hub.home / "agencies.yaml").write_text(text)
    assert faults(hub) == [("agencies.yaml", code)]
