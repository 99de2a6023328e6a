"""What files ask of the words: headings that hold JSON, numbers with gaps, serial dates, addresses in cells."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.tabular_words import FileWords, Format
from hub.mapping import MappingError, RecordRefused
from hub.mapping.check import check_mapping
from hub.mapping.mapping import Mapping
from tests.mapping.library import words

HEAD = "mapping: contoh\nkey: No. Tiket\nfile: {}\n"


def kota(more: str, head: str = HEAD) -> Mapping:
    return words(head + more)


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(MappingError) as refused:
        words(text)
    return [(one.line, one.code) for one in refused.value.faults]


# -- JSON in a cell

CELL = kota(
    """
json: [Data Aduan]
fields:
  - {complaint: title, system: Data Aduan.judul, when: {system: Data Aduan.jenis, is: A}}
  - {complaint: body_original, system: "Isi. Lengkap"}
"""
)


def test_a_heading_that_holds_json_is_one_column_of_the_file() -> None:
    assert isinstance(CELL.words, FileWords)
    assert CELL.words.streams["records"].headings == ("No. Tiket", "Data Aduan", "Isi. Lengkap")


def test_conditions_look_into_json_as_rules_do() -> None:
    read = CELL.read({"No. Tiket": "1", "Data Aduan": '{"judul": "Banjir", "jenis": "A"}'})
    assert read.complaint["title"] == "Banjir"
    assert "title" not in CELL.read({"No. Tiket": "1", "Data Aduan": '{"judul": "x", "jenis": "B"}'}).complaint


def test_broken_json_in_a_cell_costs_that_field() -> None:
    mapping = kota("json: [Data]\nfields: [{complaint: title, system: Data.judul}]\n")
    read = mapping.read({"No. Tiket": "1", "Data": '{"judul": "Ban'})
    assert [(one.code, one.path) for one in read.issues] == [("mapping.read.misfit", "Data.judul")]


# -- follow-ups in columns


@pytest.mark.parametrize("cell", ["", " ", "-", "\u00a0", None])
def test_a_cell_that_says_nothing_is_no_follow_up(cell: str | None) -> None:
    source = "events: [{columns: Tindak Lanjut, fields: [{event: text, system: Tindak Lanjut}]}]\n"
    mapping = kota(f'nulls: ["-"]\nfields: []\n{source}')
    assert mapping.read({"No. Tiket": "1", "Tindak Lanjut": cell}).events == ()
    assert len(mapping.read({"No. Tiket": "1", "Tindak Lanjut": "dicek"}).events) == 1


# -- numbers


def test_a_piece_of_a_number_may_be_empty_only_where_declared() -> None:
    fields = "fields: [{complaint: title, system: Judul}]\n"
    strict = words(f'mapping: contoh\nkey: {{join: [A, B], with: "/"}}\nfile: {{}}\n{fields}')
    loose = words(f'mapping: contoh\nkey: {{join: [A, B], with: "/", optional: B}}\nfile: {{}}\n{fields}')
    assert loose.key({"A": "1", "B": ""}) == "1/"
    assert loose.key({"A": "1", "B": "2"}) == strict.key({"A": "1", "B": "2"}) == "1/2"
    with pytest.raises(RecordRefused) as refused:
        strict.key({"A": "1", "B": ""})
    assert (refused.value.issue.code, refused.value.issue.facts["path"]) == ("mapping.read.no_key", "B")
    with pytest.raises(RecordRefused):
        loose.key({"A": "", "B": "2"})


def test_a_piece_that_is_no_piece_cannot_be_optional() -> None:
    text = "mapping: contoh\nkey: {join: [A, B], optional: C}\nfields: []\n"
    assert faults(text) == [(2, "mapping.rule.no_field")]


def test_a_follow_up_without_its_record_says_which_place_is_empty() -> None:
    mapping = words(
        "mapping: contoh\nkey: id\nfile: {streams: {tl: {name: tl*}}}\nfields: []\n"
        "events: [{files: tl, of: No. Tiket, key: id, fields: [{event: text, system: Isi}]}]\n"
    )
    with pytest.raises(RecordRefused) as refused:
        mapping.read_event({"id": "7", "No. Tiket": " ", "Isi": "x"}, "tl")
    assert (refused.value.issue.code, refused.value.issue.path) == ("mapping.read.no_owner", "No. Tiket")


def test_rating_is_one_to_five() -> None:
    mapping = kota("fields: [{complaint: rating, system: Nilai, number: {decimal: ','}}]\n")
    codes = {text: [one.code for one in mapping.read({"No. Tiket": "1", "Nilai": text}).issues] for text in "059"}
    assert codes == {"0": ["mapping.read.out_of_bounds"], "5": [], "9": ["mapping.read.out_of_bounds"]}
    assert mapping.read({"No. Tiket": "1", "Nilai": "4,5"}).issues[0].code == "mapping.read.out_of_bounds"


# -- dates


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("46023", "2025-12-31T17:00:00"),
        ("46023.34375", "2026-01-01T01:15:00"),
        ("46023.3437500001", "2026-01-01T01:15:00"),
        ("2026-01-01 08:15:00", "2026-01-01T01:15:00"),
    ],
)
def test_a_spreadsheets_day_number_is_a_date(text: str, utc: str) -> None:
    mapping = kota("fields: [{complaint: received_at, system: Masuk, date: [iso, excel]}]\n")
    moment = mapping.read({"No. Tiket": "1", "Masuk": text}).complaint["received_at"]
    assert moment.utc.isoformat() == f"{utc}+00:00"


def test_a_day_number_is_written_as_it_is_read() -> None:
    out = HEAD.replace("{}", '{out: {update: {name: "u_<number>.csv"}}}')
    mapping = kota("fields: [{complaint: received_at, system: Masuk, date: excel}]\n", out)
    moment = mapping.read({"No. Tiket": "1", "Masuk": "46023.34375"}).complaint["received_at"]
    assert mapping.write({"received_at": moment}, None).fields["Masuk"] == "46023.34375"


def test_the_friday_that_word_writes_is_a_friday() -> None:
    mapping = kota('fields: [{complaint: received_at, system: Hari, date: "%A, %d %B %Y"}]\n')
    assert not mapping.read({"No. Tiket": "1", "Hari": "Jum’at, 9 Januari 2026"}).issues


# -- several columns, pieces of one


def test_an_operator_reads_what_several_columns_say_together() -> None:
    mapping = kota(
        """
