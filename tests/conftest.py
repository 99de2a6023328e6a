"""What tests of several areas need: a database of their own on a real server, an installation, a clock that obeys."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from hub.home import Hub, init_hub
from tests.needs import need


class Clock:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **passed: float) -> None:
        self.at += timedelta(**passed)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of a fresh database, dropped afterwards."""
    server = os.environ.get("HUB_TEST_POSTGRES")
    need("postgres", server, "set HUB_TEST_POSTGRES=postgresql://postgres@127.0.0.1:5432/postgres")
    name = f"hub_test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(str(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(str(server)).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as conn:
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_url(request: pytest.FixtureRequest) -> str | None:
    """None for the SQLite file of a home folder, else a fresh PostgreSQL database: the same test on both."""
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres"))


@pytest.fixture
def hub(tmp_path: Path, clock: Clock) -> Iterator[Hub]:
    """A fresh installation on SQLite, with nothing in its environment."""
    made = init_hub(tmp_path / "home", now=clock, environ={})
    yield made
    made.close()


@pytest.fixture
def any_hub(tmp_path: Path, clock: Clock, any_url: str | None) -> Iterator[Hub]:
    """A fresh installation, once on SQLite and once on PostgreSQL."""
    made = init_hub(tmp_path / "home", any_url, now=clock, environ={})
    yield made
    made.close()
