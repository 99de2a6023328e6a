from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.domain.complaint import EventKind, Moment, Status
from hub.domain.routing import (
    Change,
    Held,
    Intent,
    IntentKind,
    IntentState,
    NewEvent,
    Party,
    Routes,
    World,
    route,
)
from hub.domain.side import Side

SALATIGA, BATU, OFFICE = "33.73", "35.79", "dpu-salatiga"
PARENTS = {"33": None, SALATIGA: None, OFFICE: SALATIGA, "35": None, BATU: None}  # a regency is nobody's
LIVE_FROM = datetime(2026, 1, 1, tzinfo=UTC)
CORE = Party(1, 10, Side.CORE, frozenset({"*"}), live=True)
CITY = Party(2, 20, Side.AGENCY, frozenset({SALATIGA}), live=True, live_from=LIVE_FROM)
OTHER = Party(3, 30, Side.AGENCY, frozenset({BATU}), live=True, live_from=LIVE_FROM)
AT_CORE, AT_CITY, AT_OTHER = Held(10, Side.CORE), Held(20, Side.AGENCY), Held(30, Side.AGENCY)
FOLLOW_UP = NewEvent(7, EventKind.TINDAK_LANJUT)


def day(number: int, month: int = 3) -> Moment:
    return Moment(datetime(2026, month, number, tzinfo=UTC))


def complaint(**more: Any) -> dict[str, Any]:
    return {
        "title": "Lampu jalan mati",
        "is_anonymous": "no",
        "is_confidential": "no",
        "received_at": day(1),
        **more,
    }


def disposed(**more: Any) -> dict[str, Any]:
    return complaint(**{"agency.unit_id": "1208", "status": Status.DISPATCHED, **more})


def world(*links: Held, target: str | None = None, parties: tuple[Party, ...] = (CORE, CITY, OTHER)) -> World:
    return World(links, parties, PARENTS, target)


def from_core(**more: Any) -> Change:
    return Change(CORE, is_origin=True, **more)


def from_city(**more: Any) -> Change:
    return Change(CITY, is_origin=False, **more)


def filed_in_city(**more: Any) -> Change:
    return Change(CITY, is_origin=True, **more)


DISPOSITION = from_core(fields=frozenset({"agency.unit_id"}), status=Status.DISPATCHED)


def kinds(routes: Routes) -> list[tuple[IntentKind, int | None, IntentState]]:
    return [(one.kind, one.connector_id, one.state) for one in routes.intents]


CREATE, UPDATE, COMMENT = IntentKind.CREATE, IntentKind.UPDATE, IntentKind.COMMENT
WAITING, NO_ROUTE, HELD = IntentState.WAITING, IntentState.NO_ROUTE, IntentState.HELD


# --- core → agency


def test_a_disposition_is_created_at_the_agency() -> None:
    assert kinds(route(disposed(), DISPOSITION, world(AT_CORE, target=SALATIGA))) == [(CREATE, 2, WAITING)]


def test_an_office_without_a_system_is_reached_through_its_government() -> None:
    assert kinds(route(disposed(), DISPOSITION, world(AT_CORE, target=OFFICE))) == [(CREATE, 2, WAITING)]


def test_a_regency_is_not_reached_through_its_province() -> None:
    province = replace(CITY, agencies=frozenset({"35"}))
    found = route(disposed(), DISPOSITION, world(AT_CORE, target=BATU, parties=(CORE, province)))
    assert kinds(found) == [(CREATE, None, NO_ROUTE)]


def test_a_complaint_that_is_already_there_is_not_created_again() -> None:
    found = route(disposed(), DISPOSITION, world(AT_CORE, AT_CITY, target=SALATIGA))
    assert CREATE not in [one.kind for one in found.intents]


def test_an_agency_without_connector_is_no_route_and_named() -> None:
    found = route(disposed(), DISPOSITION, world(AT_CORE, target=BATU, parties=(CORE, CITY)))
    assert found.intents == (Intent(CREATE, None, NO_ROUTE, target_agency=BATU, code="route.no_connector"),)


def test_an_unknown_lapor_number_is_no_route() -> None:
    found = route(disposed(), DISPOSITION, world(AT_CORE, target=None))
    assert [(one.state, one.code) for one in found.intents] == [(NO_ROUTE, "route.unknown_agency")]


def test_a_disposition_that_leads_nowhere_is_reported_once_not_at_every_update() -> None:
    later = from_core(fields=frozenset({"body_edited"}))
    assert route(disposed(), later, world(AT_CORE, target=None)).intents == ()


