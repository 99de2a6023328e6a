"""Every code a wire can raise has its sentence, and its facts fill it."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
WIRE = ("connection", "credentials", "http", "patience", "rest", "soap/__init__", "soap/description")


def codes() -> set[str]:
    return {
        code
        for name in WIRE
        for code in re.findall(r'"(wire\.[a-z_]+)"', (ROOT / "adapters" / f"{name}.py").read_text("utf-8"))
    }


def sentences() -> dict[str, dict[str, str]]:
    text = (ROOT / "hub" / "language" / "wire.yaml").read_text("utf-8")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))


def test_codes_and_sentences_are_the_same_set() -> None:
    assert codes() == set(sentences())


def test_both_languages_use_the_same_facts() -> None:
    for code, texts in sentences().items():
        used = [set(re.findall(r"{(\w+)}", texts[language])) for language in ("id", "en")]
        assert used[0] == used[1], code
