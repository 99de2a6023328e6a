from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from hub.domain.agency import ZONES, AgencyKind, LaporId, circles, governments, with_parents
from hub.domain.text import fold, fold_words
from hub.store.agencies import Register, shipped

REGISTER = {one.code: one for one in shipped()}


def test_there_are_546_autonomous_governments() -> None:
    kinds = Counter(one.kind for one in REGISTER.values() if one.autonomous)
    assert kinds == {AgencyKind.PROVINSI: 38, AgencyKind.KABUPATEN: 415, AgencyKind.KOTA: 93}
    assert kinds.total() == 546


def test_the_administrative_parts_of_jakarta_are_there_and_not_autonomous() -> None:
    parts = {code for code, one in REGISTER.items() if not one.autonomous}
    assert parts == {"31.01", "31.71", "31.72", "31.73", "31.74", "31.75"}
    assert {REGISTER[code].parent_code for code in parts} == {"31"}


def test_a_province_answers_for_its_administrative_parts_and_for_no_regency() -> None:
    parents = Register(REGISTER, {}).parents
    assert list(with_parents("31.71", parents)) == ["31.71", "31"]
    assert list(with_parents("33.73", parents)) == ["33.73"]


def test_every_code_is_text_in_the_official_form_and_below_its_province() -> None:
    for code, one in REGISTER.items():
        assert re.fullmatch(r"\d\d(\.\d\d)?", code)
        assert one.parent_code == (None if one.kind is AgencyKind.PROVINSI else code[:2])
        assert one.code_kemendagri == code


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("31", "Provinsi DKI Jakarta"),
        ("33.73", "Kota Salatiga"),
        ("73.10", "Kabupaten Pangkajene dan Kepulauan"),
        ("34", "Provinsi Daerah Istimewa Yogyakarta"),
    ],
)
def test_names_are_written_as_people_write_them(code: str, name: str) -> None:
    assert REGISTER[code].name == name


@pytest.mark.parametrize(
    ("code", "zone"), [("61", "WIB"), ("62", "WIB"), ("63", "WITA"), ("53.71", "WITA"), ("96", "WIT")]
)
def test_every_government_has_its_zone(code: str, zone: str) -> None:
    assert REGISTER[code].zone == zone
    assert {one.zone for one in REGISTER.values()} == set(ZONES)


def test_a_government_without_lines_is_no_government() -> None:
    assert governments("code,kind,province,zone,autonomous,name\n") == []


def test_a_lapor_number_holds_from_and_until_with_both_days() -> None:
    held = LaporId("1", date(2024, 1, 1), date(2024, 12, 31))
    days = (date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1))
    assert [held.holds(day) for day in days] == [False, True, True, False]
    assert LaporId("1").holds(date(1999, 1, 1))


def test_parents_are_followed_up_and_a_circle_ends() -> None:
    assert list(with_parents("c", {"c": "b", "b": "a", "a": None})) == ["c", "b", "a"]
    assert list(with_parents("c", {"c": "b", "b": "c"})) == ["c", "b"]
    assert list(with_parents("x", {"c": None})) == []
    assert sorted(circles({"a": "b", "b": "a", "c": "a", "d": None})) == ["a", "b"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("PEKERJAAN\u00a0UMUM", "pekerjaan umum"), ("  a \n b ", "a b"), ("Ｔｅｓ", "tes"), ("straße", "STRASSE")],
)
def test_what_a_person_would_call_the_same_folds_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_a_text_typed_again_is_recognised_without_its_punctuation() -> None:
    assert fold_words("Sudah ditambal, 2 Maret.") == fold_words("sudah  ditambal 2 maret")
    assert fold_words("Sudah ditambal") != fold_words("Belum ditambal")
