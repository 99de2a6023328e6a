from __future__ import annotations

from itertools import product

import pytest

from hub.domain.complaint import FIELDS, Data, EventKind, Flag
from hub.domain.privacy import TABLE, Flags, Receiver, event_may_leave, leaving, may_leave, raised

YES, NO, UNKNOWN = Flag.YES, Flag.NO, Flag.UNKNOWN
EVERY = list(product(Data, Receiver, Flag, Flag))


def complaint(**more: object) -> dict[str, object]:
    return {
        "core_tracking_id": "9000001",
        "title": "Lampu jalan mati",
        "reporter.name": "Siti Contoh",
        "reporter.phone": "+6281100000000",
        "location.address": "Jl. Contoh 1",
        "is_anonymous": NO,
        "is_confidential": NO,
        **more,
    }


def test_the_table_answers_for_every_class_and_receiver() -> None:
    assert {(data, receiver) for receiver in TABLE for data in TABLE[receiver]} == set(product(Data, Receiver))


@pytest.mark.parametrize(("data", "receiver", "anonymous", "confidential"), EVERY)
def test_unknown_is_never_less_protected_than_yes(
    data: Data, receiver: Receiver, anonymous: Flag, confidential: Flag
) -> None:
    worst = Flags(YES if anonymous is UNKNOWN else anonymous, YES if confidential is UNKNOWN else confidential)
    if may_leave(data, receiver, Flags(anonymous, confidential)):
        assert may_leave(data, receiver, worst)


@pytest.mark.parametrize(("data", "receiver", "anonymous", "confidential"), EVERY)
def test_who_an_anonymous_reporter_is_leaves_only_for_the_core_and_where_it_was_filed(
    data: Data, receiver: Receiver, anonymous: Flag, confidential: Flag
) -> None:
    if data not in (Data.IDENTITY, Data.CONTACT) or anonymous is NO:
        return
    if receiver in (Receiver.HOLDER, Receiver.OTHER, Receiver.LIST, Receiver.PUBLIC):
        assert not may_leave(data, receiver, Flags(anonymous, confidential))


@pytest.mark.parametrize(("data", "receiver", "anonymous", "confidential"), EVERY)
def test_what_a_confidential_complaint_says_stays_with_those_who_work_on_it(
    data: Data, receiver: Receiver, anonymous: Flag, confidential: Flag
) -> None:
    if data not in (Data.CONTENT, Data.PLACE) or confidential is NO:
        return
    if receiver in (Receiver.OTHER, Receiver.LIST, Receiver.PUBLIC):
        assert not may_leave(data, receiver, Flags(anonymous, confidential))


@pytest.mark.parametrize(("anonymous", "confidential"), list(product(Flag, Flag)))
def test_the_public_never_learns_who_reported(anonymous: Flag, confidential: Flag) -> None:
    flags = Flags(anonymous, confidential)
    assert not may_leave(Data.IDENTITY, Receiver.PUBLIC, flags)
    assert not may_leave(Data.CONTACT, Receiver.PUBLIC, flags)


@pytest.mark.parametrize(("anonymous", "confidential"), list(product(Flag, Flag)))
def test_the_core_is_told_personal_things_only_together_with_known_flags(anonymous: Flag, confidential: Flag) -> None:
    allowed = may_leave(Data.IDENTITY, Receiver.CORE, Flags(anonymous, confidential))
    assert allowed is (UNKNOWN not in (anonymous, confidential))


def test_an_open_complaint_reaches_its_holder_whole() -> None:
    assert leaving(complaint(), Receiver.HOLDER).withheld == ()


def test_the_holder_of_an_anonymous_complaint_gets_the_place_but_not_the_person() -> None:
    gone = leaving(complaint(is_anonymous=YES), Receiver.HOLDER)
    assert gone.withheld == ("reporter.name", "reporter.phone")
    assert "location.address" in gone.complaint


def test_an_unknown_flag_is_never_written_out() -> None:
    gone = leaving(complaint(is_anonymous=UNKNOWN), Receiver.ORIGIN)
    assert "is_anonymous" not in gone.complaint
    assert gone.complaint["is_confidential"] == NO


def test_flags_that_are_missing_protect() -> None:
    bare = {"reporter.name": "Siti Contoh", "title": "x"}
    assert leaving(bare, Receiver.HOLDER).withheld == ("reporter.name",)
    assert leaving(bare, Receiver.PUBLIC).complaint == {}


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_has_a_class_that_the_table_knows(name: str) -> None:
    assert FIELDS[name].data in TABLE[Receiver.PUBLIC]


@pytest.mark.parametrize("receiver", Receiver)
def test_an_offices_note_to_itself_goes_nowhere(receiver: Receiver) -> None:
    assert not event_may_leave(EventKind.CATATAN, YES, receiver, Flags(NO, NO))


@pytest.mark.parametrize("receiver", Receiver)
def test_what_an_author_keeps_inside_goes_nowhere(receiver: Receiver) -> None:
    assert not event_may_leave(EventKind.TINDAK_LANJUT, NO, receiver, Flags(NO, NO))


def test_an_answer_goes_back_to_the_core_also_while_flags_are_unknown() -> None:
    assert event_may_leave(EventKind.TINDAK_LANJUT, UNKNOWN, Receiver.ORIGIN, Flags())


def test_the_public_sees_only_what_was_marked_visible() -> None:
    assert event_may_leave(EventKind.TINDAK_LANJUT, YES, Receiver.PUBLIC, Flags(NO, NO))
    assert not event_may_leave(EventKind.TINDAK_LANJUT, UNKNOWN, Receiver.PUBLIC, Flags(NO, NO))


def test_raising_protection_is_noticed_and_lowering_is_not() -> None:
    assert raised({"is_anonymous": NO}, {"is_anonymous": YES})
    assert raised({}, {"is_confidential": YES})
    assert not raised({"is_anonymous": YES}, {"is_anonymous": NO})
    assert not raised({"is_anonymous": YES}, {"is_anonymous": YES})
