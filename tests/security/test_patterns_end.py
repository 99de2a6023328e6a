"""Whatever a peer sends, our own patterns come to an end at once."""

from __future__ import annotations

from time import perf_counter

import pytest

from adapters.conversation import Answer
from adapters.decode import is_page
from hub.mapping.conversation.answers import is_html

NASTY = ["<!---->" * 24 + "x", "<!-- a --> " * 24 + "{}", " " * 4000 + "x", "<!--" * 1000, "<!-- -" * 600]


@pytest.mark.parametrize("text", NASTY)
def test_a_row_of_comments_is_judged_in_no_time(text: str) -> None:
    start = perf_counter()
    assert not is_page(text.encode())
    assert not is_html(Answer(200, {}, text=text))
    assert perf_counter() - start < 0.5


def test_a_page_behind_comments_is_still_a_page() -> None:
    text = "<!-- a --> <!-- b -- c -->\n<!DOCTYPE html><html>"
    assert is_page(text.encode())
    assert is_html(Answer(200, {}, text=text))
