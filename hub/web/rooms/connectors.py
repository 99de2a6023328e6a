"""Konektor: every system the hub talks to, how it is, and what to do when it is not well."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from adapters.contract import WireError
from hub import actions
from hub.standings import connector_table
from hub.store.versions import Manifest
from hub.store.views import connectors as views
from hub.store.views import moving
from hub.store.views.scope import Row
from hub.web.door import needs, person, the_hub
from hub.web.pictures import bars
from hub.web.words import explain, t

room = Blueprint("connectors", __name__, url_prefix="/konektor")


@room.get("")
@needs("viewer")
def page() -> Any:
    wanted = {name: request.args.get(name, "") for name in ("province", "state", "health", "q")}
    with the_hub().store.read() as conn:
        provinces = views.provinces(conn, person().scope)
    rows = connector_table(the_hub(), person().scope, **wanted)
    return render_template("connectors.html", rows=rows, provinces=provinces)


@room.get("/<name>")
@needs("viewer")
def one(name: str) -> Any:
    return _page(name)


@room.post("/<name>/periksa")
@needs("operator")
def check(name: str) -> Any:
    _row(name)
    try:
        findings = actions.check(the_hub(), name)
    except WireError as error:
        flash(explain(error.code, error.facts), "bad")
        return redirect(url_for("connectors.one", name=name))
    return _page(name, findings)


@room.post("/<name>/sinkron")
@needs("operator")
def sync(name: str) -> Response:
    _row(name)
    actions.sync_later(the_hub(), name, by=person().name)
    return _done(name, "page.connector.sync.done")


@room.post("/<name>/jeda")
@needs("operator")
def pause(name: str) -> Response:
    _row(name)
    actions.pause(the_hub(), name, by=person().name)
    return _done(name, "page.connector.pause.done")


@room.post("/<name>/lanjut")
@needs("operator")
def resume(name: str) -> Response:
    _row(name)
    actions.resume(the_hub(), name, by=person().name)
    return _done(name, "page.connector.resume.done")


@room.post("/<name>/siaran")
@needs("administrator")
def live(name: str) -> Response:
    _row(name)
    try:
        day = date.fromisoformat(request.form.get("from", ""))
    except ValueError:
        abort(400)
    actions.go_live(the_hub(), name, day, by=person().name)
    return _done(name, "page.live.done")


def _row(name: str) -> Row:
    with the_hub().store.read() as conn:
        row = views.one(conn, person().scope, name)
    if row is None:
        abort(404)
    return row


def _done(name: str, sentence: str) -> Response:
    flash(t(sentence, connector=name), "good")
    return redirect(url_for("connectors.one", name=name))


def _page(name: str, findings: Any = None) -> str:
    row = _row(name)
    shown = connector_table(the_hub(), person().scope, name=name)[0]
    with the_hub().store.read() as conn:
        file = views.current_file(conn, "connector", name)
        streams = [{**one, "bars": _bars(conn, row["id"], one)} for one in views.streams(conn, row["id"])]
        runs = moving.runs(conn, person().scope, connector_name=name, limit=8)
        groups = moving.quarantine_groups(conn, person().scope, connector_name=name)
        issues = views.open_issues(conn, row["id"])
        gaps = moving.open_findings(conn, row["id"])
    manifest = Manifest.load(file["content"]) if file else None
    return render_template(
        "connector.html",
        row=shown, health=shown["health"], streams=streams, runs=runs, groups=groups, issues=issues, gaps=gaps,
        findings=findings, file=manifest.text if manifest else None, mapping=_mapping_of(manifest),
        today=g.now.astimezone(g.zone).date().isoformat(),
    )  # fmt: skip


def _mapping_of(manifest: Manifest | None) -> str | None:
    """The first name of the manifest is the connector's own mapping; the others are what it extends."""
    return next(iter(manifest.mappings), None) if manifest else None


def _bars(conn: Any, connector_id: int, stream: Row) -> list[Any]:
    return bars(moving.recent_runs(conn, connector_id, stream["direction"], stream["name"]))
