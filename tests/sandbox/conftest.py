from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.sandbox.country import Country


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    with Country(7, tmp_path) as one:
        yield one


@pytest.fixture
def quiet(tmp_path: Path) -> Country:
    """A country whose servers are not started: for what needs no wire."""
    return Country(7, tmp_path)
