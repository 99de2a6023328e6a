"""Every sentence a person reads, by code, in Indonesian and English: ``hub/language/*.yaml``.

A file holds ``code: {id: "…{fact}…", en: "…{fact}…"}``. Errors say what happened *and the next step*.
Code elsewhere passes codes and facts around; only the faces (CLI, pages, API) turn them into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LANGUAGES = ("id", "en")


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """All codes of all files; a code given twice is a defect and raises."""
    known: dict[str, Mapping[str, str]] = {}
    for entry in sorted(files(__name__).iterdir(), key=lambda one: one.name):
        if not entry.name.endswith(".yaml"):
            continue
        for code, texts in (yaml.load(entry.read_text("utf-8"), Loader=yaml.CSafeLoader) or {}).items():
            if code in known:
                raise ValueError(f"{entry.name}: {code} is given twice")
            known[code] = texts
    return known


class _Facts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "?"


def say(code: str, language: str = "id", facts: Mapping[str, Any] | None = None, /, **more: Any) -> str:
    """The sentence for a code; an unknown code is shown as itself, so nothing is hidden."""
    texts = sentences().get(code)
    if texts is None:
        return f"{code} {dict(facts or {}, **more)}" if facts or more else code
    return texts[language].format_map(_Facts(facts or {}, **more))
