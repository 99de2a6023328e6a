"""The README is followed as a newcomer would follow it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.M | re.S)


def _type(lines: str, folder: Path) -> str:
    """What a person would type, in that folder, with the command ``hub`` on the path."""
    shell = f'set -e\nhub() {{ "{sys.executable}" -m hub "$@"; }}\n{lines}'
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HUB_")}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        ["bash", "-c", shell], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_system_is_connected_as_written(tmp_path: Path) -> None:
    prepare, work = _blocks("sh")
    (connector,), (table,) = _blocks("yaml"), _blocks("csv")
    _type(prepare, tmp_path)
    (tmp_path / "hub-data/schedules/desa-contoh.yaml").write_text(connector, "utf-8")
    (tmp_path / "hub-data/files/desa/masuk/laporan.csv").write_text(table, "utf-8")
    said = _type(work, tmp_path)
    assert "disimpan 2" in said
    assert "dikarantina 1" in said
    assert "Mungkin" in said
    assert "mappings/csv-sederhana.yaml:" in said


def test_every_page_it_points_to_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`hub ([a-z][a-z-]*)[^`]*`", README))))
def test_every_command_it_names_exists(command: str) -> None:
    assert f"## `hub {command}" in (ROOT / "docs/cli.md").read_text("utf-8")
