"""Real servers that somebody else wrote, on loopback: PHP SoapServer in two styles, and the Roundup tracker.

Each is started for a test, stands behind a ``network`` that can lose or delay its answers, and can be asked
for its own truth by ``ledger()``, past the hub and past its own interface. A folder of tests gets the fixtures
by importing ``elapor, roundup, roundup_pattern, simadu`` in its ``conftest.py``.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.counterparts.network import Network
from tests.needs import need

PHP = Path(__file__).parent / "php"
PASSWORD = "sandi-uji-Kwarsa7"
WIB = ZoneInfo("Asia/Jakarta")


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        return int(door.getsockname()[1])


class Server:
    """A process that listens on a port, behind a line that can be spoiled."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.own_port = free_port()
        self.network = Network(self.own_port)
        self._listening = True
        self.password = PASSWORD
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.network.port}/"

    def start(self) -> None:
        if not self._listening:
            self.network.open()
            self._listening = True
        if self._process is None:
            with (self.home / "server.log").open("ab") as log:
                self._process = self._launch(log)
            self._until(listening=True)

    def stop(self) -> None:
        """As if its machine were off: connections are refused until ``start``."""
        self.network.close()
        self._listening = False
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(10)
            self._process = None
            self._until(listening=False)  # its workers may hold the port a little longer

    def close(self) -> None:
        self.stop()

    def _launch(self, log: Any) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _until(self, *, listening: bool) -> None:
        for _ in range(200):
            with closing(socket.socket()) as probe:
                if (probe.connect_ex(("127.0.0.1", self.own_port)) == 0) == listening:
                    return
            time.sleep(0.05)
        raise TimeoutError((self.home / "server.log").read_text("utf-8", "replace")[-2000:])


class PhpSoap(Server):
    """One of our two PHP services. Its records have the keys of ``buku.php`` (nomor, judul, status, diubah …)."""

    def __init__(self, home: Path, script: str) -> None:
        super().__init__(home)
        self._script = script
        self.state = home / "state.json"
        self.user = "hub"

    @property
    def wsdl(self) -> str:
        return f"{self.url}?wsdl"

    def ledger(self) -> dict[str, dict[str, Any]]:
        """nomor → record, as the server keeps it."""
        with self._open() as state:
            return dict(state["aduan"])

    def calls(self) -> list[str]:
        """Every operation that reached the server, in order."""
        with self._open() as state:
            return list(state["panggilan"])

    def add(self, **fields: Any) -> str:
        """A complaint filed at that office's own counter; times as 'YYYY-MM-DD hh:mm:ss', local. Its number."""
        with self._open() as state:
            state["urut"] += 1
            prefix = "SMD-" if self._script == "doclit.php" else "EL"
            number = f"{prefix}{state['urut']:05}"
            now = local_now()
            blank = {"isi": "", "nama": None, "telepon": None, "anonim": False, "rahasia": False, "status": "BARU"}
            blank |= {"alasan": None, "nomor_lapor": None, "alamat": None, "tindak_lanjut": [], "versi": 1}
            own = {"nomor": number, "urut": state["urut"], "judul": "", "dibuat": now, "diubah": now}
            state["aduan"][number] = {**blank, **own, **fields}
            return number

    def change(self, number: str, **fields: Any) -> None:
        """An officer changes a complaint there: its change time moves on."""
        with self._open() as state:
            record = state["aduan"][number]
            record.update({"diubah": local_now(), "versi": record["versi"] + 1, **fields})

    def answer(self, number: str, text: str, officer: str = "petugas.siti") -> str:
        """An officer writes a follow-up there. Its number."""
        with self._open() as state:
            state["urut_tl"] += 1
            entry = {"id": f"TL-{state['urut_tl']}", "waktu": local_now(), "petugas": officer, "isi": text}
            record = state["aduan"][number]
            record["tindak_lanjut"].append(entry)
            record.update({"diubah": local_now(), "versi": record["versi"] + 1})
            return str(entry["id"])

    def fault(self, kind: str, times: int = 1, operation: str | None = None) -> None:
        """For the next calls (of one operation): before the work ``galat`` (Server fault), ``pemeliharaan`` (503
        page), ``pemeliharaan_200``, ``lambat`` (3 s); after it ``mati`` (dies before answering), ``kosong``."""
        with self._open() as state:
            state["gangguan"] = {"jenis": kind, "kali": times, "operasi": operation}

    @contextmanager
    def _open(self) -> Iterator[dict[str, Any]]:
        with self.state.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            state = json.loads(text) if text else {}
            for name, blank in (("aduan", {}), ("urut", 0), ("urut_tl", 0), ("panggilan", []), ("gangguan", None)):
                state.setdefault(name, blank)
            state["aduan"] = state["aduan"] or {}  # PHP writes an empty map as a list
            yield state
            file.seek(0)
            file.truncate()
            json.dump(state, file, ensure_ascii=False)

    def _launch(self, log: Any) -> subprocess.Popen[bytes]:
        own = {"HUB_TEST_STATE": str(self.state), "HUB_TEST_PASSWORD": PASSWORD, "PHP_CLI_SERVER_WORKERS": "4"}
        command = ["php", "-S", f"127.0.0.1:{self.own_port}", str(PHP / self._script)]
        return subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log, start_new_session=True)


