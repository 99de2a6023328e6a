"""The adapter contract on REST, against a small JSON office on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from adapters import open_adapter
from adapters.contract import Adapter, Change, ChangeKind, Limits, Raw, Setup
from adapters.conversation import Conversation, Request, Values
from tests.adapters.contract import AdapterContract
from tests.adapters.office import TOKEN, Office
from tests.adapters.words import PAGES, SINCE, conversation, reading, showing, stamp, writing
from tests.counterparts.network import Network


def listed(values: Values) -> Request:
    since = stamp(values, "%Y-%m-%dT%H:%M:%S+00:00")
    query = [("page", str(values.slots["page"]))] + ([("since", since)] if since else [])
    return Request("list", target="reports", query=tuple(query))


WORDS: Conversation = conversation(
    "id",
    reading("list", listed, "reports", paging=PAGES, since=SINCE),
    reading("find", lambda v: Request("find", target="reports", query=(("number", v.slots["key"]),)), "reports"),
    reading("reference:status", lambda _: Request("reference:status", target="statuses"), "statuses"),
    showing("detail", lambda v: Request("detail", target=f"reports/{v.slots['id']}"), "report"),
    writing("create", lambda v: Request("create", "POST", "reports", body=v.fields), "report.id"),
    writing(
        "comment",
        lambda v: Request("comment", "POST", f"reports/{v.slots['id']}/notes", body={"text": v.slots["text"]}),
        "note.id",
    ),
    can=frozenset({"pull", "check", "fetch", "find", "create", "comment", "reference:status"}),
)


class RestWorld:
    """The office behind a line that can be spoiled."""

    def __init__(self, office: Office, network: Network) -> None:
        self.office = office
        self.network = network

    def adapter(self) -> Adapter:
        connection = {"url": f"http://127.0.0.1:{self.network.port}/v1/", "bearer": "<secret.kantor>"}
        limits = Limits(call_seconds=3.0)
        secret = {"kantor": TOKEN}.__getitem__
        return open_adapter("rest", Setup("kantor", connection, WORDS, secret, UTC, limits=limits, now=now))

    def add(self, title: str) -> str:
        return self.office.add(title)

    def title(self, raw: Raw) -> str:
        return str(raw["title"])

    def number(self, raw: Raw) -> str:
        return str(raw["id"])

    def titles(self) -> list[str]:
        return [one["title"] for one in self.office.records.values()]

    def texts(self, number: str) -> list[str]:
        return list(self.office.records[number]["notes"])

    def create(self, title: str, key: str) -> Change:
        return Change(ChangeKind.CREATE, fields={"title": title, "number": key}, key=key)

    def bad(self) -> Change:
        return Change(ChangeKind.CREATE, fields={"title": ""})

    def comment(self, number: str, text: str) -> Change:
        return Change(ChangeKind.COMMENT, system_id=number, text=text, event={"text": text})

    def lose_answer(self) -> None:
        self.network.play("lose")

    def empty_answer(self) -> None:
        self.office.next_empty = True

    def stop(self) -> None:
        self.office.stop()
        self.network.close()

    def start(self) -> None:
        self.office.start()
        self.network.open()


def now() -> datetime:
    return datetime.now(UTC)


class TestRest(AdapterContract):
    @pytest.fixture
    def world(self) -> Iterator[RestWorld]:  # type: ignore[override]
        office = Office()
        network = Network(office.port)
        yield RestWorld(office, network)
        network.close()
        office.stop()
