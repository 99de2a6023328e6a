"""Saying a change: done, refused, later or unknown, and never the same create twice."""

from __future__ import annotations

import pytest

from adapters.contract import Change, ChangeKind, Failure, Outcome, OutcomeKind, WireError
from tests.conversation.play import HEAD, Answer, Memory, Reply, answer, fault, html, talker

WORDS = (
    HEAD
    + """
events:
  - {call: log, key: id, fields: [{event: text, system: catatan}]}
operations:
  detail:  {get: t/<id>, record: "."}
  log:     {get: t/<id>/log, records: rows}
  find:    {get: t, query: {no: <key>}, records: items, verify: core_tracking_id}
  create:  {post: t, body: {from: fields}, answer: {id: id}}
  update:  {put: t/<id>, body: {from: fields, send: changed}}
  comment: {post: t/<id>/notes, body: {n: <text>}, answer: {id: none, then: find_event}}
  attach:  {post: t/<id>/files, as: multipart, body: {f: {file: attachment}}}
"""
)
CREATE = Change(ChangeKind.CREATE, fields={"judul": "Lampu"}, changed={"judul": "Lampu"}, key="9165816")
UPDATE = Change(
    ChangeKind.UPDATE, system_id="3", fields={"judul": "B"}, changed={"judul": "B"}, moves={"title": ("A", "B")}
)
COMMENT = Change(ChangeKind.COMMENT, system_id="3", text="Sudah ditambal", event={"catatan": "Sudah ditambal"})
LOST = WireError(Failure.DOWN, "wire.timeout", sent=True)
UNREACHED = WireError(Failure.DOWN, "wire.unreachable")


def pushed(change: Change, *replies: Reply, memory: Memory | None = None, words: str = WORDS) -> Outcome:
    return talker(words, *replies)[0].push(change, memory or Memory())


def test_a_create_gives_its_number() -> None:
    memory = Memory()
    outcome = pushed(CREATE, answer({"id": 41}, 201), memory=memory)
    assert (outcome.kind, outcome.system_id) == (OutcomeKind.DONE, "41")
    assert memory.kept["create"] == {"id": "41"}


def test_a_create_that_is_done_is_not_sent_again() -> None:
    memory = Memory()
    pushed(CREATE, answer({"id": 41}), memory=memory)
    system, peer = talker(WORDS)
    assert system.push(CREATE, memory).system_id == "41"
    assert peer.calls == []


def test_a_lost_reply_is_unknown_and_names_its_step() -> None:
    outcome = pushed(CREATE, LOST)
    assert (outcome.kind, outcome.facts["step"]) == (OutcomeKind.UNKNOWN, "create")


def test_a_create_begun_by_a_dead_worker_is_not_repeated() -> None:
    memory = Memory()
    memory.begin("create")
    system, peer = talker(WORDS)
    outcome = system.push(CREATE, memory)
    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "conversation.begun_before")
    assert peer.calls == []


def test_what_a_look_up_proved_absent_is_sent_again() -> None:
    memory = Memory()
    unknown = pushed(CREATE, LOST, memory=memory)
    memory.keep(unknown.facts["step"], {"nothing": "absent"})
    assert pushed(CREATE, answer({"id": 42}), memory=memory).system_id == "42"


def test_what_a_look_up_found_counts_as_made() -> None:
    memory = Memory()
    unknown = pushed(CREATE, LOST, memory=memory)
    memory.keep(unknown.facts["step"], {"id": "41"})
    outcome = pushed(CREATE, memory=memory)
    assert (outcome.kind, outcome.system_id) == (OutcomeKind.DONE, "41")


def test_each_attempt_has_its_own_memory() -> None:
    """Refused, then begun and lost: the third must not take the first's word for the second's end."""
    memory = Memory()
    pushed(CREATE, answer(None, 422), memory=memory)
    pushed(CREATE, LOST, memory=memory)
    system, peer = talker(WORDS)
    assert system.push(CREATE, memory).kind is OutcomeKind.UNKNOWN
    assert peer.calls == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer({"error": "x"}, 422), OutcomeKind.REFUSED),
        (answer(None, 503), OutcomeKind.LATER),
        (answer(None, 401), OutcomeKind.CREDENTIALS),
        (UNREACHED, OutcomeKind.DOWN),
        (fault("Client", "judul wajib"), OutcomeKind.REFUSED),
    ],
)
def test_what_certainly_did_not_happen_may_be_sent_again(reply: Reply, kind: OutcomeKind) -> None:
    memory = Memory()
    assert pushed(CREATE, reply, memory=memory).kind is kind
    assert pushed(CREATE, answer({"id": 41}), memory=memory).kind is OutcomeKind.DONE


@pytest.mark.parametrize(
    "reply",
    [
        answer(None, 500),
        answer(None, 502),
        html(200),
        Answer(200, {}, None, '{"id":', decoded=False),
        answer({"ok": 1}),
        LOST,
    ],
)
def test_what_may_have_happened_is_unknown(reply: Reply) -> None:
    memory = Memory()
    assert pushed(CREATE, reply, memory=memory).kind is OutcomeKind.UNKNOWN
    assert memory.started("create")


