"""What every page has around it: navigation with what is open, switches, and the headers of every answer."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, g, request, url_for

from hub.store import switches
from hub.store.views import moving
from hub.web.door import person, the_hub
from hub.web.words import clock, t

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Item:
    url: str
    label: str
    here: bool
    count: int = 0
    tone: str = ""


_PAGES = (
    ("overview", "viewer"),
    ("connectors", "viewer"),
    ("runs", "viewer"),
    ("waiting", "viewer"),
    ("quarantine", "viewer"),
    ("complaints", "viewer"),
    ("mappings", "viewer"),
    ("audit", "administrator"),
    ("account", "viewer"),
)


def build(app: Flask) -> None:
    app.jinja_env.globals.update(navigation=navigation, still=still, zone_label=zone_label)
    app.after_request(_headers)


def navigation() -> list[Item]:
    with the_hub().store.read() as conn:
        states = moving.outbox_counts(conn, person().scope)
        aside = moving.quarantine_count(conn, person().scope)
    counts = {"waiting": (states["unknown"], "ask"), "quarantine": (aside, "warn")}
    here = (request.endpoint or "").split(".")[0]
    return [
        Item(url_for(f"{name}.page"), t(f"page.nav.{name}"), here == name, *counts.get(name, (0, "")))
        for name, need in _PAGES
        if person().may(need)
    ]


def still() -> str:
    """Why nothing leaves: ``observing`` (a copied store), ``stopped`` (by a person), or empty."""
    if g.get("person") is None:
        return ""
    with the_hub().store.read() as conn:
        if switches.get(conn, switches.OBSERVING):
            return "observing"
        return "stopped" if switches.get(conn, switches.PUSHES_STOPPED) else ""


def zone_label() -> str:
    return clock(g.now, g.zone, g.language).rsplit(" ", 1)[-1]


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"  # pages and answers may hold personal data
    return response
