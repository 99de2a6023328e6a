"""Every code of the files' rooms has its sentence, every word of ``file:`` its line in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from hub.mapping import files

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*sorted((ROOT / "adapters" / "tabular").glob("*.py")), *sorted((ROOT / "hub" / "mapping").glob("file*.py"))]


def sentences() -> dict[str, dict[str, str]]:
    text = (ROOT / "hub" / "language" / "tabular.yaml").read_text("utf-8")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))


def test_codes_and_sentences_are_the_same_set() -> None:
    used = {
        code
        for path in SOURCES
        for code in re.findall(r'"((?:file|mapping\.files)\.[a-z_]+)"', path.read_text("utf-8"))
    }
    assert used == {code for code in sentences() if not code.endswith("_near")}


def test_both_languages_use_the_same_facts() -> None:
    for code, texts in sentences().items():
        used = [set(re.findall(r"(?<!{){(\w+)}", texts[language])) for language in ("id", "en")]
        assert used[0] == used[1], code


def test_every_word_of_the_file_block_is_explained() -> None:
    page = (ROOT / "docs" / "tabular.md").read_text("utf-8")
    words = {*files.TABLE, *files.OUT, "streams", "out", *files.WRITES, *files.PLUS_SLOTS}
    assert sorted(word for word in words if f"`{word}" not in page and f"`<{word}>`" not in page) == []
