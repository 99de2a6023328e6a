"""The small country of ``sync_country``, on SQLite and, for the promises that matter most, on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.sync_country import Country, a_country


@pytest.fixture
def country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Country]:
    made = a_country(tmp_path / "home", None, monkeypatch)
    yield made
    made.hub.close()


@pytest.fixture
def any_country(tmp_path: Path, any_url: str | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Country]:
    """The same on both databases."""
    made = a_country(tmp_path / "home", any_url, monkeypatch)
    yield made
    made.hub.close()