def test_retry_after_becomes_a_time_not_a_sleep() -> None:
    outcome = pushed(CREATE, answer(None, 429, **{"Retry-After": "60"}))
    assert outcome.not_before is not None


def test_a_number_nowhere_is_looked_up() -> None:
    words = WORDS.replace("answer: {id: id}", "answer: {id: none, then: find}")
    found = answer({"items": [{"id": 41, "nomor_lapor": "9165816"}, {"id": 7, "nomor_lapor": "91658160"}]})
    outcome = pushed(CREATE, answer(None, 204), found, answer({"items": []}), words=words)
    assert (outcome.kind, outcome.system_id) == (OutcomeKind.DONE, "41")
    nobody = pushed(CREATE, answer(None, 204), answer({"items": []}), words=words)
    assert (nobody.kind, nobody.code) == (OutcomeKind.UNKNOWN, "conversation.no_number")


def test_a_comment_without_a_number_is_found_by_its_text() -> None:
    rows = answer({"rows": [{"id": 8, "catatan": "Sudah"}, {"id": 9, "catatan": "<p>Sudah  ditambal</p>"}]})
    outcome = pushed(COMMENT, answer(None, 204), rows)
    assert (outcome.kind, outcome.event_id) == (OutcomeKind.DONE, "9")


def test_a_comment_that_cannot_be_found_is_still_done() -> None:
    outcome = pushed(COMMENT, answer(None, 204), answer(None, 500))
    assert (outcome.kind, outcome.event_id) == (OutcomeKind.DONE, None)
    assert outcome.warnings == ("conversation.later",)


def test_a_comment_is_never_blindly_repeated() -> None:
    memory = Memory()
    assert pushed(COMMENT, LOST, memory=memory).kind is OutcomeKind.UNKNOWN
    assert pushed(COMMENT, memory=memory).kind is OutcomeKind.UNKNOWN


def test_an_update_may_be_repeated_because_it_says_the_same() -> None:
    memory = Memory()
    assert pushed(UPDATE, LOST, memory=memory).facts["again"] == "repeat"
    assert pushed(UPDATE, answer(None, 204), memory=memory).kind is OutcomeKind.DONE


def test_an_update_with_a_text_says_the_comment_too() -> None:
    change = Change(ChangeKind.UPDATE, system_id="3", changed={"judul": "B"}, text="Sudah", moves={"title": ("A", "B")})
    system, peer = talker(WORDS, answer(None, 204), answer(None, 204), answer({"rows": []}))
    assert system.push(change, Memory()).kind is OutcomeKind.DONE
    assert peer.targets[:2] == ["PUT t/3", "POST t/3/notes"]


def test_each_file_is_a_step_of_its_own() -> None:
    files = [{"name": "a.jpg", "content": "YQ=="}, {"name": "b.jpg", "content": "Yg=="}]
    change = Change(ChangeKind.ATTACH, system_id="3", attachments=files)
    memory = Memory()
    assert pushed(change, answer({}, 201), LOST, memory=memory).kind is OutcomeKind.UNKNOWN
    assert "attach.0" in memory.kept
    assert "attach.1" in memory.begun - memory.kept.keys()


def test_a_file_without_content_is_refused_before_anything_is_sent() -> None:
    change = Change(ChangeKind.ATTACH, system_id="3", attachments=[{"url": "https://x/a.jpg"}])
    outcome = pushed(change)
    assert (outcome.kind, outcome.code) == (OutcomeKind.REFUSED, "conversation.no_content")


def test_what_is_not_declared_is_refused_as_such() -> None:
    outcome = pushed(CREATE, words=HEAD + "operations:\n  list: {get: t, records: items}")
    assert (outcome.kind, outcome.code) == (OutcomeKind.REFUSED, "conversation.cannot")


def test_the_record_in_an_answer_is_shown() -> None:
    words = WORDS.replace(
        "{post: t, body: {from: fields}, answer: {id: id}}", "{post: t, record: d, answer: {id: d.id}}"
    )
    assert pushed(CREATE, answer({"d": {"id": 41, "judul": "LAMPU"}}), words=words).shown == {
        "id": 41,
        "judul": "LAMPU",
    }


def test_a_refusal_keeps_the_peers_words_and_field_out_of_the_facts() -> None:
    words = WORDS.replace("answer: {id: id}", "answer: {id: id, refused: [{http: 422, text: pesan, field: kolom}]}")
    outcome = pushed(CREATE, answer({"pesan": "Budi tidak dikenal", "kolom": "nama"}, 422), words=words)
    assert (outcome.text, outcome.refused_field) == ("Budi tidak dikenal", "nama")
    assert "Budi" not in str(outcome.facts)


def test_a_wire_that_does_not_fit_its_mapping_is_no_outcome() -> None:
    with pytest.raises(WireError):
        pushed(CREATE, WireError(Failure.CONTRACT, "wire.address_elsewhere"))


# -- by action

