"""A list ends where its end was seen: never too early, never not at all."""

from __future__ import annotations

from itertools import count

import pytest

from adapters.contract import Failure, WireError
from adapters.conversation import Answer, Request
from tests.conversation.play import Reply, answer, html, talker


def rows(*numbers: int) -> Answer:
    return answer({"items": [{"id": number} for number in numbers]})


def walked(pages: str, *replies: Reply, resume: object = None) -> tuple[list[int], bool, list[dict[str, str]]]:
    """The numbers read, whether the end was seen, and the queries."""
    system, peer = talker(f"operations:\n  list: {{get: t, records: items, pages: {pages}}}", *replies)
    found = list(system.pull("records", since=None, resume=resume))
    numbers = [record["id"] for page in found for record in page.records]
    assert all(not page.last for page in found[:-1])
    return numbers, found[-1].last, [dict(call.query) for call in peer.calls]


def failure(pages: str, *replies: Reply) -> WireError:
    with pytest.raises(WireError) as error:
        walked(pages, *replies)
    return error.value


def test_pages_are_counted_from_one_until_an_empty_one() -> None:
    numbers, last, asked = walked("{by: page, size: 2}", rows(1, 2), rows(3), rows())
    assert (numbers, last) == ([1, 2, 3], True)
    assert [query["page"] for query in asked] == ["1", "2", "3"]


def test_pages_may_start_at_zero_and_be_named_otherwise() -> None:
    _, _, asked = walked("{by: page, first: 0, size: 2, send: {page: hal, size: jml}}", rows(1, 2), rows())
    assert asked == [{"hal": "0", "jml": "2"}, {"hal": "1", "jml": "2"}]


def test_offsets_follow_what_came_not_what_was_asked() -> None:
    _, _, asked = walked("{by: offset, size: 100}", rows(1, 2), rows(3), rows())
    assert [query["offset"] for query in asked] == ["0", "2", "3"]


def test_the_last_page_again_is_the_end() -> None:
    assert walked("{by: page, size: 2, ends: [repeated]}", rows(1, 2), rows(3), rows(3))[:2] == ([1, 2, 3, 3], True)


def test_a_page_equal_to_the_one_before_stops_every_walk() -> None:
    assert walked("{by: page, size: 2}", rows(1, 2), rows(3), lambda request: rows(3))[1] is True


def test_a_page_number_that_nobody_reads_is_not_an_end() -> None:
    assert failure("{by: page, size: 2}", lambda request: rows(1, 2)).code == "conversation.pages_repeat"


def test_a_short_page_that_comes_again_is_the_whole_list() -> None:
    assert walked("{by: page, size: 5}", lambda request: rows(1, 2))[1] is True


def test_a_short_page_ends_only_against_the_size_the_server_uses() -> None:
    """The server silently lowers 100 to 2: its first page is not short."""
    numbers, last, asked = walked("{by: page, size: 100, ends: [short]}", rows(1, 2), rows(3, 4), rows(5))
    assert (numbers, last, len(asked)) == ([1, 2, 3, 4, 5], True, 3)


def test_the_servers_own_size_saves_a_call() -> None:
    said = answer({"items": [{"id": 1}], "per": 50})
    assert len(walked("{by: page, size: 100, ends: [short], size_from: per}", said)[2]) == 1


@pytest.mark.parametrize("total", ["total: n", "ends: [{total: n}]", "total: {header: X-Total}"])
def test_a_total_ends_the_list(total: str) -> None:
    def page(*numbers: int) -> Answer:
        return answer({"items": [{"id": one} for one in numbers], "n": 3}, **{"X-Total": "3"})

    numbers, last, asked = walked(f"{{by: page, size: 2, {total}}}", page(1, 2), page(3))
    assert (numbers, last, len(asked)) == ([1, 2, 3], True, 2)


def test_404_beyond_the_end_is_the_end_where_said() -> None:
    assert walked("{by: page, size: 1, ends: [{http: 404}]}", rows(1), answer(None, 404))[:2] == ([1], True)


def test_404_on_the_first_page_is_a_wrong_address() -> None:
    assert failure("{by: page, size: 1, ends: [{http: 404}]}", answer(None, 404)).failure is Failure.REFUSED


def test_a_list_that_never_ends_is_stopped() -> None:
    numbers = count(1)
    error = failure("{by: page, size: 1, most: 7}", lambda request: rows(next(numbers)))
    assert (error.failure, error.code) == (Failure.CONTRACT, "conversation.pages_endless")


