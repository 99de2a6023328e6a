"""A country whose every field holds something that must not leak, on every wire, whole and broken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from hub.apply import apply
from hub.home import Hub, init_hub
from tests.conftest import Clock

NAME, NIK, PHONE = "Kenarisatu Rekaan", "3374019909870001", "081299887766"
MAIL, ADDRESS, BODY = "kenaridua@contoh.example", "Gang Kenaritiga 77", "Kenariempat menulis isi laporan"
OFFICER, FILE_OF = "Kenarilima Petugas", "foto-kenarienam.jpg"
SECRET, BEARER = "rahasia-KENARI-tujuh-0007", "token-KENARI-delapan-0008"
PERSONAL = ("Kenari", "kenari", "KENARI", "99098700", "99887766")
"""Parts of the above, as any form of them would still hold them."""

FIELDS = """\
  - {complaint: title, system: title}
  - {complaint: body_original, system: body}
  - {complaint: reporter.name, system: person.name}
  - {complaint: reporter.nik, system: person.nik}
  - {complaint: reporter.phone, system: person.phone, phone: ID}
  - {complaint: reporter.email, system: person.mail}
  - {complaint: reporter.address, system: person.address}
  - {complaint: location.address, system: place}
  - {complaint: location.regency.code_kemendagri, system: region}
  - {complaint: received_at, system: filed, date: iso}
  - {complaint: status, system: status, codes: status}
  - {complaint: status_raw, system: status, write: no}
  - {complaint: category_raw, system: category}
  - {complaint: rating, system: rating}
  - {complaint: agency.unit_id, system: unit}
  - {complaint: is_anonymous, system: anonymous, yes_no: {yes: ["y"], no: ["n"], unknown: ["?"]}}
  - {complaint: is_confidential, system: secret, yes_no: {yes: ["y"], no: ["n"], unknown: ["?"]}}
"""
CODES = """\
codes:
  status: {values: {"1": RECEIVED, "2": IN_PROGRESS, "3": RESPONDED, "4": DISPATCHED}}
"""
REST = f"""\
mapping: contoh
describes: an invented product
key: id
fields:
{FIELDS}  - {{complaint: core_tracking_id, system: lapor}}
{CODES}events:
  - inside: notes
    key: id
    fields:
      - {{event: at, system: at, date: iso}}
      - {{event: text, system: text}}
      - {{event: actor, system: by}}
      - {{event: kind, is: TINDAK_LANJUT}}
attachments:
  inside: files
  key: id
  fields:
    - {{attachment: name, system: name}}
    - {{attachment: url, system: url}}
operations:
  list: {{get: issues, records: issues}}
  detail: {{get: issues/<id>, record: issue}}
  create: {{post: issues, body: {{issue: {{from: fields}}}}, answer: {{id: issue.id}}}}
  update: {{put: issues/<id>, body: {{issue: {{from: fields, send: changed}}}}}}
  comment: {{post: issues/<id>/notes, body: {{note: <text>}}, answer: {{id: note.id}}}}
answer:
  refused: [{{http: [422], text: errors, field: errors}}]
  later: [{{http: [503]}}]
"""
TABLE = f"""\
mapping: tabel
describes: an invented table
key: id
fields:
{FIELDS}{CODES}file:
  name: tabel_<date>.csv
  dates: ["%Y%m%d"]
