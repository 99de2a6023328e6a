"""A thread that is one text: read apart by its headings, made longer over what stands there right now."""

from __future__ import annotations

from adapters.contract import Change, ChangeKind, OutcomeKind
from tests.conversation.play import HEAD, Memory, answer, compiled, talker

WORDS = (
    HEAD
    + """
events:
  - text: catatan
    ours: {system: actor, is: SP4N-LAPOR}
    entry: {starts: ["[", {date: "%d/%m/%Y %H:%M", to: at}, "] ", {rest: any, to: actor}, ": "], text: rest}
    fields: [{event: kind, is: TINDAK_LANJUT}]
operations:
  detail: {get: t/<id>, record: "."}
  comment:
    put: t/<id>
    body: {catatan: {append: <record.catatan>, line: "[<now>] SP4N-LAPOR: <text>", now: "%d/%m/%Y %H:%M"}}
    slots: {text: prose, now: date}
    answer: {id: none, then: find_event}
"""
)
STALE = {"id": 3, "catatan": "lama"}
COMMENT = Change(ChangeKind.COMMENT, system_id="3", text="Belum selesai", base=STALE)
HELD = "[01/06/2026 09:00] budi: Dicek\n"
LONGER = "[01/06/2026 09:00] budi: Dicek\n[01/06/2026 10:00] SP4N-LAPOR: Belum selesai"


def test_what_is_added_stands_below_what_the_record_shows_right_now() -> None:
    shows, after = answer({"id": 3, "catatan": HELD}), answer({"id": 3, "catatan": LONGER})
    speaks, peer = talker(WORDS, shows, answer({"ok": True}), after)
    assert speaks.push(COMMENT, Memory()).kind is OutcomeKind.DONE
    assert peer.calls[1].body == {"catatan": LONGER}


def test_the_first_entry_has_nothing_above_it() -> None:
    speaks, peer = talker(WORDS, answer({"id": 3, "catatan": None}), answer({"ok": True}), answer({"id": 3}))
    speaks.push(COMMENT, Memory())
    assert peer.calls[1].body == {"catatan": "[01/06/2026 10:00] SP4N-LAPOR: Belum selesai"}


def test_a_follow_up_in_a_glued_text_is_found_again_by_its_words() -> None:
    speaks, _ = talker(WORDS, answer({"id": 3, "catatan": LONGER}))
    assert [one["text"] for one in speaks.find_event("3", "Belum selesai", None)] == ["Dicek", "Belum selesai"]


def test_text_on_the_line_of_its_heading_is_read() -> None:
    events = compiled(WORDS).read({"id": 3, "catatan": LONGER}).events
    assert [(one.values["actor"], one.values["text"], one.ours) for one in events] == [
        ("budi", "Dicek", False),
        ("SP4N-LAPOR", "Belum selesai", True),
    ]


def test_a_heading_with_a_day_that_never_was_is_an_issue_and_loses_no_word() -> None:
    reading = compiled(WORDS).read({"id": 3, "catatan": "[31/02/2026 09:00] budi: Dicek\n" + HELD})
    assert [one.values["text"] for one in reading.events] == ["[31/02/2026 09:00] budi: Dicek", "Dicek"]
    assert [one.field for one in reading.issues] == ["event.at"]
