"""Who is at the door: the session cookie, roles, and the rule that nothing is open unless it says so.

About what a login library would give, in one page: the cookie is signed, HttpOnly, SameSite=Lax, Secure where the
page came by https; it names the user's *generation*, so that a new password or a disabled account ends every
session; it ends by itself after an idle time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Blueprint, Flask, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import Connection, Select, select
from werkzeug.wrappers import Response

from hub.domain.agency import AgencyKind
from hub.home import Hub
from hub.language import LANGUAGES
from hub.sight import Role, Sight
from hub.store.tables import agency, user
from hub.store.views.scope import Scope
from hub.web.words import zone_of

IDLE_SECONDS = 60 * 60
LANGUAGE_COOKIE = "bahasa"
_NEED = "_hub_need"
View = TypeVar("View", bound=Callable[..., Any])


class Cookies(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in. ``scope`` None means every agency."""

    name: str
    role: Role
    scope: Scope
    language: str | None
    zone: str | None

    @property
    def sight(self) -> Sight:
        return Sight(self.role, self.scope)

    def may(self, role: str) -> bool:
        return self.role >= Role.of(role)


def the_hub() -> Hub:
    return cast(Hub, g.hub)


def person() -> Person:
    """The signed-in person; only behind ``needs``."""
    return cast(Person, g.person)


def needs(role: str) -> Callable[[View], View]:
    """Declare the least role of a page. A page that declares nothing is closed to all."""

    def mark(view: View) -> View:
        setattr(view, _NEED, role)
        return view

    return mark


public = needs("public")
token_only = needs("token")


def enter(name: str, generation: int, now: datetime) -> None:
    """Begin a session; an older one's content does not survive, so that none can be planted."""
    session.clear()
    session.update(who=name, generation=generation, at=int(now.timestamp()))


def leave() -> None:
    session.clear()


def guard(app: Flask, hub: Hub) -> None:
    """Load the person before every request and hold each view to what it declared."""
    app.session_interface = Cookies()

    @app.before_request
    def at_the_door() -> Response | None:
        g.hub, g.now = hub, hub.now()
        g.person = _who()
        g.language = _language()
        g.zone = zone_of(g.person.zone if g.person else None)
        return _let_in()


def need_of(view: Callable[..., Any] | None) -> str | None:
    return getattr(view, _NEED, None)


def _let_in() -> Response | None:
    if request.endpoint is None:
        return None  # no such page: the error handler answers
    need = "public" if request.endpoint == "static" else need_of(current_app.view_functions.get(request.endpoint))
    if need in ("public", "token"):
        return None
    if g.person is None:
        target = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("login.page", next=target))
    if need is None or not g.person.may(need) or g.person.role is Role.NOBODY:
        abort(403)
    return None


def _who() -> Person | None:
    name, now = session.get("who"), int(g.now.timestamp())
    if not isinstance(name, str) or request.path.startswith("/static/"):
        return None
    if not 0 <= now - int(session.get("at", 0)) <= IDLE_SECONDS:
        session.clear()
        return None
    with the_hub().store.read() as conn:
        row = conn.execute(select(user).where(user.c.name == name)).mappings().one_or_none()
        known = row is not None and not row["disabled_at"] and row["generation"] == session.get("generation")
        if not known or row is None:
            session.clear()
            return None
        scope = _scope(conn, row["agencies"])
        zone = None
        if scope:
            zone = conn.execute(select(agency.c.zone).where(agency.c.code.in_(scope)).limit(1)).scalar()
    if now - int(session["at"]) > 60:  # a cookie per minute is enough
        session["at"] = now
    return Person(row["name"], Role.of(row["role"]), scope, row["language"], zone)


def _scope(conn: Connection, agencies: list[str] | None) -> Scope:
    """The agencies and their own units. A province's regencies are not its units: they are their own masters."""
    if agencies is None or "*" in agencies:
        return None
    found = set(agencies)
    while fresh := set(conn.scalars(_units_of(found))) - found:
        found |= fresh
    return frozenset(found)


def _units_of(codes: set[str]) -> Select[Any]:
    return select(agency.c.code).where(agency.c.parent_code.in_(codes), agency.c.kind == AgencyKind.UNIT)


def _language() -> str:
    """What the person chose, else what this browser chose, else Indonesian."""
    chosen = request.cookies.get(LANGUAGE_COOKIE) or (g.person.language if g.person else None)
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def room(name: str, prefix: str) -> Blueprint:
    """A blueprint of pages; the templates folder is shared."""
    return Blueprint(name, __name__, url_prefix=prefix)
