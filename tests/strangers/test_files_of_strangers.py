"""Files of systems that nobody here wrote: a mapping and a connector file each, no Python; every row accounted for.

The shapes are those of real exports (three cities' open data, Open311, a recap printed by an office …) with
invented content. What a row can become: stored, the same as another, left out by a rule with its reason, or set
aside with a reason that names row, column, rule and next step.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from sqlalchemy import select

from hub.apply import apply
from hub.checks import check_files
from hub.home import Hub, init_hub
from hub.language import sentences
from hub.store import complaints
from hub.store.tables import connector, issue, link, quarantine, record
from hub.sync import pull
from hub.sync.job import RunResult

HERE = Path(__file__).resolve().parent
CONNECTOR = """\
connector: {name}
agency: "33.73"
mapping: {name}
adapter: tabular
connection: {{folder: {name}/in, finished_after: 0 seconds}}
when: every 5 minutes
"""


@dataclass(frozen=True)
class Expected:
    """``stored``: complaints; ``aside``: reasons of rows and files; ``unread``: reasons of single cells."""

    stored: int
    aside: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    skipped: int = 0
    events: int = 0
    stream: str = ""
    lying: tuple[str, ...] = ()
    values: dict[str, dict[str, Any]] = field(default_factory=dict)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SHAPES: dict[str, Expected] = {
    "boston": Expected(  # a default place, the outcome inside a closing text, a time with its zone's name
        7, {"mapping.read.required": 1},
        values={
            "101005249001": {"responded_at": _time("2024-01-01T13:43:55.867"), "title": "Requests for Street Cleaning"},
            "101005249004": {"location.lat": None, "channel": "PHONE"},
            "101005249005": {"responded_at": _time("2024-01-05T15:00")},
        },
    ),
    "chicago": Expected(4, skipped=1, values={"SR24-00000001": {"location.lat": 41.8825, "location.lon": -87.6234}}),
    "sanfran": Expected(4, values={"17500002": {"location.lat": None}}),
    "toronto": Expected(  # no number at all: four columns make one, and rows alike in them are told
        3, {"file.same_key_differs": 3},
        values={
            "2021-01-01 00:20:58.0000000|Noise|Intersection|Rue Québec": {"location.address": "Rue Québec & ’Oak’"},
        },
    ),
    "open311": Expected(
        3, {"mapping.read.no_key": 1}, {"mapping.read.code": 1, "mapping.read.coordinate": 2}, events=1,
        values={"638344": {"reporter.name": "Budi Contoh", "reporter.phone": "+6281200000001"}},
    ),
    "jakarta": Expected(  # title rows, headings in two rows, merged districts, a total, signatures
        4, {}, {"mapping.read.split": 2},
        values={"JK2601010002": {"location.district.name_raw": "Menteng", "received_at": _time("2026-01-01T02:15")}},
    ),
    "kabupaten": Expected(  # a table out of Word: divided texts, no numbers of its own, Windows-1252
        4, {}, {"mapping.read.split": 4, "mapping.read.date_impossible": 1}, events=2,
        values={
            "2026-01-1.": {"body_original": "Jalan rusak di Jl. “Mawar” – sejak Desember\nRT 02 RW 03 lubang besar"},
            "2026-01-3.": {"is_anonymous": "yes", "received_at": _time("2026-01-08T17:00")},
        },
    ),
    "kode": Expected(
        4, {"file.same_key_differs": 2}, {"mapping.read.date_impossible": 1, "mapping.read.parts": 2},
        values={"T1": {"channel": "WALK_IN", "location.lat": None, "received_at": _time("2026-04-03T02:00")}},
    ),
    "tsvjson": Expected(
        1, {"mapping.read.misfit": 1, "mapping.read.flag": 1},
        values={"1": {"location.lat": -8.65, "body_original": 'baris satu\nbaris dua\t"kutip"', "is_anonymous": "yes"}},
    ),
    "utf16": Expected(3, {}, {"mapping.read.code": 1}, values={"A1": {"received_at": _time("2026-01-31T15:00")}}),
    "tiket": Expected(2, lying=("lain.csv",)),
    "serial": Expected(
        4, {}, {"mapping.read.tracking": 1, "mapping.read.out_of_bounds": 1},
        values={"9165816": {"received_at": _time("2026-01-01T01:15"), "reporter.phone": "+6281200000001"}},
    ),
    "jsonl": Expected(
        1, {"file.same_key_differs": 2, "file.bad_json": 1, "file.no_object": 2, "mapping.read.no_key": 1},
        {"mapping.read.code": 1}, values={"2": {"title": "Lampu"}},
    ),
    "phpxls": Expected(  # an HTML table named .xls, a login page named .xls, half a page
        2, {"mapping.read.no_key": 1, "file.html": 1, "file.cut_off": 1},
        values={"ADU-001": {"reporter.name": "Budi Contoh", "body_original": "Jalan rusak & berlubang\ndekat pasar"}},
    ),
    "jsondoc": Expected(
        2, {"file.no_object": 1, "mapping.read.no_key": 1, "file.no_list": 1, "file.bad_document": 1},
        {"mapping.read.date_relative": 1},
    ),
    "campur": Expected(2, values={"1": {"title": "a"}}),
    "tahunan": Expected(4, values={"2026-Februari-2": {"received_at": _time("2026-02-02T17:00")}}),
    "aneka": Expected(
        7, {"file.bad_letters": 1, "file.too_many_cells": 1, "file.heading_twice": 1, "file.no_headings": 1},
        values={"21": {"body_original": "é"}, "11": {"status": None}},
    ),
}  # fmt: skip
STREAMS = {  # shapes with files of follow-ups beside
    "tiket": Expected(0, {"file.same_key_differs": 2, "mapping.read.no_key": 1, "mapping.read.no_owner": 1}, events=2),
    "campur": Expected(0, {"mapping.read.no_owner": 1}, events=1),
}


@dataclass
class Country:
    hub: Hub
    results: dict[tuple[str, str], RunResult]

    def id(self, name: str) -> int:
        with self.hub.store.read() as conn:
            return int(conn.scalar(select(connector.c.id).where(connector.c.name == name)) or 0)

    def aside(self, name: str, stream: str) -> list[Any]:
        which = (quarantine.c.connector_id == self.id(name)) & (quarantine.c.stream == stream)
        with self.hub.store.read() as conn:
            return list(conn.execute(select(quarantine).where(which)))

    def issues(self, name: str) -> list[Any]:
        with self.hub.store.read() as conn:
            return list(conn.execute(select(issue).where(issue.c.connector_id == self.id(name))))

    def values(self, name: str, number: str) -> dict[str, Any]:
        """What the hub holds of one record's complaint."""
        with self.hub.store.read() as conn:
            which = select(link.c.complaint_id).join(record, record.c.id == link.c.record_id)
            system = select(connector.c.system_id).where(connector.c.name == name).scalar_subquery()
            found = int(conn.scalar(which.where(record.c.system_id == system, record.c.key == number)) or 0)
            one = complaints.load(conn, [found])[found]
        assert one.data_key is not None
        assert one.box is not None
        return dict(self.hub.store.vault.unwrap(one.data_key).open(one.box))

    def folder(self, name: str) -> Path:
        return self.hub.home / "files" / name


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    """All connectors in one installation, each pulled once."""
    at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    hub = init_hub(tmp_path_factory.mktemp("strangers") / "home", now=lambda: at, environ={})
    for name in SHAPES:
        shutil.copy(HERE / name / f"{name}.yaml", hub.home / "mappings")
        (hub.home / "schedules" / f"{name}.yaml").write_text(CONNECTOR.format(name=name))
        drop = hub.home / "files" / name / "in"
        drop.mkdir(parents=True)
        for path in (HERE / name).iterdir():
            if path.suffix != ".yaml":
                shutil.copy(path, drop)
    apply(hub, by="tests")
    found = Country(hub, {})
    for name in SHAPES:
        found.results[name, "records"] = pull.run(hub, name)
    for name in STREAMS:
        found.results[name, "tl"] = pull.run(hub, name, stream="tl")
    yield found
    hub.close()


