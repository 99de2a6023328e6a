"""Menunggu: what was to be told and has not arrived, above all the questions only a person can answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from hub import actions
from hub.sight import Sight
from hub.store.views import complaints, moving
from hub.store.views.scope import Row
from hub.way import as_text, data_key, flags
from hub.web.ask import before
from hub.web.door import needs, person, the_hub
from hub.web.words import t

room = Blueprint("waiting", __name__, url_prefix="/menunggu")
TABS = ("unknown", "waiting", "refused", "no_route", "held", "handed_over", "sent", "delivered")


@room.get("")
@needs("viewer")
def page() -> Any:
    state = request.args.get("state", "unknown")
    if state not in TABS:
        abort(404)
    shown = ("waiting", "sending") if state == "waiting" else (state,)
    with the_hub().store.read() as conn:
        counts = moving.outbox_counts(conn, person().scope)
        rows = moving.outbox_rows(conn, person().scope, shown, before=before())
    counts["waiting"] += counts.pop("sending")
    tabs = [{"state": one, "n": counts.get(one, 0)} for one in TABS]
    return render_template("waiting.html", rows=rows, tabs=tabs, state=state)


@room.get("/<int:item_id>")
@needs("viewer")
def one(item_id: int) -> Any:
    row = _row(item_id)
    return _page(row, _complaint(row), None)


@room.post("/<int:item_id>/isi")
@needs("operator")
def payload(item_id: int) -> Any:
    """The same page with what was, or will be, said: asked for, allowed, and written down."""
    row = _row(item_id)
    complaint = _complaint(row)
    key = data_key(the_hub(), complaint) if complaint else None
    if complaint is None or not _may_read(complaint):
        abort(403)
    if key is None or not row["payload"]:
        abort(404)
    actions.noted(the_hub(), person().name, "payload.read", row["hub_id"], delivery=item_id)
    return _page(row, complaint, as_text(key.open(row["payload"])))


@room.post("/<int:item_id>/sampai")
@needs("operator")
def arrived(item_id: int) -> Response:
    _row(item_id)
    number = request.form.get("number", "").strip()
    if not number:
        abort(400)
    actions.arrived(the_hub(), item_id, number, by=person().name)
    return _done(item_id, "page.ask.arrived.done")


@room.post("/<int:item_id>/belum")
@needs("operator")
def not_arrived(item_id: int) -> Response:
    _row(item_id)
    actions.not_arrived(the_hub(), item_id, by=person().name)
    return _done(item_id, "page.ask.not_arrived.done")


@room.post("/<int:item_id>/ulang")
@needs("operator")
def again(item_id: int) -> Response:
    _row(item_id)
    actions.send_again(the_hub(), item_id, by=person().name)
    return _done(item_id, "page.delivery.again.done")


@room.post("/<int:item_id>/batal")
@needs("operator")
def drop(item_id: int) -> Response:
    _row(item_id)
    actions.drop(the_hub(), item_id, by=person().name)
    return _done(item_id, "page.delivery.drop.done")


def _row(item_id: int) -> Row:
    with the_hub().store.read() as conn:
        row = moving.outbox_row(conn, person().scope, item_id)
    if row is None:
        abort(404)
    return row


def _done(item_id: int, sentence: str) -> Response:
    flash(t(sentence), "good")
    return redirect(url_for("waiting.one", item_id=item_id))


def _complaint(row: Row) -> Row | None:
    """None where the person's agencies have nothing to do with it (any more)."""
    with the_hub().store.read() as conn:
        return complaints.one(conn, person().scope, row["hub_id"])


def _may_read(complaint: Row) -> bool:
    return Sight(person().role, person().scope, reveal=True).may_see_raw(flags(complaint))


def _page(row: Row, complaint: Row | None, text: str | None) -> str:
    with the_hub().store.read() as conn:
        attempts = moving.deliveries(conn, [row["id"]])
    may_read = complaint is not None and person().may("operator") and _may_read(complaint)
    return render_template(
        "delivery.html", row=row, attempts=attempts, step_names=_step_names, payload=text, may_read=may_read
    )


def _step_names(steps: Any) -> list[str]:
    if isinstance(steps, dict):
        return [str(name) for name in steps]
    return [str(one.get("name", one.get("step", ""))) if isinstance(one, dict) else str(one) for one in steps]
