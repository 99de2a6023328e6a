"""Request Tracker 5 as an office: a heavy install, so only where HUB_TEST_RT names one running on this machine."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests.counterparts.network import Network
from tests.counterparts.servers import PASSWORD

_SETUP = Path(__file__).parent / "perl" / "rt_queue.pl"
_FIELDS = "Subject,Status,CustomFields"


class RtOffice:
    """A queue of its own in a running RT (``http://127.0.0.1:8890/REST/2.0``), behind a line that can be spoiled."""

    def __init__(self, url: str) -> None:
        self.own = url.rstrip("/") + "/"
        self.queue = f"Uji-{uuid.uuid4().hex[:8]}"
        port = int(self.own.split(":")[2].split("/")[0])
        self.network = Network(port)
        self.url = self.own.replace(f":{port}/", f":{self.network.port}/")
        subprocess.run(["perl", str(_SETUP), self.queue, PASSWORD], check=True, capture_output=True, timeout=60)

    def connection(self) -> str:
        return f"""\
mapping: request-tracker
adapter: rest
connection:
  url: "{self.url}"
  basic: {{user: hub, password: <secret.kantor>}}"""

    def settings(self) -> str:
        return f"{{hub_user: hub, antrean: {self.queue}}}"

    def file(self, title: str, body: str, number: str = "") -> str:
        fields = {"Anonim": "tidak", "Rahasia": "tidak", **({"NomorLapor": number} if number else {})}
        ticket = {"Queue": self.queue, "Subject": title, "Content": body, "ContentType": "text/plain"}
        return str(self._officer("POST", "ticket", {**ticket, "CustomFields": fields})["id"])

    def answer(self, number: str, text: str) -> None:
        self._officer("POST", f"ticket/{number}/correspond", {"Content": text, "ContentType": "text/plain"})

    def finish(self, number: str) -> None:
        self._officer("PUT", f"ticket/{number}", {"Status": "resolved"})

    def start_work(self, number: str) -> None:
        self._officer("PUT", f"ticket/{number}", {"Status": "open"})

    def stop(self) -> None:
        self.network.close()

    def start(self) -> None:
        self.network.open()

    def records(self) -> Mapping[str, Mapping[str, Any]]:
        query = {"query": f"Queue = '{self.queue}'", "fields": _FIELDS, "per_page": "100"}
        found = self._officer("GET", "tickets", query=query)["items"]
        return {str(one["id"]): self._record(one) for one in found}

    def _record(self, one: Mapping[str, Any]) -> Mapping[str, Any]:
        fields = {each["name"]: (each["values"] or [None])[0] for each in one["CustomFields"]}
        body, *texts = self._texts(str(one["id"]))
        return {
            "title": one["Subject"],
            "lapor": fields["NomorLapor"],
            "body": body,
            "texts": texts,
            "status": one["Status"],
            "reporter": fields["Pelapor"],
        }

    def _texts(self, number: str) -> list[str]:
        query = {"fields": "Content,TransactionId", "per_page": "100"}
        parts = self._officer("GET", f"ticket/{number}/attachments", query=query)["items"]
        return [str(one["Content"]) for one in sorted(parts, key=lambda one: int(one["id"]))]

    def _officer(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            session.auth = ("petugas", PASSWORD)
            answer = session.request(method, self.own + path, json=body, params=query, timeout=20)
        assert answer.ok, answer.text
        return answer.json()
