# ruff: noqa: E501 (a table, one case a line)
"""Every kind of bad mapping is refused with file, line, field, and what to write instead."""

import pytest

from hub.mapping import MappingError, compile_mapping
from hub.mapping.dates import WIB
from tests.mapping.library import Texts, words

RULE = "fields:\n  - {complaint: title, system: judul}\n  - "
STATUS = "fields:\n  - {complaint: status, table: t}\ntables:\n  t:\n    columns: [s, a]\n"

BAD = [
    # (text, line, field, code, words of the English message)
    ("feilds: []\n", 3, "feilds", "mapping.key.unknown_near", "Did you mean `fields`?"),
    (RULE + "{complaint: titel, system: x}", 5, "fields[2].complaint", "mapping.rule.no_field_near", "`title`"),
    (RULE + "{complaint: status}", 5, "fields[2]", "mapping.rule.one_source", "exactly one source"),
    (RULE + "{complaint: status, system: a, is: RECEIVED}", 5, "fields[2]", "mapping.rule.one_source", "one source"),
    (RULE + "{complaint: reporter.phone, system: a, phone: ID, html: text}", 5, "fields[2]", "mapping.rule.one_operator", "choose one"),
    (RULE + "{complaint: reporter.name, system: a, date: iso}", 5, "fields[2].date", "mapping.rule.kind", "its kind: text"),
    (RULE + "{complaint: received_at, system: a}", 5, "fields[2]", "mapping.rule.date_missing", "date: iso"),
    (RULE + "{complaint: received_at, system: a, date: 'dd/mm/yyyy'}", 5, "fields[2].date", "mapping.date.form", "%d/%m/%Y"),
    (RULE + "{complaint: received_at, system: a, date: '%d/%Q'}", 5, "fields[2].date", "mapping.date.form", "is not known"),
    (RULE + "{complaint: received_at, system: a, date: '%d/%m/%Y'}", 5, "fields[2]", "mapping.rule.loss", "loss: time"),
    (RULE + "{complaint: received_at, system: a, date: '%d/%m/%Y', loss: [time, cut]}", 5, "fields[2].loss", "mapping.rule.no_loss", "remove it"),
    (RULE + "{complaint: received_at, system: a, date: iso, zone: WIBB}", 5, "fields[2].zone", "mapping.date.zone", "WITA"),
    (RULE + "{complaint: reporter.name, system: a, at_most: 50}", 5, "fields[2]", "mapping.rule.loss", "loss: cut"),
    (RULE + "{complaint: reporter.name, system: a, at_most: long, loss: cut}", 5, "fields[2].at_most", "mapping.rule.at_most", "2000 bytes"),
    (RULE + "{complaint: title, system: b}", 3, "fields", "mapping.rule.twice", "ruled twice"),
    (RULE + "{complaint: is_anonymous, assume: unknown}", 5, "fields[2]", "mapping.key.missing", "because"),
    (RULE + "{complaint: is_anonymous, assume: maybe, because: x}", 5, "fields[2].assume", "mapping.word.unknown_near", "yes"),
    (RULE + "{complaint: is_anonymous, system: a, default: 'no'}", 5, "fields[2].default", "mapping.rule.default", "not guessed"),
    (RULE + "{complaint: status, system: a, codes: {selesai: CLOSED}}", 5, "fields[2].codes.selesai", "mapping.status.closed", "core only"),
    (RULE + "{complaint: status, system: a, codes: {baru: RECIEVED}}", 5, "fields[2].codes.baru", "mapping.word.unknown_near", "`RECEIVED`"),
    (RULE + "{complaint: status, system: a, codes: {a: RESPONDED, b: RESPONDED}}", 5, "fields[2].codes", "mapping.codes.no_way_back", "back: {RESPONDED"),
    (RULE + "{complaint: status, system: a, codes: {a: RESPONDED}, back: {RESPONDED: z}}", 5, "fields[2].back.RESPONDED", "mapping.codes.back_wrong", "does not read as"),
    (RULE + "{complaint: status, system: a, codes: {a: RESPONDED, 'a ': RECEIVED}}", 5, "fields[2].codes.a ", "mapping.codes.twice", "two meanings"),
    (RULE + "{complaint: status, system: a, codes: stat}\ncodes: {status: {a: RECEIVED}}", 5, "fields[2].codes", "mapping.codes.unknown_near", "`status`"),
    (RULE + "{complaint: status, system: a, codes: {file: codes/x.csv, from: a, to: b}}", 5, "fields[2].codes.file", "mapping.codes.no_file", "codes/x.csv"),
    (RULE + "{complaint: status, table: t}", 5, "fields[2].table", "mapping.table.unknown", "no table"),
    (STATUS + "    rows: [[a, RECEIVED]]", 8, "tables.t.rows[1]", "mapping.table.width", "needs 3"),
    (STATUS + "    rows: [[a, any, RECEIVED], [a, b, RETURNED]]", 8, "tables.t.rows[2]", "mapping.table.contradiction", "already answers RECEIVED"),
    (STATUS + "    rows: [[a, any, RECEIVED], [a, b, RECEIVED]]", 8, "tables.t.rows[2]", "mapping.table.twice", "never used"),
    (STATUS + "    rows: [[a, any, RECEIVED]]", 6, "tables.t", "mapping.codes.no_way_back", "unsent"),
    (STATUS + "    rows: [[a, any, RECEIVED]]\n    back: {RECEIVED: [z, z]}", 6, "tables.t", "mapping.table.back_wrong", "reads back as -"),
    (RULE + "{complaint: reporter.name, system: 'a..b'}", 5, "fields[2].system", "mapping.path.unreadable", "status.id"),
    (RULE + "{complaint: reporter.name, system: 'a(id=<lapor>)'}", 5, "fields[2].system", "mapping.slot.unknown", "settings"),
    (RULE + "{complaint: reporter.name, system: [a, b]}", 5, "fields[2]", "mapping.rule.several_places", "join"),
    (RULE + "{complaint: reporter.name, system: a, parts: [x]}", 5, "fields[2].parts", "mapping.parts.names", "at least one piece"),
    (RULE + "{complaint: reporter.name, system: a, parts: [{word: any, digits: any}]}", 5, "fields[2].parts[1]", "mapping.parts.one_sort", "exactly one of"),
    (RULE + "{complaint: reporter.name, system: a, marker: 'No. LAPOR'}", 5, "fields[2].marker", "mapping.marker.slot", "<key>"),
    (RULE + "{complaint: reporter.name, system: a, because: x}", 5, "fields[2].because", "mapping.rule.beside", "beside `assume:`"),
    (RULE + "{complaint: reporter.name, system: a, owner: agency}", 5, "fields[2].owner", "mapping.word.unknown", "core"),
    (RULE + "{complaint: rating, system: a, number: {decimal: ',', thousands: ','}}", 5, "fields[2].number", "mapping.number.same_marks", "same"),
    ("settings: {user: number}\n", 3, "settings.user", "mapping.settings.missing", "has not told `user`"),
    ("events:\n  - {inside: a, feed: b, fields: []}\n", 4, "events[1]", "mapping.events.one_source", "exactly one of"),
    ("events:\n  - {feed: b, fields: []}\n", 4, "events[1]", "mapping.key.missing", "`of:`"),
    ("events:\n  - {inside: a, fields: [{event: txt, system: b}]}\n", 4, "events[1].fields[1].event", "mapping.rule.no_field_near", "`text`"),
    ("skip:\n  - {when: {system: a, is: b}}\n", 4, "skip[1]", "mapping.key.missing", "because"),
    ("gone: {system: a, equals: b}\n", 3, "gone.equals", "mapping.key.unknown", "Known"),
    ("unlocated: [[a, b]]\n", 3, "unlocated", "mapping.unlocated", "pairs of numbers"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "field", "code", "said"), BAD, ids=[f"{one[3]}-{at}" for at, one in enumerate(BAD)]
)
def test_a_bad_mapping_is_refused_where_it_is_bad(text: str, line: int, field: str, code: str, said: str) -> None:
    with pytest.raises(MappingError) as caught:
        words(text)
    found = [(fault.line, fault.field, fault.code) for fault in caught.value.faults]
    assert (line, field, code) in found
    message = caught.value.say("en")
    assert message.startswith("mappings/contoh.yaml:")
    assert said in message
    assert caught.value.say("id") != message


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(MappingError) as caught:
        words("fields:\n  - {complaint: titel, system: a}\n  - {complaint: status}\nskip:\n  - {because: x}\n")
    assert len(caught.value.faults) == 3


