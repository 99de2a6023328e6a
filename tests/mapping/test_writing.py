"""What is written: only what changed, in the place and type the system wants."""

from typing import Any

from tests.mapping.library import words

STATUS = """
role: core
fields:
  - {complaint: status, system: status, codes: {Baru: RECEIVED, Selesai: RESPONDED}, write: no}
  - {complaint: status, write_to: aksi, codes: {tutup: RESPONDED}, unsent: [RECEIVED]}
  - {complaint: title, system: judul}
"""


def test_a_field_read_here_and_told_there_is_told_only_when_it_changed() -> None:
    mapping = words(STATUS)
    raw = {"nomor": 1, "status": "Baru", "judul": "x"}
    assert mapping.write({"status": "RECEIVED", "title": "x"}, raw).changed == {}
    assert mapping.write({"status": "RESPONDED"}, raw).changed == {"aksi": "tutup"}
    assert mapping.write({"status": "RECEIVED"}, {**raw, "status": "Selesai"}).changed == {}


def test_a_value_without_a_word_there_is_an_issue_and_the_rest_goes() -> None:
    writing = words(STATUS).write({"status": "ON_HOLD", "title": "y"}, {"nomor": 1, "status": "Baru", "judul": "x"})
    assert writing.changed == {"judul": "y"}
    assert [(issue.field, issue.code) for issue in writing.issues] == [("status", "mapping.write.no_code")]


def test_what_was_not_said_is_not_written() -> None:
    assert words(STATUS).write({}, None).fields == {}


def test_the_base_is_never_changed() -> None:
    raw: dict[str, Any] = {"nomor": 1, "a": {"b": [{"id": 1, "v": "x"}]}}
    mapping = words('fields:\n  - {complaint: title, system: "a.b(id=1).v"}\n')
    writing = mapping.write({"title": "y"}, raw)
    assert writing.fields["a"]["b"][0]["v"] == "y"
    assert raw == {"nomor": 1, "a": {"b": [{"id": 1, "v": "x"}]}}


def test_a_whole_list_is_sent_unless_the_pair_is_asked_for() -> None:
    raw = {"nomor": 1, "cf": [{"id": "7", "v": "x"}, {"id": "9", "v": "y"}]}
    whole = words('fields:\n  - {complaint: title, system: "cf(id=7).v"}\n')
    pair = words('fields:\n  - {complaint: title, system: "cf(id=7).v", write: pair}\n')
    assert whole.write({"title": "z"}, raw).changed == {"cf": [{"id": "7", "v": "z"}, {"id": "9", "v": "y"}]}
    assert pair.write({"title": "z"}, raw).changed == {"cf": [{"id": "7", "v": "z"}]}
    assert pair.write({"title": "z"}, {"nomor": 1}).changed == {"cf": [{"id": 7, "v": "z"}]}


def test_a_full_record_carries_what_is_written_elsewhere() -> None:
    mapping = words("fields:\n  - {complaint: title, read_from: a.b, write_to: judul}\n")
    writing = mapping.write({"title": "x"}, {"nomor": 1, "a": {"b": "x"}})
    assert writing.fields == {"nomor": 1, "a": {"b": "x"}, "judul": "x"}
    assert writing.changed == {}


def test_types_are_put_on_the_wire() -> None:
    text = """
fields:
  - {complaint: status, system: s, codes: {"1": RECEIVED}, as: number}
  - {complaint: is_anonymous, system: f, yes_no: {yes: ["1"], no: ["0"]}, as: yes/no}
  - {complaint: rating, system: r, as: text}
  - {complaint: title, system: t, as: list}
  - {complaint: is_confidential, system: c}
"""
    said = {"status": "RECEIVED", "is_anonymous": "no", "rating": 4, "title": "x", "is_confidential": "yes"}
    fields = words(text).write(said, None).fields
    assert fields == {"s": 1, "f": False, "r": "4", "t": ["x"], "c": True}
    assert fields["s"] is not True
    assert fields["f"] is False


def test_a_marker_outlives_a_new_text() -> None:
    text = """
fields:
  - {complaint: body_original, system: uraian}
  - {complaint: core_tracking_id, system: uraian, marker: "No. LAPOR: <key>", at: start}
"""
    mapping = words(text)
    raw = {"nomor": 1, "uraian": "No. LAPOR: 77\n\nJalan rusak"}
    assert mapping.write({"body_original": "Sudah baik"}, raw).changed == {"uraian": "No. LAPOR: 77\n\nSudah baik"}
    assert mapping.write(mapping.read(raw).complaint, raw).changed == {}


