"""For machines that watch: /healthz (the process answers), /readyz (the store answers and is migrated), /metrics."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from hub.domain.errors import HubError
from hub.store.migration import require_current
from hub.web import metrics
from hub.web.door import public, the_hub

room = Blueprint("probes", __name__)


@room.get("/healthz")
@public
def healthz() -> Any:
    return jsonify(status="ok")


@room.get("/readyz")
@public
def readyz() -> Any:
    try:
        require_current(the_hub().store)
    except (HubError, SQLAlchemyError) as error:
        return jsonify(status="unready", code=getattr(error, "code", "store.unreachable")), 503
    return jsonify(status="ready")


@room.get("/metrics")
@public
def metrics_page() -> Response:
    """Counts and states per connector; nothing of a complaint, so no one needs to sign in on this address."""
    return Response(metrics.text(the_hub()), content_type=metrics.CONTENT_TYPE)


@room.get("/favicon.ico")
@public
def favicon() -> Response:
    return current_app.send_static_file("favicon.svg")
