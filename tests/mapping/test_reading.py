"""What is read: records, their fate, their follow-ups, and what is told of what cannot be read."""

import json
from typing import Any

import pytest

from hub.domain.complaint import FIELDS, Data
from hub.mapping import Mapping, RecordRefused, compile_mapping
from hub.mapping.dates import WIB, WITA
from tests.mapping.library import Texts, words

FLAT = """
nulls: ["-"]
fields:
  - {complaint: title, system: judul}
  - {complaint: reporter.name, system: nama}
  - {complaint: reporter.phone, system: hp, phone: ID}
  - {complaint: status, system: status, codes: {Baru: RECEIVED}}
  - {complaint: location.lat, system: lat}
  - {complaint: category_raw, system: kategori}
"""


def test_a_field_that_cannot_be_read_is_an_issue_and_the_rest_is_read() -> None:
    reading = words(FLAT).read({"nomor": 1, "judul": "x", "status": "Apa", "lat": "utara", "hp": "rahasia sekali"})
    assert reading.complaint == {"title": "x", "reporter.name": None, "category_raw": None}
    assert {issue.field: issue.code for issue in reading.issues} == {
        "status": "mapping.read.code",
        "location.lat": "mapping.read.coordinate",
        "reporter.phone": "mapping.read.phone",
    }


def test_an_issue_shows_the_value_only_where_it_is_open() -> None:
    raw = {"nomor": 1, "status": "Apa 12", "hp": "Budi 0812", "nama": {"depan": "Siti"}, "lat": "Jl. Mawar 3"}
    issues = {issue.field: issue for issue in words(FLAT).read(raw).issues}
    assert (issues["status"].value, issues["status"].rule) == ("Apa 12", "mappings/contoh.yaml:9")
    assert (issues["reporter.phone"].value, issues["reporter.phone"].shape) == (None, "AAAA 9999")
    assert (issues["reporter.name"].value, issues["reporter.name"].shape) == (None, "object")
    assert issues["location.lat"].value is None
    assert not any("Siti" in str(issue) or "Budi" in str(issue) or "Mawar" in str(issue) for issue in issues.values())


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.data is not Data.OPEN])
def test_no_personal_field_ever_shows_its_value(name: str) -> None:
    mapping = words(f"fields:\n  - {{complaint: {name}, system: x}}\n")
    for issue in mapping.read({"nomor": 1, "x": ["Siti Aminah", "3374010101900001"]}).issues:
        assert issue.value is None
        assert "Siti" not in str(issue)


def test_categories_are_folded_and_spreadsheet_numbers_are_numbers() -> None:
    raw = {"nomor": 12.0, "judul": 7.0, "kategori": "PEKERJAAN\u00a0UMUM  DAN\tRUANG"}
    reading = words(FLAT).read(raw)
    assert reading.system_id == "12"
    assert (reading.complaint["title"], reading.complaint["category_raw"]) == ("7", "PEKERJAAN UMUM DAN RUANG")


@pytest.mark.parametrize("raw", [{}, {"nomor": None}, {"nomor": " "}, {"nomor": []}, {"nomor": {"a": 1}}])
def test_a_record_without_a_number_is_set_aside(raw: dict[str, Any]) -> None:
    with pytest.raises(RecordRefused) as caught:
        words(FLAT).read(raw)
    assert caught.value.issue.code == "mapping.read.no_key"


def test_what_no_rule_names_is_reported_deep_and_shallow() -> None:
    text = """
ignore: ["_*", intern, a.lama]
fields:
  - {complaint: title, system: a.judul}
  - {complaint: core_tracking_id, system: cf(id=7).nilai}
events:
  - {inside: log, key: id, fields: [{event: text, system: isi.teks}]}
"""
    raw = {
        "nomor": 1, "_x": 1, "intern": 1, "baru": {"b": 1}, "a": {"judul": "x", "lama": 1, "lain": 2},
        "cf": [{"id": 7, "nilai": "1", "label": "x"}], "log": [{"id": 1, "isi": {"teks": "t", "gaya": 1}}],
    }  # fmt: skip
    mapping = words(text)
    for _ in range(2):  # the second time out of memory
        assert set(mapping.read(raw).unmapped) == {"baru", "a.lain", "cf.label", "log.isi.gaya"}
    assert mapping.read({"nomor": 2}).unmapped == ()


