"""What a test needs beyond Python: present, skipped with a sentence that says how to get it, or required.

``HUB_REQUIRE=postgres,browser,counterparts`` (or ``all``) turns the skip into a failure; CI sets it.
"""

from __future__ import annotations

import os

import pytest


def need(what: str, present: object, how: str) -> None:
    """Skip (or fail, where ``what`` is required) unless ``present``; ``how`` says how to get it."""
    if present:
        return
    required = {name.strip() for name in os.environ.get("HUB_REQUIRE", "").split(",")}
    sentence = f"needs {what}: {how}"
    if what in required or "all" in required:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