fields:
  - {complaint: status, system: [Tahap, Hasil], join: "-", codes: {A-B: RECEIVED, A: IN_PROGRESS}}
  - {complaint: is_anonymous, system: [X, Y], join: "", yes_no: {yes: ["1"], no: ["0"]}}
  - {complaint: location.address, system: [Jalan, RT], join: ", ", fold: yes}
"""
    )
    read = mapping.read(
        {"No. Tiket": "1", "Tahap": "A", "Hasil": "B", "X": "", "Y": "", "Jalan": "Jl.  Mawar", "RT": "3"}
    )
    assert read.complaint["status"] == "RECEIVED"
    assert read.complaint["is_anonymous"] == "unknown"  # nothing said is unknown, not nothing
    assert read.complaint["location.address"] == "Jl. Mawar, 3"


def test_a_piece_that_is_not_there_is_empty_where_their_number_varies() -> None:
    mapping = kota(
        """
fields:
  - {complaint: reporter.name, system: Nama / HP, split: "/", item: 1, of: any, personal: identity}
  - {complaint: reporter.phone, system: Nama / HP, split: "/", item: 2, of: any, phone: ID, personal: contact}
"""
    )
    read = mapping.read({"No. Tiket": "1", "Nama / HP": "Hamba Allah"})
    assert (read.complaint["reporter.name"], read.complaint["reporter.phone"], read.issues) == ("Hamba Allah", None, ())


def test_what_is_done_to_a_text_says_nothing_beside_parts() -> None:
    rule = "fields: [{complaint: title, system: A, fold: yes, parts: [x, {rest: any}]}]\n"
    assert faults(HEAD + rule) == [(4, "mapping.rule.one_operator")]


# -- addresses in cells


def test_an_address_in_a_cell_is_a_file() -> None:
    mapping = kota(
        """
nulls: ["-"]
fields: []
attachments: {inside: [Foto 1, Foto 2], split: ";", fields: [{attachment: url, system: .}]}
"""
    )
    read = mapping.read({"No. Tiket": "1", "Foto 1": "https://a.example/1 ; https://a.example/2;", "Foto 2": "-"})
    assert [one["url"] for one in read.attachments] == ["https://a.example/1", "https://a.example/2"]
    assert read.unmapped == ()


def test_address_and_name_in_columns_of_their_own_are_one_file() -> None:
    mapping = kota(
        """
fields: []
attachments:
  columns: Berkas
  fields: [{attachment: url, system: Berkas}, {attachment: name, system: Nama Berkas}]
