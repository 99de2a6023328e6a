"""Words for what a system hears and never says, for what is watched, and for views that lack columns."""

from __future__ import annotations

import pytest

from hub.mapping import MappingError
from tests.mapping.library import words

CODES = """
fields:
  - {complaint: status, system: status, codes: status}
codes:
  status: {values: {baru: RECEIVED, tutup: RESPONDED, olah: IN_PROGRESS}, only_sent: {CLOSED: tutup}}
"""
TABLE = """
fields:
  - {complaint: status, table: status}
tables:
  status:
    columns: [status, alasan]
    rows: [["5", WEWENANG, RETURNED], ["5", any, RESPONDED], ["2", any, IN_PROGRESS]]
    back: {RETURNED: ["5", WEWENANG], RESPONDED: ["5", ""], IN_PROGRESS: ["2", ""]}
    only_sent: {CLOSED: ["5", any]}
"""


@pytest.mark.parametrize(("text", "base", "told"), [
    (CODES, {"nomor": 1, "status": "olah"}, {"status": "tutup"}),
    (CODES, {"nomor": 1, "status": "tutup"}, {}),
    (TABLE, {"nomor": 1, "status": "2", "alasan": "x"}, {"status": "5"}),
    (TABLE, {"nomor": 1, "status": "5", "alasan": "x"}, {}),
])  # fmt: skip
def test_a_value_only_heard_is_written_unless_it_reads_so_already(text: str, base: dict, told: dict) -> None:  # type: ignore[type-arg]
    assert words(text).write({"status": "CLOSED"}, base).changed == told


@pytest.mark.parametrize("text", [CODES, TABLE])
def test_what_is_heard_is_told_as_it_will_be_seen(text: str) -> None:
    assert words(text).reads_back({"status": "CLOSED", "title": "x"}) == {"status": "RESPONDED", "title": "x"}


def test_a_declared_loss_is_expected_in_the_read_back() -> None:
    mapping = words("fields: [{complaint: title, system: judul, at_most: 20, loss: cut}]")
    seen = mapping.write({"title": "Lampu jalan padam di tiga kelurahan"}, None).fields["judul"]
    assert mapping.reads_back({"title": "Lampu jalan padam di tiga kelurahan"}) == {"title": seen}


@pytest.mark.parametrize(("fault", "put"), [
    ("mapping.codes.only_sent", "only_sent: {RECEIVED: tutup}"),
    ("mapping.codes.only_sent_code_near", "only_sent: {CLOSED: tutupp}"),
])  # fmt: skip
def test_a_heard_value_that_is_also_said_or_has_no_code_is_refused(fault: str, put: str) -> None:
    with pytest.raises(MappingError) as caught:
        words(CODES.replace("only_sent: {CLOSED: tutup}", put))
    assert [one.code for one in caught.value.faults] == [fault]


def test_what_is_watched_is_a_change_and_not_reported() -> None:
    mapping = words("fields: [{complaint: title, system: judul}]\nwatch: [versi]\nignore: [catatan]")
    old, new = {"nomor": 1, "judul": "x", "versi": 1}, {"nomor": 1, "judul": "x", "versi": 2}
    assert mapping.digest(old) != mapping.digest(new)
    assert mapping.digest(old) == mapping.digest({**old, "catatan": "y"})
    assert mapping.read(new).unmapped == ()


def test_what_is_ignored_is_ignored_with_all_below_it() -> None:
    mapping = words("fields: [{complaint: title, system: a.judul}]\nignore: [a]")
    assert mapping.read({"nomor": 1, "a": {"judul": "x", "lain": {"y": 1}}}).unmapped == ()


@pytest.mark.parametrize(("seen", "status"), [("2", "IN_PROGRESS"), ("5", None)])
def test_a_view_that_lacks_a_column_decides_only_where_it_is_not_asked(seen: str, status: str | None) -> None:
    assert words(TABLE).read({"nomor": 1, "status": seen}, partial=True).complaint.get("status") == status


def test_all_but_the_first_of_a_list_are_the_follow_ups() -> None:
    mapping = words("""
fields: [{complaint: body_original, read_from: pesan.first.isi, write_to: isi}]
events: [{inside: pesan.rest, key: id, fields: [{event: text, system: isi}]}]
""")
    read = mapping.read({"nomor": 1, "pesan": [{"id": 1, "isi": "a"}, {"id": 2, "isi": "b"}, {"id": 3, "isi": "c"}]})
    assert read.complaint["body_original"] == "a"
    assert [event.values["text"] for event in read.events] == ["b", "c"]


def test_a_plain_map_goes_out_where_a_list_of_pairs_is_read() -> None:
    mapping = words("""
fields:
  - {complaint: core_tracking_id, read_from: kolom(nama=Nomor).isi.first, write_to: kolom.Nomor}
  - {complaint: title, system: judul}
""")
    base = {"nomor": 1, "judul": "x", "kolom": [{"nama": "Nomor", "isi": []}, {"nama": "Lain", "isi": ["y"]}]}
    assert mapping.write({"core_tracking_id": "9100001", "title": "x"}, base).changed == {"kolom": {"Nomor": "9100001"}}
    assert mapping.write({"title": "y"}, base).fields == {**base, "judul": "y"}