def test_a_cursor_is_followed_until_there_is_none() -> None:
    def page(number: int, cursor: str | None) -> Answer:
        return answer({"items": [{"id": number}], "meta": {"next": cursor}})

    numbers, last, asked = walked("{by: cursor, cursor: meta.next}", page(1, "b"), page(2, "c"), page(3, None))
    assert (numbers, last) == ([1, 2, 3], True)
    assert asked == [{}, {"cursor": "b"}, {"cursor": "c"}]


def test_a_cursor_that_does_not_move_is_no_end() -> None:
    def page(request: Request) -> Answer:
        return answer({"items": [{"id": len(request.query)}], "next": "same"})

    assert failure("{by: cursor, cursor: next}", page).code == "conversation.cursor_stuck"


def test_cursors_that_go_in_a_circle_are_no_end() -> None:
    numbers = count(1)

    def page(request: Request) -> Answer:
        at = next(numbers)
        return answer({"items": [{"id": at}], "next": "ab"[at % 2]})

    assert failure("{by: cursor, cursor: next}", page).code == "conversation.cursor_stuck"


def test_a_cursor_may_be_a_value_of_the_last_entry() -> None:
    _, last, asked = walked("{by: cursor, cursor: {last: id}}", rows(1, 2), rows(3), rows())
    assert last
    assert [query.get("cursor") for query in asked] == [None, "2", "3"]


def test_a_next_link_is_followed_on_the_same_host() -> None:
    first = answer({"items": [{"id": 1}], "next": "https://kota.example/api/t?p=2"})
    system, peer = talker(
        "operations:\n  list: {get: t, records: items, pages: {by: next, next: next}}", first, rows(2)
    )
    assert [page.last for page in system.pull("records", since=None)] == [False, True]
    assert peer.calls[1].target == "https://kota.example/api/t?p=2"


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("?p=2", "https://kota.example/api/t?p=2"),
        ("/api/t?p=2", "https://kota.example/api/t?p=2"),
        ("http://kota.example:8080/api/t?p=2", "https://kota.example/api/t?p=2"),  # behind a proxy
    ],
)
def test_a_next_link_is_made_whole_on_our_own_address(link: str, target: str) -> None:
    first = answer({"items": [{"id": 1}]}, Link=f'<{link}>; rel="next"')
    words = "operations:\n  list: {get: t, records: items, pages: {by: next, next: {header: Link}}}"
    system, peer = talker(words, first, rows(2))
    assert list(system.pull("records", since=None))[-1].last
    assert peer.calls[1].target == target


@pytest.mark.parametrize(
    "link", ["https://evil.example/t", "//evil.example/t", "https://kota.example@evil.example/", "ftp://kota.example/x"]
)
def test_a_next_link_to_another_host_is_refused(link: str) -> None:
    system, peer = talker(
        "operations:\n  list: {get: t, records: items, pages: {by: next, next: next}}",
        answer({"items": [{"id": 1}], "next": link}),
    )
    with pytest.raises(WireError) as error:
        list(system.pull("records", since=None))
    assert (error.value.failure, error.value.code) == (Failure.CONTRACT, "conversation.foreign_link")
    assert len(peer.calls) == 1


def test_rows_that_shift_are_read_again() -> None:
    numbers, last, asked = walked("{by: offset, size: 3, overlap_rows: 1}", rows(1, 2, 3), rows(3, 4, 5), rows(5))
    assert [query["offset"] for query in asked] == ["0", "2", "4"]
    assert (sorted(set(numbers)), last) == ([1, 2, 3, 4, 5], True)