def test_an_extending_file_changes_only_what_it_says() -> None:
    product = """
mapping: produk
key: id
zone: WIB
settings: {proyek: text}
fields:
  - {complaint: title, system: judul}
  - {complaint: status, system: status, codes: status}
codes:
  status: {baru: RECEIVED, selesai: RESPONDED}
ignore: [a]
tests:
  - {name: of the product only, system: {id: 1, judul: salah}, complaint: {title: benar}}
"""
    agency = """
mapping: kota
extends: produk
zone: WITA
fields:
  - {complaint: title, system: perihal}
  - {complaint: category_raw, system: jenis}
ignore: [b]
"""
    library = Texts({"produk": product, "kota": agency})
    mapping = compile_mapping("kota", library, settings={"proyek": "x"}, zone=WIB)
    reading = mapping.read({"id": 1, "perihal": "x", "judul": "y", "status": "baru", "jenis": "z", "a": 1, "b": 2})
    assert reading.complaint == {"title": "x", "status": "RECEIVED", "category_raw": "z"}
    assert reading.unmapped == ("judul",)
    assert mapping.zone == WITA
    assert "tests" not in mapping.root


OVERLAY: dict[str, Any] = {
    "codes": {"status": {"Baru sekali": "RECEIVED"}, "urgency": {"Gawat": "DARURAT"}},
    "tables": {"t": {"rows": [["x", "RETURNED"]]}},
    "ignore": ["lokal"],
    "nulls": ["nihil"],
}
OVERLAID = """
fields:
  - {complaint: status, system: status, codes: status}
  - {complaint: urgency, system: darurat, codes: {Ya: DARURAT}, back: first}
  - {complaint: title, system: judul}
codes: {status: {values: {Baru: RECEIVED}, back: first}}
tables: {t: {columns: [a], rows: [[x, RESPONDED]], back: first}}
"""


def test_a_connector_lays_its_own_codes_over_the_mapping() -> None:
    mapping = words(OVERLAID.replace("tables:", "# tables:"), overlay={**OVERLAY, "tables": {}})
    reading = mapping.read({"nomor": 1, "status": "Baru sekali", "darurat": "Gawat", "judul": "nihil", "lokal": 1})
    assert reading.complaint == {"status": "RECEIVED", "urgency": "DARURAT", "title": None}
    assert (reading.issues, reading.unmapped) == ((), ())
    assert mapping.effective != words(OVERLAID.replace("tables:", "# tables:")).effective


def test_a_connectors_rows_come_first() -> None:
    text = OVERLAID.replace("codes: status}", "write: no, codes: status}") + "write: no\n"
    text = text.replace(
        "  - {complaint: status, system: status, write: no, codes: status}", "  - {complaint: status, table: t}"
    )
    mapping = words(text.replace("[[x, RESPONDED]]", "[[y, RESPONDED]]"), overlay={"tables": OVERLAY["tables"]})
    assert mapping.read({"nomor": 1, "a": "x"}).complaint["status"] == "RETURNED"


def test_a_feed_names_the_record_it_belongs_to() -> None:
    text = """
events:
  - feed: tanggapan
    of: tiket
    key: id
    skip: {empty: isi}
    fields: [{event: text, system: isi}, {event: at, system: waktu, date: iso}, {event: kind, is: TINDAK_LANJUT}]
"""
    mapping = words(text)
    event = mapping.read_event({"id": 4, "tiket": 17, "isi": "ok", "waktu": "2026-01-01"}, "tanggapan")
    assert (event.key, event.of, event.values["text"], event.values["visible"]) == ("4", "17", "ok", "unknown")
    assert (mapping.streams["tanggapan"].kind, mapping.key({"id": 4}, "tanggapan")) == ("event", "4")
    with pytest.raises(RecordRefused):
        mapping.read_event({"id": 5, "isi": "ok"}, "tanggapan")
    with pytest.raises(RecordRefused):
        mapping.read_event({"id": 6, "tiket": 17, "isi": ""}, "tanggapan")


