"""Every example of docs/mapping.md is a mapping whose tests and laws hold."""

import re
from pathlib import Path

import pytest

from hub.mapping.check import check_mapping
from tests.mapping.library import words

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
EXAMPLES = re.findall(r"^## (.+?)$|^### (.+?)$|```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
SETTINGS = {"lapor_field": "7", "hub_user": "12"}
CODES = {"codes/contoh.csv": "kode,nama,id\n01,Jalan,118\n02,Air,119\n"}


def _named() -> list[tuple[str, str]]:
    heading, found = "", []
    for chapter, section, text in EXAMPLES:
        heading = chapter or section or heading
        if text:
            found.append((heading, text))
    return found


@pytest.mark.parametrize(("heading", "text"), _named())
def test_every_example_of_the_page_holds(heading: str, text: str) -> None:
    asked = {name: value for name, value in SETTINGS.items() if f"{name}:" in text}
    results = check_mapping(words(text, CODES, settings=asked))
    assert [problem.say("en") for result in results for problem in result.problems] == []
    assert len(results) > 2, "an example without tests shows nothing"
