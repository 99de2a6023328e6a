"""A record nested hundreds of levels deep is set aside; those around it go through."""

from __future__ import annotations

from typing import Any

import pytest

from hub.domain.errors import HubError
from hub.sync import receive
from tests.sync import sync_peer
from tests.sync.sync_country import Country, complaint_text


def deep(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"a": "Warga Rekaan"}
    for _ in range(levels):
        tree = {"a": tree}
    return tree


@pytest.mark.parametrize("levels", [300, 800])
def test_the_records_around_it_go_through(country: Country, monkeypatch: pytest.MonkeyPatch, levels: int) -> None:
    monkeypatch.setattr(sync_peer, "deepcopy", lambda one: one)
    country.office.put(id="1", **complaint_text(1), state="new")
    country.office.put(id="2", **complaint_text(2), state="new", more=deep(levels))
    country.office.put(id="3", **complaint_text(3), state="new")
    result = country.pull("office")
    assert (result.outcome, result.counts["created"], result.counts["quarantined"]) == ("ok", 2, 1)
    (row,) = country.rows("quarantine")
    assert (row.key, row.cause) == ("2", "sync.too_deep")
    assert "Warga Rekaan" in country.hub.store.vault.open(row.box)["text"]


def test_a_call_that_is_nested_too_deep_is_refused_in_words(country: Country) -> None:
    with pytest.raises(HubError) as refused:
        receive.accept(country.hub, "office", "k", deep(400))
    assert refused.value.code == "sync.too_deep"
