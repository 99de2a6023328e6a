"""The ``file:`` block: words for the tabular wire, and what is refused with line and hint."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from adapters.contract import ChangeKind
from adapters.tabular_words import FileWords, Order, SameKey
from hub.mapping import MappingError, compile_mapping

JAKARTA = ZoneInfo("Asia/Jakarta")
HEAD = """
mapping: kota
key: No. Tiket
settings: {sumber: text}
fields:
  - {complaint: title, system: Judul}
  - {complaint: agency.unit_id, system: Kota/Kabupaten}
"""
NOTES = """
events:
  - files: tl
    of: No. Tiket
    fields: [{event: text, system: Isi}]
"""


class Shelf:
    def __init__(self, text: str) -> None:
        self.text = text

    def mapping(self, name: str) -> tuple[str, str]:
        return self.text, f"mappings/{name}.yaml"

    def codes(self, path: str) -> str:
        raise KeyError(path)


def words(file: str, more: str = "") -> FileWords:
    mapping = compile_mapping("kota", Shelf(HEAD + more + file), settings={"sumber": "A1"}, zone=JAKARTA)
    assert isinstance(mapping.words, FileWords)
    return mapping.words


def test_headings_are_what_the_mapping_reads_whole_names() -> None:
    table = words("file: {}").streams["records"]
    assert table.headings == ("No. Tiket", "Judul", "Kota/Kabupaten")
    assert table.keys == ("No. Tiket",)
    assert table.same_key is SameKey.EQUAL_IS_ONE


def test_every_word_arrives() -> None:
    table = words(
        """
file:
  name: laporan_<date>_<OPD>.csv
  dates: ["%d%m%Y"]
  format: csv
  delimiter: semicolon
  encoding: windows-1252
  header: {has: [No. Tiket, Judul]}
  sheet: [Januari]
  totals: {starts: [Total]}
  same_key: last wins
  order: name
"""
    ).streams["records"]
    assert table.name is not None
    assert table.name.match("LAPORAN_06012026_dinas.csv") == {"date": "06012026", "OPD": "dinas"}
    stamp = table.name.date("06012026", ZoneInfo("UTC"))
    assert stamp is not None
    assert stamp.isoformat() == "2026-01-06T00:00:00+07:00"
    assert (table.delimiter, table.encoding, table.header_has) == (";", "windows-1252", ("No. Tiket", "Judul"))
    assert (table.sheets, table.totals, table.same_key, table.order) == (
        ("Januari",),
        ("Total",),
        SameKey.LAST_WINS,
        Order.NAME,
    )


def test_follow_ups_have_files_of_their_own_and_may_repeat_a_number() -> None:
    found = words("file: {streams: {tl: {name: tl_*}}}", NOTES)
    assert list(found.streams) == ["tl", "records"]
    assert found.streams["tl"].headings == ("Isi", "No. Tiket")
    assert found.streams["tl"].same_key is SameKey.ALLOWED


def test_what_goes_out_is_told_per_kind_of_change() -> None:
    out = words(
        """
file:
  out:
    create: {name: "baru_<number>.xlsx", plus: {Asal: "LAPOR <key> <sumber>"}}
    comment: {name: "tl_<time>.csv", columns: [No. Tiket, Isi], delimiter: semicolon, send: changed}
"""
    ).out
    assert out[ChangeKind.CREATE].plus == {"Asal": "LAPOR <key> A1"}
    assert (out[ChangeKind.COMMENT].delimiter, out[ChangeKind.COMMENT].columns) == (";", ("No. Tiket", "Isi"))
    assert ChangeKind.UPDATE not in out


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("file: {nama: x}", "mapping.key.unknown_near"),
        ("file: {delimiter: coma}", "mapping.word.unknown_near"),
        ("file: {encoding: utf-9}", "mapping.word.unknown_near"),
        ("file: {header: {starts: A, has: [B]}}", "mapping.files.header"),
        ("file: {header: {starts: A}, columns: [A, B]}", "mapping.files.columns_or_header"),
        ("file: {name: ../x.csv}", "mapping.files.name"),
        ("file: {name: x_<a>_<a>.csv}", "mapping.files.name"),
        ('file: {dates: ["%Y"]}', "mapping.files.dates_without_name"),
        ("file: {same_key: first wins}", "mapping.word.unknown_near"),
        ("file: {streams: {lain: {name: x}}}", "mapping.files.no_stream"),
        ("file: {out: {create: {name: baru.csv}}}", "mapping.files.out_name"),
        ('file: {out: {create: {name: "a/<number>.csv"}}}', "mapping.files.out_name"),
        ('file: {out: {create: {name: "<nomor>.csv"}}}', "mapping.slot.unknown_near"),
        ("file: {out: {delete: {name: x}}}", "mapping.key.unknown_near"),
    ],
)
def test_a_wrong_word_is_refused_with_its_line(file: str, code: str) -> None:
    with pytest.raises(MappingError) as refused:
        words(file)
    assert [(fault.line, fault.code) for fault in refused.value.faults] == [(8, code)]
    assert "{word}" not in refused.value.faults[0].say("en")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("file: {}", "mapping.files.stream_missing"),
        ("file: {streams: {tl: {}}}", "mapping.files.names_alike"),
        ("file: {name: a*, streams: {tl: {name: a*}}}", "mapping.files.names_alike"),
    ],
)
def test_streams_are_told_apart_by_name(file: str, code: str) -> None:
    with pytest.raises(MappingError) as refused:
        words(file, NOTES)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_mapping_has_files_or_operations() -> None:
    with pytest.raises(MappingError) as refused:
        words("file: {}\noperations: {}")
    assert refused.value.faults[0].code == "mapping.words.both"