ACTIONS = (
    HEAD
    + """
operations:
  comment: {post: t/<id>/notes, body: {n: <text>}, answer: {id: id}}
  update:
    - when: {status: {to: [RESPONDED, RETURNED]}}
      with: comment
      post: t/<id>/close
      body: {n: <text>}
      answer: {id: note}
    - {when: {status: {from: RESPONDED, to: IN_PROGRESS}}, post: t/<id>/reopen}
    - {when: {changed: [title]}, put: t/<id>, body: {from: fields, send: changed}}
"""
)


def acted(change: Change, *replies: Reply, words: str = ACTIONS) -> tuple[Outcome, list[str]]:
    system, peer = talker(words, *replies)
    return system.push(change, Memory()), peer.targets


def test_one_call_may_carry_status_and_comment() -> None:
    change = Change(ChangeKind.COMMENT, system_id="3", text="Selesai", moves={"status": ("IN_PROGRESS", "RESPONDED")})
    outcome, calls = acted(change, answer({"note": 9}))
    assert calls == ["POST t/3/close"]
    assert outcome.event_id == "9"


def test_a_comment_without_a_move_is_only_a_comment() -> None:
    assert acted(COMMENT, answer({"id": 9}))[1] == ["POST t/3/notes"]


def test_an_action_depends_on_where_the_status_comes_from() -> None:
    change = Change(ChangeKind.UPDATE, system_id="3", moves={"status": ("RESPONDED", "IN_PROGRESS")})
    assert acted(change, answer(None, 204))[1] == ["POST t/3/reopen"]
    other = Change(ChangeKind.UPDATE, system_id="3", moves={"status": ("RECEIVED", "IN_PROGRESS")})
    outcome, calls = acted(other)
    assert (outcome.kind, outcome.code, calls) == (OutcomeKind.REFUSED, "conversation.no_action", [])


def test_every_action_that_fits_is_called_in_order_or_only_the_first() -> None:
    moves = {"status": ("IN_PROGRESS", "RESPONDED"), "title": ("A", "B")}
    change = Change(ChangeKind.UPDATE, system_id="3", changed={"judul": "B"}, moves=moves)
    assert acted(change, answer({"note": 9}), answer(None, 204))[1] == ["POST t/3/close", "PUT t/3"]
    head, _, rest = ACTIONS.partition("  update:\n")
    listed = f"{head}  update:\n    choose: first\n    of:\n{rest}"
    assert acted(change, answer({"note": 9}), words=listed)[1] == ["POST t/3/close"]


# -- version guard

GUARD = (
    HEAD
    + """
operations:
  detail: {get: t/<id>, record: item}
  update:
    put: t/<id>
    body: {from: fields}
    guard: {from: versi, send: signature, conflict: {path: errorCode, is: Mismatch}}
"""
)
OLD = {"id": 3, "judul": "Lama", "isi": "x", "versi": "v1"}
GUARDED = Change(
    ChangeKind.UPDATE, system_id="3", base=OLD, fields={**OLD, "judul": "Baru"}, changed={"judul": "Baru"},
    moves={"title": ("Lama", "Baru")},
)  # fmt: skip


def test_the_version_goes_out_with_the_write() -> None:
    system, peer = talker(GUARD, answer({"ok": 1}))
    assert system.push(GUARDED, Memory()).kind is OutcomeKind.DONE
    assert peer.calls[0].body["signature"] == "v1"


def test_where_somebody_was_faster_their_change_stays_and_ours_goes_over_it() -> None:
    fresh = {"item": {**OLD, "isi": "y", "versi": "v2"}}
    system, peer = talker(GUARD, answer({"errorCode": "Mismatch"}), answer(fresh), answer({"ok": 1}))
    assert system.push(GUARDED, Memory()).kind is OutcomeKind.DONE
    assert peer.calls[2].body == {"id": 3, "judul": "Baru", "isi": "y", "versi": "v2", "signature": "v2"}


def test_a_second_conflict_waits() -> None:
    conflict, fresh = answer({"errorCode": "Mismatch"}), answer({"item": {**OLD, "versi": "v2"}})
    outcome = talker(GUARD, conflict, fresh, conflict)[0].push(GUARDED, Memory())
    assert (outcome.kind, outcome.code) == (OutcomeKind.LATER, "conversation.conflict")


def test_an_action_that_demands_a_text_gets_ours_or_the_declared_one() -> None:
    words = WORDS.replace(
        "update:  {put: t/<id>, body: {from: fields, send: changed}}",
        "update:\n    - {with: comment, post: t/<id>/tutup, body: {ket: {value: <text>, else: Ditutup}}}",
    )
    for text, said in (("Sudah ditambal", "Sudah ditambal"), ("", "Ditutup")):
        speaks, peer = talker(words, answer({"id": 7}))
        change = Change(ChangeKind.UPDATE, system_id="3", text=text, moves={"status": ("IN_PROGRESS", "CLOSED")})
        assert speaks.push(change, Memory()).kind is OutcomeKind.DONE
        assert [one.body for one in peer.calls] == [{"ket": said}]
