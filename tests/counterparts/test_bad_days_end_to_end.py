"""Bad days at offices that somebody else wrote: lost answers, maintenance, wrong passwords, claims typed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.rest import Rest
from adapters.soap import Soap
from tests.counterparts.federation import CORE, OFFICE, Federation, Office, federation
from tests.counterparts.offices import PhpOffice, RoundupOffice, elapor_office, simadu_office
from tests.counterparts.servers import PASSWORD, PhpSoap, Roundup
from tests.counterparts.test_offices_end_to_end import OFFICES

pytestmark = pytest.mark.counterpart


@pytest.fixture(params=list(OFFICES))
def office(request: pytest.FixtureRequest) -> Office:
    return OFFICES[request.param](request.getfixturevalue(request.param))


@pytest.fixture
def country(tmp_path: Path, office: Office) -> Iterator[Federation]:
    with federation(tmp_path / "home", None, office, PASSWORD) as one:
        yield one


def lose_the_answer(office: Office, call: str) -> None:
    """The next ``create`` or ``comment`` is carried out there, and its answer never leaves."""
    if isinstance(office, PhpOffice):
        office.server.fault("mati", operation={"create": "kirimAduan", "comment": "tambahTindakLanjut"}[call])
    else:
        office.lose_after(call)


def settled(country: Federation, times: int = 3) -> None:
    """Rounds of pushes at the office, each after its settle time."""
    for _ in range(times):
        country.wait(seconds=2)
        assert country.push(OFFICE).outcome == "ok"


def test_a_create_whose_answer_was_lost_is_looked_up_and_made_once(country: Federation) -> None:
    tracking_id = country.dispose()
    country.pull(CORE)
    lose_the_answer(country.office, "create")
    country.push(OFFICE)
    assert country.states("create")[0][0] == "unknown"
    settled(country)
    assert [state for state, _ in country.states("create")] == ["delivered"]
    assert len(country.office.records()) == 1
    country.round(2)
    assert country.of(tracking_id)[1]["title"] == "Lampu jalan mati"


def test_a_pull_before_the_look_up_does_not_take_our_record_for_a_new_one(country: Federation) -> None:
    country.dispose()
    country.pull(CORE)
    lose_the_answer(country.office, "create")
    country.push(OFFICE)
    country.round(3)
    assert len(country.office.records()) == 1
    assert len(country.core.complaints) == 1
    assert len(country.rows("complaint")) == 1


def test_a_comment_whose_answer_was_lost_is_looked_up_and_said_once(country: Federation) -> None:
    tracking_id = country.dispose()
    country.round()
    country.office.answer(country.of(tracking_id)[0], "Lampu sudah diganti, silakan dicek.")
    country.round(2)
    country.core.reply(country.complaint(tracking_id), "Terima kasih, tetapi masih mati.")
    country.pull(CORE)
    lose_the_answer(country.office, "comment")
    country.push(OFFICE)
    assert country.states("comment")[-1][0] == "unknown"
    settled(country)
    assert country.states("comment")[-1][0] == "delivered"
    country.round(2)
    assert country.of(tracking_id)[1]["texts"].count("Terima kasih, tetapi masih mati.") == 1
    assert country.told(tracking_id) == ["Lampu sudah diganti, silakan dicek."]


def test_a_wrong_password_is_told_as_such_and_moves_nothing(country: Federation) -> None:
    country.office.file("Lampu mati", "Lampu taman mati sejak kemarin malam.")
    country.round()
    before = country.marks()
    country.office.file("Pohon tumbang", "Pohon tumbang menutup jalan di depan sekolah.")
    (country.home / "secrets" / "kantor").write_text("sandi-yang-salah", "utf-8")
    result = country.pull(OFFICE)
    assert (result.outcome, result.facts["failure"]) == ("failed", "credentials")
    assert country.marks() == before
    (country.home / "secrets" / "kantor").write_text(PASSWORD, "utf-8")
    country.round(2)
    assert len(country.core.ledger.entries("create")) == 2


def test_a_server_that_is_off_loses_nothing(country: Federation) -> None:
    tracking_id = country.dispose()
    country.pull(CORE)
    country.office.stop()
    assert country.pull(OFFICE).facts["failure"] == "down"
    assert country.push(OFFICE).facts["failure"] == "down"
    country.office.start()
    country.round(2)
    assert country.of(tracking_id)[1]["title"] == "Lampu jalan mati"
    assert len(country.office.records()) == 1


def test_a_tracking_id_typed_by_an_officer_is_verified_and_linked(country: Federation) -> None:
    tracking_id = country.core.file(
        {"judul": "Jalan berlubang", "isi": "Jalan berlubang di depan pasar.", "anonim": "0", "rahasia": "0"},
        by="warga",
    ).tracking_id
    number = country.office.file("Jalan rusak depan pasar", "Warga datang ke loket.", number=tracking_id)
    country.round(3)
    assert len(country.core.complaints) == 1
    country.office.answer(number, "Sudah ditambal.")
    country.core.dispose(country.complaint(tracking_id), "900700")
    country.round(3)
    assert country.told(tracking_id) == ["Sudah ditambal."]
    assert len(country.office.records()) == 1


def test_a_tracking_id_that_the_core_does_not_know_links_nothing(country: Federation) -> None:
    country.office.file("Jalan rusak depan pasar", "Warga datang ke loket.", number="9999999")
    country.round(3)
    assert country.core.complaints == {}
    assert [row.code for row in country.rows("finding", kind="claim_unknown")] == ["sync.claim_unknown"]


# --- what only one of them can do


@pytest.mark.parametrize("page", ["pemeliharaan", "pemeliharaan_200"])
def test_a_maintenance_page_is_no_data(simadu: PhpSoap, tmp_path: Path, page: str) -> None:
    with federation(tmp_path / "home", None, simadu_office(simadu), PASSWORD) as country:
        country.office.file("Lampu mati", "Lampu taman mati sejak kemarin malam.")
        country.round()
        before = country.marks()
        country.office.file("Pohon tumbang", "Pohon tumbang menutup jalan di depan sekolah.")
        simadu.fault(page)
        result = country.pull(OFFICE)
        assert (result.outcome, result.facts["failure"] in {"down", "later"}) == ("failed", True)
        assert country.marks() == before
        country.round(2)
        assert len(country.core.ledger.entries("create")) == 2


def test_an_error_inside_a_good_answer_is_a_refusal(
    elapor: PhpSoap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E-LAPOR says no with HTTP 200 and respon 0: the officer finished it just before our word on it came."""
    office = elapor_office(elapor)
    send = Soap.send

    def slower(self: Soap, request: Any) -> Any:
        if request.target == "ubahStatus":
            elapor.change(str(request.body["nomor"]), status="SELESAI")
        return send(self, request)

    with federation(tmp_path / "home", None, office, PASSWORD) as country:
        tracking_id = country.dispose()
        country.round()
        office.start_work(country.of(tracking_id)[0])
        country.round()
        country.core.archive(country.complaint(tracking_id), "tidak ada instansi yang berwenang")
        country.pull(CORE)
        monkeypatch.setattr(Soap, "send", slower)
        country.push(OFFICE)
        assert country.states("update")[-1] == ("refused", "conversation.refused")
        monkeypatch.undo()
        country.round(2)
        assert country.of(tracking_id)[1]["status"] == "SELESAI"


def test_somebody_was_faster_and_nothing_of_theirs_is_lost(
    roundup: Roundup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our look and our write an officer changes the issue: Roundup answers 412, the hub looks again."""
    office = RoundupOffice(roundup)
    send = Rest.send
    fast: list[str] = []

    def slower(self: Rest, request: Any) -> Any:
        if request.method == "PUT" and not fast:
            fast.append(request.target)
            roundup.change(request.target.removeprefix("issue/"), title="Pohon tumbang (mendesak)")
        return send(self, request)

    with federation(tmp_path / "home", None, office, PASSWORD) as country:
        number = country.office.file("Pohon tumbang", "Pohon tumbang menutup jalan di depan sekolah.")
        monkeypatch.setattr(Rest, "send", slower)
        country.round(3)
        record = country.office.records()[number]
        assert fast
        assert record["title"] == "Pohon tumbang (mendesak)"
        assert record["lapor"] in country.core.complaints
