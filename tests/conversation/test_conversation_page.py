"""What docs/conversation.md shows is true: every example compiles, and its tests pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.mapping.check import check_mapping
from tests.conversation.play import HEAD, compiled

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conversation.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_of_the_page_works(number: int) -> None:
    text = EXAMPLES[number]
    mapping = compiled(text if text.startswith("mapping:") else HEAD + text)
    problems = [f"{result.name}: {one.say('en')}" for result in check_mapping(mapping) for one in result.problems]
    assert not problems


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 7
