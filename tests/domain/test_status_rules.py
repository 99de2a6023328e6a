from __future__ import annotations

from itertools import product

import pytest

from hub.domain.complaint import Status
from hub.domain.side import Side
from hub.domain.status import LEGAL, NEWS, UNANSWERED, LinkStatus, derive, is_legal, is_news

S = Status


def both(core: Status | None, agency: Status | None) -> Status | None:
    return derive([LinkStatus(Side.CORE, core), LinkStatus(Side.AGENCY, agency)])


@pytest.mark.parametrize("agency", Status)
@pytest.mark.parametrize("core", [one for one in Status if one is not S.CLOSED])
def test_nothing_an_agency_says_closes_a_complaint_of_the_core(core: Status, agency: Status) -> None:
    assert both(core, agency) is not S.CLOSED


@pytest.mark.parametrize("agency", Status)
@pytest.mark.parametrize("core", [S.CLOSED, S.ARCHIVED, S.REJECTED, S.ON_HOLD])
def test_what_the_core_decides_stands_whatever_agencies_say(core: Status, agency: Status) -> None:
    assert both(core, agency) is core


@pytest.mark.parametrize(
    ("core", "agency", "together"),
    [
        (S.DISPATCHED, None, S.DISPATCHED),
        (S.DISPATCHED, S.RECEIVED, S.DISPATCHED),
        (S.DISPATCHED, S.IN_PROGRESS, S.IN_PROGRESS),
        (S.DISPATCHED, S.RESPONDED, S.RESPONDED),
        (S.DISPATCHED, S.RETURNED, S.RETURNED),
        (S.RESPONDED, S.RETURNED, S.RESPONDED),  # somebody answered meanwhile: it did not come back
        (S.REPORTER_REPLIED, S.RESPONDED, S.REPORTER_REPLIED),
        (S.DISPATCHED, S.CLOSED, S.RESPONDED),
        (S.DISPATCHED, S.ARCHIVED, S.DISPATCHED),
        (S.DISPATCHED, S.REJECTED, S.DISPATCHED),
        (None, S.REJECTED, S.REJECTED),
        (None, S.IN_PROGRESS, S.IN_PROGRESS),
        (None, None, None),
    ],
)
def test_two_links_give_one_status(core: Status | None, agency: Status | None, together: Status | None) -> None:
    assert both(core, agency) is together


def test_who_no_longer_holds_it_has_no_say() -> None:
    links = [LinkStatus(Side.CORE, S.DISPATCHED), LinkStatus(Side.AGENCY, S.RETURNED, holder=False)]
    assert derive(links) is S.DISPATCHED


@pytest.mark.parametrize(("core", "agency"), list(product([None, *Status], repeat=2)))
def test_every_pair_has_an_answer_out_of_what_was_said_or_meant(core: Status | None, agency: Status | None) -> None:
    assert (both(core, agency) is None) == (core is None and agency is None)


def test_news_for_the_core_is_work_answers_and_returns_only() -> None:
    assert NEWS[Side.AGENCY] == {S.IN_PROGRESS, S.RESPONDED, S.RETURNED}
    assert not is_news(S.CLOSED, Side.AGENCY)
    assert not UNANSWERED & NEWS[Side.AGENCY]


def test_an_agency_is_not_told_its_own_words_back() -> None:
    assert not NEWS[Side.CORE] & {S.IN_PROGRESS, S.RESPONDED, S.RETURNED, S.DISPATCHED}
    assert is_news(S.CLOSED, Side.CORE)


@pytest.mark.parametrize("status", Status)
def test_every_status_has_its_steps_and_may_stay(status: Status) -> None:
    assert status in LEGAL
    assert is_legal(status, status)
    assert is_legal(None, status)


def test_what_is_closed_is_opened_again_only_by_a_reply() -> None:
    assert [one for one in Status if is_legal(S.CLOSED, one)] == [S.REPORTER_REPLIED, S.CLOSED]
