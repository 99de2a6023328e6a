# ruff: noqa: E501 (mappings as people write them)
"""Operators tried on values that nobody thought of."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.complaint import Moment
from hub.mapping import FieldClass
from hub.mapping.dates import WIB, WIT, WITA, DateWords
from hub.mapping.scalars import html_to_text, read_phone, read_tracking, text_to_html
from hub.mapping.typed import cutter
from hub.mapping.values import Unread, fold, fold_code, shape
from tests.mapping.library import words

FORMS = [
    "iso", "epoch", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%A, %d %B %Y, %H:%M:%S", "%d %b %Y %H:%M:%S",
    "%d-%m-%y %I:%M:%S %p", "%a %-d %B %Y %H.%M.%S", "%d %B %Y %H:%M:%S %Z", "%Y%m%d%H%M%S %z",
]  # fmt: skip
seconds = st.datetimes(datetime(1991, 1, 1), datetime(2099, 12, 30)).map(
    lambda one: one.replace(microsecond=0, tzinfo=UTC)
)
short = seconds.filter(lambda one: 1991 <= one.year <= 2060)


@given(short, st.sampled_from(FORMS), st.sampled_from([WIB, WITA, WIT, UTC]), st.booleans())
def test_a_written_date_reads_back_in_every_form_zone_and_language(
    when: datetime, form: str, zone: Any, english: bool
) -> None:
    dates = DateWords([form], zone, english=english)
    assert dates.read(dates.write(Moment(when))).utc == when


@given(seconds, st.sampled_from(["%d/%m/%Y", "%d %B %Y", "iso"]), st.sampled_from(["%H:%M:%S", "%H.%M.%S"]))
def test_a_day_column_and_a_time_column_tell_one_moment(when: datetime, day: str, hour: str) -> None:
    dates = DateWords([day], WITA, times=[hour])
    assert dates.read_pair(dates.write(when), dates.write_time(when)).utc == when


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_unread(text: str) -> None:
    dates = DateWords(["iso", "%d %B %Y", "%d/%m/%y", "epoch"], WIB)
    with suppress(Unread):
        assert isinstance(dates.read(text), Moment)


@pytest.mark.parametrize(
    ("text", "day"),
    [("3 Peb 2026", (2026, 2, 3)), ("6 Agt 2026", (2026, 8, 6)), ("1\u00a0Nop\u00a02026", (2026, 11, 1)), ("17 MEI 2026", (2026, 5, 17)),
     ("02 Des. 2026", (2026, 12, 2)), ("1 October 2026", (2026, 10, 1))],
)  # fmt: skip
def test_months_are_read_as_people_write_them(text: str, day: tuple[int, int, int]) -> None:
    assert DateWords(["%d %b %Y"], UTC).read(text).utc == datetime(*day, tzinfo=UTC)


@pytest.mark.parametrize("text", ["7 jam yang lalu", "Kemarin, 02:19", "hari ini", "2 hours ago"])
def test_relative_times_are_refused_as_such(text: str) -> None:
    with pytest.raises(Unread) as caught:
        DateWords(["iso"], UTC).read(text)
    assert caught.value.code == "mapping.read.date_relative"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z"])
def test_absurd_years_are_refused_as_such(text: str) -> None:
    with pytest.raises(Unread) as caught:
        DateWords(["iso"], UTC).read(text)
    assert caught.value.code == "mapping.read.date_absurd"


@given(
    st.integers(10**8, 10**11 - 1), st.sampled_from(["0{}", "+62{}", "62{}", "0062 {}", "{}", "'0{}"]), st.booleans()
)
def test_a_number_of_indonesia_is_one_number_however_written(number: int, form: str, dashed: bool) -> None:
    digits = f"8{number}"[:12]
    text = form.format("-".join((digits[:3], digits[3:7], digits[7:])) if dashed else digits)
    assert read_phone(text) == f"+62{digits}"


@given(st.integers(1, 10**14))
def test_a_tracking_number_is_cleaned_the_same_way_twice(number: int) -> None:
    for form in (
        "{}",
        "#{}",
        "{}.0",
        " # {} ",
        "[{}](https://lapor.example/{})",
        "https://lapor.example/pengaduan/{}/",
    ):
        cleaned = read_tracking(form.format(number, number))
        assert cleaned == str(number) == read_tracking(cleaned)


@given(st.text(max_size=60))
def test_folding_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_code(fold_code(text)) == fold_code(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=60))
def test_escaped_text_reads_back(text: str) -> None:
    wanted = " ".join(text.split())
    assert html_to_text(text_to_html(wanted)) == wanted


@given(st.text(max_size=300), st.integers(1, 80), st.booleans())
def test_a_cut_text_fits_and_is_cut_once(text: str, most: int, in_bytes: bool) -> None:
    text = text.encode("utf-8", "ignore").decode()
    cut = cutter(most, in_bytes=in_bytes)
    assert (len(cut(text).encode()) if in_bytes else len(cut(text))) <= most
    assert cut(cut(text)) == cut(text)
    assert text == cut(text) or len(cut(text)) < len(text) + 1


@given(st.text(max_size=60))
def test_a_shape_never_shows_what_it_stands_for(text: str) -> None:
    assert not any(one.isdecimal() and one != "9" for one in shape(text))
    assert len(shape(text)) <= 24


codes = st.dictionaries(
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6),
    st.sampled_from(["RECEIVED", "IN_PROGRESS", "RESPONDED", "RETURNED"]),
    min_size=1, max_size=6,
).filter(lambda one: len({fold_code(code) for code in one}) == len(one))  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(codes, st.data())
def test_codes_come_back_and_the_systems_own_word_stays(listed: dict[str, str], data: st.DataObject) -> None:
    pairs = ", ".join(f'"{code}": {value}' for code, value in listed.items())
    mapping = words(f"fields:\n  - {{complaint: status, system: s, codes: {{values: {{{pairs}}}, back: first}}}}\n")
    code = data.draw(st.sampled_from(sorted(listed)))
    raw = {"nomor": "1", "s": f" {code}\u00a0"}
    reading = mapping.read(raw)
    assert reading.complaint == {"status": listed[code]}
    assert mapping.write(reading.complaint, raw).fields == raw
    wanted = data.draw(st.sampled_from(sorted(set(listed.values()))))
    written = mapping.write({"status": wanted}, raw).fields
    assert mapping.read(written).complaint == {"status": wanted}


PARTS = """
fields:
  - complaint: category_raw
    system: s
    parts: [["LB", {one_of: {W: WEBSITE, WA: WHATSAPP, IG: INSTAGRAM}, to: channel}, "-", {digits: any, to: core_transaction_id}, " ", {rest: any}],
            ["LB-", {digits: 4, to: core_transaction_id}]]
