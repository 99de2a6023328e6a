import pytest

from hub.mapping.faults import MappingError
from hub.mapping.reader import read_yaml


def faults_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(MappingError) as caught:
        read_yaml(text, "m.yaml")
    return [(fault.line, fault.field, fault.code) for fault in caught.value.faults]


def test_every_scalar_is_text() -> None:
    root = read_yaml("a: no\nb: 010\nc: 2026-01-02\nd: 1.50\n", "m.yaml")
    assert root.plain() == {"a": "no", "b": "010", "c": "2026-01-02", "d": "1.50"}


def test_samples_keep_every_digit_and_know_json_values() -> None:
    root = read_yaml('{a: 7, b: 010, c: 33.10, d: true, e: null, f: "7", g: -0, h: 1e3}', "m.yaml")
    assert root.sample() == {"a": 7, "b": "010", "c": "33.10", "d": True, "e": None, "f": "7", "g": "-0", "h": "1e3"}


def test_nodes_know_line_and_field() -> None:
    root = read_yaml("fields:\n  - complaint: title\n    system:\n      x: y\n", "m.yaml")
    node = root.need("fields").items()[0].need("system")
    assert (node.line, node.field, node.where) == (3, "fields[1].system", "m.yaml:3")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2\n", (2, "a", "mapping.key.twice")),
        ("a: &x 1\n", (1, "a", "mapping.file.anchor")),
        ("a: &x 1\nb: *x\n", (2, "b", "mapping.file.alias")),
        ("a: !!int 1\n", (1, "a", "mapping.file.tag")),
        ("a: {<<: {b: 1}}\n", (1, "a", "mapping.file.merge")),
        ("? [a]\n: 1\n", (1, "", "mapping.key.not_text")),
        ("a: 1\n---\nb: 1\n", (3, "", "mapping.file.two_documents")),
        ("a: [1\nb: 2\n", (2, "", "mapping.file.not_yaml")),
        ("a: b: c\n", (1, "", "mapping.file.not_yaml")),
        ("- a\n", (1, "", "mapping.file.not_map")),
        ("", (1, "", "mapping.file.not_map")),
        ("a: \x00\n", (0, "", "mapping.file.not_yaml")),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(text: str, expected: tuple[int, str, str]) -> None:
    assert expected in faults_of(text)


def test_all_faults_of_form_are_told_at_once() -> None:
    assert len(faults_of("a: 1\na: 2\nb: &x 1\nc: *x\n")) == 3


def test_deep_and_huge_files_are_refused_quickly() -> None:
    assert faults_of("a: " + "[" * 60 + "]" * 60)[-1][2] == "mapping.file.too_deep"
    assert faults_of("a: " + "x" * (3 << 20))[0][2] == "mapping.file.too_big"


def test_unknown_keys_are_refused_all_at_once_with_the_nearest_word() -> None:
    root = read_yaml("systm: x\nzzz: y\n", "m.yaml")
    with pytest.raises(MappingError) as caught:
        root.only("system", "complaint")
    first, second = caught.value.faults
    assert (first.code, first.facts["near"]) == ("mapping.key.unknown_near", "system")
    assert second.code == "mapping.key.unknown"
    assert "m.yaml:1: systm: Kata `systm` tidak dikenal di sini. Maksudnya `system`?" in str(caught.value)


def test_a_slot_without_setting_is_refused() -> None:
    node = read_yaml("a: x(<lapor_feild>)\n", "m.yaml").need("a")
    assert node.filled({"lapor_feild": "7"}) == "x(7)"
    with pytest.raises(MappingError, match="lapor_field"):
        node.filled({"lapor_field": "7"})
