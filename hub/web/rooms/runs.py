"""Proses: what ran, when, and what came of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request

from hub.store.views import connectors as connector_views
from hub.store.views import moving
from hub.web.ask import before
from hub.web.door import needs, person, the_hub

room = Blueprint("runs", __name__, url_prefix="/proses")


@room.get("")
@needs("viewer")
def page() -> Any:
    name, outcome = request.args.get("connector", ""), request.args.get("outcome", "")
    with the_hub().store.read() as conn:
        runs = moving.runs(conn, person().scope, connector_name=name, outcome=outcome, before=before())
        names = [row["name"] for row in connector_views.listed(conn, person().scope)]
    return render_template("runs.html", runs=runs, names=names, row=None)


@room.get("/<int:run_id>")
@needs("viewer")
def one(run_id: int) -> Any:
    with the_hub().store.read() as conn:
        run = moving.one_run(conn, person().scope, run_id)
        if run is None:
            abort(404)
        aside = moving.quarantine_rows(conn, person().scope, run_id=run_id)
    return render_template("run.html", run=run, set_aside=aside)
