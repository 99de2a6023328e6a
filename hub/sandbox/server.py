"""A system of the country: a Flask application on a loopback port of its own, behind its fault switches."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from email.utils import format_datetime
from threading import RLock, Thread
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

from hub.sandbox.clock import Clock
from hub.sandbox.faults import Fault, Faults
from hub.sandbox.ledger import Ledger

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST = "127.0.0.1"
MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>Sedang dalam pemeliharaan</title></head>"
    "<body><h1>503</h1><p>Mohon maaf, sistem sedang dalam pemeliharaan.</p></body></html>"
)
BEFORE = frozenset({"maintenance", "reset", "html", "busy", "refuse"})  # faults that keep the request from being done


class Quiet(WSGIRequestHandler):
    """Requests carry keys and invented people: no access log. One Date header only: the country's."""

    def send_response(self, code: int, message: str | None = None) -> None:
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: Any) -> None:
        return None


class System:
    """Base of all: name, clock, ledger, faults, one lock around the records, start and stop."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.clock = name, clock
        self.ledger, self.faults = Ledger(name), Faults()
        self.lock = RLock()
        self.app = Flask(__name__, static_folder=None)
        self.app.json.ensure_ascii = False  # type: ignore[attr-defined]
        self.app.json.sort_keys = False  # type: ignore[attr-defined]
        self._server: BaseWSGIServer | None = None
        self._thread: Thread | None = None
        self._port = 0
        self._service_routes()

    def _service_routes(self) -> None:
        """Sandbox only: a real system has neither of these."""
        self.app.add_url_rule("/_ledger", "_ledger", lambda: jsonify(self.ledger.to_json()))
        self.app.add_url_rule("/_faults", "_faults", self._switch, methods=["GET", "POST", "DELETE"])

    def _switch(self) -> Response | tuple[Response, int]:
        if request.method == "DELETE":
            self.faults.clear()
        if request.method == "POST":
            try:
                self.faults.add(**request.get_json())
            except (TypeError, ValueError) as error:
                return jsonify({"error": str(error)}), 400
        return jsonify(self.faults.to_json())

    def start(self, port: int = 0) -> None:
        """Port 0 takes a free one; a restart takes the port it had."""
        self._server = make_server(HOST, port or self._port, Wire(self), threaded=True, request_handler=Quiet)
        self._port = self._server.server_port
        # A short poll, because that is how long stopping takes.
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name=f"sandbox-{self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """From here on the port refuses connections; records and ledger stay."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join(5)
            self._server.server_close()
        self._server = self._thread = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}/"

    def refusal(self, reason: str) -> Response:
        """How this product says no; SOAP systems say it in a 200."""
        answer = jsonify({"status": "0", "pesan": reason})
        answer.status_code = 422
        return answer

    def call_name(self, environ: WSGIEnvironment) -> str:
        """What a fault's ``on`` is held against."""
        action = environ.get("HTTP_SOAPACTION", "").strip('"')
        return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {action}".rstrip()


class Wire:
    """Between socket and application: faults, and the country's time in the Date header."""

    def __init__(self, system: System) -> None:
        self.system = system

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        fault = None
        if not environ["PATH_INFO"].startswith("/_"):
            fault = self.system.faults.strike(self.system.call_name(environ))
        if fault is not None and fault.kind in ("reset", "cut"):
            return self._hang_up(fault, environ)
        if fault is not None and fault.kind in BEFORE:
            response = self._instead(fault)
        else:
            response = self._done(environ)
            if fault is not None:
                response = self._spoiled(fault, response)
        response.headers["Date"] = format_datetime(self.system.clock.now(), usegmt=True)
        return response(environ, start_response)

    def _done(self, environ: WSGIEnvironment) -> Response:
        body, status, headers = run_wsgi_app(self.system.app.wsgi_app, environ, buffered=True)
        return Response(b"".join(body), status, headers)

    def _instead(self, fault: Fault) -> Response:
        if fault.kind == "maintenance":
            return Response(MAINTENANCE, 503, mimetype="text/html")
        if fault.kind == "html":
            return Response(MAINTENANCE, 200, mimetype="text/html")
        if fault.kind == "busy":
            return Response("", 429, {"Retry-After": str(round(fault.seconds))})
        with self.system.app.app_context():
            return self.system.refusal(fault.put or "Ditolak")

    def _spoiled(self, fault: Fault, response: Response) -> Response:
        body = response.get_data()
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        elif fault.kind == "truncated":
            # Without the length: a cut HTTP/1.0 answer looks exactly like this.
            response.set_data(body[: len(body) // 2])
        elif fault.kind == "wrong":
            response.set_data(body.replace(fault.find.encode(), fault.put.encode()))
        elif fault.kind == "broken":
            response = Response("Internal Server Error", 500, mimetype="text/plain")
        return response

    def _hang_up(self, fault: Fault, environ: WSGIEnvironment) -> Iterable[bytes]:
        if fault.kind == "cut":
            self._done(environ)
        connection: socket.socket = environ["werkzeug.socket"]
        connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("the sandbox hung up on purpose")
