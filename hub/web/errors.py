"""What a person reads when something is not there, not theirs, or broke; and what the API answers then."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from hub.domain.errors import HubError
from hub.sight import Role
from hub.web.words import explain, t

log = logging.getLogger(__name__)
_KNOWN = {400, 403, 404, 405, 409, 413, 429, 500}


def handle(app: Flask) -> None:
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(HubError, _hub)
    app.register_error_handler(Exception, _broken)


def _csrf(_error: Exception) -> Any:
    return _say(400, "page.error.csrf", t("page.error.csrf.text"))


def _http(error: Exception) -> Any:
    if not isinstance(error, HTTPException) or error.code is None:
        raise error
    if error.code < 400:
        return error
    status = error.code if error.code in _KNOWN else 400
    nobody = error.code == 403 and g.get("person") is not None and g.person.role is Role.NOBODY
    name = "page.error.nobody" if nobody else f"page.error.{status}"
    answer, _ = _say(error.code, name, t(f"{name}.text"))
    for header in ("Allow", "Retry-After", "WWW-Authenticate"):
        if value := dict(error.get_headers()).get(header):
            answer.headers[header] = value
    return answer, error.code


def _hub(error: Exception) -> Any:
    if not isinstance(error, HubError):
        raise error
    return _say(409, "page.error.409", explain(error.code, error.facts), error.code)


def _broken(error: Exception) -> Any:
    """Never the exception's own text: it may hold what a person must not see."""
    log.error("%s at %s", type(error).__name__, request.endpoint, exc_info=error)
    return _say(500, "page.error.500", t("page.error.500.text"))


def _say(status: int, title: str, text: str, code: str | None = None) -> Any:
    if request.path.startswith("/api/"):
        body = {"error": code or title.removeprefix("page."), "sentence": text}
        return app_response(jsonify(body)), status
    return app_response(render_template("message.html", title=t(title), text=text)), status


def app_response(body: Any) -> Any:
    from flask import make_response

    return make_response(body)