"""
CONNECTORS = {
    "pusat": "core: yes\nmapping: contoh\nadapter: rest\n",
    "kota": 'agency: "33.73"\ncreates: yes\nmapping: contoh\nadapter: rest\n',
    "berkas": 'agency: "33.74"\nmapping: tabel\nadapter: tabular\n'
    'connection: {folder: berkas/in, finished_after: "0"}\n',
}


def record(number: int, **more: Any) -> dict[str, Any]:
    """Whole, with a canary in every personal field."""
    return {
        "id": str(number), "title": f"Judul {BODY}", "body": BODY, "place": ADDRESS, "filed": "2026-03-01T08:00:00Z",
        "person": {"name": NAME, "nik": NIK, "phone": PHONE, "mail": MAIL, "address": ADDRESS},
        "status": "1", "category": "jalan", "region": "33.73", "anonymous": "y", "secret": "y",
        "notes": [{"id": f"{number}-1", "at": "2026-03-01T09:00:00Z", "text": BODY, "by": OFFICER}],
        "files": [{"id": f"{number}-f", "name": FILE_OF, "url": f"http://x.example/{FILE_OF}"}],
        **more,
    }  # fmt: skip


def broken() -> list[dict[str, Any]]:
    """What is personal stands where something else is due."""
    slips: list[dict[str, Any]] = [
        {"filed": f"{NAME} {PHONE}"}, {"filed": NIK}, {"status": f"{PHONE} {NAME}"}, {"status": MAIL},
        {"status": f"Sudah dibahas dengan pelapor {NAME} di rumahnya"}, {"region": PHONE}, {"rating": f"{NIK}"},
        {"person": {"phone": MAIL, "name": {"x": NAME}}}, {PHONE: NAME}, {"notes": [{"at": PHONE, "text": BODY}]},
        {"anonymous": PHONE}, {"anonymous": None, "notes": BODY}, {"id": None}, {"status": [NAME]},
    ]  # fmt: skip
    return [record(100 + at) | slip for at, slip in enumerate(slips)]


class Peer:
    """Core and office on one server; ``fault`` is what a writing call gets."""

    def __init__(self) -> None:
        self.lists: dict[str, Any] = {"pusat": [], "kota": []}
        self.fault: tuple[int, str, str] | None = None
        self.heard: list[tuple[str, str, str]] = []
        self.url = ""

    def answer(self, method: str, path: str, body: str) -> tuple[int, str, str]:
        who = path.strip("/").split("/")[0]
        self.heard.append((method, who, body))
        if self.fault is not None and method != "GET":
            return self.fault
        if method == "GET" and path.endswith("/issues"):
            given = self.lists[who]
            return (200, "application/json", json.dumps({"issues": given})) if isinstance(given, list) else given
        if method == "GET":
            return 404, "application/json", "{}"
        return 200, "application/json", json.dumps({"issue": {"id": "900"}, "note": {"id": "901"}})


@contextmanager
def serving() -> Iterator[Peer]:
    peer = Peer()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            status, mime, text = peer.answer(self.command, self.path.split("?")[0], body)
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", mime)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _any

        def log_message(self, format: str, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()


def build(home: Path, peer: Peer, clock: Clock) -> Hub:
    hub = init_hub(home, now=clock, environ={})
    for name, value in (("kunci", SECRET), ("pusat", BEARER)):
        (home / "secrets" / name).touch(mode=0o600)
        (home / "secrets" / name).write_text(value)
    (home / "agencies.yaml").write_text('agencies:\n  - {code: "33.73", lapor_ids: ["501"]}\n')
    (home / "mappings" / "contoh.yaml").write_text(REST)
    (home / "mappings" / "tabel.yaml").write_text(TABLE)
    (home / "files" / "berkas" / "in").mkdir(parents=True)
    for name, text in CONNECTORS.items():
        secret = "pusat" if name == "pusat" else "kunci"
        wire = f"connection: {{url: '{peer.url}{name}/', bearer: <secret.{secret}>}}\n" if "rest" in text else ""
        whole = f"connector: {name}\n{text}{wire}when: every 5 minutes\nlive_from: 2026-01-01\n"
        (home / "schedules" / f"{name}.yaml").write_text(whole)
    apply(hub, "uji")
    return hub


def drop(home: Path) -> None:
    """A table with rows as they come: too many cells, an open quote, shifted columns."""
    heading = "id,title,body,person.name,status,filed,anonymous,secret"
    rows = [
        heading, f"1,{BODY},{BODY},{NAME},1,2026-03-01,y,y", f"2,{BODY},{NAME},1,2026-03-01,y,y,{PHONE},{NIK}",
        f"3,{BODY},{PHONE},{MAIL},{PHONE},{NIK},y,y", f'4,"{BODY},{NAME}', f",{NAME},{PHONE},{MAIL},1,2026-03-01,y,y",
    ]  # fmt: skip
    (home / "files" / "berkas" / "in" / "tabel_20260301.csv").write_text("\n".join(rows))
    (home / "files" / "berkas" / "in" / "tabel_20260302.csv").write_text(f"{NAME},{PHONE}\n{MAIL},{NIK}\n")
