"""The published schemas say what the loader says. To write them anew: ``python tests/mapping/test_schema.py``."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hub.mapping import load, schedule_file
from hub.mapping.reader import read_yaml
from hub.mapping.schema import connector_schema, mapping_schema
from tests.mapping.test_documentation import _named

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = {
    ROOT / "mappings" / "mapping.schema.json": mapping_schema,
    ROOT / "schedules" / "schedule.schema.json": connector_schema,
}
MAPPINGS = sorted((ROOT / "mappings").glob("*.yaml")) + sorted(
    (ROOT / "tests" / "mapping" / "samples").glob("sigap.yaml")
)


def _drawn(schema: Any) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _errors(schema: Any, text: str) -> list[str]:
    data = read_yaml(text, "m.yaml").sample()  # numbers and booleans as an editor's reader sees them
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(schema).iter_errors(data)]


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_the_published_schema_is_the_loaders(path: Path) -> None:
    assert path.read_text("utf-8") == _drawn(PUBLISHED[path]())
    Draft202012Validator.check_schema(PUBLISHED[path]())


def test_every_top_word_of_the_loader_is_described() -> None:
    assert set(mapping_schema()["properties"]) == {*load.KEYS, "references"}
    assert set(connector_schema()["properties"]) == set(schedule_file.KEYS)
    assert all(mapping_schema()["properties"].values())
    assert all(connector_schema()["properties"].values())


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_every_shipped_mapping_fits(path: Path) -> None:
    assert _errors(mapping_schema(), path.read_text("utf-8")) == []


@pytest.mark.parametrize(("heading", "text"), _named())
def test_every_example_of_the_page_fits(heading: str, text: str) -> None:
    lead = "" if "mapping:" in text else "mapping: contoh\n"
    assert _errors(mapping_schema(), lead + text) == []


def test_the_sample_connector_fits() -> None:
    text = (ROOT / "tests" / "mapping" / "samples" / "kota-contoh-sigap.yaml").read_text("utf-8")
    assert _errors(connector_schema(), text) == []


@pytest.mark.parametrize(
    "text",
    [
        "mapping: a\nfeilds: []\n",
        "mapping: a\nfields: [{complaint: titel, system: x}]\n",
        "mapping: a\nfields: [{complaint: title, sistem: x}]\n",
        "mapping: a\nfields: [{complaint: title, system: x, owner: agency}]\n",
        "mapping: a\nevents: [{inside: x, fields: [{event: txt, system: y}]}]\n",
        "mapping: a\ntables: {t: {rows: []}}\n",
        "mapping: a\nskip: [{when: {present: a}}]\n",
        "mapping: a\noperations: {list: {gett: x}}\n",
        "fields: []\n",
    ],
)
def test_what_the_loader_refuses_an_editor_marks(text: str) -> None:
    assert _errors(mapping_schema(), text)


@pytest.mark.parametrize("line", ["when: often", "hours: all day", "budget: {call: 5}", "tipe: x"])
def test_what_the_loader_refuses_in_a_connector_an_editor_marks(line: str) -> None:
    assert _errors(connector_schema(), f"connector: a\nmapping: m\nadapter: rest\n{line}\n")


if __name__ == "__main__":
    for path, schema in PUBLISHED.items():
        path.write_text(_drawn(schema()), "utf-8")
