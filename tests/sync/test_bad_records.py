"""One bad record stops nobody: quarantine, issues, replay, remap; nothing moves past what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.contract import Failure, Page, Unreadable, WireError
from hub.store.quarantine import FieldIssue, renew_said
from hub.store.tables import quarantine
from hub.sync import remap, replay
from tests.sync.sync_country import Country, complaint_text
from tests.sync.sync_peer import PeerAdapter
from tests.sync.sync_words import OFFICE, words

STRICT = OFFICE.replace("{complaint: title, system: title}", "{complaint: title, system: title, required: yes}")


def watermark(country: Country, name: str = "office") -> Any:
    return next(
        row.watermark for row in country.rows("stream", name="records", direction="pull") if _of(country, row, name)
    )


def _of(country: Country, row: Any, name: str) -> bool:
    return bool(row.connector_id == country.connector(name).id)


def test_a_record_without_a_required_field_is_set_aside_and_the_others_go_on(any_country: Country) -> None:
    country = any_country
    country.words["office"] = words(STRICT, "core_tracking_id")
    for number in range(1, 6):
        country.office.put(id=str(number), **complaint_text(number), state="new")
    country.office.put(id="3", title=None)
    result = country.pull("office")
    assert (result.outcome, result.counts["created"], result.counts["quarantined"]) == ("ok", 4, 1)
    (row,) = country.rows("quarantine")
    assert (row.key, row.field, row.state) == ("3", "title", "open")
    assert "Lampu" not in str(row.facts)
    assert country.hub.store.vault.open(row.box)["raw"]["body"].startswith("Lampu di depan")
    assert watermark(country) is not None


def test_a_mended_record_heals_its_quarantine_row_by_itself(country: Country) -> None:
    country.words["office"] = words(STRICT, "core_tracking_id")
    country.office.put(id="3", **complaint_text(), state="new")
    country.office.put(id="3", title=None)
    country.pull("office")
    country.pull("office")
    assert [row.tries for row in country.rows("quarantine")] == [0]
    country.office.put(id="3", title="Ada judulnya")
    assert country.pull("office").counts["created"] == 1
    assert [row.state for row in country.rows("quarantine")] == ["replayed"]


def test_what_was_set_aside_goes_through_when_the_mapping_is_mended(country: Country) -> None:
    country.words["office"] = words(STRICT, "core_tracking_id")
    for number in (1, 2):
        country.office.put(id=str(number), **complaint_text(number), state="new")
        country.office.put(id=str(number), title=None)
    country.pull("office")
    country.words["office"] = words(OFFICE, "core_tracking_id")
    (first, _) = country.rows("quarantine")
    result = replay.one(country.hub, first.id)
    assert (result.outcome, result.counts["replayed"], result.counts["created"]) == ("ok", 1, 1)
    result = replay.cause(country.hub, "office", first.cause)
    assert result.counts["created"] == 1
    assert [row.state for row in country.rows("quarantine")] == ["replayed", "replayed"]
    assert {row.state for row in country.rows("outbox")} == {"waiting"}


def test_what_still_fails_stays_and_counts_its_tries(country: Country) -> None:
    country.words["office"] = words(STRICT, "core_tracking_id")
    country.office.put(id="1", **complaint_text(), state="new")
    country.office.put(id="1", title=None)
    country.pull("office")
    for _ in range(2):
        result = replay.everything(country.hub, "office")
        assert (result.counts.get("replayed", 0), result.counts["quarantined"]) == (0, 1)
    (row,) = country.rows("quarantine")
    assert (row.state, row.tries) == ("open", 2)


def test_an_old_record_replayed_late_never_overwrites_a_newer_one(country: Country) -> None:
    country.words["office"] = words(STRICT, "core_tracking_id")
    country.office.put(id="1", **complaint_text(), state="new")
    country.office.put(id="1", title=None, address="Jalan Lama")
    country.pull("office")
    with country.hub.store.begin() as conn:  # kept aside although the record went through since
        row = country.rows("quarantine")[0]
        country.wait(minutes=5)
        country.office.put(id="1", title="Judul baru", address="Jalan Baru")
        conn.execute(quarantine.update().where(quarantine.c.id == row.id).values(key="alias"))
    country.pull("office")
    country.words["office"] = words(OFFICE, "core_tracking_id")
    replay.one(country.hub, row.id)
    (complaint,) = country.rows("complaint")
    assert country.values(complaint)["location.address"] == "Jalan Baru"
    assert len(country.rows("raw")) == 2


def test_an_unknown_code_is_an_issue_and_the_record_goes_on(country: Country) -> None:
    country.office.put(id="1", **complaint_text(), state="gibberish")
    country.pull("office")
    (issue,) = country.rows("issue")
    assert (issue.field, issue.state) == ("status", "open")
    assert country.rows("complaint")[0].status is None
    country.office.put(id="1", state="work")
    country.pull("office")
    assert [one.state for one in country.rows("issue")] == ["closed"]
    assert country.rows("complaint")[0].status == "IN_PROGRESS"


def test_an_unreadable_entry_is_kept_with_its_place(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    def pull(self: PeerAdapter, stream: str, *, since: Any, resume: Any = None) -> Iterator[Page]:
        yield Page([], last=True, unreadable=[Unreadable("baris 17", "wire.not_json", "{rusak", {"line": 17})])

    monkeypatch.setattr(PeerAdapter, "pull", pull)
    for _ in range(2):
        assert country.pull("office").counts["quarantined"] == 1
    (row,) = country.rows("quarantine")
    assert (row.position, row.cause, row.key, row.tries) == ("baris 17", "wire.not_json", None, 1)


def test_an_unreadable_page_stops_the_run_and_moves_nothing(country: Country) -> None:
    for number in range(1, 26):
        country.office.put(**complaint_text(number), state="new")
    seen: list[str] = []

    def third_page(call: str) -> None:
        seen.append(call)
        if seen.count("list") == 3:
            raise WireError(Failure.CONTRACT, "wire.not_json")

    country.office.before = third_page
    result = country.pull("office")
    assert (result.outcome, result.code, result.counts["created"]) == ("failed", "wire.not_json", 20)
    assert watermark(country) is None
    country.office.before = lambda call: None
    assert country.pull("office").counts["created"] == 5
    assert watermark(country) is not None


def test_an_answer_without_a_single_entry_moves_nothing(country: Country) -> None:
    assert country.pull("office").outcome == "ok"
    assert watermark(country) is None


def test_a_list_without_its_last_page_moves_nothing(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    country.office.put(**complaint_text(), state="new")
    original = PeerAdapter.pull

    def cut_short(self: PeerAdapter, stream: str, *, since: Any, resume: Any = None) -> Iterator[Page]:
        for page in original(self, stream, since=since, resume=resume):
            yield replace(page, last=False)

    monkeypatch.setattr(PeerAdapter, "pull", cut_short)
    result = country.pull("office")
    assert (result.outcome, result.code) == ("partial", "sync.not_last_page")
    assert watermark(country) is None


def test_the_watermark_is_the_peers_clock_when_the_run_began(country: Country) -> None:
    country.office.put(**complaint_text(), state="new")
    country.pull("office")
    assert watermark(country) == country.now()


def test_a_record_whose_details_fail_is_set_aside_and_replayed_with_them(country: Country) -> None:
    country.office.partial = True
    for number in (1, 2):
        country.office.put(id=str(number), **complaint_text(number), state="new")
    broken = ["detail"]

    def once(call: str) -> None:
        if call in broken:
            broken.clear()
            raise WireError(Failure.REFUSED, "wire.refused")

    country.office.before = once
    assert country.pull("office").counts["created"] == 1
    (row,) = country.rows("quarantine")
    result = replay.one(country.hub, row.id)
    assert result.counts["created"] == 1
    assert {country.values(one)["body_original"] for one in country.rows("complaint")} == {
        complaint_text(1)["body"], complaint_text(2)["body"],
    }  # fmt: skip


def test_what_a_view_lacks_never_erases(country: Country) -> None:
    country.office.put(id="1", **complaint_text(), state="new", address="Jalan Rekaan 1")
    country.pull("office")
    original = PeerAdapter.complete
    country.office.partial = True
    country.office.put(id="1", title="Judul baru")
    PeerAdapter.complete = lambda self, stream, entry: entry  # type: ignore[method-assign]
    try:
        country.pull("office")
    finally:
        PeerAdapter.complete = original  # type: ignore[method-assign]
    values = country.values(country.rows("complaint")[0])
    assert (values["title"], values["location.address"]) == ("Judul baru", "Jalan Rekaan 1")


def test_an_older_record_is_kept_and_not_merged_but_its_follow_ups_count(country: Country) -> None:
    country.office.put(id="1", **complaint_text(), state="work", address="Jalan Baru")
    country.pull("office")
    raw = country.office.records["1"]
    raw["changed"] = (country.now() - timedelta(hours=2)).isoformat()
    raw["address"], raw["state"] = "Jalan Lama", "new"
    raw["notes"].append({"id": "n1", "by": "officer", "at": raw["changed"], "text": "Sudah dicek."})
    result = country.pull("office", full=True)
    assert result.counts["older"] == 1
    (complaint,) = country.rows("complaint")
    assert (country.values(complaint)["location.address"], complaint.status) == ("Jalan Baru", "IN_PROGRESS")
    assert len(country.rows("event")) == 1
    assert len(country.rows("raw")) == 2


def test_a_new_mapping_reads_the_stored_records_anew_in_a_run_of_its_own(country: Country) -> None:
    country.words["office"] = words(
        OFFICE.replace("  - {complaint: location.address, system: address}\n", ""), "core_tracking_id"
    )
    for number in range(1, 13):
        country.office.put(**complaint_text(number), state="new", address=f"Jalan Rekaan {number}")
    country.pull("office")
    assert "location.address" not in country.values(country.rows("complaint")[0])
    assert {finding.field for finding in country.rows("finding", kind="unmapped")} == {"address"}
    country.words["office"] = words(OFFICE, "core_tracking_id")
    result = remap.run(country.hub, "office")
    assert (result.outcome, result.counts["changed"]) == ("ok", 12)
    assert country.values(country.rows("complaint")[0])["location.address"] == "Jalan Rekaan 1"
    assert remap.run(country.hub, "office").counts.get("seen", 0) == 0
    assert country.pull("office", full=True).counts["unchanged"] == 12


def test_a_change_time_in_the_far_future_does_not_shut_the_record_for_ever(country: Country) -> None:
    country.office.put(id="1", **complaint_text(), state="new")
    country.office.records["1"]["changed"] = "9998-01-01T00:00:00+07:00"
    country.pull("office")
    country.office.put(id="1", state="work")
    country.pull("office", full=True)
    assert country.rows("complaint")[0].status == "IN_PROGRESS"


def test_a_peer_whose_clock_is_mad_hides_nothing(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    country.office.put(id="1", **complaint_text(), state="new")
    original = PeerAdapter.pull

    def mad(self: PeerAdapter, stream: str, *, since: Any, resume: Any = None) -> Iterator[Page]:
        for page in original(self, stream, since=since, resume=resume):
            yield replace(page, clock=country.now() + timedelta(days=4000))

    monkeypatch.setattr(PeerAdapter, "pull", mad)
    country.pull("office")
    assert watermark(country) == country.now()


def test_odd_texts_stop_nobody(any_country: Country) -> None:
    country = any_country
    country.office.put(id="x" * 300, **complaint_text(1), state="new")
    country.office.put(id="a\0b", **complaint_text(2), state="new")
    country.office.put(id="3", **(complaint_text(3) | {"title": "nol \0 di tengah " + "panjang " * 9000}), state="new")
    country.office.put(id="4", **complaint_text(4), state="new", lapor="9" * 60)
    result = country.pull("office")
    assert (result.outcome, result.counts["created"], result.counts["quarantined"]) == ("ok", 2, 2)
    assert country.round() is None


def test_what_was_said_while_a_record_stood_aside_is_kept_with_its_mended_version(country: Country) -> None:
    country.words["office"] = words(STRICT, "core_tracking_id")
    country.office.put(id="3", **complaint_text(), state="new")
    country.pull("office")
    country.office.put(id="3", title=None)
    country.office.note("3", "Petugas berangkat.")
    country.pull("office")
    assert country.rows("event") == []
    country.office.put(id="3", title="Ada judulnya")
    country.office.note("3", "Lampu diganti.")
    country.pull("office")
    assert len(country.rows("event")) == 2
    assert [row.state for row in country.rows("quarantine")] == ["replayed"]
    country.push("core")
    assert [text for _, text in country.core.made("comment")] == ["Petugas berangkat.", "Lampu diganti."]


def test_the_issues_of_a_record_that_is_gone_are_closed(country: Country) -> None:
    gone = OFFICE.replace("ignore: [version]", "ignore: [version]\ngone: {system: deleted, is: 'y'}")
    country.words["office"] = words(gone, "core_tracking_id")
    country.office.put(id="1", **complaint_text(), state="gibberish")
    country.pull("office")
    assert [one.state for one in country.rows("issue")] == ["open"]
    country.office.put(id="1", deleted="y")
    country.pull("office")
    assert [one.state for one in country.rows("issue")] == ["closed"]
    assert country.rows("quarantine") == []


def test_what_could_not_be_said_is_an_issue_once_until_it_is_said(country: Country) -> None:
    country.office.put(id="1", **complaint_text(), state="new")
    country.pull("office")
    (complaint,) = country.rows("complaint")
    core = country.connector("core").id
    wrong = [
        FieldIssue(None, complaint.id, name, "x", "codes", "mapping.write.no_word") for name in ("title", "status")
    ]

    def said(found: list[FieldIssue], *names: str) -> list[str]:
        with country.hub.store.begin() as conn:
            renew_said(
                conn, core, complaint.id, found, lambda name, _facts: name in names,
                run_id=None, effective="-", now=country.now(),
            )  # fmt: skip
        return sorted(f"{one.field} {one.state}" for one in country.rows("issue"))

    assert said(wrong) == ["status open", "title open"]
    assert said(wrong) == ["status open", "title open"]
    assert said([], "title") == ["status open", "title closed"]
