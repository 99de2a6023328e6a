"""The command line: exit codes, both languages, JSON, help that teaches; on a real installation."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from hub.cli import COMMANDS, hub, run
from hub.commands.help import HubGroup
from hub.language import LANGUAGES
from tests.web import town

Cli = Callable[..., "Done"]


class Done:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUB_LANG", "id")
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    monkeypatch.delenv("HUB_KEY", raising=False)

    def call(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = run(list(arguments))
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return call


@pytest.fixture
def settled(cli: Cli, built: Path, tmp_path: Path) -> Cli:
    """The same, in the town."""
    town.copy(built, tmp_path / "home").close()
    return cli


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(hub)
    for name in hub.list_commands(context):
        found = hub.get_command(context, name)
        assert found is not None
        yield name, found
        if isinstance(found, HubGroup):
            yield from ((f"{name} {inner}", one) for inner, one in found.commands.items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_teaches_with_a_line_a_text_and_examples(language: str, cli: Cli) -> None:
    silent = []
    for name, _ in commands():
        done = cli("--lang", language, *name.split(), "--help")
        heading = {"id": "Contoh:", "en": "Examples:"}[language]
        if done.code or heading not in done.out or "cli." in done.out:
            silent.append(name)
    assert not silent


def test_help_lists_every_command_and_imports_none_of_them(cli: Cli) -> None:
    code = (
        "import sys; from hub.cli import run; run(['--help']);"
        "print(sorted(name for name in sys.modules if name.startswith('hub.commands')))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(f"  {name} " in out for name in COMMANDS)
    assert out.splitlines()[-1] == "['hub.commands', 'hub.commands.help']"


def test_help_is_there_at_once() -> None:
    took = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "hub", "--help"], capture_output=True, check=True)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["salah"], "Perintah “salah” tidak dikenal"),
        (["status", "--salah"], "Pilihan --salah tidak dikenal"),
        (["check"], "NAMA belum disebut"),
        (["sync"], "--all untuk semua"),
        (["sync", "a", "--all"], "--all untuk semua"),
        (["live", "a", "--from", "besok"], "--from tidak dapat dipakai"),
        (["waiting", "resolve", "1", "arrived"], "memerlukan nomor di sana"),
        (["quarantine", "replay"], "Sebut satu nomor"),
        (["complaint", "erase", "x"], "--yes"),
        (["version", "a", "b"], "Terlalu banyak"),
    ],
)
def test_wrong_use_is_told_in_the_users_language_with_exit_code_2(
    arguments: list[str], sentence: str, cli: Cli
) -> None:
    done = cli(*arguments)
    assert done.code == 2
    assert sentence in done.err
    assert "--help" in done.err
    assert not done.out


@pytest.mark.parametrize("where", [["--lang", "en", "status"], ["status", "--lang", "en"], ["status", "--lang=en"]])
def test_the_language_may_be_chosen_anywhere(where: list[str], settled: Cli) -> None:
    assert "LAST SUCCESS" in settled(*where).out


def test_without_an_installation_a_command_says_how_to_make_one(cli: Cli) -> None:
    done = cli("status")
    assert done.code == 1
    assert "hub init" in done.err


def test_init_makes_an_installation_and_says_what_to_back_up(cli: Cli, tmp_path: Path) -> None:
    done = cli("init")
    assert done.code == 0
    assert "key" in done.out
    assert (tmp_path / "home" / "key").stat().st_mode & 0o777 == 0o600
    assert cli("init").code == 0


def test_apply_shows_before_it_does(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    (tmp_path / "home" / "mappings" / "contoh.yaml").write_text(town.MAPPING)
    (tmp_path / "home" / "schedules" / "kota.yaml").write_text(
        'connector: kota\nagency: "33.73"\nmapping: contoh\nadapter: rest\n'
        "connection: {url: http://127.0.0.1:9/}\nwhen: every 5 minutes\n"
    )
    assert cli("apply", "--dry-run", "--json").data["applied"] is False
    assert cli("status", "--json").data["connectors"] == []
    assert "1 perubahan berlaku" in cli("apply").out
    assert [one["name"] for one in cli("status", "--json").data["connectors"]] == ["kota"]
    assert "Tidak ada yang berbeda" in cli("apply").out


def test_a_file_with_a_fault_is_told_by_file_and_line_and_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    (tmp_path / "home" / "schedules" / "kota.yaml").write_text("connector: kota\nmapping: tidak-ada\nadapter: rest\n")
    done = cli("apply", "--json")
    assert done.code == 1
    assert "schedules/kota.yaml" in done.err
    assert done.data["faults"][0]["file"]


def test_status_shows_every_connector_with_its_zone(settled: Cli) -> None:
    done = settled("status")
    assert done.code == 0
    assert "kota-contoh" in done.out
    assert "WIB" in done.out


def test_going_live_writes_the_file_and_applies_it(settled: Cli, tmp_path: Path) -> None:
    path = tmp_path / "home" / "schedules" / "kab-contoh.yaml"
    path.write_text("# tetap di sini\n" + path.read_text())
    assert settled("live", "kab-contoh", "--from", "2026-02-01").code == 1, "an edit that is not applied comes first"
    settled("apply")
    assert settled("live", "kab-contoh", "--from", "2026-02-01").code == 0
    assert path.read_text().startswith("# tetap di sini\n")
    assert "live_from: 2026-02-01\n" in path.read_text()
    assert settled("status", "kab-contoh", "--json").data["connectors"][0]["state"] == "live"


def test_what_going_live_would_catch_up_with_is_counted_and_nothing_changes(settled: Cli, tmp_path: Path) -> None:
    path = tmp_path / "home" / "schedules" / "kab-contoh.yaml"
    before = path.read_text()
    said = settled("live", "kab-contoh", "--from", "2026-02-01", "--dry-run", "--json")
    assert (said.code, said.data) == (0, {"connector": "kab-contoh", "owed": {}})
    assert path.read_text() == before


def test_pause_and_resume_change_the_state(settled: Cli) -> None:
    settled("pause", "kota-contoh")
    assert settled("status", "kota-contoh", "--json").data["connectors"][0]["state"] == "paused"
    settled("resume", "kota-contoh")
    assert settled("status", "kota-contoh", "--json").data["connectors"][0]["state"] == "live"


def test_pushes_stop_and_start(settled: Cli) -> None:
    settled("stop-pushes", "--why", "pemeliharaan")
    assert settled("status", "--json").data["pushes_stopped"] is True
    settled("start-pushes")
    assert settled("status", "--json").data["pushes_stopped"] is False


def test_a_failed_sync_is_told_and_exits_with_1(settled: Cli) -> None:
    done = settled("sync", "kota-contoh", "--pull", "--json")
    assert done.code == 1
    assert [(one["direction"], one["outcome"]) for one in done.data] == [("pull", "failed")]


def test_an_unknown_connector_is_told(settled: Cli) -> None:
    for command in ("check", "pause", "reconcile"):
        done = settled(command, "tidak-ada")
        assert done.code == 1
        assert "tidak-ada" in done.err


def test_quarantine_is_listed_by_cause_and_shown_by_shape(settled: Cli) -> None:
    listed = settled("quarantine", "list", "--json").data
    assert [(one["connector"], one["n"]) for one in listed["groups"]] == [("kota-contoh", 3)]
    number = str(listed["items"][0]["id"])
    shown = settled("quarantine", "show", number)
    assert "AAA-99" in shown.out
    assert town.QUARANTINED not in shown.out
    assert settled("quarantine", "dismiss", number).code == 0
    assert settled("quarantine", "list", "--json").data["groups"][0]["n"] == 2


def test_replay_says_the_count_before(settled: Cli) -> None:
    done = settled(
        "quarantine", "replay", "--connector", "kota-contoh", "--cause", "mapping.read.code", "--dry-run", "--json"
    )
    assert done.data == {"would_replay": 3}


def test_what_waits_is_listed_with_the_question_to_a_person(settled: Cli) -> None:
    done = settled("waiting", "list")
    assert "hub waiting resolve" in done.out
    assert {one["state"] for one in settled("waiting", "list", "--state", "unknown", "--json").data["items"]} == {
        "unknown"
    }


def test_a_complaint_is_shown_whole_but_for_its_people(settled: Cli) -> None:
    done = settled("complaint", "show", "#9165816")
    assert done.code == 0
    assert "Lampu padam 1" in done.out
    assert not [word for word in (town.PHONE, town.EMAIL) if word in done.out]
    guarded = settled("complaint", "show", town.GUARDED, "--json").out
    assert not [word for word in (town.PHONE, town.NAME, town.BODY) if word in guarded]


def test_a_complaint_nobody_knows_is_told(settled: Cli) -> None:
    assert settled("complaint", "show", "404").code == 1


def test_erasing_needs_a_yes_and_leaves_the_number(settled: Cli) -> None:
    assert settled("complaint", "erase", town.OPEN, "--yes").code == 0
    shown = settled("complaint", "show", town.OPEN)
    assert "9165816" in shown.out
    assert town.BODY not in shown.out


def test_a_user_gets_a_password_once_and_may_get_another_by_stdin(settled: Cli) -> None:
    made = settled("user", "add", "siti", "--role", "operator", "--agency", "33.73", "--json").data
    assert len(made["password"]) > 12
    assert settled("user", "password", "siti", stdin="kata sandi dari berkas\n").code == 0
    assert settled("user", "password", "siti", stdin="pendek\n").code == 1
    assert settled("user", "add", "budi", "--role", "viewer", "--agency", "00.00").code == 1


def test_a_token_is_shown_once_and_can_be_revoked(settled: Cli) -> None:
    made = settled("token", "add", "kirim", "--system", "kota-contoh", "--json").data
    assert made["scopes"] == ["records"]
    assert made["token"].startswith("hub_")
    assert settled("token", "revoke", "kirim").code == 0
    assert settled("token", "revoke", "kirim").code == 1
    assert settled("token", "add", "salah", "--scope", "records").code == 1


def test_a_secret_comes_by_stdin_and_is_for_its_owner_only(settled: Cli, tmp_path: Path) -> None:
    done = settled("secret", "set", "sigap", stdin="sangat-rahasia\n")
    assert done.code == 0
    assert "sangat-rahasia" not in done.out + done.err
    path = tmp_path / "home" / "secrets" / "sigap"
    assert path.read_text() == "sangat-rahasia\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert settled("secret", "set", "../jahat", stdin="x\n").code == 1


def test_mappings_are_checked_without_an_installation(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    good, bad = folder / "contoh.yaml", folder / "salah.yaml"
    good.write_text(town.MAPPING)
    bad.write_text(
        town.MAPPING.replace("mapping: contoh", "mapping: salah").replace("complaint: title", "complaint: judul")
    )
    assert cli("mapping", "check", str(good)).code == 0
    done = cli("mapping", "check", str(good), str(bad), "--json")
    assert done.code == 1
    assert [one["ok"] for one in done.data] == [True, False]
    assert "salah.yaml:5" in done.out


def test_every_shipped_mapping_passes_its_own_tests(cli: Cli) -> None:
    done = cli("mapping", "check", "--json")
    assert done.code == 0, [one for one in done.data if not one["ok"]]
    assert len(done.data) > 3


def test_a_record_is_traced_by_shape(settled: Cli, tmp_path: Path) -> None:
    record = tmp_path / "rekaman.json"
    record.write_text(json.dumps({"id": "1", "title": "Lampu", "status": "2", "user": {"name": town.NAME}}))
    done = settled("mapping", "trace", "kota-contoh", str(record))
    assert "mappings/contoh.yaml:5" in done.out
    assert town.NAME not in done.out
    record.write_text("{")
    assert settled("mapping", "trace", "kota-contoh", str(record)).code == 1


def test_version_is_told(cli: Cli) -> None:
    assert cli("version", "--json").data["hub"]


def test_a_defect_is_told_by_name_only(settled: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(town.NAME)

    monkeypatch.setattr("hub.standings.connector_table", broken)
    done = settled("status")
    assert done.code == 1
    assert "RuntimeError" in done.err
    assert town.NAME not in done.err + done.out
