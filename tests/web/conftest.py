"""One town for all tests of the pages; what changes it works on a town of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub.home import Hub
from hub.web import create_app
from tests.web import town
from tests.web.town import Sign


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("town") / "home"
    town.build(home).close()
    return home


@pytest.fixture
def hub(built: Path, tmp_path: Path) -> Iterator[Hub]:
    made = town.copy(built, tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def app(hub: Hub) -> Flask:
    return create_app(hub)


@pytest.fixture
def sign(app: Flask) -> Sign:
    """A browser in which this person is signed in; None: nobody."""

    def make(name: str | None) -> FlaskClient:
        client = app.test_client()
        if name:
            with client.session_transaction() as session:
                session.update(who=name, generation=1, at=int(town.NOW.timestamp()))
        return client

    return make