def test_what_was_missed_at_the_disposition_is_created_at_the_next_change() -> None:
    later = from_core(fields=frozenset({"body_edited"}))
    assert kinds(route(disposed(), later, world(AT_CORE, target=SALATIGA))) == [(CREATE, 2, WAITING)]


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.CLOSED, Status.ARCHIVED, Status.REJECTED])
def test_what_is_not_yet_or_no_longer_to_be_worked_on_is_not_created(status: Status) -> None:
    assert route(disposed(status=status), DISPOSITION, world(AT_CORE, target=SALATIGA)).intents == ()


def test_older_than_the_day_it_went_live_is_never_created() -> None:
    old = disposed(received_at=Moment(datetime(2025, 12, 31, tzinfo=UTC)))
    assert route(old, DISPOSITION, world(AT_CORE, target=SALATIGA)).intents == ()


def test_an_old_complaint_disposed_after_going_live_is_created() -> None:
    old = disposed(received_at=Moment(datetime(2025, 12, 31, tzinfo=UTC)), dispatched_at=day(2))
    assert kinds(route(old, DISPOSITION, world(AT_CORE, target=SALATIGA))) == [(CREATE, 2, WAITING)]


def test_a_connector_that_observes_is_told_nothing() -> None:
    watching = replace(CITY, live=False)
    found = route(disposed(), DISPOSITION, world(AT_CORE, AT_CITY, target=SALATIGA, parties=(CORE, watching)))
    assert found.intents == ()


def test_a_connector_that_observes_makes_nobody_hear_anything() -> None:
    change = replace(DISPOSITION, speaker=replace(CORE, live=False))
    assert route(disposed(), change, world(AT_CORE, target=SALATIGA)).intents == ()


def test_the_core_tells_what_it_owns_and_its_ends() -> None:
    change = from_core(fields=frozenset({"classification", "responded_at"}), status=Status.CLOSED)
    (told,) = route(disposed(status=Status.CLOSED), change, world(AT_CORE, AT_CITY, target=SALATIGA)).intents
    assert (told.kind, told.connector_id, told.fields) == (UPDATE, 2, ("classification", "status"))


@pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.RESPONDED, Status.RETURNED])
def test_the_agencys_own_status_is_not_told_back_to_it(status: Status) -> None:
    assert route(disposed(), from_core(status=status), world(AT_CORE, AT_CITY, target=SALATIGA)).intents == ()


def test_the_reply_of_a_reporter_goes_to_the_agency() -> None:
    change = from_core(events=[NewEvent(5, EventKind.TANGGAPAN_PELAPOR), NewEvent(6, EventKind.CATATAN)])
    (told,) = route(disposed(), change, world(AT_CORE, AT_CITY, target=SALATIGA)).intents
    assert (told.kind, told.connector_id, told.event_id) == (COMMENT, 2, 5)


def test_who_held_it_before_hears_that_it_moved_and_no_more_of_the_thread() -> None:
    links = (AT_CORE, replace(AT_CITY, holder=False))
    change = replace(DISPOSITION, events=(NewEvent(5, EventKind.TANGGAPAN_PELAPOR),))
    told = kinds(route(disposed(), change, world(*links, target=BATU)))
    assert told == [(UPDATE, 2, WAITING), (CREATE, 3, WAITING)]


def test_coming_back_to_a_past_holder_is_flagged() -> None:
    seen = replace(world(AT_CORE, AT_CITY, target=SALATIGA), past=(SALATIGA, BATU))
    assert route(disposed(), DISPOSITION, seen).flags == ("route.loop",)


def test_a_tracking_id_new_at_the_core_is_written_into_the_agencys_record() -> None:
    change = from_core(fields=frozenset({"core_tracking_id"}))
    (told,) = route(complaint(), change, world(AT_CORE, AT_CITY)).intents
    assert (told.kind, told.connector_id, told.fields) == (UPDATE, 2, ("core_tracking_id",))


def test_two_connectors_to_one_system_tell_it_once() -> None:
    second = replace(CITY, connector_id=4)
    change = from_core(fields=frozenset({"classification"}))
    found = route(disposed(), change, world(AT_CORE, AT_CITY, target=SALATIGA, parties=(CORE, CITY, second)))
    assert kinds(found) == [(UPDATE, 2, WAITING)]


# --- agency → core


def test_what_was_filed_locally_is_created_at_the_core() -> None:
    assert kinds(route(complaint(), filed_in_city(), world(AT_CITY))) == [(CREATE, 1, WAITING)]


