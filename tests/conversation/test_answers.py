"""What an answer means: by the mapping's rules in their order, then by what the wire itself tells."""

from __future__ import annotations

import pytest

from adapters.conversation import Answer, Meaning, Operation, Verdict
from tests.conversation.play import HEAD, answer, compiled, fault, html


def operation(words: str = "", default: str = "", *, name: str = "create", method: str = "post") -> Operation:
    more = f", answer: {{id: id, {words}}}" if name == "create" else f", answer: {{{words}}}"
    text = (
        f"{HEAD}operations:\n  {name}: {{{method}: t{', records: items' if name == 'list' else ''}{more}}}\n{default}"
    )
    return compiled(text).words.operations[name]


def meaning(given: Answer, words: str = "", default: str = "") -> Meaning:
    return operation(words, default).meaning(given)


def reading(given: Answer, words: str = "") -> Meaning:
    return operation(words, name="list", method="get").meaning(given)


@pytest.mark.parametrize(
    ("status", "write", "read"),
    [
        (200, Verdict.OK, Verdict.OK),
        (204, Verdict.OK, Verdict.OK),
        (302, Verdict.UNKNOWN, Verdict.UNKNOWN),
        (400, Verdict.REFUSED, Verdict.REFUSED),
        (401, Verdict.CREDENTIALS, Verdict.CREDENTIALS),
        (403, Verdict.CREDENTIALS, Verdict.CREDENTIALS),
        (404, Verdict.REFUSED, Verdict.REFUSED),
        (409, Verdict.REFUSED, Verdict.REFUSED),
        (429, Verdict.LATER, Verdict.LATER),
        (500, Verdict.UNKNOWN, Verdict.LATER),
        (502, Verdict.UNKNOWN, Verdict.LATER),
        (503, Verdict.LATER, Verdict.LATER),
        (504, Verdict.UNKNOWN, Verdict.LATER),
    ],
)
def test_what_the_status_alone_tells(status: int, write: Verdict, read: Verdict) -> None:
    assert meaning(answer(None, status)).verdict is write
    assert reading(answer(None, status)).verdict is read


def test_a_record_that_is_asked_for_and_not_there_is_absent() -> None:
    text = f"{HEAD}operations:\n  detail: {{get: t/<id>, record: '.'}}\nanswer: {{refused: [{{http: [404, 422]}}]}}"
    assert compiled(text).words.operations["detail"].meaning(answer(None, 404)).verdict is Verdict.ABSENT
    own = text.replace("record: '.'", "record: '.', answer: {refused: [{http: 404}]}")
    assert compiled(own).words.operations["detail"].meaning(answer(None, 404)).verdict is Verdict.REFUSED


@pytest.mark.parametrize(("status", "verdict"), [(200, Verdict.DOWN), (500, Verdict.DOWN), (503, Verdict.DOWN)])
def test_a_page_for_people_is_no_data(status: int, verdict: Verdict) -> None:
    assert reading(html(status)).verdict is verdict


def test_a_page_for_people_leaves_a_write_unknown_even_where_200_is_called_good() -> None:
    assert meaning(html(200)).verdict is Verdict.UNKNOWN
    assert meaning(html(200), "ok: [{http: 200}]").verdict is Verdict.UNKNOWN


def test_a_cut_answer_is_unknown() -> None:
    cut = Answer(200, {}, None, '{"id": ', decoded=False)
    assert meaning(cut).verdict is Verdict.UNKNOWN
    assert reading(cut).code == "conversation.unreadable"


def test_an_error_inside_a_200_is_what_the_mapping_says() -> None:
    words = "refused: [{when: {path: sukses, is: '0'}, text: pesan, field: kolom}]"
    found = meaning(answer({"sukses": 0, "pesan": "judul wajib", "kolom": "judul"}), words)
    assert (found.verdict, found.text, found.field) == (Verdict.REFUSED, "judul wajib", "judul")


def test_refused_comes_before_later_and_later_before_ok() -> None:
    words = "ok: [{http: 200}], later: [{present: busy}], refused: [{present: error}]"
    assert meaning(answer({"error": 1, "busy": 1}), words).verdict is Verdict.REFUSED
    assert meaning(answer({"busy": 1}), words).verdict is Verdict.LATER
    assert meaning(answer({"x": 1}), words).verdict is Verdict.OK


