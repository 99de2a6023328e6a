"""In, out, and which language."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from hub.language import LANGUAGES
from hub.store import users
from hub.web.door import LANGUAGE_COOKIE, enter, leave, public, the_hub
from hub.web.words import explain, t

room = Blueprint("login", __name__)
YEAR = 365 * 24 * 3600


@room.get("/masuk")
@public
def page() -> Any:
    if g.person:
        return redirect(url_for("overview.page"))
    return _form("", request.args.get("next", ""))


@room.post("/masuk")
@public
def enter_page() -> Any:
    name, target = request.form.get("name", "").strip(), request.form.get("next", "")
    with the_hub().store.begin() as conn:
        found = users.sign_in(conn, name, request.form.get("password", ""), g.now)
    if found.user is None:
        return _form(name, target, explain(found.code, found.facts)), 403
    enter(found.user.name, found.user.generation, g.now)
    return redirect(_inside(target))


@room.post("/keluar")
@public
def out() -> Any:
    leave()
    flash(t("page.logout.done"), "good")
    return redirect(url_for("login.page"))


@room.post("/bahasa")
@public
def language() -> Any:
    chosen = request.form.get("language", "")
    answer = redirect(_inside(request.form.get("next", "")))
    if chosen in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
        if g.person:
            with the_hub().store.begin() as conn:
                users.set_language(conn, g.person.name, chosen)
    return answer


def _form(name: str, target: str, failure: str = "") -> str:
    return render_template("login.html", name=name, next=target, failure=failure)


def _inside(target: str) -> str:
    """Only a path of our own: a link may not send a person who just signed in elsewhere."""
    parts = urlsplit(target)
    own = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if own else url_for("overview.page")
