"""Ikhtisar: is everything flowing, and what needs a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from hub import actions
from hub.domain.complaint import Status
from hub.standings import connector_table
from hub.store.views import moving
from hub.web.door import needs, person, the_hub
from hub.web.pictures import flow
from hub.web.words import explain, t

room = Blueprint("overview", __name__)


@dataclass(frozen=True, slots=True)
class Figure:
    value: int
    label: str
    url: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing only a person can do."""

    kind: str
    value: str
    text: str
    url: str


@room.get("/")
@needs("viewer")
def page() -> Any:
    table = connector_table(the_hub(), person().scope)
    with the_hub().store.read() as conn:
        counts = moving.outbox_counts(conn, person().scope)
        groups = moving.quarantine_groups(conn, person().scope)
        statuses = moving.complaint_counts(conn, person().scope)
        runs = moving.busy_runs(conn, person().scope, limit=6)
    return render_template(
        "overview.html",
        picture=flow(table),
        figures=_figures(table, counts, groups, statuses),
        tasks=_tasks(table, counts, groups),
        runs=runs,
        shares=_shares(statuses),
    )


@room.post("/pengiriman/henti")
@needs("administrator")
def stop_pushes() -> Response:
    actions.stop_pushes(the_hub(), by=person().name)
    return redirect(url_for("overview.page"))


@room.post("/pengiriman/mulai")
@needs("administrator")
def start_pushes() -> Response:
    actions.start_pushes(the_hub(), by=person().name)
    flash(t("page.stopped.started"), "good")
    return redirect(url_for("overview.page"))


def _figures(
    table: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
    groups: Sequence[Mapping[str, Any]],
    statuses: Mapping[str, int],
) -> list[Figure]:
    live = sum(row["state"] == "live" for row in table)
    aside = sum(int(one["n"]) for one in groups)
    waiting = counts["waiting"] + counts["sending"]
    return [
        Figure(sum(statuses.values()), t("page.figure.complaints"), url_for("complaints.page")),
        Figure(live, t("page.figure.live", n=len(table)), url_for("connectors.page", state="live")),
        Figure(waiting, t("page.figure.waiting"), url_for("waiting.page", state="waiting")),
        Figure(counts["unknown"], t("page.figure.unknown"), url_for("waiting.page", state="unknown"), "ask"),
        Figure(aside, t("page.figure.quarantine"), url_for("quarantine.page"), "warn"),
        Figure(counts["no_route"], t("page.figure.no_route"), url_for("waiting.page", state="no_route"), "warn"),
    ]


def _shares(statuses: Mapping[str, int]) -> list[dict[str, Any]]:
    """Complaints by status in the order of their life, with a bar against the most frequent one."""
    top = max(statuses.values(), default=0)
    return [
        {"status": one.value, "n": statuses[one], "share": max(1, round(100 * statuses[one] / top))}
        for one in Status
        if statuses.get(one)
    ]


def _tasks(
    table: Sequence[Mapping[str, Any]], counts: Mapping[str, int], groups: Sequence[Mapping[str, Any]]
) -> list[Task]:
    tasks = []
    if counts["unknown"]:
        tasks.append(_waiting("unknown", counts["unknown"]))
    for row in table:
        if row["health"] in ("down", "silent", "late"):
            text = f"{row['name']}: {explain(row['health_code'], row['health_facts'])}"
            tasks.append(Task("health", row["health"], text, url_for("connectors.one", name=row["name"])))
    for one in groups[:5]:
        why = explain(one["cause"], one["facts"])
        text = t("page.task.quarantine", n=one["n"], connector=one["connector"], why=why)
        url = url_for("quarantine.cause", connector=one["connector"], cause=one["cause"])
        tasks.append(Task("state", "quarantine", text, url))
    tasks += [_waiting(state, counts[state]) for state in ("refused", "no_route", "held") if counts[state]]
    observing = sum(row["state"] == "observe" for row in table)
    if observing:
        text = t("page.task.observe", n=observing)
        tasks.append(Task("state", "observe", text, url_for("connectors.page", state="observe")))
    return tasks


def _waiting(state: str, n: int) -> Task:
    return Task("delivery", state, t(f"page.task.{state}", n=n), url_for("waiting.page", state=state))
