"""A value stands where its mapping puts it, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.conversation import File, Request, SlotRefused, Values, WithSecret, reveal
from hub.mapping.faults import MappingError
from tests.conversation.play import HEAD, compiled

LIST = "records: items"
SINCE = datetime(2026, 3, 1, 17, 30, 5, tzinfo=UTC)


def request(operations: str, name: str, values: Values | None = None, **settings: str) -> Request:
    return compiled(f"{HEAD}operations:\n{operations}", **settings).words.operations[name].request(values or Values())


def refused(operations: str) -> list[str]:
    with pytest.raises(MappingError) as error:
        compiled(f"{HEAD}operations:\n{operations}")
    return [fault.code for fault in error.value.faults]


def slots(**values: Any) -> Values:
    return Values().slot(**values)


@pytest.mark.parametrize("number", ["3/../9", "3?x=1", "3#a", "a b", "%2e%2e", "3&id=4"])
def test_a_number_in_a_path_never_becomes_another_path(number: str) -> None:
    target = request("  detail: {get: tickets/<id>/full, record: '.'}", "detail", slots(id=number)).target
    assert target.startswith("tickets/")
    assert target.endswith("/full")
    assert not set(target[8:-5]) & set("/?#& ")


@pytest.mark.parametrize("number", [".", "..", "3\n4", ""])
def test_a_number_that_climbs_or_breaks_a_path_is_refused(number: str) -> None:
    with pytest.raises(SlotRefused) as error:
        request("  detail: {get: tickets/<id>, record: '.'}", "detail", slots(id=number))
    assert error.value.code.startswith("conversation.slot_")


def test_a_missing_number_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(SlotRefused):
        request("  detail: {get: tickets/<id>, record: '.'}", "detail")


def test_a_look_up_without_its_key_is_refused_rather_than_asking_for_everything() -> None:
    with pytest.raises(SlotRefused):
        request("  find: {get: tickets, query: {no: <key>}, records: items}", "find")


def test_a_query_value_stays_one_value() -> None:
    made = request("  find: {get: tickets, query: {no: <key>}, records: items}", "find", slots(key="1&all=1"))
    assert made.query == (("no", "1&all=1"),)


def test_a_foreign_query_needs_the_shape_of_every_slot() -> None:
    operation = "  find: {{get: t, query: {{q: \"CF.no = '<key>'\"}}, records: items{}}}"
    assert refused(operation.format("")) == ["conversation.slot_undeclared"]
    made = request(operation.format(", slots: {key: digits}"), "find", slots(key="9165816"))
    assert made.query == (("q", "CF.no = '9165816'"),)


@pytest.mark.parametrize("key", ["1' OR 'a'='a", "1 OR 1=1", "9165816\n", "٣"])
def test_what_has_not_the_declared_shape_is_refused_not_escaped(key: str) -> None:
    operation = "  find: {get: t, query: {q: \"CF.no = '<key>'\"}, records: items, slots: {key: digits}}"
    with pytest.raises(SlotRefused) as error:
        request(operation, "find", slots(key=key))
    assert key not in str(error.value)


def test_free_text_is_for_bodies_that_people_read() -> None:
    assert refused("  comment: {get: t, query: {q: 'text:<text>'}, slots: {text: prose}}") == [
        "conversation.slot_prose"
    ]
    assert refused("  comment: {post: t, as: raw, body: '<n><text></n>'}")  # <n> is no slot
    made = request(
        "  comment: {post: t, body: {n: 'Dari SP4N: <text>'}, slots: {text: prose}}", "comment", slots(text="a'b\n")
    )
    assert made.body == {"n": "Dari SP4N: a'b\n"}


def test_a_header_takes_no_line_break() -> None:
    operation = "  detail: {get: t, headers: {X-Id: <id>}, record: '.'}"
    assert request(operation, "detail", slots(id="3")).headers == {"X-Id": "3"}
    with pytest.raises(SlotRefused):
        request(operation, "detail", slots(id="3\r\nX-Admin: 1"))


def test_slots_are_never_nested() -> None:
    made = request("  comment: {post: t, body: {n: <text>}}", "comment", slots(text="<key> <secret.x>", key="1"))
    assert made.body == {"n": "<key> <secret.x>"}


def test_an_unknown_slot_names_the_nearest() -> None:
    assert refused("  detail: {get: t/<idd>, record: '.'}") == ["mapping.slot.unknown_near"]


def test_a_secret_is_only_filled_in_by_the_wire_and_only_where_the_mapping_put_it() -> None:
    operation = "  comment: {post: t/<secret.k>, headers: {K: <secret.k>}, body: {token: <secret.k>, n: <text>}}"
    made = request(operation, "comment", slots(text="<secret.k>"))
    assert "s/3" not in repr(made)
    sent = reveal(made, {"k": "s/3"}.__getitem__)
    assert sent.target == "t/s%2F3"
    assert sent.headers == {"K": "s/3"}
    assert sent.body == {"token": "s/3", "n": "<secret.k>"}


def test_a_secret_never_stands_beside_data() -> None:
    found = refused("  comment: {post: t, body: {n: '<secret.k>:<text>'}, slots: {text: prose}}")
    assert found == ["conversation.secret_beside_data"]


def test_a_fixed_text_with_a_secret_may_stand_in_a_query() -> None:
    made = request("  check: {get: t, query: {k: 'Token <secret.k>'}}", "check")
    assert isinstance(made.query[0][1], WithSecret)
    assert reveal(made, lambda name: "abc").query == (("k", "Token abc"),)


def test_a_number_setting_goes_out_as_a_number_where_it_stands_alone() -> None:
    made = request(
        "  comment: {post: 't/<lapor_field>', body: {a: <lapor_field>, b: 'x<lapor_field>', c: <project>}}", "comment"
    )
    assert made.target == "t/7"
    assert made.body == {"a": 7, "b": "x7", "c": "aduan"}


def test_a_setting_with_quotes_does_not_stand_inside_a_longer_text() -> None:
    text = f"{HEAD}operations:\n  check: {{get: t, query: {{q: \"Queue = '<project>'\"}}}}"
    assert compiled(text).words.operations["check"].request(Values()).query == (("q", "Queue = 'aduan'"),)
    with pytest.raises(MappingError) as error:
        compiled(text, project="O'Brien")
    assert error.value.faults[0].code == "conversation.setting_unfit"


def test_since_is_left_out_where_nothing_was_read_yet() -> None:
    operation = "  list: {get: t, query: {from: '>=<since>', all: y}, records: items, since: {send: iso, zone: UTC}}"
    assert request(operation, "list").query == (("all", "y"),)
    assert request(operation, "list", slots(since=SINCE)).query == (("from", ">=2026-03-01T17:30:05Z"), ("all", "y"))


def test_since_inside_a_longer_text_needs_a_start() -> None:
    operation = (
        "  list: {get: t, query: {q: \"a AND d > '<since>'\"}, slots: {since: date}, records: items, "
        "since: {send: iso}}"
    )
    assert refused(operation) == ["conversation.since_starts"]


@pytest.mark.parametrize(
    ("send", "zone", "text"),
    [
        ("iso", "WIB", "2026-03-02T00:30:05+07:00"),
        ("'%d/%m/%Y'", "WIB", "02/03/2026"),
        ("'%d/%m/%Y'", "UTC", "01/03/2026"),
        ("epoch", "UTC", "1772386205"),
        ("epoch_ms", "UTC", "1772386205000"),
        ("dotnet", "UTC", "/Date(1772386205000)/"),
    ],
)
def test_since_is_written_as_the_product_wants_it(send: str, zone: str, text: str) -> None:
    operation = f"  list: {{get: t, query: {{s: <since>}}, records: items, since: {{send: {send}, zone: {zone}}}}}"
    assert request(operation, "list", slots(since=SINCE)).query == (("s", text),)


def test_a_day_may_go_out_as_three_numbers() -> None:
    operation = (
        "  list: {get: t, query: {y: <since.year>, m: <since.month>, d: <since.day>}, records: items, "
        "since: {send: '%Y-%m-%d', zone: UTC}}"
    )
    assert request(operation, "list", slots(since=SINCE)).query == (("y", "2026"), ("m", "3"), ("d", "1"))


def test_typed_leaves_and_ways_of_saying_nothing() -> None:
    operation = (
        "  comment: {post: t, body: {a: {value: '5', as: number}, b: {value: 'no', as: yes/no}, "
        "c: {value: x, as: list}, d: {value: <text>, nothing: null}, "
        "e: {value: <text>, nothing: empty}, f: <text>, g: null, h: ''}}"
    )
    assert request(operation, "comment").body == {
        "a": 5,
        "b": False,
        "c": ["x"],
        "d": None,
        "e": "",
        "g": None,
        "h": "",
    }


def test_from_takes_what_changed_and_what_must_always_go_along() -> None:
    operation = (
        "  update: {put: 't/<id>', "
        "body: {from: fields, send: changed, always: [judul], never: [isi], plus: {o: {p: '1'}}}}"
    )
    values = Values(fields={"judul": "A", "isi": "B", "o": {"q": 2}}, changed={"isi": "B", "o": {"q": 2}}).slot(id="3")
    assert request(operation, "update", values).body == {"o": {"q": 2, "p": "1"}, "judul": "A"}


def test_a_file_needs_its_content() -> None:
    operation = "  attach: {post: 't/<id>', as: multipart, body: {f: {file: attachment}}}"
    values = Values(attachment={"name": "a.jpg", "mime": "image/jpeg", "content": "Zm9v"}).slot(id="3")
    assert request(operation, "attach", values).body == {"f": File("a.jpg", "image/jpeg", b"foo")}
    for content in ({}, {"content": "%%%"}):
        with pytest.raises(SlotRefused) as error:
            request(operation, "attach", Values(attachment=content).slot(id="3"))
        assert error.value.code == "conversation.no_content"


def test_a_soap_call_carries_its_parts_in_their_order() -> None:
    made = request("  comment: {call: TambahCatatan, body: {token: <secret.t>, nomor: <id>, isi: <text>}}", "comment",
                   slots(id="4", text="Sudah"))  # fmt: skip
    assert (made.method, made.target, list(made.body)) == ("CALL", "TambahCatatan", ["token", "nomor", "isi"])


def test_a_part_of_the_record_seen_last_may_be_said() -> None:
    made = request("  update: {put: 't/<id>', body: {v: <record.meta.version>}}", "update",
                   Values(record={"meta": {"version": 4}}).slot(id="3"))  # fmt: skip
    assert made.body == {"v": 4}


def test_files_may_stand_inside_the_record() -> None:
    operation = (
        "  create: {post: t, answer: {id: id}, "
        "body: {from: fields, plus: {foto: {each: attachments, of: {n: <attachment.name>, d: <attachment.content>}}}}}"
    )
    files = ({"name": "a.jpg", "content": "YQ=="}, {"name": "b.jpg"})
    made = request(operation, "create", Values(fields={"judul": "A"}, attachments=files))
    assert made.body == {"judul": "A", "foto": [{"n": "a.jpg", "d": "YQ=="}, {"n": "b.jpg"}]}


@pytest.mark.parametrize(
    ("operation", "reads"),
    [
        ("{get: t}", True),
        ("{get: t, changes: yes}", False),
        ("{post: t, records: items}", False),
        ("{post: t, changes: no}", True),
        ("{call: Apa}", False),
    ],
)
def test_what_may_be_asked_again_and_what_may_not(operation: str, reads: bool) -> None:
    assert compiled(f"{HEAD}operations:\n  apa: {operation}").words.operations["apa"].reads is reads