class Roundup(Server):
    """The Roundup issue tracker, its classic template with four fields of a complaint office added.

    Users ``hub`` (ours) and ``petugas`` (an officer), both with ``password``. REST below ``url`` + rest/data/.
    """

    user = "hub"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.network.port}/aduan/"

    @property
    def headers(self) -> dict[str, str]:
        """What Roundup wants to see against forged requests."""
        origin = f"http://127.0.0.1:{self.network.port}"
        return {"X-Requested-With": "rest", "Referer": f"{origin}/aduan/", "Origin": origin}

    def ledger(self) -> dict[str, dict[str, Any]]:
        """issue id → its columns, read from the tracker's own database, with ``messages`` as list of texts."""
        with closing(sqlite3.connect(self.home / "trk" / "db" / "db")) as base:
            base.row_factory = sqlite3.Row
            rows = base.execute("select * from _issue where __retired__ = 0").fetchall()
            said = base.execute("select nodeid, linkid from issue_messages order by cast(linkid as integer)").fetchall()
            issues = {str(row["id"]): {key.lstrip("_"): row[key] for key in row.keys()} for row in rows}  # noqa: SIM118
        for issue in issues.values():
            issue["messages"] = []
        for row in said:
            if str(row["nodeid"]) in issues:
                issues[str(row["nodeid"])]["messages"].append(self._message(str(row["linkid"])))
        return issues

    def add(self, title: str, **fields: Any) -> str:
        """An officer files an issue in the tracker's own way. Its number."""
        return str(self._officer("POST", "issue", {"title": title, **fields})["data"]["id"])

    def change(self, number: str, **fields: Any) -> None:
        self._officer("PATCH", f"issue/{number}", {"@op": "replace", **fields})

    def message(self, text: str) -> str:
        """An officer writes a message that belongs to no issue yet. Its number."""
        return str(self._officer("POST", "msg", {"content": text, "author": "petugas"})["data"]["id"])

    def answer(self, number: str, text: str) -> str:
        """An officer adds a message to an issue. The message's number."""
        made = self.message(text)
        self._officer("PATCH", f"issue/{number}", {"@op": "add", "messages": [made]})
        return made

    def statuses(self) -> dict[str, str]:
        """Number → name of every status."""
        with closing(sqlite3.connect(self.home / "trk" / "db" / "db")) as base:
            return {str(number): str(name) for number, name in base.execute("select id, _name from _status")}

    def _officer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Past the spoiled line, but under the name the tracker is known by."""
        own = f"http://127.0.0.1:{self.own_port}/aduan/rest/data/{path}"
        with requests.Session() as session:
            session.trust_env = False
            session.auth = ("petugas", PASSWORD)
            session.headers.update({**self.headers, "Host": f"127.0.0.1:{self.network.port}"})
            if method == "PATCH":
                session.headers["If-Match"] = session.get(own, timeout=10).headers["ETag"]
            answer = session.request(method, own, json=body, timeout=10)
            assert answer.ok, answer.text
            return answer.json()

    def _message(self, number: str) -> str:
        folder = self.home / "trk" / "db" / "files" / "msg" / str(int(number) // 1000)
        return (folder / f"msg{number}").read_text("utf-8")

    def build(self, pattern: Path) -> None:
        """A tracker of its own, copied from the one that was initialised once."""
        shutil.copytree(pattern, self.home / "trk")
        config = self.home / "trk" / "config.ini"
        config.write_text(config.read_text("utf-8").replace("http://127.0.0.1:1/aduan/", self.url), "utf-8")

    def _launch(self, log: Any) -> subprocess.Popen[bytes]:
        # roundup-server refuses to run as root; its WSGI entry point does not
        command = [sys.executable, "-W", "ignore", "-c", _SERVE, str(self.home / "trk"), str(self.own_port)]
        own = {"SENDMAILDEBUG": str(self.home / "mail.txt")}  # it tells its people of news by mail
        return subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log, start_new_session=True)


_SERVE = """
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
from roundup.cgi.wsgi_handler import RequestDispatcher
app = RequestDispatcher(sys.argv[1])
def below(environ, start):
    environ["SCRIPT_NAME"] = "/aduan"
    environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/aduan")
    return app(environ, start)
