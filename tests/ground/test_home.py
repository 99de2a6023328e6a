from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from hub.domain.errors import HubError
from hub.home import Hub, init_hub, open_hub, start_serving
from hub.store import switches
from hub.store.tables import complaint, outbox
from hub.store.vault import new_ring_line
from tests.conftest import Clock


def is_copy(hub: Hub) -> bool:
    with hub.store.read() as conn:
        return switches.get(conn, switches.OBSERVING) is not None


def reopened(home: Path, url: str | None = None) -> Hub:
    return open_hub(home, url, environ={})


def test_a_first_run_makes_folders_that_only_their_owner_enters(hub: Hub) -> None:
    assert stat.S_IMODE(hub.home.stat().st_mode) == 0o700
    assert stat.S_IMODE((hub.home / "hub.sqlite").stat().st_mode) == 0o600
    assert {"mappings", "schedules", "secrets", "files", "key", "hub.sqlite"} <= {
        one.name for one in hub.home.iterdir()
    }


def test_a_second_run_opens_what_the_first_made(any_hub: Hub, any_url: str | None) -> None:
    key, wrapped = any_hub.store.vault.new_key()
    again = init_hub(any_hub.home, any_url, environ={})
    assert again.store.vault.unwrap(wrapped).open(key.seal("x")) == "x"
    assert not is_copy(again)
    again.close()


def test_nothing_is_made_by_merely_opening(tmp_path: Path) -> None:
    with pytest.raises(HubError, match=r"hub\.not_set_up"):
        open_hub(tmp_path / "typo", environ={})
    assert list(tmp_path.iterdir()) == []


def test_processes_that_start_together_on_nothing_all_succeed(tmp_path: Path) -> None:
    code = "import sys; from hub.home import init_hub, open_hub; hub = init_hub(sys.argv[1], environ={});"
    code += "from hub.store import switches\nwith hub.store.read() as conn:\n"
    code += "    print(switches.get(conn, 'installation'), switches.get(conn, 'observing'))"
    many = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "home")], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = {one.communicate()[0].strip() for one in many}
    assert len(said) == 1
    assert said.pop().endswith("None")


def test_the_wrong_key_is_refused_with_its_name(hub: Hub) -> None:
    (hub.home / "key").write_text(new_ring_line())
    with pytest.raises(HubError, match=r"vault\.wrong_key"):
        reopened(hub.home)


def test_a_lost_key_is_never_replaced_by_a_new_one(hub: Hub) -> None:
    (hub.home / "key").unlink()
    for again in (lambda: reopened(hub.home), lambda: init_hub(hub.home, environ={})):
        with pytest.raises(HubError, match=r"vault\.key_missing"):
            again()
    assert not (hub.home / "key").exists()


def test_a_store_that_was_not_migrated_is_refused(hub: Hub) -> None:
    with hub.store.begin() as conn:
        conn.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(HubError, match=r"store\.not_migrated"):
        reopened(hub.home)


# --- copies


def put_outbox(hub: Hub) -> None:
    with hub.store.begin() as conn:
        at = hub.now()
        conn.execute(insert(complaint).values(id=1, hub_id="h", created_at=at, updated_at=at))
        for state in ("waiting", "sending", "delivered", "refused"):
            row = {"complaint_id": 1, "kind": "create", "state": state, "created_at": at, "updated_at": at}
            conn.execute(insert(outbox).values(**row))


def states(hub: Hub) -> list[str]:
    with hub.store.read() as conn:
        return list(conn.scalars(select(outbox.c.state).order_by(outbox.c.id)))


def test_the_store_of_yesterday_is_no_copy(any_hub: Hub, any_url: str | None) -> None:
    start_serving(any_hub)
    start_serving(any_hub)
    again = reopened(any_hub.home, any_url)
    assert not is_copy(again)
    again.close()


def test_a_copied_folder_only_observes_and_what_was_waiting_is_unknown(hub: Hub, tmp_path: Path) -> None:
    put_outbox(hub)
    hub.store.close()
    shutil.copytree(hub.home, tmp_path / "copy")
    copy = reopened(tmp_path / "copy")
    assert is_copy(copy)
    assert states(copy) == ["unknown", "unknown", "delivered", "refused"]
    copy.close()
    original = reopened(hub.home)
    assert not is_copy(original)
    assert states(original)[0] == "waiting"
    original.close()