def test_where_ok_is_said_only_that_is_ok() -> None:
    words = "ok: [{all: [{http: [200, 201]}, {present: result.id}]}]"
    assert meaning(answer({"result": {"id": 4}}, 201), words).verdict is Verdict.OK
    found = meaning(answer({"result": {}}), words)
    assert (found.verdict, found.code) == (Verdict.UNKNOWN, "conversation.not_ok")
    assert meaning(answer(None, 422), words).verdict is Verdict.REFUSED


def test_the_operations_own_rules_come_first_and_the_mappings_next() -> None:
    default = "answer: {later: [{http: 409}], refused: [{http: 404}]}"
    assert meaning(answer(None, 409), "refused: [{http: 409}]", default).verdict is Verdict.REFUSED
    assert meaning(answer(None, 409), "", default).verdict is Verdict.LATER


def test_a_list_of_errors_is_told_in_its_own_words() -> None:
    found = meaning(answer({"errors": {"judul": ["wajib", "pendek"]}}, 422), "refused: [{http: 422, text: errors}]")
    assert found.text == "judul: wajib; judul: pendek"


def test_an_english_sentence_may_be_the_only_sign() -> None:
    words = "refused: [{says: could not be created}], ok: [{matches: 'Ticket [0-9]+ created'}]"
    assert meaning(Answer(200, {}, None, "# Ticket 12 created.", decoded=False), words).verdict is Verdict.OK
    assert (
        meaning(Answer(200, {}, None, "# Ticket COULD not be created", decoded=False), words).verdict is Verdict.REFUSED
    )


def test_an_empty_body_can_be_the_sign() -> None:
    words = "refused: [{body: empty}]"
    assert meaning(answer(None), words).verdict is Verdict.REFUSED
    assert meaning(answer({"id": 1}), words).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("code", "write", "read"),
    [
        ("Client", Verdict.REFUSED, Verdict.REFUSED),
        ("Sender", Verdict.REFUSED, Verdict.REFUSED),
        ("soap:Client.Validasi", Verdict.REFUSED, Verdict.REFUSED),
        ("E_VALIDASI", Verdict.REFUSED, Verdict.REFUSED),
        ("Server", Verdict.UNKNOWN, Verdict.LATER),
        ("Receiver", Verdict.UNKNOWN, Verdict.LATER),
        (None, Verdict.UNKNOWN, Verdict.LATER),
    ],
)
def test_what_a_fault_tells(code: str | None, write: Verdict, read: Verdict) -> None:
    assert meaning(fault(code, "x")).verdict is write
    assert reading(fault(code, "x")).verdict is read


def test_a_fault_of_the_servers_can_be_a_plain_refusal() -> None:
    found = meaning(fault("Server", "Error: Judul  wajib diisi"), "refused: [{fault: judul wajib}]")
    assert (found.verdict, found.text) == (Verdict.REFUSED, "Error: Judul  wajib diisi")


def test_a_fault_may_say_that_a_record_is_absent() -> None:
    detail = "{call: Baca, body: {n: <id>}, record: r, answer: {absent: [{fault_code: NF}]}}"
    text = f"{HEAD}operations:\n  detail: {detail}"
    assert compiled(text).words.operations["detail"].meaning(fault("NF", "x")).verdict is Verdict.ABSENT


@pytest.mark.parametrize(
    ("source", "given", "number"),
    [
        ("r.id", answer({"r": {"id": 41}}), "41"),
        ("{header: Location, last: yes}", answer(None, 201, Location="https://x/t/SWA%2041?x=1"), "SWA 41"),
        ("{path: url, last: yes}", answer({"url": "/api/t/41/"}), "41"),
        ("{text: digits}", Answer(200, {}, None, " 41\n", decoded=False), "41"),
        ("{text: digits}", Answer(200, {}, None, "error", decoded=False), None),
        ("r.id", answer({"r": {"id": {"x": 1}}}), None),
        ("r.id", answer({"r": {"id": ""}}), None),
        ("{header: Location, last: yes}", answer(None, 201), None),
    ],
)
def test_where_the_new_number_stands(source: str, given: Answer, number: str | None) -> None:
    text = f"{HEAD}operations:\n  create: {{post: t, answer: {{id: {source}, ok: [{{http: [200, 201]}}]}}}}"
    assert compiled(text).words.operations["create"].made(given).id == number
