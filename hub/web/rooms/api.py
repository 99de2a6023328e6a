"""The JSON API under /api/v1: the same as the pages, for programs. By token only; described in api.openapi.json.

Scopes of a token: ``read`` sees states and figures, never content or people; ``operate`` also sets things in motion;
``records`` sends records for the system the token belongs to, and nothing else. A token of a system sees that
system's connectors only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import orjson
from flask import Blueprint, Response, abort, g, request
from sqlalchemy import select

from hub import actions
from hub.sight import Role, Sight
from hub.standings import connector_table
from hub.store import switches, tokens
from hub.store.tables import connector
from hub.store.tokens import Token
from hub.store.views import complaints as complaint_views
from hub.store.views import moving
from hub.store.views.scope import Scope
from hub.way import way
from hub.web.ask import before
from hub.web.door import the_hub, token_only
from hub.web.words import explain

api = Blueprint("api", __name__, url_prefix="/api/v1")
View = TypeVar("View", bound=Callable[..., Any])
DOCUMENT = Path(__file__).parent.parent / "api.openapi.json"
SCOPES = ("read", "operate", "records")
SCOPE = "_hub_scope"  # of a view: the scope it asks for
_SHOWN = (
    "name", "system", "role", "agency_code", "agency", "sandbox", "state", "health", "live_from", "last_ok",
    "last_failure", "failure", "failure_code", "not_before", "due_pull", "in", "out", "waiting", "unknown", "refused",
    "quarantine", "effective",
)  # fmt: skip
_RUN = ("id", "connector", "stream", "direction", "started_at", "ended_at", "outcome", "counts", "full", "code", "by")
_DELIVERY = (
    "id", "kind", "state", "hub_id", "core_tracking_id", "connector", "target_agency", "fields", "urgent", "attempts",
    "not_before", "code", "created_at", "updated_at",
)  # fmt: skip
_COMPLAINT = (
    "hub_id", "core_tracking_id", "status", "classification", "urgency", "is_anonymous", "is_confidential",
    "agency_code", "region_code", "received_at", "closed_at", "updated_at", "rev",
)  # fmt: skip
_LINK = ("system", "key", "role", "status", "valid_from", "valid_until")
_ASIDE = ("id", "connector", "stream", "key", "position", "cause", "field", "rule", "at", "state", "tries")


def scope(name: str) -> Callable[[View], View]:
    """Only with a token that has this scope. 401 without a token, 403 with a lesser one."""

    def mark(view: View) -> View:
        @wraps(view)
        def held(*args: Any, **values: Any) -> Any:
            g.token = _token()
            if name not in g.token.scopes:
                abort(403)
            return view(*args, **values)

        setattr(held, SCOPE, name)
        return cast(View, token_only(held))

    return mark


def _token() -> Token:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    found = tokens.check(the_hub().store, secret.strip(), g.now) if kind.lower() == "bearer" and secret else None
    if found is None:
        abort(_answer({"error": "error.401", "sentence": explain("api.no_token")}, 401, {"WWW-Authenticate": "Bearer"}))
    return found


def _answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    data = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS, default=str)
    return Response(data, status, headers, content_type="application/json")


def _seen() -> Scope:
    """A system's token sees the agencies of that system's connectors; one of the installation sees all."""
    if g.token.system_id is None:
        return None
    with the_hub().store.read() as conn:
        codes = conn.scalars(select(connector.c.agency_code).where(connector.c.system_id == g.token.system_id))
        return frozenset(code for code in codes if code)


def _pick(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _limit() -> int:
    text = request.args.get("limit", "50")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 200:
        abort(400)
    return int(text)


def _words(name: str, allowed: tuple[str, ...]) -> str:
    value = request.args.get(name, "")
    if value and value not in allowed:
        abort(400)
    return value


# --- seeing --------------------------------------------------------------------------------------


@api.get("/openapi.json")
@scope("read")
def document() -> Response:
    return Response(DOCUMENT.read_bytes(), content_type="application/json")


@api.get("/health")
@scope("read")
def health() -> Response:
    table = connector_table(the_hub(), _seen())
    with the_hub().store.read() as conn:
        stopped = switches.pushes_stopped(conn)
        counts = moving.outbox_counts(conn, _seen())
    return _answer({
        "pushes_stopped": stopped,
        "deliveries": counts,
        "connectors": {row["name"]: {"state": row["state"], "health": row["health"]} for row in table},
    })  # fmt: skip


@api.get("/connectors")
@scope("read")
def connectors() -> Response:
    return _answer({"items": [_pick(row, _SHOWN) for row in connector_table(the_hub(), _seen())]})


@api.get("/connectors/<name>")
@scope("read")
def one_connector(name: str) -> Response:
    return _answer(_pick(_connector(name), _SHOWN))


@api.get("/runs")
@scope("read")
def runs() -> Response:
    outcome = _words("outcome", ("running", "ok", "partial", "failed", "observed", "stopped"))
    with the_hub().store.read() as conn:
        rows = moving.runs(
            conn, _seen(), connector_name=request.args.get("connector", ""), outcome=outcome, before=before(),
            limit=_limit(),
        )  # fmt: skip
    return _answer({"items": [_pick(row, _RUN) for row in rows]})


@api.get("/runs/<int:number>")
@scope("read")
def one_run(number: int) -> Response:
    with the_hub().store.read() as conn:
        row = moving.one_run(conn, _seen(), number)
    if row is None:
        abort(404)
    return _answer({**_pick(row, _RUN), "sentence": explain(row["code"], row["facts"])})


@api.get("/outbox")
@scope("read")
def outbox() -> Response:
    state = _words("state", (*moving.COUNTED_STATES, "dropped"))
    states = (state,) if state else moving.COUNTED_STATES
    with the_hub().store.read() as conn:
        rows = moving.outbox_rows(
            conn, _seen(), states, connector_name=request.args.get("connector", ""), before=before(), limit=_limit()
        )
    items = [{**_pick(row, _DELIVERY), "sentence": explain(row["code"], row["facts"])} for row in rows]
    return _answer({"items": items})


@api.get("/quarantine")
@scope("read")
def quarantine() -> Response:
    with the_hub().store.read() as conn:
        rows = moving.quarantine_rows(
            conn, _seen(), connector_name=request.args.get("connector", ""), cause=request.args.get("cause", ""),
            state=_words("state", ("open", "replayed", "dismissed")) or "open", before=before(), limit=_limit(),
        )  # fmt: skip
    items = [{**_pick(row, _ASIDE), "sentence": explain(row["cause"], row["facts"])} for row in rows]
    return _answer({"items": items})


@api.get("/complaints/<hub_id>")
@scope("read")
def complaint(hub_id: str) -> Response:
    """Numbers, states, links and the way; content and people never leave by this door."""
    with the_hub().store.read() as conn:
        row = complaint_views.one(conn, _seen(), hub_id)
    if row is None:
        abort(404)
    found = way(the_hub(), row, Sight(Role.NOBODY))
    return _answer({
        **_pick(row, _COMPLAINT),
        "links": [_pick(link, _LINK) for link in found.links],
        "way": [asdict(step) for step in found.steps],
        "thread": [_pick(asdict(one), ("kind", "actor_role", "at", "state", "places")) for one in found.thread],
    })  # fmt: skip


# --- setting in motion ---------------------------------------------------------------------------


@api.post("/connectors/<name>/sync")
@scope("operate")
def sync(name: str) -> Response:
    _connector(name)
    actions.sync_later(the_hub(), name, by=_by())
    return _answer({"accepted": True}, 202)


@api.post("/connectors/<name>/pause")
@scope("operate")
def pause(name: str) -> Response:
    _connector(name)
    actions.pause(the_hub(), name, by=_by())
    return _answer(_pick(_connector(name), _SHOWN))


@api.post("/connectors/<name>/resume")
@scope("operate")
def resume(name: str) -> Response:
    _connector(name)
    actions.resume(the_hub(), name, by=_by())
    return _answer(_pick(_connector(name), _SHOWN))


@api.post("/quarantine/<int:number>/replay")
@scope("operate")
def replay(number: int) -> Response:
    _quarantined(number)
    return _answer(asdict(actions.replay_one(the_hub(), number, by=_by())))


@api.post("/quarantine/<int:number>/dismiss")
@scope("operate")
def dismiss(number: int) -> Response:
    _quarantined(number)
    actions.dismiss(the_hub(), number, by=_by())
    return _answer({"dismissed": number})


@api.post("/outbox/<int:number>/resolve")
@scope("operate")
def resolve(number: int) -> Response:
    """The answer to an unknown outcome: ``{"arrived": "2024-117"}`` or ``{"arrived": null}``."""
    with the_hub().store.read() as conn:
        row = moving.outbox_row(conn, _seen(), number)
    if row is None:
        abort(404)
    if g.token.system_id is not None:
        _connector(row["connector"])
    body = _body()
    if set(body) != {"arrived"} or not (
        body["arrived"] is None or (isinstance(body["arrived"], str) and body["arrived"])
    ):
        abort(400)
    if body["arrived"] is None:
        actions.not_arrived(the_hub(), number, by=_by())
    else:
        actions.arrived(the_hub(), number, body["arrived"], by=_by())
    return _answer({"resolved": number})


@api.post("/connectors/<name>/records")
@scope("records")
def receive(name: str) -> Response:
    """One record of the calling system: committed, then answered; the work follows. Idempotent by its key."""
    row = _connector(name)
    if row["system_id"] != g.token.system_id:
        abort(403)
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > 200:
        abort(_answer({"error": "error.400", "sentence": explain("api.no_key")}, 400))
    accepted = actions.receive(the_hub(), name, key, _body())
    return _answer({"accepted": True, "again": not accepted}, 202)


def _connector(name: str | None) -> dict[str, Any]:
    """One of the calling system's own connectors: another system may serve the same agency, and is not its business."""
    found = connector_table(the_hub(), None, name=name) if name else []
    if not found or g.token.system_id not in (None, found[0]["system_id"]):
        abort(404)
    return found[0]


def _quarantined(number: int) -> None:
    with the_hub().store.read() as conn:
        row = moving.quarantine_row(conn, _seen(), number)
    if row is None:
        abort(404)
    _connector(row["connector"])


def _by() -> str:
    return f"token:{g.token.name}"


def _body() -> dict[str, Any]:
    try:
        body = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        abort(_answer({"error": "error.400", "sentence": explain("api.not_json")}, 400))
    return body
