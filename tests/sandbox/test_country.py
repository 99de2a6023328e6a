from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.sandbox import people
from hub.sandbox.clock import WIT, Clock, long_date, working_days_later
from hub.sandbox.core import State
from hub.sandbox.country import Country
from hub.sandbox.desk import Stage
from hub.sandbox.life import Pace
from hub.sandbox.people import Fate


def _story(seed: int, folder: Path, steps: int = 6) -> list[object]:
    country = Country(seed, folder)
    country.step(steps)
    return [system.ledger.to_json() for system in country.systems.values()]


def test_the_same_seed_tells_the_same_story(tmp_path: Path) -> None:
    assert _story(7, tmp_path / "a") == _story(7, tmp_path / "b")


def test_another_seed_tells_another(tmp_path: Path) -> None:
    assert _story(7, tmp_path / "a") != _story(8, tmp_path / "b")


def test_the_centre_verifies_and_disposes_what_citizens_file(tmp_path: Path) -> None:
    country = Country(7, tmp_path)
    country.step(3)
    states = {one.state for one in country.core.complaints.values()}
    assert State.DISPOSED in states
    assert any(one.edited for one in country.core.complaints.values())


def test_officers_take_up_answer_and_finish(tmp_path: Path) -> None:
    country = Country(7, tmp_path, pace=Pace(local=1.0, returned=0.0))
    country.step(8)
    stages = {country.province.stage(one) for one in country.province.tickets.values()}
    assert {Stage.WORKING, Stage.DONE} <= stages
    assert country.province.ledger.entries("comment", wire=False)


def test_people_are_invented_and_reach_nobody() -> None:
    crowd = [people.citizen(Fate(3), count) for count in range(50)]
    assert all(one["telpon"].startswith("0840") and one["email"].endswith("@example.id") for one in crowd)
    words = set(people.texts()["names"]["first"]) | set(people.texts()["names"]["last"])
    assert all(set(one["nama"].split()) <= words for one in crowd)


def test_every_text_carries_a_mark_of_its_own() -> None:
    bodies = [people.complaint(Fate(3), "core", count)["isi"] for count in range(300)]
    assert len(set(bodies)) == 300


def test_a_standing_clock_moves_only_when_told() -> None:
    clock = Clock(datetime(2026, 11, 2, tzinfo=UTC))
    assert clock.now() == clock.now()
    assert clock.advance(timedelta(hours=2)) == datetime(2026, 11, 2, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))


def test_a_fast_clock_lets_an_hour_pass_in_a_second_and_stops_at_its_limit() -> None:
    seconds = [0.0]
    begin = datetime(2026, 11, 2, tzinfo=UTC)
    clock = Clock(begin, 3600, limit=lambda: begin + timedelta(hours=3), tick=lambda: seconds[0])
    seconds[0] = 2
    assert clock.now() == begin + timedelta(hours=2)
    seconds[0] = 9
    assert clock.now() == begin + timedelta(hours=3)


def test_a_clock_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        Clock(datetime(2026, 11, 2))


def test_working_days_skip_the_weekend() -> None:
    friday = datetime(2026, 11, 6, 3, tzinfo=UTC)
    assert working_days_later(friday, 1) == datetime(2026, 11, 9, 3, tzinfo=UTC)


def test_long_dates_are_indonesian_and_local() -> None:
    assert long_date(datetime(2026, 8, 16, 18, 5, tzinfo=UTC), WIT) == "Senin, 17 Agustus 2026, 03:05"
