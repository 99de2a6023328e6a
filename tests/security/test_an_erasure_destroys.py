"""To erase is to destroy: whoever has the files and the installation's key afterwards finds nothing to open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.store.vault import VaultError
from hub.sync import erase, receive
from tests.sync.sync_country import Country, complaint_text
from tests.sync.sync_words import OFFICE, words
from tests.sync.test_other_doors import fed

__all__ = ["fed"]
STRICT = OFFICE.replace("{complaint: title, system: title}", "{complaint: title, system: title, required: yes}")


def files(country: Country) -> bytes:
    """The store as it lies on the disk, its log with it."""
    return b"".join(path.read_bytes() for path in sorted(Path(country.hub.home).glob("hub.sqlite*")))


def every_box(country: Country) -> list[Any]:
    """What the installation's own key still opens, in the rooms that it seals itself."""
    vault = country.hub.store.vault
    boxes = [row.box for table in ("quarantine", "inbox") for row in country.rows(table) if row.box]
    return [vault.open(box) for box in boxes]


def the_complaint(country: Country) -> Any:
    (row,) = country.rows("complaint")
    return row


def test_the_destroyed_key_is_nowhere_in_the_files(country: Country) -> None:
    for number in range(1, 30):
        country.office.put(id=str(number), **complaint_text(number), state="new")
    country.pull("office")
    for number in range(1, 30):  # rows move between pages as they grow
        country.office.put(id=str(number), title="Judul yang jauh lebih panjang " * 40)
    country.pull("office")
    wrapped = [(row.hub_id, row.data_key) for row in country.rows("complaint")][:10]
    assert all(key in files(country) for _, key in wrapped)
    for hub_id, _ in wrapped:
        erase.run(country.hub, hub_id, by="uji")
    left = files(country)
    assert [hub_id for hub_id, key in wrapped if key in left] == []


def test_what_stood_aside_of_it_goes_too(country: Country) -> None:
    country.words["office"] = words(STRICT, "core_tracking_id")
    country.office.put(id="3", **complaint_text(), state="new")
    country.pull("office")
    country.office.put(id="3", title=None)
    country.pull("office")
    assert len(every_box(country)) == 1
    erase.run(country.hub, the_complaint(country).hub_id, by="uji")
    assert every_box(country) == []
    assert [row.state for row in country.rows("quarantine")] == ["dismissed"]


def test_a_record_that_was_called_in_is_kept_under_its_complaint_only(country: Country) -> None:
    receive.accept(country.hub, "office", "k-1", {"id": "7", **complaint_text(), "state": "new"})
    receive.drain(country.hub, "office")
    assert every_box(country) == []
    hub_id = the_complaint(country).hub_id
    erase.run(country.hub, hub_id, by="uji")
    with pytest.raises(VaultError, match=r"vault\.erased"):
        country.values(the_complaint(country))
    assert not receive.accept(country.hub, "office", "k-1", {"id": "7"}), "the same call is still known as the same"


def test_a_follow_up_that_comes_after_the_erasure_is_not_kept(fed: Country) -> None:
    country = fed
    country.office.put(id="7", **complaint_text(), state="new")
    country.pull("office")
    erase.run(country.hub, the_complaint(country).hub_id, by="uji")
    country.office.note("7", "Warga Rekaan sudah ditemui di rumahnya.")
    result = country.pull("office", stream="followups")
    assert result.counts["erased"] == 1
    assert every_box(country) == []
