"""One complaint's whole way, at three offices that somebody else wrote, connected by files alone.

The judges are the core's ledger and the office's own books, never the hub's tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.counterparts.federation import Federation, Office, federation
from tests.counterparts.offices import RoundupOffice, elapor_office, simadu_office
from tests.counterparts.servers import PASSWORD, PhpSoap

pytestmark = pytest.mark.counterpart

OFFICES: dict[str, Callable[..., Office]] = {
    "roundup": RoundupOffice,
    "simadu": simadu_office,
    "elapor": elapor_office,
}


@pytest.fixture(params=list(OFFICES))
def office(request: pytest.FixtureRequest) -> Office:
    return OFFICES[request.param](request.getfixturevalue(request.param))


@pytest.fixture
def country(tmp_path: Path, office: Office) -> Iterator[Federation]:
    with federation(tmp_path / "home", None, office, PASSWORD) as one:
        yield one


def test_a_disposed_complaint_is_created_there_once(country: Federation) -> None:
    tracking_id = country.dispose()
    country.round(3)
    _, record = country.of(tracking_id)
    assert record["title"] == "Lampu jalan mati"
    assert record["body"] == "Lampu depan balai warga mati sejak Senin."
    assert record["reporter"] == "Contoh Buatan"
    assert len(country.office.records()) == 1


def test_what_the_officer_answers_reaches_the_core_once(country: Federation) -> None:
    tracking_id = country.dispose()
    country.round()
    number, _ = country.of(tracking_id)
    country.office.start_work(number)
    country.office.answer(number, "Lampu sudah diganti, silakan dicek.")
    country.office.finish(number)
    country.round(3)
    assert country.told(tracking_id) == ["Lampu sudah diganti, silakan dicek."]
    assert country.complaint(tracking_id).state.name == "ANSWERED"


def test_the_reporters_reply_goes_to_the_office_once_and_is_no_echo(country: Federation) -> None:
    tracking_id = country.dispose()
    country.round()
    number, _ = country.of(tracking_id)
    country.office.answer(number, "Lampu sudah diganti, silakan dicek.")
    country.round(2)
    country.core.reply(country.complaint(tracking_id), "Terima kasih, tetapi masih mati.")
    country.round(3)
    texts = country.of(tracking_id)[1]["texts"]
    assert texts == ["Lampu sudah diganti, silakan dicek.", "Terima kasih, tetapi masih mati."]
    assert country.told(tracking_id) == ["Lampu sudah diganti, silakan dicek."]


def test_a_complaint_filed_at_the_office_gets_its_number_from_the_core(country: Federation) -> None:
    number = country.office.file("Pohon tumbang", "Pohon tumbang menutup jalan di depan sekolah.")
    country.round(3)
    (entry,) = country.core.ledger.entries("create")
    assert country.complaint(entry.key).body == "Pohon tumbang menutup jalan di depan sekolah."
    assert country.complaint(entry.key).agency == "900700"
    assert country.office.records()[number]["lapor"] == entry.key
    assert len(country.office.records()) == 1


def test_when_everything_is_told_the_next_rounds_are_silent(country: Federation) -> None:
    tracking_id = country.dispose()
    country.office.file("Pohon tumbang", "Pohon tumbang menutup jalan di depan sekolah.")
    country.round()
    country.office.answer(country.of(tracking_id)[0], "Sedang dikerjakan.")
    country.round(3)
    books = country.books()
    country.round(2)
    assert country.books() == books


def test_what_the_core_ends_is_ended_at_the_office_and_stays_told_once(country: Federation) -> None:
    tracking_id = country.dispose()
    country.round()
    number, _ = country.of(tracking_id)
    country.office.start_work(number)
    country.round()
    country.core.archive(country.complaint(tracking_id), "tidak ada instansi yang berwenang")
    country.round(2)
    assert country.of(tracking_id)[1]["status"] in {"done-cbb", "SELESAI"}
    books = country.books()
    country.round(2)
    assert country.books() == books


def test_an_anonymous_reporter_is_nobody_at_the_office(country: Federation) -> None:
    tracking_id = country.dispose(anonymous=True)
    country.round(2)
    _, record = country.of(tracking_id)
    assert record["body"] == "Lampu depan balai warga mati sejak Senin."
    assert record["reporter"] in {None, ""}


def test_a_declared_loss_is_no_finding_and_no_news(tmp_path: Path, simadu: PhpSoap) -> None:
    """SIMADU takes 150 letters of a title: what it shows is what was meant, and nobody is told again."""
    with federation(tmp_path / "home", None, simadu_office(simadu), PASSWORD) as country:
        title = " ".join(["Lampu jalan mati di depan balai warga"] * 5)
        tracking_id = country.dispose(title)
        country.round(3)
        shown = country.of(tracking_id)[1]["title"]
        assert len(shown) <= 150
        assert title.startswith(shown.rstrip("…").rstrip())
        assert country.rows("finding", kind="altered_by_peer") == []
        assert country.complaint(tracking_id).title == title


def test_the_whole_way_on_either_store(tmp_path: Path, elapor: PhpSoap, any_url: str | None) -> None:
    with federation(tmp_path / "home", any_url, elapor_office(elapor), PASSWORD) as country:
        tracking_id = country.dispose()
        own = country.office.file("Pohon tumbang", "Pohon tumbang menutup jalan di depan sekolah.")
        country.round(2)
        country.office.answer(country.of(tracking_id)[0], "Lampu sudah diganti, silakan dicek.")
        country.round(2)
        assert country.told(tracking_id) == ["Lampu sudah diganti, silakan dicek."]
        assert country.office.records()[own]["lapor"] in country.core.complaints
        books = country.books()
        country.round()
        assert country.books() == books
