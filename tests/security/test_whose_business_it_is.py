"""What belongs to one agency or one system is not shown to, nor moved by, a neighbour that shares something."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select

from hub.home import Hub
from hub.store import tables as T
from hub.store.views import complaints as views
from hub.web import create_app
from tests.sync.sync_country import START, Country, complaint_text
from tests.sync.sync_words import OFFICE, words
from tests.web import town


def share_a_system(country: Country) -> None:
    """A second kabupaten works in the same application as the first, by a connector of its own."""
    country.add("neighbour", "agency", words(OFFICE, "core_tracking_id"), agency="33.74", live_from=START)
    with country.hub.store.begin() as conn:
        shared = conn.scalar(select(T.connector.c.system_id).where(T.connector.c.name == "office"))
        conn.execute(T.connector.update().where(T.connector.c.name == "neighbour").values(system_id=shared))


def seen_by(country: Country, agency: str) -> set[str]:
    with country.hub.store.read() as conn:
        return {row["hub_id"] for row in views.latest(conn, frozenset({agency}))}


def test_who_shares_a_system_sees_only_what_came_by_their_own_connector(country: Country) -> None:
    share_a_system(country)
    country.office.put(id="1", **complaint_text(1), state="new")
    country.peers["neighbour"].put(id="2", **complaint_text(2), state="new")
    country.pull("office")
    country.pull("neighbour")
    ours, theirs = seen_by(country, "33.73"), seen_by(country, "33.74")
    assert len(ours) == len(theirs) == 1
    assert ours.isdisjoint(theirs)


def test_an_agency_that_passed_a_complaint_on_still_sees_it(country: Country) -> None:
    country.office.put(id="1", **complaint_text(1), state="new")
    country.pull("office")
    with country.hub.store.begin() as conn:
        conn.execute(T.complaint.update().values(agency_code="33.74"))
    assert len(seen_by(country, "33.73")) == 1


@pytest.fixture
def two_systems(tmp_path: Path) -> tuple[Hub, Flask]:
    """Two vendors serve the same city."""
    town.build(tmp_path / "built").close()
    hub = town.copy(tmp_path / "built", tmp_path / "home")
    with hub.store.begin() as conn:
        conn.execute(T.connector.update().where(T.connector.c.name == "kab-contoh").values(agency_code="33.73"))
        place = town.Town(hub, conn)
        for number in (71, 72):
            conn.execute(
                insert(T.quarantine).values(
                    id=number, connector_id=place.connectors["kab-contoh"], stream="records", key=f"K{number}",
                    cause="mapping.read.code", at=town.NOW - timedelta(hours=1), state="open",
                    box=hub.store.vault.seal({"raw": {}}), facts={},
                )
            )  # fmt: skip
    return hub, create_app(hub)


@pytest.mark.parametrize(
    ("path", "mine"),
    [
        ("connectors/kab-contoh/pause", "connectors/kota-contoh/pause"),
        ("quarantine/71/dismiss", "quarantine/1/dismiss"),
    ],
)
def test_a_systems_token_moves_nothing_of_another_system(two_systems: tuple[Hub, Flask], path: str, mine: str) -> None:
    hub, app = two_systems
    secret = town.token(hub, "vendor", "operate", system="kota-contoh")
    headers = {"Authorization": f"Bearer {secret}"}
    assert app.test_client().post(f"/api/v1/{path}", headers=headers).status_code == 404
    assert app.test_client().post(f"/api/v1/{mine}", headers=headers).status_code == 200
    hub.close()
