"""Records that only list numbers: a call for each entry, its answer in a list or in the entry itself."""

from __future__ import annotations

import pytest

from hub.mapping.faults import MappingError
from tests.conversation.play import HEAD, answer, compiled, talker

LISTED = (
    HEAD
    + """
events: [{inside: catatan.rest, key: id, fields: [{event: text, system: isi}]}]
operations:
  list:    {get: t, records: items, view: partial, then: [detail, catatan]}
  detail:  {get: t/<id>, record: data}
  catatan: {get: c/<entry>, for_each: nomor, record: data, into: catatan}
  comment: {steps: [{tulis: {call: tulis, keep: id, again: repeat}}, {tempel: {call: tempel, again: repeat}}]}
  tulis:   {post: c, body: {isi: <text>}, answer: {id: data.id}}
  tempel:  {patch: t/<id>, body: {tambah: <tulis.id>}}
"""
)
IN_ENTRY = (
    HEAD
    + """
events: [{inside: riwayat, only: {present: isi}, key: id, fields: [{event: text, system: isi.first.teks}]}]
operations:
  list:    {get: t, records: items, then: [riwayat, isi]}
  detail:  {get: t/<id>, record: "."}
  riwayat: {get: t/<id>/riwayat, records: items}
  isi:     {get: isi/<entry.id>, for_each: riwayat, only: {system: jenis, is: balas}, records: items, into: entry.isi}
"""
)


def test_each_number_is_asked_for_and_the_answers_are_a_list() -> None:
    system, peer = talker(
        LISTED,
        answer({"data": {"id": 4, "nomor": [7, 8]}}),
        answer({"data": {"id": 7, "isi": "a"}}),
        answer({"data": {"id": 8, "isi": "b"}}),
    )
    whole = system.complete("records", {"id": 4})
    assert whole["catatan"] == [{"id": 7, "isi": "a"}, {"id": 8, "isi": "b"}]
    assert peer.targets == ["GET t/4", "GET c/7", "GET c/8"]


def test_a_record_that_lists_nothing_asks_nothing() -> None:
    system, peer = talker(LISTED, answer({"data": {"id": 4, "nomor": []}}))
    assert system.complete("records", {"id": 4})["catatan"] == []
    assert peer.targets == ["GET t/4"]


def test_an_answer_may_stay_in_its_entry_and_only_where_it_is_wanted() -> None:
    history = [{"id": 1, "jenis": "balas"}, {"id": 2, "jenis": "status"}]
    system, peer = talker(IN_ENTRY, answer({"items": history}), answer({"items": [{"teks": "Sudah."}]}))
    whole = system.complete("records", {"id": 4})
    assert whole["riwayat"] == [{**history[0], "isi": [{"teks": "Sudah."}]}, history[1]]
    assert peer.targets == ["GET t/4/riwayat", "GET isi/1"]


def test_follow_ups_in_a_joined_list_are_looked_up_in_the_whole_record() -> None:
    system, _ = talker(
        LISTED,
        answer({"data": {"id": 4, "nomor": [7, 8]}}),
        answer({"data": {"id": 7, "isi": "uraian"}}),
        answer({"data": {"id": 8, "isi": "Sudah."}}),
    )
    assert [one["id"] for one in system.find_event("4", "Sudah.", None)] == [8]


@pytest.mark.parametrize(("old", "new", "code"), [
    ("then: [detail, catatan]", "then: detail", "conversation.for_each_unjoined"),
    ("for_each: nomor, ", "only: {present: id}, ", "conversation.only_each"),
])  # fmt: skip
def test_a_call_for_each_must_be_joined_to_something(old: str, new: str, code: str) -> None:
    text = (
        LISTED.replace(", into: catatan", "").replace(old, new).replace("<entry>", "7" if "only" in new else "<entry>")
    )
    with pytest.raises(MappingError) as caught:
        compiled(text)
    assert code in [one.code for one in caught.value.faults]
