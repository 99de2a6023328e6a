"""Prometheus figures, counted when asked: per connector, never per complaint."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.health import Health
from hub.home import Hub
from hub.standings import connector_table
from hub.store.views import connectors as views
from hub.store.views import moving

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STATES = ("observe", "live", "paused")
HEALTHS = tuple(one.value for one in Health)


class _Figures(Collector):
    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def collect(self) -> Iterator[Metric]:
        table = connector_table(self.hub, None)
        yield _one_of("hub_connector_state", "1 for the state a connector is in", "state", STATES, table)
        yield _one_of("hub_connector_health", "1 for the health a connector is in", "health", HEALTHS, table)
        for name, key, words in (
            ("hub_connector_in_24h", "in", "records and follow-ups stored in 24 hours"),
            ("hub_connector_out_24h", "out", "deliveries made in 24 hours"),
            ("hub_connector_waiting", "waiting", "deliveries waiting or being sent"),
            ("hub_connector_unknown", "unknown", "deliveries whose outcome is unknown"),
            ("hub_connector_refused", "refused", "deliveries the system refused"),
            ("hub_connector_quarantine", "quarantine", "records set aside"),
        ):
            family = GaugeMetricFamily(name, words, labels=["connector"])
            for row in table:
                family.add_metric([row["name"]], row[key])
            yield family
        last = GaugeMetricFamily(
            "hub_connector_last_ok_seconds", "Unix time of the last good run", labels=["connector"]
        )
        for row in table:
            if row["last_ok"]:
                last.add_metric([row["name"]], row["last_ok"].timestamp())
        yield last
        with self.hub.store.read() as conn:
            no_route = moving.outbox_counts(conn, None)["no_route"]
            connectors = sum(views.overview(conn, None).values())
        yield GaugeMetricFamily("hub_no_route", "deliveries without an agency or connector", value=no_route)
        yield GaugeMetricFamily("hub_connectors", "connectors in force", value=connectors)


def _one_of(name: str, words: str, key: str, values: tuple[str, ...], table: list[dict[str, object]]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=["connector", key])
    for row in table:
        for value in values:
            family.add_metric([str(row["name"]), value], 1 if row[key] == value else 0)
    return family


def text(hub: Hub) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(hub))
    return generate_latest(registry)