"""
    )
    read = mapping.read({"No. Tiket": "1", "Berkas": "https://a.example/1", "Nama Berkas": "foto"})
    assert [(one["url"], one["name"]) for one in read.attachments] == [("https://a.example/1", "foto")]
    assert mapping.read({"No. Tiket": "1", "Berkas": "", "Nama Berkas": ""}).attachments == ()


# -- the file: block


def test_words_of_tables_are_refused_for_json_and_the_other_way_round() -> None:
    tree = "mapping: contoh\nkey: id\nfields: [{complaint: title, system: a.b}]\n"
    assert faults(tree + "file: {format: jsonl, totals: {starts: [x]}}\n") == [(4, "mapping.files.not_here")]
    assert faults(HEAD.replace("{}", "{records: a.b}") + "fields: []\n") == [(3, "mapping.files.not_here")]


def test_places_are_paths_in_json_and_headings_in_tables_side_by_side() -> None:
    mapping = words(
        """
mapping: contoh
key: a.id
file: {format: jsonl, name: "*.jsonl", streams: {tl: {name: "*.csv"}}}
fields: [{complaint: title, system: a.judul}]
events: [{files: tl, of: No. Tiket, fields: [{event: text, system: Kota/Isi}]}]
"""
    )
    assert mapping.read({"a": {"id": 7, "judul": "Banjir"}}).complaint == {"title": "Banjir"}
    assert mapping.read_event({"No. Tiket": "7", "Kota/Isi": "dicek"}, "tl").values["text"] == "dicek"
    assert isinstance(mapping.words, FileWords)
    assert mapping.words.streams["records"].format is Format.JSONL
    assert mapping.words.streams["tl"].headings == ("Kota/Isi", "No. Tiket")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("{fill_down: Kecamatn}", "mapping.files.no_heading_near"),
        ("{continues: Nomer}", "mapping.files.no_heading"),
        ("{ends: {}}", "mapping.files.ends"),
        ("{header: {}}", "mapping.files.header"),
        ("{header: {rows: 0}}", "mapping.node.not_number"),
        ("{header: {rows: two}}", "mapping.node.not_number"),
        ("{short_rows: full}", "mapping.word.unknown"),
        ("{totals: Jumlah, dan lain-lain}", "mapping.key.comma"),
    ],
)
def test_a_wrong_word_is_refused_with_what_to_write(file: str, code: str) -> None:
    text = HEAD.replace("{}", file) + "fields: [{complaint: location.district.name_raw, system: Kecamatan}]\n"
    assert faults(text) == [(3, code)]


# -- what goes out

OUT = """
mapping: contoh
key: No. Tiket
file:
  out:
    create: {name: "baru_<number>.csv", columns: [Judul, No. Tiket]}
    comment: {name: "tl_<number>.json", plus: {Asal: "<id>"}}
fields: [{complaint: title, system: Judul}]
events: [{inside: x, fields: [{event: text, system: Isi}]}]
tests:
"""


@pytest.mark.parametrize(
    ("test", "differs"),
    [
        ("given: {complaint: {title: Banjir}}, writes: {name: baru_*1.csv, row: {Judul: Banjir, No. Tiket: ''}}", []),
        ("given: {complaint: {title: Banjir}}, writes: {columns: [Judul]}", ["columns"]),
        ("given: {complaint: {title: Banjir}}, writes: {name: lama_*.csv, row: {Judul: x}}", ["name", "row"]),
        ("given: {id: T-1, complaint: {title: Banjir}}, writes: nothing", []),
        ("given: {id: T-1, complaint: {title: Banjir}}, writes: {row: {}}", ["writes"]),
        ("given: {complaint: {title: Banjir}}, writes: nothing", ["writes"]),
        ("given: {id: T-1, event: {text: ok}}, writes: {tree: {Isi: ok, No. Tiket: T-1, Asal: T-1}}", []),
    ],
)  # fmt: skip
def test_the_file_that_a_change_becomes_can_be_tried(test: str, differs: list[str]) -> None:
    result = check_mapping(words(f"{OUT}  - {{name: coba, {test}}}\n"))[0]
    assert [problem.facts["field"] for problem in result.problems] == differs
    assert result.ok == (not differs)


def test_a_file_is_not_tried_where_there_are_none() -> None:
    text = "mapping: contoh\nkey: id\nfields: []\ntests: [{name: x, given: {id: '1'}, writes: nothing}]\n"
    found: Any = check_mapping(words(text))[0]
    assert not found.ok
    assert "sends" in found.problems[0].facts["what"]