def test_a_follow_up_without_number_has_a_stable_key() -> None:
    text = "events:\n  - {inside: log, fields: [{event: text, system: isi}, {event: at, system: t, date: iso}]}\n"
    one = {"nomor": 1, "log": [{"isi": "a", "t": "2026-01-01T07:00:00+07:00"}, {"isi": "b"}]}
    two = {"nomor": 1, "log": [{"isi": "b"}, {"isi": "a", "t": "2026-01-01T00:00:00Z"}]}
    keys = [[event.key for event in words(text).read(raw).events] for raw in (one, two)]
    assert keys[0] == keys[1][::-1]
    assert keys[0][0] != keys[0][1]


def test_a_single_element_is_a_list_of_one() -> None:
    text = "events:\n  - {inside: log.butir, key: '@id', fields: [{event: text, system: '#text'}]}\n"
    reading = words(text).read({"nomor": 1, "log": {"butir": {"@id": "9", "#text": "x"}}})
    assert [(event.key, event.values["text"]) for event in reading.events] == [("9", "x")]


def test_the_digest_depends_on_what_is_said_and_nothing_else() -> None:
    mapping = words("ignore: [a.b, '*_at']\n")
    base = {"nomor": 1, "x": [1, 2.5, None, True, "é"], "a": {"b": 1, "c": 2}}
    same = json.loads(
        json.dumps({"updated_at": "now", "a": {"c": 2, "b": 9}, "x": [1, 2.5, None, True, "é"], "nomor": 1})
    )
    assert len(mapping.digest(base)) == 16
    assert mapping.digest(base) == mapping.digest(same)
    assert mapping.digest(base) != mapping.digest({**base, "x": [1, 2.5, None, True, "e"]})
    assert mapping.digest({"n": 10**30, "s": "\ud800"}) != mapping.digest({"n": 10**30, "s": "\ud801"})


@pytest.fixture(scope="module")
def hostile() -> Mapping:
    return words(FLAT)


@pytest.mark.parametrize(
    "value",
    [
        "x" * 5_000_000,
        "\x00\x01",
        "\ud800",
        "' OR 1=1",
        "<script>",
        [[[[]]]],
        {"a": {"b": {}}},
        10**400,
        float("1e308"),
        True,
    ],
    ids=["5 MB", "control", "surrogate", "sql", "script", "lists", "objects", "huge", "float", "bool"],
)
def test_hostile_values_are_read_or_set_aside_never_raised(hostile: Mapping, value: Any) -> None:
    raw = {"nomor": 1, "judul": value, "hp": value, "status": value, "lat": value, "kategori": value}
    reading = hostile.read(raw)
    assert all(len(str(issue)) < 2_000 for issue in reading.issues)
    hostile.digest(raw)
    assert hostile.write(reading.complaint, raw).changed == {}


def test_a_feed_without_numbers_keys_its_entries_by_what_they_say() -> None:
    text = """
events:
  - feed: tanggapan
    of: tiket
    fields: [{event: text, system: isi}, {event: at, system: waktu, date: iso}]
"""
    mapping = words(text)
    entry = {"tiket": 17, "isi": "ok", "waktu": "kemarin", "dibaca": 1}
    event = mapping.read_event(entry, "tanggapan")
    assert mapping.key(entry, "tanggapan") == event.key == mapping.key({**entry, "dibaca": 2}, "tanggapan")
    assert [(issue.field, issue.code) for issue in event.issues] == [("event.at", "mapping.read.date_relative")]
