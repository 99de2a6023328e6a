"""Request Tracker 5 connected by files alone; opt in with HUB_TEST_RT=http://127.0.0.1:PORT/REST/2.0."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.counterparts.federation import CORE, OFFICE, Federation, federation
from tests.counterparts.request_tracker import RtOffice
from tests.counterparts.servers import PASSWORD

RT = os.environ.get("HUB_TEST_RT", "")
pytestmark = [
    pytest.mark.counterpart,
    pytest.mark.skipif(not RT, reason="set HUB_TEST_RT to the REST2 address of a Request Tracker 5 on this machine"),
]


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path / "home", None, RtOffice(RT), PASSWORD, seed=int(time.time())) as one:
        yield one


def test_the_whole_way_there_and_back(country: Federation) -> None:
    tracking_id = country.dispose()
    own = country.office.file("Pohon tumbang", "Pohon tumbang menutup jalan di depan sekolah.")
    country.round(2)
    number, record = country.of(tracking_id)
    assert (record["title"], record["reporter"]) == ("Lampu jalan mati", "Contoh Buatan")
    assert record["body"] == "Lampu depan balai warga mati sejak Senin."
    assert country.office.records()[own]["lapor"] in country.core.complaints
    country.office.answer(number, "Lampu sudah diganti, silakan dicek.")
    country.office.finish(number)
    country.round(2)
    assert country.told(tracking_id) == ["Lampu sudah diganti, silakan dicek."]
    assert country.complaint(tracking_id).state.name == "ANSWERED"
    country.core.reply(country.complaint(tracking_id), "Terima kasih, tetapi masih mati.")
    country.round(2)
    assert country.of(tracking_id)[1]["texts"] == [
        "Lampu sudah diganti, silakan dicek.",
        "Terima kasih, tetapi masih mati.",
    ]
    books = country.books()
    country.round(2)
    assert country.books() == books
    assert len(country.office.records()) == len(country.core.complaints) == 2


@pytest.mark.parametrize(
    ("call", "kind"), [("POST /REST/2.0/ticket ", "create"), ("POST /REST/2.0/ticket/", "comment")]
)
def test_a_lost_answer_is_looked_up_and_nothing_is_said_twice(country: Federation, call: str, kind: str) -> None:
    tracking_id = country.dispose()
    if kind == "comment":
        country.round()
        country.office.answer(country.of(tracking_id)[0], "Sudah diganti.")
        country.round(2)
        country.core.reply(country.complaint(tracking_id), "Masih mati.")
    country.pull(CORE)
    country.office.network.lose_after(call)  # type: ignore[attr-defined]
    country.push(OFFICE)
    assert country.states(kind)[-1][0] == "unknown"
    country.wait(seconds=2)
    country.round(3)
    assert country.states(kind)[-1][0] == "delivered"
    assert len(country.office.records()) == 1
    assert country.of(tracking_id)[1]["texts"] == ([] if kind == "create" else ["Sudah diganti.", "Masih mati."])