make_server("127.0.0.1", int(sys.argv[2]), below).serve_forever()
"""

_FIELDS = """                status=Link("status"), nomor_lapor=String(), pelapor=String(), telepon=String(),
                anonim=String(), rahasia=String(), alasan=String())"""


def _build_roundup(home: Path) -> Path:
    tracker = home / "trk"
    admin = [sys.executable, "-W", "ignore", "-m", "roundup.scripts.roundup_admin", "-i", str(tracker)]

    def run(*words: str) -> None:
        subprocess.run([*admin, *words], check=True, capture_output=True, timeout=60)

    run("install", "classic", "sqlite")
    schema = tracker / "schema.py"
    schema.write_text(schema.read_text("utf-8").replace('                status=Link("status"))', _FIELDS), "utf-8")
    config = tracker / "config.ini"
    text = config.read_text("utf-8")
    for line, value in (("web", "http://127.0.0.1:1/aduan/"), ("domain", "localhost"), ("host", "localhost")):
        text = "\n".join(
            f"{line} = {value}" if one.lstrip("#").startswith(f"{line} = ") else one for one in text.splitlines()
        )
    config.write_text(text + "\n", "utf-8")
    run("initialise", PASSWORD)
    for name in ("hub", "petugas"):
        account = (f"username={name}", f"password={PASSWORD}", f"address={name}@contoh.example", "roles=User")
        run("create", "user", *account)
    return tracker


def local_now() -> str:
    """The PHP services' clock: local time of Jakarta without a zone."""
    return datetime.now(WIB).strftime("%Y-%m-%d %H:%M:%S")


def _need_php() -> None:
    present = shutil.which("php") and b"soap" in subprocess.run(["php", "-m"], capture_output=True, check=True).stdout
    need("counterparts", present, "PHP with its SOAP extension (apt install php-cli php-soap)")


@contextmanager
def _running(server: Server) -> Iterator[Any]:
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def simadu(tmp_path: Path) -> Iterator[PhpSoap]:
    """PHP SoapServer, document/literal, Basic credentials: pages, a short list view, detail, partial updates."""
    _need_php()
    home = tmp_path / "simadu"
    home.mkdir()
    with _running(PhpSoap(home, "doclit.php")) as server:
        yield server


@pytest.fixture
def elapor(tmp_path: Path) -> Iterator[PhpSoap]:
    """PHP SoapServer, rpc/encoded, credentials as parameters, status numbers, day-first dates, respon/pesan."""
    _need_php()
    home = tmp_path / "elapor"
    home.mkdir()
    with _running(PhpSoap(home, "rpcenc.php")) as server:
        yield server


@pytest.fixture(scope="session")
def roundup_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("counterparts", find_spec("roundup"), "Roundup (pip install 'hub-lapor[counterparts]')")
    return _build_roundup(tmp_path_factory.mktemp("roundup"))


@pytest.fixture
def roundup(tmp_path: Path, roundup_pattern: Path) -> Iterator[Roundup]:
    """The Roundup tracker with its REST interface."""
    home = tmp_path / "roundup"
    home.mkdir()
    server = Roundup(home)
    server.build(roundup_pattern)
    with _running(server):
        yield server
