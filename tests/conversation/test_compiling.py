"""Words that cannot work are refused with their line; what is not declared does not exist."""

from __future__ import annotations

import pytest

from hub.mapping.check import check_mapping
from hub.mapping.faults import MappingError
from tests.conversation.play import HEAD, compiled

FINE = "operations:\n  list: {get: t, records: items}\n"


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(MappingError) as error:
        compiled(HEAD + text)
    for fault in error.value.faults:
        for language in ("id", "en"):
            said = fault.say(language)
            assert "mappings/contoh.yaml:" in said
            assert fault.code not in said  # every code has its sentence
    return [(fault.code, fault.field) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("list: {records: items}", "conversation.one_call"),
        ("list: {get: t, post: t, records: items}", "conversation.one_call"),
        ("list: {get: t}", "mapping.key.missing"),
        ("list: {get: t, records: items, paging: {by: page}}", "mapping.key.unknown_near"),
        ("list: {get: t, records: items, pages: {by: pages}}", "mapping.word.unknown_near"),
        ("list: {get: t, records: items, pages: {by: cursor}}", "mapping.key.missing"),
        ("list: {get: t, records: items, pages: {by: page, overlap_rows: 2}}", "conversation.overlap_rows"),
        ("list: {call: Daftar, records: items, pages: {by: page}}", "conversation.page_unsent"),
        ("list: {get: t, query: {s: <since>}, records: items}", "mapping.key.missing"),
        ("list: {get: t, query: {s: <since>}, records: items, since: {overlap: soon}}", "conversation.duration"),
        ("list: {get: t, records: 'a..b'}", "mapping.path.unreadable"),
        ("create: {post: t}", "conversation.create_number"),
        ("create: {post: t, answer: {id: none, then: find}}", "conversation.look_undeclared"),
        ("create: {post: t, answer: {id: id, okay: [{http: 200}]}}", "mapping.key.unknown_near"),
        ("create: {post: t, answer: {id: id, ok: [{http: 20}]}}", "conversation.bad_status"),
        ("create: {post: t, answer: {id: id, ok: [{matches: '(a+)+'}]}}", "mapping.pattern.risky"),
        ("update: {put: t, guard: {from: v, send: v, conflict: {http: 412}}}", "conversation.look_undeclared"),
        ("update: [{when: {statsu: {to: RESPONDED}}, put: t}]", "mapping.rule.no_field_near"),
        ("update: [{when: {status: {to: SELESAI}}, put: t}]", "mapping.word.unknown_near"),
        ("comment: {post: t, as: jsn, body: {a: b}}", "mapping.word.unknown_near"),
        ("find: {scan: lists, window: 7 days}", "conversation.unknown_operation_near"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(operation: str, code: str) -> None:
    found = faults(f"operations:\n  {operation}")
    assert code.removesuffix("_near") in {one.removesuffix("_near") for one, _ in found}
    assert all(field.startswith("operations.") for _, field in found)


def test_all_faults_of_all_operations_are_told_at_once() -> None:
    assert len(faults("operations:\n  list: {get: t}\n  create: {post: t}\n  comment: {}\n")) == 3


def test_what_is_not_declared_does_not_exist() -> None:
    assert compiled(HEAD + FINE).words.can == {"pull"}
    text = "  detail: {get: t/<id>, record: '.'}\n  comment: {post: t/<id>, body: {n: <text>}}\n"
    assert compiled(HEAD + FINE + text).words.can == {"pull", "fetch", "comment"}


def test_a_changed_setting_is_another_version() -> None:
    text = HEAD + "operations:\n  check: {get: <project>}\n"
    assert compiled(text).effective != compiled(text, project="lain").effective


def test_a_missing_setting_is_refused() -> None:
    with pytest.raises(MappingError) as error:
        compiled(HEAD.replace("project: text", "project: text, kantor: text") + FINE)
    assert error.value.faults[0].code == "mapping.settings.missing"


BASE = (
    HEAD
    + """
operations:
  detail:  {get: t/<id>, record: "."}
  create:  {post: t, body: {from: fields}, answer: {id: id}}
  comment: {post: t/<id>/n, body: {n: <text>}, answer: {id: id}}
tests:
  - name: contoh
"""
)


@pytest.mark.parametrize(
    "test",
    [
        "{given: {complaint: {title: A}}, sends: {post: t, body: {judul: B}}, answers: {body: {id: 4}}}",
        "{given: {complaint: {title: A}}, sends: {put: t}, answers: {body: {id: 4}}}",
        "{given: {complaint: {title: A}}, answers: {body: {id: 4}}, id: '5'}",
        "{given: {complaint: {title: A}}, answers: {http: 422}, means: done}",
        "{given: {complaint: {title: A}}, answers: {body: {id: 4}}, means: refused}",
        "{given: {complaint: {title: A}}, sends: [{post: t}, {post: t}], answers: {body: {id: 4}}}",
        "{given: {complaint: {title: A}}}",
        "{given: {id: '4'}, answers: {body: {id: 4}}, records: [{id: 5}]}",
        "{given: {id: '4'}, answers: {http: 404}, records: 1}",
        "{given: {id: '4', event: {text: A}}, sends: {post: t/4/n, body: {n: B}}, answers: {body: {id: 1}}}",
    ],
)
def test_a_test_in_a_mapping_can_fail(test: str) -> None:
    text = BASE.replace("  - name: contoh\n", f"  - {{name: contoh, {test[1:]}\n")
    (result, *_) = check_mapping(compiled(text))
    assert not result.ok
    assert result.problems
    assert all(problem.say("id") and problem.say("en") for problem in result.problems)
    assert result.where.startswith("mappings/contoh.yaml:")


def test_a_test_in_a_mapping_that_is_badly_written_says_so() -> None:
    text = BASE.replace("  - name: contoh\n", "  - {name: contoh, given: {complain: {}}, sends: {}}\n")
    (result, *_) = check_mapping(compiled(text))
    assert not result.ok