def test_an_empty_value_is_written_as_the_system_wants() -> None:
    raw = {"nomor": 1, "a": "x", "b": "x", "c": "x"}
    text = """
fields:
  - {complaint: title, system: a, empty: omit}
  - {complaint: body_original, system: b, empty: null}
  - {complaint: body_edited, system: c, empty: "-"}
"""
    writing = words(text).write({"title": None, "body_original": None, "body_edited": None}, raw)
    assert writing.fields == {"nomor": 1, "b": None, "c": "-"}
    assert writing.changed == {"b": None, "c": "-"}


def test_a_condition_decides_where_it_is_written() -> None:
    text = """
fields:
  - {complaint: title, system: a, when: {system: jenis, is: x}}
  - {complaint: title, system: b, when: {not: {system: jenis, is: x}}}
"""
    mapping = words(text)
    assert mapping.write({"title": "t"}, {"nomor": 1, "jenis": "x"}).changed == {"a": "t"}
    assert mapping.write({"title": "t"}, {"nomor": 1, "jenis": "y"}).changed == {"b": "t"}


def test_nothing_is_written_where_the_mapping_only_reads() -> None:
    mapping = words("write: no\n" + STATUS.strip())
    assert mapping.can_write == frozenset()
    assert mapping.write({"title": "x"}, None).fields == {}


def test_a_follow_up_goes_out_in_the_first_source_that_has_words() -> None:
    text = """
events:
  - inside: riwayat
    fields: [{event: text, system: isi, write: no}, {event: kind, is: CATATAN}]
  - inside: tindak_lanjut
    fields:
      - {event: text, system: uraian, html: text}
      - {event: kind, system: jenis, codes: {TL: TINDAK_LANJUT}}
      - {event: visible, system: publik}
      - {event: at, system: waktu, date: "%d/%m/%Y"}
"""
    said = {"text": "a & b", "kind": "TINDAK_LANJUT", "visible": "yes", "at": None}
    assert words(text).write_event(said) == {"uraian": "a &amp; b", "jenis": "TL", "publik": True}


def test_a_default_place_reads_as_none_and_stays_as_it_is() -> None:
    text = """
unlocated: [["-6.2", "106.8"]]
fields:
  - {complaint: location.lat, system: lat}
  - {complaint: location.lon, system: lng}
"""
    mapping = words(text)
    raw = {"nomor": 1, "lat": "-6.200", "lng": 106.8}
    writing = mapping.write(mapping.read(raw).complaint, raw)
    assert (writing.changed, writing.issues, writing.fields) == ({}, (), raw)


def test_what_is_told_elsewhere_and_cannot_be_said_stays_unsaid() -> None:
    text = """
fields:
  - {complaint: is_anonymous, read_from: a.anonim, write_to: anonim, yes_no: {yes: [ya], no: [tidak]}}
  - {complaint: status, table: t}
  - {complaint: received_at, read_from: a.tgl, write_to: tgl, date: "%d/%m/%Y", time: {system: jam, form: "%H:%M:%S"}}
tables: {t: {columns: [a.s], write_to: [s], rows: [["1", RECEIVED]], back: first}}
"""
    mapping = words(text)
    raw = {"nomor": 1, "a": {"s": "", "tgl": ""}, "jam": None}
    writing = mapping.write(mapping.read(raw).complaint, raw)
    assert (writing.fields, writing.changed, writing.issues) == (raw, {}, ())


def test_what_a_list_keeps_back_is_no_issue_for_the_rules_that_use_it() -> None:
    named = "codes:\n  s: {values: {Baru: RECEIVED, Selesai: RESPONDED}, unsent: [ON_HOLD]}\n"
    mapping = words(f"{named}fields:\n  - {{complaint: status, system: status, codes: s}}\n")
    writing = mapping.write({"status": "ON_HOLD"}, {"nomor": 1, "status": "Baru"})
    assert (writing.changed, writing.issues) == ({}, ())


def test_markup_that_the_peer_escapes_again_is_read_through_both_coats() -> None:
    mapping = words("fields:\n  - {complaint: title, system: judul, html: escaped, loss: entities}\n")
    raw = {"nomor": 1, "judul": "&lt;p&gt;Jalan &amp;amp; trotoar&lt;/p&gt;"}
    assert mapping.read(raw).complaint["title"] == "Jalan & trotoar"
    assert mapping.reads_back({"title": "Jalan & <bahaya>"}) == {"title": "Jalan & <bahaya>"}
    assert mapping.write({"title": "Jalan & trotoar <1 m"}, None).fields == {"judul": "Jalan &amp; trotoar &lt;1 m"}
