"""Aduan: find one, and see its whole way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, render_template, request

from hub import actions
from hub.domain.complaint import Status
from hub.sight import public as open_to_all
from hub.store.views import complaints as views
from hub.store.views.scope import Row
from hub.way import flags, titles, way
from hub.web.ask import before
from hub.web.door import needs, person, the_hub

room = Blueprint("complaints", __name__, url_prefix="/aduan")
TONES = {
    "CLOSED": "good", "RESPONDED": "good", "IN_PROGRESS": "busy", "RETURNED": "warn", "ON_HOLD": "warn",
    "REJECTED": "bad",
}  # fmt: skip


@room.get("")
@needs("viewer")
def page() -> Any:
    text, status = request.args.get("q", "").strip(), request.args.get("status", "")
    with the_hub().store.read() as conn:
        if text:
            rows = views.search(conn, person().scope, text)
        else:
            rows = views.latest(conn, person().scope, status=status, before=before())
    named = titles(the_hub(), rows, person().sight)
    shown = [{**row, "title": named.get(row["id"]), "tone": TONES.get(row["status"], "rest")} for row in rows]
    return render_template("complaints.html", rows=shown, statuses=list(Status))


@room.get("/<hub_id>")
@needs("viewer")
def one(hub_id: str) -> Any:
    return _page(_row(hub_id), reveal=False)


@room.post("/<hub_id>/pelapor")
@needs("operator")
def reveal(hub_id: str) -> Any:
    """The same page with the reporter's data: asked for, allowed, and written down."""
    row = _row(hub_id)
    if not person().sight.may_reveal(flags(row)):
        abort(403)
    actions.noted(the_hub(), person().name, "complaint.revealed", hub_id)
    return _page(row, reveal=True)


def _row(hub_id: str) -> Row:
    with the_hub().store.read() as conn:
        row = views.one(conn, person().scope, hub_id)
    if row is None:
        abort(404)
    return row


def _page(row: Row, *, reveal: bool) -> str:
    sight = replace(person().sight, reveal=reveal)
    return render_template(
        "complaint.html",
        row=row,
        way=way(the_hub(), row, sight),
        may_reveal=sight.may_reveal(flags(row)) and sight.role >= sight.role.OPERATOR,
        guarded=not open_to_all(flags(row)),
        status_tone=TONES.get(row["status"], "rest"),
    )
