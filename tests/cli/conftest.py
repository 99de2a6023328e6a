"""The town, built once for all tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web import town


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("town") / "home"
    town.build(home).close()
    return home
