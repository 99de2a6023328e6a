"""Calls by the peer, feeds of follow-ups, reconciliation, answers by people, erasure."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from adapters.contract import Page
from hub.domain.errors import HubError
from hub.store.vault import VaultError
from hub.sync import erase, receive, reconcile, resolve
from tests.sync.sync_country import Country, complaint_text
from tests.sync.sync_peer import PeerAdapter
from tests.sync.sync_words import OFFICE, words


def test_a_call_is_kept_once_per_key_and_stored_by_the_next_run(country: Country) -> None:
    raw = deepcopy(country.office.put(id="7", **complaint_text(), state="new"))
    assert receive.accept(country.hub, "office", "call-1", raw)
    assert not receive.accept(country.hub, "office", "call-1", raw | {"title": "lain"})
    assert country.rows("complaint") == []
    result = receive.drain(country.hub, "office")
    assert (result.counts["created"], result.counts["seen"]) == (1, 1)
    assert country.values(country.rows("complaint")[0])["title"] == complaint_text()["title"]
    assert receive.drain(country.hub, "office").counts == {}
    assert country.pull("office").counts["unchanged"] == 1


def test_two_calls_about_one_record_keep_their_order_and_a_bad_one_is_set_aside(country: Country) -> None:
    raw = deepcopy(country.office.put(id="7", **complaint_text(), state="new"))
    country.wait(minutes=1)
    later = raw | {"state": "work", "changed": country.now().isoformat()}
    for key, one in (("a", raw), ("b", {"title": "tanpa nomor"}), ("c", later)):
        receive.accept(country.hub, "office", key, one)
    country.pull("office")
    assert country.rows("complaint")[0].status == "IN_PROGRESS"
    (row,) = country.rows("quarantine")
    assert row.position == "call b"


@pytest.fixture
def fed(country: Country, monkeypatch: pytest.MonkeyPatch) -> Country:
    """An office whose follow-ups come in a list of their own."""
    text = OFFICE.replace("  - inside: notes\n", "  - feed: followups\n    of: ticket\n").replace(
        "ignore: [version]", "ignore: [version, notes]"
    )
    country.words["office"] = words(text, "core_tracking_id")
    original = PeerAdapter.pull

    def pull(self: PeerAdapter, stream: str, *, since: Any, resume: Any = None) -> Iterator[Page]:
        if stream == "records":
            yield from original(self, stream, since=since, resume=resume)
            return
        entries = [dict(note, ticket=raw["id"]) for raw in self.peer.records.values() for note in raw["notes"]]
        yield Page(entries, last=True, clock=self.peer.now())

    monkeypatch.setattr(PeerAdapter, "pull", pull)
    return country


def test_a_follow_up_that_comes_before_its_complaint_waits_for_it(fed: Country) -> None:
    country = fed
    country.office.put(id="7", **complaint_text(), state="new")
    country.office.note("7", "Sudah dicek di lapangan.")
    result = country.pull("office", stream="followups")
    assert result.counts["early"] == 1
    assert [row.state for row in country.rows("inbox")] == ["waiting"]
    assert country.rows("quarantine") == []
    country.pull("office")
    assert len(country.rows("event")) == 1
    assert [row.state for row in country.rows("inbox")] == ["done"]
    country.round()
    country.round()
    assert [text for _, text in country.core.made("comment")] == ["Sudah dicek di lapangan."]


def test_a_feed_adds_to_the_thread_of_a_known_complaint_once(fed: Country) -> None:
    country = fed
    country.office.put(id="7", **complaint_text(), state="new")
    country.round()
    country.office.note("7", "Sudah dicek di lapangan.")
    for _ in range(2):
        country.pull("office", stream="followups")
        country.pull("office", stream="followups", full=True)
    country.round()
    assert len(country.rows("event")) == 1
    assert [text for _, text in country.core.made("comment")] == ["Sudah dicek di lapangan."]


def test_reconciliation_names_what_is_missing_and_what_differs_and_repairs_nothing(country: Country) -> None:
    for number in range(1, 6):
        country.office.put(id=str(number), **complaint_text(number), state="new")
    country.pull("office")
    raws = country.office.records
    del raws["1"]
    raws["2"]["address"] = "Jalan Lain"  # without a new change time
    raws["9"] = deepcopy(raws["3"]) | {"id": "9"}
    before = country.rows("complaint")
    result = reconcile.run(country.hub, "office")
    assert result.outcome == "ok"
    found = {(one.kind, one.field if one.kind == "differs" else one.facts["key"]) for one in country.rows("finding")}
    assert found == {("missing_there", "1"), ("differs", "location.address"), ("missing_here", "9")}
    assert country.rows("complaint") == before
    country.pull("office", full=True)
    reconcile.run(country.hub, "office")
    open_ = {one.kind for one in country.rows("finding", state="open")}
    assert open_ == {"missing_there"}


def test_an_erased_complaint_stays_erased_when_its_record_comes_again(country: Country) -> None:
    country.office.put(id="7", **complaint_text(), state="new")
    country.round()
    (complaint,) = country.rows("complaint")
    box = complaint.box
    key = complaint.data_key
    erase.run(country.hub, complaint.hub_id, by="ani")
    country.office.put(id="7", state="work", title="Judul baru")
    result = country.pull("office")
    assert result.counts["erased"] == 1
    (gone,) = country.rows("complaint")
    assert (gone.box, gone.data_key, gone.sources) == (None, None, None)
    assert all(raw.box is None for raw in country.rows("raw"))
    assert country.rows("person") == []
    with pytest.raises(VaultError):
        country.hub.store.vault.unwrap(gone.data_key)
    assert country.hub.store.vault.unwrap(key).open(box)["title"]  # only who kept the key could read it
    country.push("core")
    assert len(country.core.made("create")) == 1


def test_a_question_answered_twice_is_refused(country: Country) -> None:
    country.office.put(**complaint_text(), state="new")
    country.round()
    (row, *_) = country.rows("outbox")
    with pytest.raises(HubError, match=r"sync\.no_such_row"):
        resolve.not_arrived(country.hub, row.id, by="ani")


def test_a_refused_delivery_is_tried_again_when_a_person_says_so(country: Country) -> None:
    from adapters.contract import Failure, WireError

    country.office.put(**complaint_text(), state="new")
    country.pull("office")

    def refuse(call: str) -> None:
        if call == "create":
            raise WireError(Failure.REFUSED, "wire.refused")

    country.core.before = refuse
    country.push("core")
    country.core.before = lambda call: None
    (row,) = country.rows("outbox")
    assert row.state == "refused"
    country.push("core")
    assert country.core.made("create") == []
    resolve.again(country.hub, row.id, by="ani")
    country.push("core")
    assert len(country.core.made("create")) == 1


def test_a_system_without_a_history_tells_a_follow_up_by_what_changed(country: Country) -> None:
    text = OFFICE.split("events:")[0].replace("ignore: [version]", "ignore: [version, notes]") + (
        "events:\n  - change_of: [answer]\n    fields:\n      - {event: text, system: answer}\n"
        "      - {event: kind, is: TINDAK_LANJUT}\n"
    )
    country.words["office"] = words(text, "core_tracking_id")
    country.office.put(id="7", **complaint_text(), state="new", answer="Diterima.")
    country.round()
    assert country.rows("event") == []
    country.office.put(id="7", answer="Sudah diperbaiki petugas.")
    for _ in range(3):
        country.round()
    assert [text for _, text in country.core.made("comment")] == ["Sudah diperbaiki petugas."]
    assert len(country.rows("event")) == 1