"""


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["WEBSITE", "WHATSAPP", "INSTAGRAM"]),
    st.integers(0, 10**9),
    st.text(st.characters(categories=["L", "N"]), min_size=1),
)
def test_parts_are_put_together_as_they_are_taken_apart(channel: str, number: int, rest: str) -> None:
    mapping = words(PARTS)
    said = {"channel": channel, "core_transaction_id": str(number), "category_raw": fold(rest)}
    writing = mapping.write(said, None)
    assert writing.issues == ()
    assert mapping.read({"nomor": 1, **writing.fields}).complaint == said


def test_the_longest_word_is_taken_and_the_second_pattern_is_tried() -> None:
    mapping = words(PARTS)
    assert mapping.read({"nomor": 1, "s": "LBWA-12 x"}).complaint["channel"] == "WHATSAPP"
    assert mapping.read({"nomor": 1, "s": "LB-0012"}).complaint == {"core_transaction_id": "0012"}
    assert [issue.code for issue in mapping.read({"nomor": 1, "s": "XX"}).issues] == ["mapping.read.parts"]


LAWS = """
nulls: ["-", empty]
json: [detail]
tables:
  status: {columns: [st.id, alasan], rows: [["1", any, RECEIVED], ["5", W, RETURNED], ["5", any, RESPONDED]],
           back: {RECEIVED: ["1", any], RETURNED: ["5", W], RESPONDED: ["5", ""]}}
