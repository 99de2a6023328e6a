"""What every adapter owes the hub, whatever its wire: inherit ``AdapterContract`` and give it a ``world``.

The judge is the other side's own ledger. Nothing of the hub is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol

import pytest

from adapters.contract import Adapter, Change, ChangeKind, OutcomeKind, Page, Raw, WireError

KEY, UNKNOWN_KEY = "9100001", "9199999"


class World(Protocol):
    """One system with an adapter to it. Titles are what tells its records apart."""

    def adapter(self) -> Adapter: ...
    def add(self, title: str) -> str:
        """A record made on the other side. Its number."""

    def title(self, raw: Raw) -> str: ...
    def number(self, raw: Raw) -> str: ...
    def titles(self) -> list[str]:
        """Of the records the other side holds, from its own ledger."""

    def texts(self, number: str) -> list[str]:
        """The follow-ups the other side holds for a record."""

    def create(self, title: str, key: str) -> Change: ...
    def bad(self) -> Change:
        """A change the other side refuses."""

    def comment(self, number: str, text: str) -> Change: ...
    def lose_answer(self) -> None:
        """The next answer to a write is lost after the work was done."""

    def empty_answer(self) -> None:
        """The next answer is an empty 200."""

    def stop(self) -> None: ...
    def start(self) -> None: ...


class Journal:
    """A durable receipt for one delivery, with its story told in order."""

    def __init__(self) -> None:
        self.story: list[str] = []
        self.begun: set[str] = set()
        self.results: dict[str, Mapping[str, Any]] = {}
        self._now: set[str] = set()

    def again(self) -> Journal:
        """The same journal as a successor finds it."""
        self._now = set()
        return self

    def done(self, step: str) -> Mapping[str, Any] | None:
        return self.results.get(step)

    def started(self, step: str) -> bool:
        return step in self.begun and step not in self.results and step not in self._now

    def begin(self, step: str) -> None:
        self.story.append(f"begin {step}")
        self.begun.add(step)
        self._now.add(step)

    def keep(self, step: str, result: Mapping[str, Any]) -> None:
        self.story.append(f"keep {step}")
        self.results[step] = dict(result)


def needs(adapter: Adapter, ability: str) -> None:
    if ability not in adapter.can:
        pytest.skip(f"this wire cannot: {ability}")


class AdapterContract:
    """Every test gets a fresh world; records come in pages of at most two."""

    done: ClassVar[OutcomeKind] = OutcomeKind.DONE
    knows_since: ClassVar[bool] = True
    calls: ClassVar[bool] = True  # a server answers; False for files

    @pytest.fixture
    def world(self) -> World:
        raise NotImplementedError

    @pytest.fixture
    def adapter(self, world: World) -> Any:
        one = world.adapter()
        yield one
        one.close()

    # pulling

    def test_every_record_comes_once_and_only_the_last_page_is_last(self, world: World, adapter: Adapter) -> None:
        for at in range(5):
            world.add(f"Aduan {at}")
        pages = list(adapter.pull("records", since=None))
        assert sorted(titles(world, pages)) == [f"Aduan {at}" for at in range(5)]
        assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]

    def test_a_broken_run_goes_on_after_each_page(self, world: World, adapter: Adapter) -> None:
        for at in range(5):
            world.add(f"Aduan {at}")
        pages = list(adapter.pull("records", since=None))
        for at, page in enumerate(pages[:-1]):
            rest = list(world.adapter().pull("records", since=None, resume=page.resume))
            assert titles(world, rest) == titles(world, pages[at + 1 :])
            assert rest[-1].last

    def test_nothing_there_is_one_last_page_without_records(self, adapter: Adapter) -> None:
        pages = list(adapter.pull("records", since=None))
        assert [(list(page.records), page.last) for page in pages[-1:]] == [([], True)]

    def test_a_question_since_now_does_not_bring_everything_unsaid(self, world: World, adapter: Adapter) -> None:
        if not self.knows_since:
            pytest.skip("this wire has no since")
        world.add("Lama")
        pages = list(adapter.pull("records", since=datetime.now(UTC) + timedelta(days=2)))
        assert titles(world, pages) == []
        assert pages[-1].last

    def test_a_question_since_yesterday_brings_today_s(self, world: World, adapter: Adapter) -> None:
        world.add("Baru")
        pages = list(adapter.pull("records", since=datetime.now(UTC) - timedelta(days=1)))
        assert titles(world, pages) == ["Baru"]

    def test_an_empty_answer_is_no_last_page(self, world: World, adapter: Adapter) -> None:
        if not self.calls:
            pytest.skip("no server answers here")
        world.add("Aduan")
        next(iter(adapter.pull("records", since=None)))
        world.empty_answer()
        seen: list[Page] = []
        with pytest.raises(WireError):
            seen.extend(adapter.pull("records", since=None))
        assert not any(page.last for page in seen)

    def test_an_entry_is_completed_to_a_whole_record(self, world: World, adapter: Adapter) -> None:
        number = world.add("Aduan")
        (entry,) = next(iter(adapter.pull("records", since=None))).records
        whole = adapter.complete("records", entry)
        assert (world.title(whole), world.number(whole)) == ("Aduan", number)

    # asking

    def test_a_record_is_fetched_by_its_number(self, world: World, adapter: Adapter) -> None:
        needs(adapter, "fetch")
        number = world.add("Aduan")
        found = adapter.fetch(number)
        assert found is not None
        assert world.title(found) == "Aduan"

    def test_a_record_that_does_not_exist_is_none(self, adapter: Adapter) -> None:
        needs(adapter, "fetch")
        assert adapter.fetch("999999") is None

    def test_candidates_are_found_by_our_key(self, world: World, adapter: Adapter) -> None:
        needs(adapter, "find")
        adapter.push(world.create("Dengan nomor", KEY), Journal())
        world.add("Tanpa nomor")
        assert [world.title(one) for one in adapter.find(KEY)] == ["Dengan nomor"]
        assert list(adapter.find(UNKNOWN_KEY)) == []

    def test_a_code_list_is_read(self, adapter: Adapter) -> None:
        needs(adapter, "reference:status")
        assert len(adapter.reference("status")) > 1

    def test_a_check_tells_something_and_changes_nothing(self, world: World, adapter: Adapter) -> None:
        world.add("Aduan")
        findings = adapter.check()
        assert findings
        assert all(finding.ok for finding in findings)
        assert world.titles() == ["Aduan"]

    # saying

    def test_a_record_is_made_once_and_its_number_told(self, world: World, adapter: Adapter) -> None:
        needs(adapter, "create")
        outcome = adapter.push(world.create("Jalan rusak", KEY), Journal())
        assert outcome.kind is self.done
        assert world.titles() == ["Jalan rusak"]
        if self.done is OutcomeKind.DONE:
            fetched = adapter.fetch(str(outcome.system_id))
            assert fetched is not None
            assert world.title(fetched) == "Jalan rusak"

    def test_a_delivery_already_done_is_not_said_again(self, world: World, adapter: Adapter) -> None:
        needs(adapter, "create")
        journal = Journal()
        first = adapter.push(world.create("Jalan rusak", KEY), journal)
        second = world.adapter().push(world.create("Jalan rusak", KEY), journal.again())
        assert (second.kind, second.system_id) == (first.kind, first.system_id)
        assert world.titles() == ["Jalan rusak"]

    def test_a_step_is_written_down_before_it_is_sent_and_kept_after(self, world: World, adapter: Adapter) -> None:
        needs(adapter, "create")
        journal = Journal()
        adapter.push(world.create("Jalan rusak", KEY), journal)
        assert journal.story
        for begun, kept in zip(journal.story[::2], journal.story[1::2], strict=True):
            assert (begun.split()[0], kept.split()[0]) == ("begin", "keep")
            assert begun.split()[1] == kept.split()[1]

    def test_a_worker_that_lost_its_lease_sends_nothing(self, world: World, adapter: Adapter) -> None:
        needs(adapter, "create")

        class Lost(Journal):
            def begin(self, step: str) -> None:
                raise PermissionError(step)

        with pytest.raises(PermissionError):
            adapter.push(world.create("Jalan rusak", KEY), Lost())
        assert world.titles() == []

    def test_a_refusal_is_told_and_leaves_nothing(self, world: World, adapter: Adapter) -> None:
        needs(adapter, "create")
        outcome = adapter.push(world.bad(), Journal())
        assert outcome.kind is OutcomeKind.REFUSED
        assert outcome.code
        assert world.titles() == []

    def test_a_lost_answer_is_unknown_and_never_said_twice(self, world: World, adapter: Adapter) -> None:
        if not self.calls:
            pytest.skip("no server answers here")
        needs(adapter, "create")
        journal = Journal()
        world.lose_answer()
        outcome = adapter.push(world.create("Jalan rusak", KEY), journal)
        assert outcome.kind is OutcomeKind.UNKNOWN
        assert world.titles() == ["Jalan rusak"]
        again = world.adapter().push(world.create("Jalan rusak", KEY), journal.again())
        assert again.kind in {OutcomeKind.UNKNOWN, OutcomeKind.DONE}
        assert world.titles() == ["Jalan rusak"]

    def test_a_server_that_is_away_was_sent_nothing(self, world: World, adapter: Adapter) -> None:
        if not self.calls:
            pytest.skip("no server answers here")
        needs(adapter, "create")
        journal = Journal()
        world.stop()
        assert adapter.push(world.create("Jalan rusak", KEY), journal).kind is OutcomeKind.DOWN
        world.start()
        assert world.adapter().push(world.create("Jalan rusak", KEY), journal.again()).kind is OutcomeKind.DONE
        assert world.titles() == ["Jalan rusak"]

    def test_a_follow_up_is_added_to_its_record(self, world: World, adapter: Adapter) -> None:
        needs(adapter, "comment")
        number = world.add("Aduan")
        assert adapter.push(world.comment(number, "Sudah ditambal"), Journal()).kind is self.done
        assert world.texts(number) == ["Sudah ditambal"]

    def test_a_lost_follow_up_is_unknown_and_never_said_twice(self, world: World, adapter: Adapter) -> None:
        if not self.calls:
            pytest.skip("no server answers here")
        needs(adapter, "comment")
        number = world.add("Aduan")
        journal = Journal()
        world.lose_answer()
        assert adapter.push(world.comment(number, "Sudah ditambal"), journal).kind is OutcomeKind.UNKNOWN
        world.adapter().push(world.comment(number, "Sudah ditambal"), journal.again())
        assert world.texts(number) == ["Sudah ditambal"]

    def test_a_change_survives_being_stored(self, world: World) -> None:
        for change in (world.create("Jalan rusak", KEY), world.comment("1", "Sudah")):
            assert Change.from_json(change.to_json()) == change
            assert isinstance(change.kind, ChangeKind)

    def test_abilities_have_known_names(self, adapter: Adapter) -> None:
        known = {"pull", "fetch", "create", "update", "comment", "attach", "find", "find_event", "check", "goes_on"}
        assert {one for one in adapter.can if not one.startswith("reference:")} <= known


def titles(world: World, pages: list[Page]) -> list[str]:
    return [world.title(record) for page in pages for record in page.records]
