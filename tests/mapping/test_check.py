"""A check of a mapping finds what is wrong with it, and says where."""

import pytest

from hub.mapping.check import check_mapping
from tests.mapping.library import words

RULES = """
fields:
  - {complaint: title, system: judul}
  - {complaint: received_at, system: masuk, date: iso}
  - {complaint: is_anonymous, system: anonim}
tests:
  - name: contoh
    system: {nomor: 1, judul: Banjir, masuk: "2026-01-02T03:04:05Z", anonim: 1, baru: x}
"""


def told(more: str) -> list[str]:
    results = check_mapping(words(RULES + more))
    return [problem.say("en") for problem in results[0].problems]


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("    complaint: {title: Banjir, received_at: 2026-01-02T10:04:05+07:00, is_anonymous: yes}", []),
        ("    complaint: {title: Kering}", ["title: expected Kering, found Banjir."]),
        ("    complaint: {title: null}", ["title: expected null, found Banjir."]),
        ("    complaint: {status: RECEIVED}", ["status: expected RECEIVED, found -."]),
        ("    complaint: {system_id: 2}", ["system_id: expected 2, found 1."]),
        ("    unsaid: [title]", ["title: expected -, found Banjir."]),
        ("    issue: title", ["issues: expected title, found -."]),
        ("    unmapped: []", ["unmapped: expected -, found baru."]),
        ("    quarantined: yes", ["quarantined: expected yes, found -."]),
        ("    skipped: x", ["skipped: expected x, found no."]),
        ("    events: [{text: x}]", ["events: expected 1, found 0."]),
        ("    write: {title: Banjir}\n    changed: {judul: x}", ["changed: expected {'judul': 'x'}, found {}."]),
        ("    write: {is_anonymous: unknown}\n    changed: {}", ["issues: expected -, found is_anonymous."]),
    ],
)
def test_a_test_that_does_not_hold_says_what_was_found(expected: str, said: list[str]) -> None:
    assert told(expected + "\n") == said


def test_a_test_with_an_unknown_word_is_told_with_its_line() -> None:
    assert told("    komplain: {}\n") == [
        "mappings/contoh.yaml:11: Kata `komplain` tidak dikenal di sini. Maksudnya `complaint`?"
    ]


def test_a_sample_that_is_set_aside_says_why() -> None:
    results = check_mapping(words(RULES.replace("anonim: 1", "anonim: mungkin")))
    assert not results[0].ok
    assert results[0].problems[0].facts["field"] == "is_anonymous"


def test_a_rule_that_does_not_come_back_breaks_the_second_law() -> None:
    results = {
        result.name: result
        for result in check_mapping(words('fields:\n  - {complaint: title, system: a, split: " ", item: 1, of: 2}\n'))
    }
    assert results["law.1"].ok
    assert not results["law.2"].ok
    assert "mappings/contoh.yaml:4: title does not read back" in results["law.2"].problems[0].say("en")


def test_the_same_mapping_is_judged_the_same_way_every_time() -> None:
    first, second = check_mapping(words(RULES)), check_mapping(words(RULES))
    assert first == second


def test_a_place_written_inside_a_wrapper_is_no_change_of_the_record() -> None:
    mapping = words(
        "fields:\n  - {complaint: title, read_from: Title, write_to: Ticket.Title}\n"
        "tests:\n  - {name: read, system: {nomor: 1, Title: x}, complaint: {title: x}}\n"
    )
    assert [one.name for one in check_mapping(mapping) if not one.ok] == []
