"""``hub serve`` as a real process: the first password once, pages and probes, an orderly end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from hub.connectors import all_connectors, load
from hub.home import init_hub, open_hub


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str], str]]:
    """The process, what it said until its address, and the address."""
    command = [sys.executable, "-m", "hub", "serve", "--port", "0", "--lang", "en", *arguments]
    environment = {**os.environ, "HUB_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://\S+", line):
                yield process, said, found[0]
                break
        else:
            raise AssertionError(process.stderr.read() if process.stderr else "it said nothing")
    finally:
        process.kill()
        process.communicate()


def get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_it_serves_pages_and_probes_on_loopback_and_ends_cleanly_at_sigterm(tmp_path: Path) -> None:
    init_hub(tmp_path / "home", environ={}).close()
    with serving(tmp_path / "home") as (process, _, url):
        assert url.startswith("http://127.0.0.1:")
        assert get(f"{url}healthz")[0] == 200
        assert get(f"{url}readyz")[0] == 200
        status, page = get(url)
        assert status == 200
        assert "Masuk" in page
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_the_first_password_is_shown_once(tmp_path: Path) -> None:
    init_hub(tmp_path / "home", environ={}).close()
    with serving(tmp_path / "home", "--no-schedule") as (_, said, _):
        assert "admin" in "".join(said)
    with serving(tmp_path / "home", "--no-schedule") as (_, said, _):
        assert "admin" not in "".join(said)


CONNECTOR = """\
connector: desa
agency: "33.73"
mapping: csv-sederhana
adapter: tabular
connection: {folder: desa}
when: every 5 minutes
"""


def test_a_start_on_one_machine_puts_changed_files_in_force(tmp_path: Path) -> None:
    init_hub(tmp_path / "home", environ={}).close()
    (tmp_path / "home" / "schedules" / "desa.yaml").write_text(CONNECTOR)
    with serving(tmp_path / "home", "--no-schedule") as (_, said, _):
        assert "put in force" in "".join(said)
    hub = open_hub(tmp_path / "home", environ={})
    assert load(hub, "desa").agency_code == "33.73"
    hub.close()


def test_a_wrong_file_at_start_changes_nothing(tmp_path: Path) -> None:
    init_hub(tmp_path / "home", environ={}).close()
    (tmp_path / "home" / "schedules" / "desa.yaml").write_text(CONNECTOR)
    (tmp_path / "home" / "schedules" / "kota.yaml").write_text(CONNECTOR + "whem: daily\n")
    with serving(tmp_path / "home", "--no-schedule") as (_, said, _):
        assert "put in force" not in "".join(said)
    hub = open_hub(tmp_path / "home", environ={})
    assert all_connectors(hub) == []
    hub.close()