@pytest.mark.parametrize("name", SHAPES)
def test_the_mapping_stands_by_itself(name: str) -> None:
    (report,) = check_files([HERE / name / f"{name}.yaml"])
    assert [result.text for result in report.results if not result.ok] == []


@pytest.mark.parametrize(
    ("name", "stream", "expected"),
    [*((name, "records", one) for name, one in SHAPES.items()), *((name, "tl", one) for name, one in STREAMS.items())],
)
def test_every_row_is_accounted_for(country: Country, name: str, stream: str, expected: Expected) -> None:
    result = country.results[name, stream]
    counts = Counter(result.counts)
    assert result.outcome in {"ok", "observed"}
    assert Counter(row.cause for row in country.aside(name, stream)) == expected.aside
    assert (counts["stored"], counts["skipped"], counts["events"]) == (
        expected.stored, expected.skipped, expected.events,
    )  # fmt: skip
    if stream == "records":
        assert Counter(one.code for one in country.issues(name)) == expected.unread
        assert sorted(path.name for path in (country.folder(name) / "in").iterdir()) == sorted(expected.lying)


@pytest.mark.parametrize("name", [name for name, one in SHAPES.items() if one.values])
def test_what_was_stored_says_what_the_file_said(country: Country, name: str) -> None:
    for number, wanted in SHAPES[name].values.items():
        found = country.values(name, number)
        shown = {key: getattr(found.get(key), "utc", found.get(key)) for key in wanted}
        assert shown == wanted, number


@pytest.mark.parametrize(
    ("name", "stream"), [*((name, "records") for name in SHAPES), *((name, "tl") for name in STREAMS)]
)
def test_every_reason_is_a_sentence_with_place_and_rule(country: Country, name: str, stream: str) -> None:
    for row in country.aside(name, stream):
        assert row.position, row.cause
        assert row.rule.startswith(f"mappings/{name}.yaml:"), row.cause
        for text in sentences()[row.cause].values():
            needed = {name for _, name, _, _ in Formatter().parse(text) if name}
            assert needed <= row.facts.keys(), f"{row.cause} needs {needed - row.facts.keys()}"


@pytest.mark.parametrize("name", [name for name, one in SHAPES.items() if one.aside or one.unread])
def test_the_sender_gets_the_same_as_a_list(country: Country, name: str) -> None:
    lists = list((country.folder(name) / "reject").glob("*.alasan.csv"))
    rows = [row for path in lists for row in list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))[1:]]
    wanted = sum(SHAPES[name].aside.values()) + sum(STREAMS[name].aside.values() if name in STREAMS else ())
    assert sum(row[1] == "baris disisihkan" for row in rows) == wanted
    assert all(row[0] and row[3] and row[5] and row[6] for row in rows)


def test_a_file_that_fits_no_name_is_told(country: Country) -> None:
    from hub.store.views.moving import open_findings

    with country.hub.store.read() as conn:
        found = {one["code"]: one["facts"] for one in open_findings(conn, country.id("tiket"))}
    assert found["file.no_stream"]["file"] == "lain.csv"
