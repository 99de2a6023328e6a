"""Karantina: records set aside, by what would mend them; and sending them through again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from hub import actions
from hub.sight import Role
from hub.store.views import moving
from hub.store.views.scope import Row
from hub.way import as_text, shapes
from hub.web.ask import before
from hub.web.door import needs, person, the_hub
from hub.web.words import t

room = Blueprint("quarantine", __name__, url_prefix="/karantina")


@room.get("")
@needs("viewer")
def page() -> Any:
    with the_hub().store.read() as conn:
        groups = moving.quarantine_groups(conn, person().scope, connector_name=request.args.get("connector", ""))
    return render_template("quarantine.html", groups=groups)


@room.get("/sebab")
@needs("viewer")
def cause() -> Any:
    connector, name = request.args.get("connector", ""), request.args.get("cause", "")
    if not connector or not name:
        abort(404)
    with the_hub().store.read() as conn:
        rows = moving.quarantine_rows(conn, person().scope, connector_name=connector, cause=name, before=before())
        n = moving.quarantine_count(conn, person().scope, connector_name=connector, cause=name)
    facts = rows[0]["facts"] if rows else {}
    return render_template("quarantine_cause.html", rows=rows, n=n, facts=facts, connector=connector, cause=name)


@room.get("/<int:item_id>")
@needs("viewer")
def one(item_id: int) -> Any:
    return _page(_row(item_id), clear=False)


@room.post("/<int:item_id>/mentah")
@needs("administrator")
def reveal(item_id: int) -> Any:
    row = _row(item_id)
    actions.noted(the_hub(), person().name, "quarantine.revealed", str(item_id), connector=row["connector"])
    return _page(row, clear=True)


@room.post("/<int:item_id>/ulang")
@needs("operator")
def replay(item_id: int) -> Response:
    _row(item_id)
    result = actions.replay_one(the_hub(), item_id, by=person().name)
    return _told(result, url_for("quarantine.one", item_id=item_id))


@room.post("/ulang")
@needs("operator")
def replay_cause() -> Response:
    """All of one cause; refused where there are more by now than the preview said."""
    connector, name = request.form.get("connector", ""), request.form.get("cause", "")
    with the_hub().store.read() as conn:
        n = moving.quarantine_count(conn, person().scope, connector_name=connector, cause=name)
    if not n:
        abort(404)
    if str(n) != request.form.get("expected", ""):
        flash(t("page.replay.moved", n=n), "warn")
        return redirect(url_for("quarantine.cause", connector=connector, cause=name))
    return _told(actions.replay_cause(the_hub(), connector, name, by=person().name), url_for("quarantine.page"))


@room.post("/<int:item_id>/abaikan")
@needs("operator")
def dismiss(item_id: int) -> Response:
    _row(item_id)
    actions.dismiss(the_hub(), item_id, by=person().name)
    flash(t("page.dismiss.done"), "good")
    return redirect(url_for("quarantine.one", item_id=item_id))


def _row(item_id: int) -> Row:
    with the_hub().store.read() as conn:
        row = moving.quarantine_row(conn, person().scope, item_id)
    if row is None:
        abort(404)
    return row


def _told(result: actions.Replayed, target: str) -> Response:
    flash(t("page.replay.done", through=result.through, aside=result.aside), "good" if not result.aside else "warn")
    return redirect(target)


def _page(row: Row, *, clear: bool) -> str:
    """The flags of a record that could not be read are unknown, so it is protected: shape only, unless asked for."""
    box = the_hub().store.vault.open(row["box"]) if row["box"] else None
    raw = box.get("raw", box.get("text")) if isinstance(box, dict) else box
    shown = None if raw is None else as_text(raw if clear else shapes(raw))
    may_reveal = person().role >= Role.ADMINISTRATOR
    return render_template("quarantine_one.html", row=row, raw=shown, clear=clear, may_reveal=may_reveal)
