from __future__ import annotations

from itertools import product

import pytest

from hub.domain.complaint import FIELDS, Flag, Kind, Owner
from hub.domain.ownership import CLAIMS, Speaker, Verdict, judge, merge
from hub.domain.side import Side

CORE = Speaker(Side.CORE, is_origin=True, core_linked=True)
AGENCY = Speaker(Side.AGENCY, is_origin=False, core_linked=True)
FILED_HERE = Speaker(Side.AGENCY, is_origin=True, core_linked=False)
FILED_HERE_KNOWN_THERE = Speaker(Side.AGENCY, is_origin=True, core_linked=True)
PLAIN = [name for name, field in FIELDS.items() if field.kind is not Kind.FLAG]


@pytest.mark.parametrize("name", [name for name in PLAIN if FIELDS[name].owner is Owner.CORE])
def test_an_agency_never_changes_what_the_core_owns(name: str) -> None:
    assert judge({name: "a"}, name, "b", AGENCY) in (Verdict.FINDING, Verdict.KEEP)
    assert judge({name: "a"}, name, "b", CORE) is Verdict.TAKE


@pytest.mark.parametrize("name", [name for name in PLAIN if FIELDS[name].owner is Owner.LINK])
def test_what_belongs_to_a_link_is_never_merged(name: str) -> None:
    for speaker in (CORE, AGENCY, FILED_HERE):
        assert judge({}, name, "RESPONDED", speaker) is Verdict.KEEP


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_a_tracking_id_typed_by_an_agency_is_only_a_claim(name: str) -> None:
    for speaker in (AGENCY, FILED_HERE):
        assert judge({}, name, "9000001", speaker) is Verdict.KEEP
    assert judge({}, name, "9000001", CORE) is Verdict.TAKE


def test_until_the_core_has_it_the_agencys_word_on_core_fields_counts() -> None:
    assert judge({"title": "Jalan"}, "title", "Jalan rusak", FILED_HERE) is Verdict.TAKE
    assert judge({"title": "Jalan"}, "title", "Jalan rusak", FILED_HERE_KNOWN_THERE) is Verdict.FINDING


def test_the_place_where_it_was_filed_owns_the_body() -> None:
    assert judge({"body_original": "a"}, "body_original", "b", FILED_HERE_KNOWN_THERE) is Verdict.TAKE
    assert judge({"body_original": "a"}, "body_original", "b", AGENCY) is Verdict.FINDING


def test_a_guest_may_fill_a_gap() -> None:
    assert judge({}, "reporter.phone", "+62811", AGENCY) is Verdict.TAKE
    assert judge({"reporter.phone": None}, "reporter.phone", "+62811", AGENCY) is Verdict.TAKE


def test_a_guest_never_empties_a_field() -> None:
    assert judge({"reporter.phone": "+62811"}, "reporter.phone", None, AGENCY) is Verdict.KEEP


def test_an_owner_may_empty_its_field() -> None:
    assert judge({"hold_archive_reason": "terlalu umum"}, "hold_archive_reason", None, CORE) is Verdict.TAKE


def test_a_difference_of_case_and_spaces_is_no_finding() -> None:
    assert judge({"body_original": "Jalan  Rusak"}, "body_original", "jalan\u00a0rusak", AGENCY) is Verdict.KEEP


@pytest.mark.parametrize(
    ("speaker", "have"), list(product([CORE, AGENCY, FILED_HERE], [None, Flag.NO, Flag.UNKNOWN, Flag.YES]))
)
def test_anybody_may_raise_protection(speaker: Speaker, have: Flag | None) -> None:
    merged = merge({"is_anonymous": have} if have else {}, {"is_anonymous": Flag.YES}, speaker)
    assert {"is_anonymous": have, **merged.taken}["is_anonymous"] == Flag.YES


def test_only_where_it_was_filed_and_the_core_may_lower_protection() -> None:
    have = {"is_confidential": Flag.YES}
    assert judge(have, "is_confidential", Flag.NO, AGENCY) is Verdict.FINDING
    assert judge(have, "is_confidential", Flag.NO, CORE) is Verdict.TAKE
    assert judge(have, "is_confidential", Flag.NO, FILED_HERE) is Verdict.TAKE


def test_a_copys_habitual_no_does_not_make_an_unknown_flag_known() -> None:
    assert judge({"is_anonymous": Flag.UNKNOWN}, "is_anonymous", Flag.NO, AGENCY) is Verdict.KEEP


def test_unknown_never_replaces_what_is_known() -> None:
    for have in (Flag.YES, Flag.NO):
        assert judge({"is_anonymous": have}, "is_anonymous", Flag.UNKNOWN, CORE) is Verdict.KEEP


def test_what_was_not_said_changes_nothing() -> None:
    assert merge({"title": "a"}, {}, CORE).taken == {}


@pytest.mark.parametrize("name", FIELDS)
def test_an_equal_value_is_never_a_change(name: str) -> None:
    value = Flag.YES if FIELDS[name].kind is Kind.FLAG else "1"
    merged = merge({name: value}, {name: value}, AGENCY)
    assert {name: value, **merged.taken} == {name: value}
    assert merged.findings == ()
