"""Akun: one's own password, and what one may see."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from hub.domain.errors import HubError
from hub.store import users
from hub.web.door import enter, needs, person, the_hub
from hub.web.words import explain, t

room = Blueprint("account", __name__, url_prefix="/akun")


@room.get("")
@needs("viewer")
def page() -> Any:
    return render_template("account.html", failure="")


@room.post("/sandi")
@needs("viewer")
def password() -> Any:
    old, new = request.form.get("old", ""), request.form.get("new", "")
    try:
        with the_hub().store.begin() as conn:
            changed = users.change_password(conn, person().name, old, new, g.now)
    except HubError as error:
        return render_template("account.html", failure=explain(error.code, error.facts)), 400
    enter(changed.name, changed.generation, g.now)  # every other session of this person has ended
    flash(t("page.account.changed"), "good")
    return redirect(url_for("account.page"))