fields:
  - {complaint: title, system: judul, at_most: 40, loss: cut}
  - {complaint: body_original, system: uraian}
  - {complaint: core_tracking_id, system: uraian, marker: "No. LAPOR: <key>"}
  - {complaint: status, table: status}
  - {complaint: reporter.name, system: warga.nama, empty: ""}
  - {complaint: reporter.phone, system: cf(id=3).nilai, phone: ID}
  - {complaint: received_at, system: masuk, date: ["%d/%m/%Y %H:%M:%S", iso]}
  - {complaint: location.lat, system: titik, split: ",", item: 1, of: 2}
  - {complaint: location.lon, system: titik, split: ",", item: 2, of: 2}
  - {complaint: is_anonymous, system: detail.anonim, yes_no: {yes: ["1", Ya], no: ["0", Tidak]}}
"""
values = st.fixed_dictionaries(
    {"nomor": st.integers(1, 9)},
    optional={
        "judul": st.text(max_size=60),
        "uraian": st.text(max_size=30) | st.just("Jalan\n\nNo. LAPOR: 123") | st.none(),
        "st": st.fixed_dictionaries({"id": st.sampled_from(["1", 5, "5.0", None])}) | st.none() | st.just(""),
        "alasan": st.sampled_from(["W", "", "lain", None]),
        "warga": st.fixed_dictionaries({"nama": st.text(max_size=9) | st.none()}) | st.none(),
        "cf": st.lists(st.fixed_dictionaries({"id": st.integers(1, 4), "nilai": st.sampled_from(["0812-3456-789", "", "x"])}), max_size=3),
        "masuk": st.sampled_from(["01/03/2026 10:00:00", "2026-03-01T00:00:00Z", "-", "kemarin"]),
        "titik": st.sampled_from(["-7.1,112.5", " -7.10 , 112.50", "x", ""]),
        "detail": st.sampled_from(['{"anonim": "Ya", "b": 1}', '{ "anonim":"0" }', "", None]),
    },
)  # fmt: skip
MAPPING = words(LAWS)


@settings(max_examples=150, deadline=None)
@given(values)
def test_the_first_law_holds_for_any_record(raw: dict[str, Any]) -> None:
    writing = MAPPING.write(MAPPING.read(raw).complaint, raw)
    assert (writing.names, writing.changed, writing.fields) == ((), {}, raw)


said = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=80),
        "body_original": st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20),
        "core_tracking_id": st.integers(1, 10**9).map(str),
        "status": st.sampled_from(["RECEIVED", "RETURNED", "RESPONDED"]),
        "reporter.name": st.text(st.characters(categories=["L"]), min_size=1, max_size=9) | st.none(),
        "reporter.phone": st.integers(10**8, 10**9).map(lambda one: f"+628{one}"),
        "received_at": seconds.map(Moment),
        "location.lat": st.integers(-900, 900).map(lambda one: one / 10),
        "is_anonymous": st.sampled_from(["yes", "no"]),
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(values, said)
def test_the_second_law_holds_for_any_complaint_over_any_record(raw: dict[str, Any], complaint: dict[str, Any]) -> None:
    writing = MAPPING.write(complaint, raw)
    again = MAPPING.read(writing.fields).complaint
    for name in writing.names:
        if MAPPING.classes[name] is not FieldClass.LOSSY:
            assert again[name] == complaint[name]
    assert MAPPING.write(again, writing.fields).changed == {}
