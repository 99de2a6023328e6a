import copy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.mapping.faults import MappingError
from hub.mapping.paths import parse_path, path_of
from hub.mapping.reader import read_yaml
from hub.mapping.values import MISFIT, MISSING, Unread

TICKET: dict[str, Any] = {
    "id": 4,
    "status": {"id": "5"},
    "warga": None,
    "kosong": "",
    "tags": [],
    "custom_fields": [{"id": 7, "value": "123"}, {"id": 9, "value": None}],
    "Fields": [{"field": {"id": "3"}, "values": ["a", "b"]}],
    "@rahasia": "1",
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", 4),
        ("status.id", "5"),
        ("status.name", MISSING),
        ("warga.hp", None),
        ("kosong.hp", None),
        ("id.x", MISFIT),
        ("nowhere", MISSING),
        ("nowhere.at.all", MISSING),
        ("custom_fields(id=7).value", "123"),
        ("custom_fields(id=9).value", None),
        ("custom_fields(id=8).value", MISSING),
        ("custom_fields.value", MISFIT),
        ("Fields(field.id=3).values.first", "a"),
        ("Fields(field.id=3).values.last", "b"),
        ("Fields(field.id=3).values[1]", "b"),
        ("Fields(field.id=3).values[2]", MISSING),
        ("tags.first", MISSING),
        ("@rahasia", "1"),
        ("status.first.id", "5"),
    ],
)
def test_reading_tells_missing_null_and_misfit_apart(path: str, value: Any) -> None:
    assert path_of(path).read(TICKET) is value or path_of(path).read(TICKET) == value


def test_writing_replaces_a_pick_in_place_and_leaves_the_rest_alone() -> None:
    tree = copy.deepcopy(TICKET)
    path_of("custom_fields(id=7).value").write(tree, "999")
    assert tree["custom_fields"] == [{"id": 7, "value": "999"}, {"id": 9, "value": None}]


def test_an_absent_pick_is_added_typed_like_its_neighbours() -> None:
    tree = copy.deepcopy(TICKET)
    path_of("custom_fields(id=8).value").write(tree, "x")
    path_of("Fields(field.id=4).values.first").write(tree, "y")
    assert tree["custom_fields"][-1] == {"id": 8, "value": "x"}
    assert tree["Fields"][-1] == {"field": {"id": "4"}, "values": ["y"]}


def test_deleting_takes_only_the_one_thing() -> None:
    tree = copy.deepcopy(TICKET)
    path_of("custom_fields(id=7)").delete(tree)
    path_of("status.id").delete(tree)
    path_of("nowhere.x").delete(tree)
    assert tree["custom_fields"] == [{"id": 9, "value": None}]
    assert tree["status"] == {}


@pytest.mark.parametrize(
    "text", ["a..b", ".a", "a.", "a(", "a(b)", "a)b", "a[x]", "a(id=1)b", "a(id=1)(id=2).b", "a(id=1).first"]
)
def test_an_unreadable_path_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(MappingError, match=r"m\.yaml:1"):
        parse_path(read_yaml(f'a: "{text}"', "m.yaml").need("a"))


def test_headings_are_whole_names() -> None:
    node = read_yaml('a: "No. Tiket (lama)/baru"', "m.yaml").need("a")
    assert parse_path(node, whole=True).read({"No. Tiket (lama)/baru": "x"}) == "x"


def test_settings_stand_in_picks() -> None:
    node = read_yaml("a: custom_fields(id=<lapor_field>).value", "m.yaml").need("a")
    assert parse_path(node, {"lapor_field": "7"}).read(TICKET) == "123"


names = st.text(alphabet="abcXYZ_-/ 09", min_size=1, max_size=6).filter(lambda name: name not in ("first", "last"))
steps = st.one_of(
    names.map(lambda name: f".{name}"),
    st.tuples(names.map(str.strip).filter(bool), st.integers(0, 99)).map(lambda pair: f"({pair[0]}={pair[1]})"),
    st.just(".first"),
)
trees = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: st.dictionaries(names, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(names, st.lists(steps, max_size=4), st.dictionaries(names, trees, max_size=4), st.text(max_size=5))
def test_what_is_written_is_read_again(head: str, more: list[str], tree: dict[str, Any], value: str) -> None:
    try:
        path = path_of(head + "".join(more) + ".value")
    except ValueError:
        assume(False)
    assume(path.read(tree) is not MISFIT)
    try:
        path.write(tree, value)
    except Unread:
        return  # something else stands in the way; it was left alone
    assert path.read(tree) == value
    before = copy.deepcopy(tree)
    path.write(tree, value)
    assert tree == before
