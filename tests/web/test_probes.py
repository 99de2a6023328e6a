"""For machines that watch: alive, ready, figures."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from hub.domain.errors import HubError
from tests.web import town
from tests.web.town import Sign


@pytest.fixture
def client(sign: Sign) -> FlaskClient:
    return sign(None)


def test_alive_is_told_to_anybody(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_ready_means_the_store_answers_and_is_migrated(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").get_json() == {"status": "ready"}

    def old(_store: object) -> None:
        raise HubError("store.not_migrated")

    monkeypatch.setattr("hub.web.rooms.probes.require_current", old)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "store.not_migrated")


def test_figures_are_per_connector_and_never_per_complaint(client: FlaskClient) -> None:
    text = client.get("/metrics").text
    found = {family.name: family.samples for family in text_string_to_metric_families(text)}
    assert {one.labels["connector"] for one in found["hub_connector_quarantine"]} == {
        "pusat",
        "kota-contoh",
        "kab-contoh",
    }
    assert {one.value for one in found["hub_connector_quarantine"] if one.labels["connector"] == "kota-contoh"} == {3}
    assert found["hub_no_route"][0].value == 3
    labels = {name for samples in found.values() for one in samples for name in one.labels}
    assert labels <= {"connector", "state", "health"}
    assert not [word for word in (town.OPEN, "9165816", town.NAME) if word in text]


def test_the_favicon_is_served(client: FlaskClient) -> None:
    assert client.get("/favicon.ico", buffered=True).mimetype == "image/svg+xml"