def test_what_the_office_said_before_the_core_knew_goes_behind_the_create() -> None:
    change = filed_in_city(fields=frozenset({"title"}), status=Status.IN_PROGRESS, events=[FOLLOW_UP])
    told = route(complaint(status=Status.IN_PROGRESS), change, world(AT_CITY)).intents
    assert [(one.kind, one.fields, one.event_id) for one in told] == [
        (CREATE, (), None),
        (UPDATE, ("status",), None),
        (COMMENT, (), 7),
    ]


def test_it_is_not_created_twice() -> None:
    change = filed_in_city(fields=frozenset({"body_original"}))
    assert kinds(route(complaint(), change, world(AT_CITY, AT_CORE))) == [(UPDATE, 1, WAITING)]


@pytest.mark.parametrize("flag", ["is_anonymous", "is_confidential"])
@pytest.mark.parametrize("value", ["unknown", None])
def test_with_a_flag_unknown_it_is_held_for_a_person(flag: str, value: str | None) -> None:
    (told,) = route(complaint(**{flag: value}), filed_in_city(), world(AT_CITY)).intents
    assert (told.state, told.code) == (HELD, "route.flags_unknown")


def test_a_connector_that_may_not_create_does_not() -> None:
    change = replace(filed_in_city(), speaker=replace(CITY, may_create=False))
    assert route(complaint(), change, world(AT_CITY)).intents == ()


def test_what_was_filed_before_going_live_stays_local() -> None:
    old = complaint(received_at=Moment(datetime(2025, 12, 31, tzinfo=UTC)))
    assert route(old, filed_in_city(), world(AT_CITY)).intents == ()


def test_only_an_account_that_speaks_for_the_agency_creates_there() -> None:
    elsewhere = replace(CORE, agencies=frozenset({BATU}))
    (told,) = route(complaint(), filed_in_city(), world(AT_CITY, parties=(elsewhere, CITY))).intents
    assert (told.state, told.code) == (NO_ROUTE, "route.no_core")


def test_a_typed_tracking_id_is_asked_about_before_anything_is_created() -> None:
    (told,) = route(complaint(), filed_in_city(claim="9000001"), world(AT_CITY)).intents
    assert (told.kind, told.connector_id) == (IntentKind.VERIFY, 1)


def test_a_follow_up_and_a_status_go_to_the_core_in_order() -> None:
    change = from_city(status=Status.RESPONDED, events=[FOLLOW_UP])
    told = route(disposed(), change, world(AT_CORE, AT_CITY, target=SALATIGA)).intents
    assert [(one.kind, one.connector_id, one.fields, one.event_id) for one in told] == [
        (UPDATE, 1, ("status",), None),
        (COMMENT, 1, (), 7),
    ]


def test_a_local_selesai_is_no_closure() -> None:
    assert route(disposed(), from_city(status=Status.CLOSED), world(AT_CORE, AT_CITY, target=SALATIGA)).intents == ()


@pytest.mark.parametrize("status", [Status.ARCHIVED, Status.REJECTED])
def test_an_end_without_an_answer_is_flagged_for_a_person(status: Status) -> None:
    found = route(disposed(), from_city(status=status), world(AT_CORE, AT_CITY, target=SALATIGA))
    assert (found.intents, found.flags) == ((), ("route.unanswered_end",))


def test_an_agency_does_not_tell_the_core_what_the_core_owns() -> None:
    change = from_city(fields=frozenset({"classification", "title"}))
    assert route(disposed(), change, world(AT_CORE, AT_CITY, target=SALATIGA)).intents == ()


def test_an_agency_never_tells_another_agency() -> None:
    change = from_city(status=Status.RESPONDED, events=[FOLLOW_UP])
    told = route(disposed(), change, world(AT_CORE, AT_CITY, AT_OTHER, target=SALATIGA)).intents
    assert {one.connector_id for one in told} == {1}


def test_a_raised_flag_reaches_the_core_whoever_raised_it() -> None:
    change = from_city(fields=frozenset({"is_anonymous"}), urgent=True)
    (told,) = route(disposed(), change, world(AT_CORE, AT_CITY, target=SALATIGA)).intents
    assert (told.fields, told.urgent) == (("is_anonymous",), True)


@pytest.mark.parametrize("speaker", [CORE, CITY])
def test_nothing_ever_goes_back_to_who_said_it(speaker: Party) -> None:
    change = Change(
        speaker,
        is_origin=True,
        fields=frozenset({"body_original", "classification", "responded_at"}),
        status=Status.RESPONDED,
        events=[FOLLOW_UP],
        attachments=[3],
    )
    told = route(disposed(), change, world(AT_CORE, AT_CITY, AT_OTHER, target=SALATIGA)).intents
    assert speaker.connector_id not in {one.connector_id for one in told}
