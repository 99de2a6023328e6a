from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.complaint import Moment
from hub.store.values import Unsealable, dump, load
from hub.store.vault import Vault, VaultError, new_ring_line, open_vault

WIB = timezone(timedelta(hours=7))
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters())  # lone surrogates too: broken peers send them
    | st.binary()
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.decimals(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters()) | st.sampled_from(["\0t", "\0o", "\0m"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture
def vault() -> Vault:
    return Vault([os.urandom(32)])


@given(TREES)
def test_every_tree_comes_back_as_it_went_in(tree: Any) -> None:
    assert load(dump(tree)) == tree


def test_a_moment_keeps_its_text_and_zone() -> None:
    moment = Moment(datetime(2026, 3, 1, 0, 15, tzinfo=UTC), "1 Maret 2026 07.15", "WIB")
    back = load(dump({"received_at": moment}))["received_at"]
    assert (back.utc, back.text, back.zone) == (moment.utc, moment.text, moment.zone)


def test_a_source_that_sends_our_own_tags_gets_them_back_untouched() -> None:
    tricky = {"\0t": "not a time", "inner": [{"\0o": []}]}
    assert load(dump(tricky)) == tricky


def test_what_no_record_has_cannot_be_stored() -> None:
    with pytest.raises(Unsealable):
        dump({"a": object()})


def test_a_box_opens_to_what_was_sealed(vault: Vault) -> None:
    key, wrapped = vault.new_key()
    value = {"title": "Jalan berlubang", "on": date(2026, 3, 1), "n": Decimal("1.10"), "b": b"\x00\xff"}
    assert vault.unwrap(wrapped).open(key.seal(value)) == value


def test_a_box_shows_nothing_of_its_content(vault: Vault) -> None:
    key, _ = vault.new_key()
    assert b"Siti" not in key.seal({"reporter.name": "Siti Contoh"})


def test_a_box_of_another_complaint_does_not_open(vault: Vault) -> None:
    one, _ = vault.new_key()
    other, _ = vault.new_key()
    with pytest.raises(VaultError, match=r"vault\.damaged"):
        other.open(one.seal("x"))


def test_a_box_moved_to_another_place_does_not_open(vault: Vault) -> None:
    key, _ = vault.new_key()
    with pytest.raises(VaultError, match=r"vault\.damaged"):
        key.open(key.seal("x", b"raw"), b"event")


@pytest.mark.parametrize("at", [0, 5, 20, -1])
def test_a_changed_byte_is_noticed(vault: Vault, at: int) -> None:
    key, _ = vault.new_key()
    box = bytearray(key.seal({"a": 1}))
    box[at] ^= 1
    with pytest.raises(VaultError, match=r"vault\.damaged"):
        key.open(bytes(box))


def test_an_erased_complaint_has_no_key_any_more(vault: Vault) -> None:
    with pytest.raises(VaultError, match=r"vault\.erased"):
        vault.unwrap(None)


def test_a_foreign_key_is_named_as_such(vault: Vault) -> None:
    _, wrapped = Vault([os.urandom(32)]).new_key()
    with pytest.raises(VaultError, match=r"vault\.wrong_key"):
        vault.unwrap(wrapped)


def test_after_a_change_of_key_old_boxes_open_and_look_ups_stay_equal() -> None:
    old, new = os.urandom(32), os.urandom(32)
    before, after = Vault([old]), Vault([new, old])
    key, wrapped = before.new_key()
    assert after.unwrap(after.rewrap(wrapped)).open(key.seal("x")) == "x"
    assert after.open(before.seal({"raw": 1})) == {"raw": 1}
    assert after.lookup("phone", "+62811") == before.lookup("phone", "+62811")
    assert Vault([new, old]).unwrap(after.rewrap(wrapped)) is not None
    with pytest.raises(VaultError, match=r"vault\.wrong_key"):
        Vault([new]).unwrap(wrapped)


def test_a_look_up_is_equal_for_what_a_person_would_call_the_same(vault: Vault) -> None:
    assert vault.lookup("email", "Siti@Contoh.id ") == vault.lookup("email", "siti@contoh.id")
    assert vault.lookup("email", "siti@contoh.id") != vault.lookup("phone", "siti@contoh.id")
    assert vault.lookup("email", "siti@contoh.id") != Vault([os.urandom(32)]).lookup("email", "siti@contoh.id")


def test_the_first_run_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    made = open_vault(tmp_path, {}, create=True)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert open_vault(tmp_path, {}).key_id == made.key_id
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    open_vault(tmp_path, {}, create=True)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(VaultError, match=r"vault\.key_open"):
        open_vault(tmp_path, {})


def test_a_missing_key_is_never_made_up(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match=r"vault\.key_missing"):
        open_vault(tmp_path, {})


def test_the_environment_may_hold_the_key_or_name_its_file(tmp_path: Path) -> None:
    line = new_ring_line()
    (tmp_path / "elsewhere").write_text(line)
    by_value = open_vault(tmp_path, {"HUB_KEY": line})
    by_file = open_vault(tmp_path, {"HUB_KEY_FILE": str(tmp_path / "elsewhere")})
    assert by_value.key_id == by_file.key_id
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("text", ["", "short", "!" * 44])
def test_a_key_of_the_wrong_form_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_text(text)
    with pytest.raises(VaultError, match=r"vault\.key_form"):
        open_vault(tmp_path, {})


def test_processes_that_start_together_end_up_with_one_key(tmp_path: Path) -> None:
    code = "import sys, pathlib; from hub.store.vault import open_vault; "
    code += "print(open_vault(pathlib.Path(sys.argv[1]), {}, create=True).key_id)"
    many = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({one.communicate()[0] for one in many}) == 1
