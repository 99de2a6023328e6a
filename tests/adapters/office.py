"""A small complaint office that speaks JSON on loopback and keeps its own ledger. For tests of the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-Kantor-55"


class Office:
    """``records``: number → {id, title, number, changed, notes}. One fault may be set for the next call."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.next_empty = False
        self.lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/"

    def start(self) -> None:
        office = self

        class Handler(_Handler):
            desk = office

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def add(self, title: str, number: str | None = None) -> str:
        with self.lock:
            own = str(len(self.records) + 1)
            changed = datetime.now(UTC).isoformat(timespec="seconds")
            self.records[own] = {"id": int(own), "title": title, "number": number, "changed": changed, "notes": []}
            return own


class _Handler(BaseHTTPRequestHandler):
    desk: Office
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _serve(self, body: Mapping[str, Any]) -> None:
        if self.desk.next_empty:
            self.desk.next_empty = False
            self._say(200, None)
        elif self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._say(401, {"error": "siapa?"})
        else:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._say(*self._route(parts.path.removeprefix("/v1/").split("/"), query, body))

    def _route(self, path: list[str], query: Mapping[str, str], body: Mapping[str, Any]) -> tuple[int, Any]:
        if path == ["statuses"]:
            return 200, {"statuses": [{"id": 1, "name": "Baru"}, {"id": 2, "name": "Selesai"}]}
        if path == ["reports"]:
            return self._made(body) if self.command == "POST" else (200, self._list(query))
        record = self.desk.records.get(path[1])
        if record is None:
            return 404, {"error": "tidak ada"}
        if path[2:] == ["notes"] and self.command == "POST":
            record["notes"].append(body["text"])
            return 201, {"note": {"id": len(record["notes"])}}
        return 200, {"report": record}

    def _list(self, query: Mapping[str, str]) -> Any:
        found = [
            one
            for one in self.desk.records.values()
            if one["changed"] >= query.get("since", "") and query.get("number") in (None, one["number"])
        ]
        start = (int(query.get("page", "1")) - 1) * 2
        return {"reports": found[start : start + 2], "total": len(found)}

    def _made(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        if not body.get("title"):
            return 422, {"errors": {"title": "wajib diisi"}}
        return 201, {"report": self.desk.records[self.desk.add(body["title"], body.get("number"))]}

    def _say(self, status: int, body: Any) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Quiet."""
