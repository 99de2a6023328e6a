from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from hub.demo import run_demo, run_sandbox
from hub.domain.errors import HubError

PAGE = re.compile(r"http://127\.0\.0\.1:\d+/")


def test_one_story_ends_in_agreement_and_says_so_per_connector(tmp_path: Path) -> None:
    said: list[str] = []
    assert run_demo(tmp_path / "home", once=True, as_json=True, out=said.append) == 0
    (verdict,) = [json.loads(line) for line in said]
    assert verdict["agreed"]
    assert verdict["disagreements"] == []
    lines = {line["connector"]: line for line in verdict["lines"]}
    assert set(lines) == {"pusat", "provinsi", "kabupaten", "kota", "kota-kecil"}
    assert all(set(line) >= {"pulled", "stored", "pushed", "quarantined", "lost"} for line in lines.values())
    assert lines["pusat"]["pushed"] > 0
    assert sum(line["lost"] for line in lines.values()) == 0


def test_where_they_do_not_agree_the_demo_fails_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.demo.carry", lambda hub, counts: 0)
    said: list[str] = []
    assert run_demo(tmp_path / "home", once=True, language="en", out=said.append) == 1
    assert "did not arrive" in said[-1]


def test_a_home_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite").write_text("")
    with pytest.raises(HubError) as refused:
        run_demo(tmp_path, once=True)
    assert refused.value.code == "sandbox.home_not_empty"


def test_the_country_runs_alone_and_writes_files_for_a_hub(tmp_path: Path) -> None:
    ended, said = threading.Event(), list[str]()
    ended.set()
    assert run_sandbox(tmp_path / "negara", home=tmp_path / "home", ended=ended, out=said.append) == 0
    written = sorted(path.name for path in (tmp_path / "home" / "schedules").iterdir())
    assert written == ["kabupaten.yaml", "kota-kecil.yaml", "kota.yaml", "provinsi.yaml", "pusat.yaml"]
    assert "sandbox: yes" in (tmp_path / "home" / "schedules" / "pusat.yaml").read_text()
    assert (tmp_path / "home" / "secrets" / "sandbox-pusat").stat().st_mode & 0o077 == 0
    assert any(line.startswith("pusat: http://127.0.0.1:") for line in said)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environ = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    call = [sys.executable, "-c", "from hub.cli import main; main(['--lang', 'en', 'demo'])"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env=environ) as process:
        yield process
        process.kill()


def test_the_living_demo_serves_its_page_and_ends_in_order(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    assert demo.stdout is not None
    line = next(line for line in demo.stdout if "one-time password" in line)
    found = PAGE.search(line)
    assert found
    assert _ready(found[0] + "readyz")
    assert list(tmp_path.glob("hub-demo-*"))
    demo.send_signal(signal.SIGTERM)
    assert demo.wait(30) == 0
    assert not list(tmp_path.glob("hub-demo-*"))


def _ready(url: str) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if requests.get(url, timeout=2).status_code == 200:
                return True
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    return False