@pytest.mark.parametrize(
    "pages", ["{by: page, size: 2}", "{by: offset, size: 2}", "{by: cursor, cursor: next}", "{by: next, next: next}"]
)
def test_a_broken_run_goes_on_after_the_page_it_had(pages: str) -> None:
    def page(request: Request) -> Answer:
        query = dict(request.query)
        at = int(query.get("page", 0) or int(query.get("offset", 0)) // 2 + 1)
        token = query.get("cursor") or (request.target.partition("p=")[2] if "p=" in request.target else None)
        at = int(token) if token else at
        following = f"?p={at + 1}" if "next, next" in pages else str(at + 1)
        return (
            answer({"items": [{"id": at}, {"id": -at}], "next": following if at < 3 else None}) if at <= 3 else rows()
        )

    words = f"operations:\n  list: {{get: t, records: items, pages: {pages}}}"
    whole = list(talker(words, page)[0].pull("records", since=None))
    rest = list(talker(words, page)[0].pull("records", since=None, resume=whole[0].resume))
    assert [one.records for one in rest] == [one.records for one in whole[1:]]
    assert whole[-1].resume is None


def test_a_missing_list_is_an_error_and_not_an_empty_one() -> None:
    for given in (answer({"sukses": False, "items": None}), answer({"data": []}), answer(None), answer([])):
        assert failure("{by: page}", given).code == "conversation.no_records"


def test_an_empty_list_is_a_list() -> None:
    assert walked("{by: none}", rows())[:2] == ([], True)


def test_html_stops_the_walk_where_it_was() -> None:
    system, _ = talker("operations:\n  list: {get: t, records: items, pages: {by: page, size: 1}}", rows(1), html(200))
    pages = system.pull("records", since=None)
    assert next(pages).last is False
    with pytest.raises(WireError) as error:
        next(pages)
    assert error.value.failure is Failure.DOWN


def test_a_sign_may_say_that_there_is_nothing() -> None:
    words = "operations:\n  list: {get: t, records: {path: items, empty: {path: n, is: '0'}}}"
    system, _ = talker(words, answer({"n": 0}))
    assert next(iter(system.pull("records", since=None))).last
    with pytest.raises(WireError):
        list(talker(words, answer({"n": 2}))[0].pull("records", since=None))


def test_one_record_alone_is_a_list_of_one() -> None:
    system, _ = talker("operations:\n  list: {call: Daftar, records: r.item}", answer({"r": {"item": {"id": 1}}}))
    assert next(iter(system.pull("records", since=None))).records == [{"id": 1}]


def test_an_error_object_where_the_list_should_be_is_no_record() -> None:
    system, _ = talker("operations:\n  list: {get: t, records: data}", answer({"data": {"error": "x"}}))
    with pytest.raises(WireError):
        list(system.pull("records", since=None))


def test_what_is_no_record_is_set_aside_and_the_others_go_on() -> None:
    system, _ = talker(
        "operations:\n  list: {get: t, records: items}", answer({"items": [{"id": 1}, "rusak", None, {"id": 2}]})
    )
    (page,) = system.pull("records", since=None)
    assert [record["id"] for record in page.records] == [1, 2]
    assert [(one.position, one.code) for one in page.unreadable] == [
        ("1:2", "conversation.not_an_object"),
        ("1:3", "conversation.not_an_object"),
    ]


def test_bare_numbers_may_be_entries() -> None:
    system, _ = talker("operations:\n  list: {get: t, records: ids, entry: id}", answer({"ids": [4, "5"]}))
    assert next(iter(system.pull("records", since=None))).records == [{"id": 4}, {"id": "5"}]


def test_later_and_credentials_are_told_apart() -> None:
    error = failure("{by: none}", answer(None, 429, **{"Retry-After": "120"}))
    assert error.failure is Failure.LATER
    assert error.not_before is not None
    assert failure("{by: none}", answer(None, 401)).failure is Failure.CREDENTIALS


def test_the_total_of_a_content_range_ends_the_list_and_206_is_good() -> None:
    words = """
operations:
  list: {get: t, query: {range: <offset>-<last>}, slots: {offset: digits, last: digits}, records: ".",
         pages: {by: offset, size: 2, ends: [{total: {header: Content-Range}}]}}
"""
    first = answer([{"id": 1}, {"id": 2}], 206, **{"Content-Range": "0-1/3"})
    second = answer([{"id": 3}], 206, **{"Content-Range": "2-2/3"})
    speaks, peer = talker(words, first, second)
    assert [one["id"] for page in speaks.pull("records", since=None) for one in page.records] == [1, 2, 3]
    assert [dict(one.query) for one in peer.calls] == [{"range": "0-1"}, {"range": "2-3"}]


def test_a_list_gives_its_entries_the_names_of_the_record() -> None:
    words = 'operations:\n  list: {get: t, records: data, entry: {id: "2", diubah: "19"}}\n'
    speaks, _ = talker(words, answer({"data": [{"2": 7, "19": "2026-01-01", "1": "x"}]}))
    (page,) = speaks.pull("records", since=None)
    assert page.records == [{"2": 7, "19": "2026-01-01", "1": "x", "id": 7, "diubah": "2026-01-01"}]
