"""A province's modern system: nested JSON in the style of a large province's own application.

Field names and statuses follow what such systems are publicly known to use: a number like
``SWA021120260000001``, ``sp4n_id`` typed in by hand, coordinates as text, JSON inside a text, an empty text
where others say null, ``code: "200"``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Response, request

from hub.sandbox import rest
from hub.sandbox.clock import WIB, Clock
from hub.sandbox.desk import Answer, Desk, Refused, Stage, Ticket

STATUSES = {
    Stage.NEW: "unverified",
    Stage.WORKING: "followup",
    Stage.DONE: "finished",
    Stage.RETURNED: "diverted_to_span",
}
KNOWN = frozenset(
    [
        "unverified",
        "verified",
        "failed",
        "not_yet_instructed",
        "not_yet_coordinated",
        "coordinated",
        "diverted_to_span",
        "rejected",
        "followup",
        "postponed",
        "review",
        "finished",
    ]
)
PAGE = 20


def _number(count: int, at: datetime) -> str:
    return f"SWA{at.astimezone(WIB):%d%m%Y}{count:07d}"


class Province(Desk):
    def __init__(self, clock: Clock, *, agency: str, key: str, partner: str = "hub", name: str = "provinsi") -> None:
        self._key, self._partner = key, partner
        super().__init__(name, clock, agency=agency, statuses=STATUSES, number=_number)
        base = "/aduan/complaints"
        for method, path, view in (
            ("GET", "/aduan/me", self._who),
            ("GET", base, self._listing),
            ("POST", base, self._create),
            ("GET", f"{base}/<number>", self._detail),
            ("PUT", f"{base}/<number>", self._update),
            ("PUT", f"{base}/<number>/change-status", self._status),
            ("POST", f"{base}/<number>/add-sp4n", self._add_sp4n),
            ("POST", f"{base}/<number>/followups", self._follow_up),
        ):
            self.app.add_url_rule(path, f"{method} {path}", self._guarded(view), methods=[method])

    def refusal(self, reason: str) -> Response:
        return rest.answer(422, {"code": "422", "message": "The given data was invalid.", "errors": {"": [reason]}})

    def _guarded(self, view: Callable[..., Response]) -> Callable[..., Response]:
        """Two headers, as behind the province's gateway."""

        @wraps(view)
        def call(number: str | None = None) -> Response:
            headers = request.headers
            if headers.get("Api-Key") != self._key or headers.get("X-Partner-Id") != self._partner:
                return rest.answer(401, {"code": "401", "message": "Unauthenticated."})
            try:
                if number is None:
                    return view()
                ticket = self.tickets.get(number)
                if ticket is None:
                    return rest.answer(404, {"code": "404", "message": "Not found."})
                with self.lock:
                    return view(ticket)
            except Refused as refusal:
                return self.refusal(str(refusal))

        return call

    # --- reading ---------------------------------------------------------------------------------

    def _who(self) -> Response:
        return rest.answer(200, {"code": "200", "data": {"partner": self._partner}})

    def _listing(self) -> Response:
        page, size = max(1, rest.count("page", 1)), min(max(1, rest.count("limit", PAGE)), PAGE)
        wanted = request.args.get("sp4n_id", "")
        found = self.since(rest.read_iso(request.args.get("updated_since", "")))
        found = [one for one in found if wanted in ("", one.lapor)]
        part = [self.show(one) for one in found[(page - 1) * size : page * size]]
        meta = {"page": str(page), "limit": str(size), "total": str(len(found))}
        return rest.answer(200, {"code": "200", "data": part, "meta": meta})

    def _detail(self, ticket: Ticket) -> Response:
        return rest.answer(200, {"code": "200", "data": self.show(ticket)})

    def show(self, ticket: Ticket) -> dict[str, Any]:
        values = ticket.values
        return {
            "id": ticket.key,
            "source_id": "sapawarga" if ticket.local else "sp4n",
            "sp4n_id": ticket.lapor,
            "title": values.get("title", ""),
            "description": values.get("body", ""),
            "category_id": values.get("category", ""),
            "user": {
                "name": values.get("name", ""),
                "phone": values.get("phone", ""),
                "email": values.get("email", ""),
            },
            "location": {
                "province_id": "32",
                "address": values.get("address", ""),
                "latitude": values.get("lat", ""),
                "longitude": values.get("lon", ""),
            },
            "is_anonymous": values.get("anonymous") == "1",
            "is_secret": values.get("confidential") == "1",
            "complaint_status_id": ticket.status,
            "detail": json.dumps({"note": ticket.reason, "unit": values.get("unit", "")}, ensure_ascii=False),
            "followups": [_followup(one) for one in ticket.answers],
            "created_at": rest.iso_micro(ticket.at),
            "updated_at": rest.iso_micro(ticket.changed_at),
        }

    # --- writing ---------------------------------------------------------------------------------

    def _values(self) -> dict[str, str]:
        """Only what was sent; nested blocks are opened, unknown names ignored as such products do."""
        given = rest.body()
        user, place = given.get("user") or {}, given.get("location") or {}
        names = {"title": "title", "description": "body", "category_id": "category"}
        values = {ours: rest.text(given, theirs) for theirs, ours in names.items() if theirs in given}
        values |= {name: rest.text(user, name) for name in ("name", "phone", "email") if name in user}
        names = {"address": "address", "latitude": "lat", "longitude": "lon"}
        values |= {ours: rest.text(place, theirs) for theirs, ours in names.items() if theirs in place}
        flags = {"is_anonymous": "anonymous", "is_secret": "confidential"}
        return values | {
            ours: "1" if given[theirs] is True else "0" for theirs, ours in flags.items() if theirs in given
        }

    def _create(self) -> Response:
        given, values = rest.body(), self._values()
        if len(values.get("body", "")) < 20:
            raise Refused("The description must be at least 20 characters.")
        ticket = self.create(values, by=self._partner, lapor=self._sp4n(given))
        return rest.answer(201, {"code": "201", "data": {"id": ticket.key}})

    def _update(self, ticket: Ticket) -> Response:
        given, values = rest.body(), self._values()
        if "sp4n_id" in given:
            values["lapor"] = self._sp4n(given)
        self.change(ticket, values, by=self._partner)
        return rest.answer(200, {"code": "200", "data": self.show(ticket)})

    def _status(self, ticket: Ticket) -> Response:
        given = rest.body()
        if rest.text(given, "status") not in KNOWN:
            raise Refused("The selected status is invalid.")
        values = {"status": rest.text(given, "status")}
        if "note" in given:
            values["reason"] = rest.text(given, "note")
        self.change(ticket, values, by=self._partner)
        return rest.answer(200, {"code": "200", "data": self.show(ticket)})

    def _add_sp4n(self, ticket: Ticket) -> Response:
        self.change(ticket, {"lapor": self._sp4n(rest.body())}, by=self._partner)
        return rest.answer(200, {"code": "200", "data": self.show(ticket)})

    def _follow_up(self, ticket: Ticket) -> Response:
        note = rest.text(rest.body(), "note")
        if not note.strip():
            raise Refused("The note field is required.")
        entry = self.answer(ticket, note, by=self._partner)
        return rest.answer(201, {"code": "201", "data": {"id": entry.key}})

    def _sp4n(self, given: Any) -> str:
        number = rest.text(given, "sp4n_id")
        if number and not (number.isdigit() and len(number) <= 15):
            raise Refused("The sp4n id must be a number of at most 15 digits.")
        return number


def _followup(entry: Answer) -> dict[str, str]:
    return {
        "id": entry.key,
        "note": entry.text,
        "created_by": entry.by,
        "author": entry.author,
        "created_at": rest.iso_micro(entry.at),
    }
