"""Files through the whole hub: dropped, stored, put away; killed between storing and putting away."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.apply import apply
from hub.home import Hub
from hub.store.tables import quarantine, record
from hub.sync import pull

ROOT = Path(__file__).resolve().parents[2]
CONNECTOR = """\
connector: kota-jauh
agency: "33.73"
mapping: nyc311
adapter: tabular
connection: {folder: kota-jauh/in, finished_after: 0 seconds}
when: every 5 minutes
"""


@pytest.fixture
def city(hub: Hub) -> Hub:
    shutil.copy(ROOT / "tests/mappings/nyc311.yaml", hub.home / "mappings")
    (hub.home / "schedules" / "kota-jauh.yaml").write_text(CONNECTOR)
    apply(hub, by="tests")
    drop(hub).mkdir(parents=True)
    shutil.copy(ROOT / "tests/data/nyc311-100.csv", drop(hub))
    return hub


def drop(hub: Hub) -> Path:
    return hub.home / "files" / "kota-jauh" / "in"


def stored(hub: Hub) -> tuple[int, int]:
    with hub.store.read() as conn:
        return tuple(conn.scalar(select(func.count()).select_from(table)) for table in (record, quarantine))  # type: ignore[return-value]


def test_a_real_file_is_stored_whole_and_put_away(city: Hub) -> None:
    result = pull.run(city, "kota-jauh")
    counts = result.counts
    assert result.outcome in {"ok", "observed"}
    assert counts["seen"] == 100
    assert counts["stored"] + counts["skipped"] + counts["quarantined"] == 100
    assert (counts["skipped"], counts["quarantined"]) == (1, 0)
    assert list(drop(city).iterdir()) == []
    assert len(list(drop(city).parent.glob("archive/2*/*.csv"))) == 1


def test_a_dry_run_stores_and_moves_nothing(city: Hub) -> None:
    result = pull.run(city, "kota-jauh", dry_run=True)
    assert result.counts["seen"] == 100
    assert stored(city) == (0, 0)
    assert [path.name for path in drop(city).iterdir()] == ["nyc311-100.csv"]


def test_a_kill_after_storing_makes_nothing_twice(city: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("adapters.tabular.folder.Keeper.done", killed)
        with pytest.raises(KeyboardInterrupt):
            pull.run(city, "kota-jauh")
    before = stored(city)
    city.now.move(hours=1)  # type: ignore[attr-defined]
    again = pull.run(city, "kota-jauh")
    assert again.counts["stored"] == 0
    assert stored(city) == before
    assert list(drop(city).iterdir()) == []


def test_what_is_no_table_is_in_quarantine_and_in_the_reject_folder(city: Hub) -> None:
    (drop(city) / "laporan.xls").write_bytes(b"<html><table></table></html>")
    with (drop(city) / "nyc311-100.csv").open("a") as file:
        file.write("99,baris,rusak\n")
    result = pull.run(city, "kota-jauh")
    assert result.counts["quarantined"] == 2
    assert stored(city)[1] == 2
    assert len(list((drop(city).parent / "reject").iterdir())) == 3
    assert list(drop(city).iterdir()) == []
