"""The sample that the format was agreed on: SIGAP over REST, and the file that connects one of them."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.mapping import FieldClass, Mapping, MappingError, compile_mapping
from hub.mapping.check import check_mapping
from hub.mapping.dates import WIB
from hub.mapping.reader import read_yaml
from hub.mapping.schedule_file import Weekly, read_connector_file
from tests.mapping.library import Texts

SAMPLES = Path(__file__).parent / "samples"
SETTINGS = {"project": "aduan", "lapor_field": "7", "hub_user": "12"}
RECORD = {
    "id": 3,
    "subject": "Jalan rusak",
    "created_on": "2026-03-01T00:15:00Z",
    "warga": {"hp": "0812-3456-789"},
    "status": {"id": 5},
    "alasan": "WEWENANG",
    "custom_fields": [{"id": 7, "value": "#9165816"}, {"id": 9, "value": "x"}],
    "journals": [{"id": 1, "user": {"id": 12}, "created_on": "2026-03-02T00:00:00Z", "notes": "<p>Halo</p>"}],
    "spent_hours": 3,
    "_etag": "y",
    "baru": 1,
}


@pytest.fixture(scope="module")
def sigap() -> Mapping:
    library = Texts({"sigap": (SAMPLES / "sigap.yaml").read_text("utf-8")})
    return compile_mapping("sigap", library, settings=SETTINGS, zone=WIB)


def test_its_own_tests_and_both_laws_hold(sigap: Mapping) -> None:
    results = check_mapping(sigap)
    assert [result.name for result in results if not result.ok] == []
    assert len(results) == 4


def test_a_record_is_read(sigap: Mapping) -> None:
    reading = sigap.read(RECORD)
    assert reading.system_id == "3"
    assert reading.complaint["status"] == "RETURNED"
    assert reading.complaint["reporter.phone"] == "+628123456789"
    assert reading.complaint["core_tracking_id"] == "9165816"
    assert reading.complaint["received_at"].utc == datetime(2026, 3, 1, 0, 15, tzinfo=UTC)
    assert [(event.key, event.values["text"], event.ours) for event in reading.events] == [("1", "Halo", True)]
    assert reading.unmapped == ("baru",)
    assert reading.issues == ()


def test_only_what_changed_is_said(sigap: Mapping) -> None:
    complaint = {**sigap.read(RECORD).complaint, "status": "RESPONDED", "core_tracking_id": "9165817"}
    writing = sigap.write(complaint, RECORD)
    assert writing.changed == {"alasan": "", "custom_fields": [{"id": 7, "value": "9165817"}]}
    assert set(writing.names) == {"status", "core_tracking_id"}
    assert writing.fields["warga"]["hp"] == "0812-3456-789"
    assert writing.fields["status"] == {"id": 5}


def test_the_class_of_every_field_is_known(sigap: Mapping) -> None:
    assert sigap.classes["title"] is FieldClass.LOSSY
    assert sigap.classes["is_anonymous"] is FieldClass.ONE_WAY
    assert sigap.classes["status"] is FieldClass.NORMALISING
    assert not sigap.says_flags


def test_where_a_value_came_from_is_told_without_the_value(sigap: Mapping) -> None:
    trace = {one.field: one for one in sigap.trace(RECORD)}
    assert trace["reporter.phone"].raw_shape == "9999-9999-999"
    assert trace["core_tracking_id"].path == "custom_fields(id=7).value"
    assert trace["title"].rule == "mappings/sigap.yaml:7"


def test_the_digest_leaves_out_what_is_ignored(sigap: Mapping) -> None:
    assert sigap.digest(RECORD) == sigap.digest({**dict(reversed(RECORD.items())), "spent_hours": 9, "_etag": "z"})
    assert sigap.digest(RECORD) != sigap.digest({**RECORD, "subject": "x"})


def test_what_verifies_and_what_is_read_back_is_known(sigap: Mapping) -> None:
    assert sigap.key_field == "core_tracking_id"
    assert sigap.read_back == ("status",)


def test_a_changed_setting_is_another_effective_version(sigap: Mapping) -> None:
    library = Texts({"sigap": (SAMPLES / "sigap.yaml").read_text("utf-8")})
    other = compile_mapping("sigap", library, settings={**SETTINGS, "lapor_field": "8"}, zone=WIB)
    again = compile_mapping("sigap", library, settings=SETTINGS, zone=WIB)
    assert other.effective != sigap.effective
    assert again.effective == sigap.effective


def test_the_connector_file_is_read() -> None:
    text = (SAMPLES / "kota-contoh-sigap.yaml").read_text("utf-8")
    file = read_connector_file(read_yaml(text, "schedules/kota-contoh-sigap.yaml"))
    assert (file.connector, file.system, file.agency, file.mapping) == (
        "kota-contoh-sigap", "kota-contoh-sigap", "33.73", "sigap",
    )  # fmt: skip
    assert file.every == timedelta(minutes=5)
    assert file.full == Weekly(time(2), 6)
    assert file.hours == (time(6), time(22))
    assert (file.calls_per_hour, file.run_seconds, file.live_from) == (600, 600.0, date(2026, 12, 1))
    assert file.connection["header"] == {"X-Api-Key": "<secret.sigap>"}
    assert file.settings == SETTINGS


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("when: 5 minutes", "schedule.when"),
        ("full: someday 02:00", "mapping.word.unknown"),
        ("full: minggu 25:00", "schedule.clock"),
        ("hours: 6-22", "schedule.clock"),
        ("budget: {calls: many}", "schedule.calls"),
        ("budget: {run: 0 minutes}", "schedule.span"),
        ("live_from: 2026-02-30", "schedule.live_from"),
        ("settle: soon", "schedule.span"),
        ("zone: WITTA", "mapping.date.zone"),
        ("connection: {token: <password>}", "schedule.slot"),
        ("core: ya", "mapping.word.unknown"),
        ("aplikasi: x", "mapping.key.unknown"),
        ("overlay: {fields: []}", "mapping.key.unknown"),
        ("system: Kota Contoh", "schedule.name"),
        ("agencies: [33 73]", "schedule.code"),
    ],
)
def test_a_bad_connector_file_is_refused(line: str, code: str) -> None:
    base = 'connector: a\nagency: "33.73"\nmapping: m\nadapter: rest\n'
    with pytest.raises(MappingError) as caught:
        read_connector_file(read_yaml(f"{base}{line}\n", "schedules/a.yaml"))
    fault = next(fault for fault in caught.value.faults if fault.code.removesuffix("_near") == code)
    assert (fault.file, fault.line) == ("schedules/a.yaml", 5)


def test_a_connector_of_nobody_is_refused() -> None:
    with pytest.raises(MappingError, match="agency"):
        read_connector_file(read_yaml("connector: a\nmapping: m\nadapter: rest\n", "schedules/a.yaml"))


def test_indonesian_words_are_understood() -> None:
    text = 'connector: a\nagency: "33.73"\nmapping: m\nadapter: rest\nwhen: setiap 2 jam\nfull: minggu 02:00\n'
    file = read_connector_file(read_yaml(text, "schedules/a.yaml"))
    assert (file.every, file.full) == (timedelta(hours=2), Weekly(time(2), 6))


def test_the_next_sweep_is_on_the_wall_clock_of_the_place() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
    assert Weekly(time(2), 6).next(now, ZoneInfo("Asia/Jayapura")) == datetime(2026, 11, 28, 17, tzinfo=UTC)
    assert Weekly(time(2)).next(now, ZoneInfo("Asia/Jakarta")) == datetime(2026, 11, 23, 19, tzinfo=UTC)
