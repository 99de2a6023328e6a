import pytest

from hub.mapping.conditions import compile_condition
from hub.mapping.faults import MappingError
from hub.mapping.reader import read_yaml

RECORD = {"status": {"id": 5}, "alasan": "WEWENANG", "kosong": " ", "nomor": "LBWA-12", "nol": None}


def judge(text: str) -> bool:
    return compile_condition(read_yaml(f"c: {text}", "m.yaml").need("c"), {"user": "5"})(RECORD)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{system: status.id, is: 5}", True),
        ("{system: status.id, is: <user>}", True),
        ('{system: status.id, is: "5.0"}', True),
        ("{system: status.id, in: [1, 2]}", False),
        ("{system: nomor, matches: 'LB[A-Z]+-[0-9]+'}", True),
        ("{system: nomor, matches: 'LB'}", False),
        ("{present: alasan}", True),
        ("{present: kosong}", False),
        ("{empty: nol}", True),
        ("{empty: nowhere}", True),
        ("{not: {present: alasan}}", False),
        ("{all: [{present: alasan}, {system: status.id, is: 5}]}", True),
        ("{any: [{empty: alasan}, {system: status.id, is: 6}]}", False),
        ('{system: nol, is: ""}', True),
    ],
)
def test_conditions_are_judged_by_structure(text: str, expected: bool) -> None:
    assert judge(text) is expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{system: a}", "mapping.condition.one_test"),
        ("{system: a, is: x, in: [y]}", "mapping.condition.one_test"),
        ("{present: a, empty: b}", "mapping.condition.one_word"),
        ("{is: x}", "mapping.condition.no_path"),
        ("{all: []}", "mapping.condition.nothing"),
        ("{system: a, iss: x}", "mapping.key.unknown_near"),
        ("{system: a, matches: '(a+)+'}", "mapping.pattern.risky"),
        ("{system: a, matches: '['}", "mapping.pattern.unreadable"),
        ("a == b", "mapping.node.not_map"),
    ],
)
def test_a_condition_that_is_not_understood_is_refused(text: str, code: str) -> None:
    with pytest.raises(MappingError) as caught:
        judge(text)
    assert caught.value.faults[0].code == code


def test_callers_may_add_words_of_their_own() -> None:
    node = read_yaml("c: {all: [{http: 200}, {present: alasan}]}", "m.yaml").need("c")
    more = {"http": lambda inner: lambda tree: inner.text() == "200"}
    assert compile_condition(node, more=more)(RECORD)