def test_a_backup_from_before_the_last_start_is_recognised_when_restored_in_place(hub: Hub, tmp_path: Path) -> None:
    start_serving(hub)
    hub.store.close()
    shutil.copy(hub.home / "hub.sqlite", tmp_path / "backup")
    later = reopened(hub.home)
    start_serving(later)
    later.close()
    with (hub.home / "hub.sqlite").open("r+b") as file:  # the same file, its older content
        file.write((tmp_path / "backup").read_bytes())
        file.truncate((tmp_path / "backup").stat().st_size)
    restored = reopened(hub.home)
    assert is_copy(restored)
    restored.close()


def test_a_copy_stays_one_until_a_person_says_otherwise(hub: Hub, tmp_path: Path) -> None:
    hub.store.close()
    shutil.copytree(hub.home, tmp_path / "copy")
    reopened(tmp_path / "copy").close()
    again = reopened(tmp_path / "copy")
    with again.store.read() as conn:
        assert switches.pushes_stopped(conn)
    again.close()
    taken_over = init_hub(tmp_path / "copy", original=True, environ={})
    assert not is_copy(taken_over)
    taken_over.close()


@pytest.mark.postgres
def test_a_second_home_is_a_copy_unless_it_joins(postgres: str, tmp_path: Path, clock: Clock) -> None:
    first = init_hub(tmp_path / "one", postgres, clock, environ={})
    shutil.copy(tmp_path / "one" / "key", tmp_path / "key")
    with_key = {"HUB_KEY_FILE": str(tmp_path / "key")}
    second = init_hub(tmp_path / "two", postgres, clock, join=True, environ=with_key)
    assert not is_copy(second)
    assert not is_copy(first)
    third = init_hub(tmp_path / "three", postgres, clock, environ=with_key)
    assert is_copy(third)
    for one in (first, second, third):
        one.close()


def test_sandbox_and_live_never_share_an_installation(tmp_path: Path) -> None:
    init_hub(tmp_path / "home", sandbox=True, environ={}).close()
    with pytest.raises(HubError, match=r"hub\.mixed"):
        init_hub(tmp_path / "home", sandbox=False, environ={})


# --- secrets


def with_environ(hub: Hub, **environ: str) -> Hub:
    return Hub(hub.home, hub.store, hub.now, environ)


def test_a_secret_comes_from_its_file(hub: Hub) -> None:
    path = hub.home / "secrets" / "sigap"
    path.write_text("rahasia\n")
    path.chmod(0o600)
    assert hub.secret("sigap") == "rahasia"


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_secret_that_others_can_read_is_refused(hub: Hub, mode: int) -> None:
    path = hub.home / "secrets" / "sigap"
    path.write_text("rahasia")
    path.chmod(mode)
    with pytest.raises(HubError, match=r"secret\.open"):
        hub.secret("sigap")


def test_the_environment_wins_and_may_name_a_file(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "mounted").write_text("from file")
    assert with_environ(hub, HUB_SECRET_KOTA_A="direct").secret("kota-a") == "direct"
    assert with_environ(hub, HUB_SECRET_SIGAP_FILE=str(tmp_path / "mounted")).secret("sigap") == "from file"


def test_a_missing_secret_says_where_it_is_looked_for(hub: Hub) -> None:
    with pytest.raises(HubError) as caught:
        hub.secret("kota-a")
    assert caught.value.code == "secret.missing"
    assert caught.value.facts == {"name": "kota-a", "variable": "HUB_SECRET_KOTA_A"}


@pytest.mark.parametrize("name", ["../key", "a/b", "", "A", ".x"])
def test_a_name_that_leads_elsewhere_is_no_secret(hub: Hub, name: str) -> None:
    with pytest.raises(HubError, match=r"secret\.name"):
        hub.secret(name)


def test_the_environment_of_the_process_is_used_where_none_is_given(hub: Hub) -> None:
    assert Hub(hub.home, hub.store).environ is os.environ
