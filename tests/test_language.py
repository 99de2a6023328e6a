"""Every sentence exists in both languages, with the same slots, and every code in the sources has one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from hub.domain.complaint import CHOICES, EVENT_FIELDS, FIELDS, EventKind, Status
from hub.health import Health
from hub.language import LANGUAGES, sentences
from hub.web.rooms.waiting import TABS

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "hub" / "web" / "templates"
CODE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+")
# calls whose first text argument is a code (or the second, where a class of failure comes first)
SAYING = {
    "say", "tell", "t", "explain", "flash", "HubError", "StoreError", "VaultError", "Stopped", "Broken", "TimeOver",
    "WireError", "Standing", "Finding", "Unreadable", "Fault", "refuse", "Problem", "Issue", "NotSaid", "Found",
}  # fmt: skip
NOT_CODES = re.compile(
    r"\.(html|css|js|svg|yaml|json|csv|py|txt|md|xlsx|xsd|sqlite)$|^(hub|adapters|tests|werkzeug|sqlalchemy)\."
)


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def sources() -> Iterator[tuple[Path, ast.AST]]:
    for top in ("hub", "adapters"):
        for path in sorted((ROOT / top).rglob("*.py")):
            yield path, ast.parse(path.read_text("utf-8"))


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def codes_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts shaped like a code that are handed to a call that says something."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or called(node) not in SAYING:
            continue
        for argument in [*node.args[:4], *(word.value for word in node.keywords if word.arg == "code")]:
            for inner in ast.walk(argument):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and CODE.fullmatch(inner.value):
                    yield node.lineno, inner.value


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there_in_both_languages(language: str) -> None:
    assert [code for code, texts in sentences().items() if not str(texts.get(language, "")).strip()] == []


def test_both_languages_have_the_same_slots() -> None:
    differing = {
        code: [sorted(slots(texts[language])) for language in LANGUAGES]
        for code, texts in sentences().items()
        if slots(texts["id"]) != slots(texts["en"])
    }
    assert not differing


def test_no_sentence_has_anything_but_its_two_languages() -> None:
    assert [code for code, texts in sentences().items() if set(texts) != set(LANGUAGES)] == []


def test_every_code_that_the_sources_say_has_a_sentence() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{line} {code}"
        for path, tree in sources()
        for line, code in codes_in(tree)
        if code not in sentences() and code not in FIELDS and not NOT_CODES.search(code)
    ]
    assert not missing


def test_every_code_in_the_templates_has_a_sentence() -> None:
    missing = [
        f"{path.name}: {code}"
        for path in sorted(TEMPLATES.iterdir())
        for code in re.findall(r"\bt\('([^']+)'\s*[,)]", path.read_text("utf-8"))
        if code not in sentences()
    ]
    assert not missing


def test_codes_that_are_put_together_exist_for_every_value() -> None:
    families = {
        "word.status": list(Status),
        "word.event": list(EventKind),
        "word.health": list(Health),
        "word.urgency": CHOICES["urgency"],
        "word.classification": CHOICES["classification"],
        "word.oversight": CHOICES["oversight"],
        "word.channel": CHOICES["channel"],
        "word.actor": CHOICES["actor_role"],
        "word.level": CHOICES["agency.level"],
        "word.flag": CHOICES["is_anonymous"],
        "word.field": [name for name in FIELDS if name not in EVENT_FIELDS],
        "word.state": ["observe", "live", "paused"],
        "word.kind": ["create", "update", "comment", "attach", "verify"],
        "way.told": ["create", "update", "comment", "attach", "verify"],
        "word.delivery": [*TABS, "sending", "dropped"],
        "page.waiting.about": TABS,
        "page.waiting.empty": TABS,
        "page.next": ["later", "refused", "credentials", "down", "contract"],
        "word.failure": ["later", "refused", "credentials", "down", "contract"],
        "page.role": ["viewer", "operator", "administrator"],
    }  # fmt: skip
    missing = [
        f"{family}.{one}"
        for family, values in families.items()
        for one in values
        if f"{family}.{one}" not in sentences()
    ]
    assert not missing


def test_an_error_says_more_than_that_something_is_wrong() -> None:
    """The next step: a sentence of error is at least two clauses long."""
    short = [
        code
        for code, texts in sentences().items()
        if code.split(".")[0] in ("wire", "store", "vault", "hub", "secret", "connector", "user", "token")
        for language in LANGUAGES
        if len(texts[language].split()) < 5
    ]
    assert not short
