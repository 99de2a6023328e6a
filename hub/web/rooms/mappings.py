"""Pemetaan: the words in force, their versions, and what their own tests say."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, g, render_template, request

from hub.checks import check_version
from hub.store.versions import Manifest
from hub.store.views import connectors as views
from hub.store.views.scope import Row
from hub.web.door import needs, the_hub

room = Blueprint("mappings", __name__, url_prefix="/pemetaan")


@room.get("")
@needs("viewer")
def page() -> Any:
    with the_hub().store.read() as conn:
        rows = views.versions(conn, "mapping")
    return render_template("mappings.html", rows=rows)


@room.get("/<name>")
@needs("viewer")
def one(name: str) -> Any:
    with the_hub().store.read() as conn:
        versions = views.versions(conn, "mapping", name)
        files = views.versions(conn, "connector")
    if not versions:
        abort(404)
    wanted = request.args.get("v", "")
    shown = next((row for row in versions if row["hash"] == wanted), None) if wanted else _current(versions)
    if shown is None:
        abort(404)
    results = check_version(the_hub(), name, shown["content"], g.language) if request.args.get("check") else None
    return render_template(
        "mapping.html", name=name, shown=shown, versions=versions, results=results, uses=_uses(files, name)
    )


def _current(versions: list[Row]) -> Row:
    return next((row for row in versions if row["current"]), versions[0])


def _uses(files: list[Row], name: str) -> list[str]:
    return [row["name"] for row in files if name in Manifest.load(row["content"]).mappings]
