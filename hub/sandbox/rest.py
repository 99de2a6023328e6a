"""What the REST faces of the agencies share: reading a request strictly and answering in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request

from hub.sandbox.desk import Refused


def answer(status: int, body: Any) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


def body() -> Mapping[str, Any]:
    values = request.get_json(silent=True)
    if not isinstance(values, dict):
        raise Refused("badan permintaan harus objek JSON")
    return values


def text(values: Mapping[str, Any], name: str, default: str = "") -> str:
    value = values.get(name, default)
    return default if value is None else str(value)


def count(name: str, default: int) -> int:
    given = request.args.get(name, str(default))
    if not given.isdigit():
        raise Refused(f"{name} harus bilangan")
    return int(given)


def iso_micro(moment: datetime) -> str:
    """``2026-11-02T01:15:00.000000Z``, as Laravel writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def read_iso(given: str) -> datetime | None:
    """None for an empty text; a text that is no time, or has no zone, is refused."""
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise Refused("waktu tidak terbaca") from None
    if moment.tzinfo is None:
        raise Refused("waktu tanpa zona")
    return moment.astimezone(UTC)
