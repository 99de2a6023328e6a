"""Every example of docs/mapping.md is a mapping whose tests and laws hold."""

import re
from pathlib import Path

import pytest

from hub.mapping import check, events, load, rule_words, schedule_file
from hub.mapping.check import check_mapping
from hub.mapping.reader import read_yaml
from hub.mapping.schedule_file import read_connector_file
from tests.mapping.library import words

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
EXAMPLES = re.findall(r"^## (.+?)$|^### (.+?)$|```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
RULE_WORDS = (*rule_words.SOURCES, *rule_words.OPERATORS, *rule_words.BESIDE, *rule_words.MORE)
EVENT_WORDS = (*events.SOURCES, *events.WORDS, *events.ATTACHMENTS)
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


def test_the_connector_file_of_the_page_is_read() -> None:
    (text,) = re.findall(r"```connector\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    file = read_connector_file(read_yaml(text, "docs/mapping.md"))
    assert file.overlay == {"codes": {"status": {"Baru sekali": "RECEIVED"}}, "nulls": ["nihil"]}


@pytest.mark.parametrize("word", sorted({*load.KEYS, *schedule_file.KEYS, *RULE_WORDS, *EVENT_WORDS, *check.WORDS}))
def test_every_word_of_the_loader_is_on_the_page(word: str) -> None:
    assert re.search(rf"\b{word}\b", PAGE.read_text("utf-8")), f"{word} is not explained"
