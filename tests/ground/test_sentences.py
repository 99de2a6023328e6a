"""Every code that this area raises has its sentence, in both languages, with the facts the code gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hub
from hub.language import LANGUAGES, sentences

ROOT = Path(hub.__file__).parent
FILES = [
    *(ROOT / "store").glob("*.py"),
    *(ROOT / "domain").glob("*.py"),
    *(ROOT / "apply").glob("*.py"),
    *(ROOT / f"{name}.py" for name in ("home", "connectors", "schedule", "dispatcher", "queue", "health", "leader")),
]
GROUPS = "hub|vault|store|lease|queue|secret|connector|apply|agencies|user|token|route|health"
CODE = re.compile(rf"\"((?:{GROUPS})\.[a-z_]+)\"")
AUDIT = {"user.added", "user.first", "user.password", "user.disabled", "user.enabled", "token.made", "token.revoked",
         "connector.removed", "connector.paused", "store.took_over"}  # fmt: skip
NAMES = {"agencies.yaml", "hub.sqlite", "hub.run", "hub.store", "hub.domain"}
CODES = sorted({code for path in FILES for code in CODE.findall(path.read_text("utf-8"))} - AUDIT - NAMES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_its_sentence(code: str) -> None:
    assert set(sentences()[code]) == set(LANGUAGES)


@pytest.mark.parametrize("code", CODES)
def test_both_languages_tell_the_same_facts(code: str) -> None:
    texts = sentences()[code]
    assert len({tuple(sorted(set(re.findall(r"{(\w+)}", texts[one])))) for one in LANGUAGES}) == 1