def test_a_mapping_must_be_named_as_its_file() -> None:
    library = Texts({"lain": "mapping: contoh\nkey: id\n"})
    with pytest.raises(MappingError, match="lain"):
        compile_mapping("lain", library, settings={}, zone=WIB)


def test_a_mapping_that_is_not_there_is_named() -> None:
    with pytest.raises(MappingError, match=r"mappings/tiada\.yaml"):
        compile_mapping("tiada", Texts({}), settings={}, zone=WIB)


def test_extending_in_a_circle_is_refused() -> None:
    library = Texts({"a": "mapping: a\nextends: b\nkey: id\n", "b": "mapping: b\nextends: a\nkey: id\n"})
    with pytest.raises(MappingError, match="berputar"):
        compile_mapping("a", library, settings={}, zone=WIB)


def test_a_setting_nobody_asked_for_is_refused() -> None:
    with pytest.raises(MappingError, match="hub_user"):
        words("settings: {hub_user: number}\n", settings={"hub_user": "1", "hub_usr": "2"})


def test_a_setting_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(MappingError, match="number"):
        words("settings: {hub_user: number}\n", settings={"hub_user": "x"})


def test_a_code_file_with_a_narrow_row_is_refused() -> None:
    text = "fields:\n  - {complaint: category_core_id, system: a, codes: {file: codes/k.csv, from: kode, to: id}}\n"
    with pytest.raises(MappingError, match="Baris 3"):
        words(text, {"codes/k.csv": "kode,id\na,1\nb\n"})


def test_a_code_file_without_the_column_names_the_nearest() -> None:
    text = "fields:\n  - {complaint: category_core_id, system: a, codes: {file: codes/k.csv, from: kodee, to: id}}\n"
    with pytest.raises(MappingError, match="Maksudnya `kode`"):
        words(text, {"codes/k.csv": "kode;id\na;1\n"})


def test_only_the_core_may_say_closed() -> None:
    text = "role: core\nfields:\n  - {complaint: status, system: s, codes: {ditutup: CLOSED}}\n"
    assert words(text).read({"nomor": 1, "s": "ditutup"}).complaint == {"status": "CLOSED"}


def test_what_follow_ups_are_read_from_may_not_be_ignored() -> None:
    text = "ignore: [catatan]\nevents:\n  - inside: catatan\n    fields: [{event: text, system: isi}]\n"
    with pytest.raises(MappingError) as raised:
        words(text)
    assert "mapping.ignore.events" in {one.code for one in raised.value.faults}
