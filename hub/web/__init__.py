"""The pages and the JSON API: a Flask application over one open installation."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from hub.home import Hub
from hub.web import door, errors, frame, words
from hub.web.rooms import ALL
from hub.web.rooms.api import api

MOST_BYTES = 64 * 1024 * 1024  # of one request: a peer may post one large record, nothing more


def create_app(hub: Hub) -> Flask:
    """Serve ``hub``. Everything needs a signed-in person or a token, except what says otherwise."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=_cookie_key(hub),
        SESSION_COOKIE_NAME="hub",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a form is valid as long as its session
        WTF_CSRF_SSL_STRICT=False,  # behind a gateway that ends https the referrer is not ours to judge
        MAX_CONTENT_LENGTH=MOST_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    door.guard(app, hub)
    csrf = CSRFProtect(app)
    words.teach(app)
    frame.build(app)
    errors.handle(app)
    for room in ALL:
        app.register_blueprint(room)
    app.register_blueprint(api)
    csrf.exempt(api)  # speaks by token only; a cookie opens nothing there
    return app


def _cookie_key(hub: Hub) -> bytes:
    """Signs the cookies: derived from the installation's key, so that there is no further secret to keep."""
    return b"".join(hub.store.vault.lookup("web cookies", part) for part in ("1", "2"))
