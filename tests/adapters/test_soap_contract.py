"""The adapter contract on SOAP, against PHP's SoapServer in document/literal and rpc/encoded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from adapters import open_adapter
from adapters.contract import Adapter, Change, ChangeKind, Limits, Raw, Setup
from adapters.conversation import Conversation, Paging, Request, Values
from tests.adapters.contract import AdapterContract
from tests.adapters.words import PAGES, SINCE, conversation, inside, reading, showing, writing
from tests.counterparts.servers import PhpSoap

WIB = timezone(timedelta(hours=7))
CAN = frozenset({"pull", "check", "fetch", "find", "create", "comment", "reference:status"})


def call(operation: str, target: str, **parts: Any) -> Request:
    return Request(operation, "CALL", target, body=parts)


def local(values: Values, form: str) -> str:
    since = values.slots.get("since")
    return since.astimezone(WIB).strftime(form) if isinstance(since, datetime) else ""


def simadu_list(values: Values) -> Request:
    since = {"sejak": local(values, "%Y-%m-%d %H:%M:%S")} if "since" in values.slots else {}
    return call("list", "daftarAduan", **since, halaman=values.slots["page"], jumlah=values.slots["size"])


SIMADU: Conversation = conversation(
    "nomor",
    reading("list", simadu_list, "aduan", paging=PAGES, since=SINCE, joins=("detail",), partial=True),
    reading("find", lambda v: call("find", "cariAduan", nomorLapor=v.slots["key"]), "aduan"),
    reading("reference:status", lambda _: call("reference:status", "daftarStatus"), "status"),
    showing("detail", lambda v: call("detail", "rincianAduan", nomor=v.slots["id"]), "aduan"),
    writing("create", lambda v: call("create", "kirimAduan", aduan=v.fields), "nomor"),
    writing("comment", lambda v: call("comment", "tambahTindakLanjut", nomor=v.slots["id"], isi=v.slots["text"]), "id"),
    can=CAN,
)

BLANK = {"isi": "", "nama_pelapor": "", "telepon": "", "anonim": 0, "rahasia": 0}


def elapor_list(values: Values) -> Request:
    since = local(values, "%d-%m-%Y %H:%M:%S")
    return call("list", "getAduan", sejak=since, mulai=values.slots["offset"], banyak=values.slots["size"])


ELAPOR: Conversation = conversation(
    "nomor",
    reading("list", elapor_list, "return", paging=Paging(by="offset", size=2), since=SINCE),
    reading("find", lambda v: call("find", "cariLapor", nomor_lapor=v.slots["key"]), "return"),
    reading("reference:status", lambda _: call("reference:status", "getStatus"), "return"),
    showing("detail", lambda v: call("detail", "getAduanDetail", nomor=v.slots["id"]), "return"),
    writing("create", lambda v: call("create", "kirimAduan", aduan={**BLANK, **v.fields}), "return.nomor"),
    writing(
        "comment",
        lambda v: call("comment", "tambahTindakLanjut", nomor=v.slots["id"], isi=v.slots["text"]),
        "return.nomor",
    ),
    can=CAN,
)


class SoapWorld:
    def __init__(self, server: PhpSoap, words: Conversation, lapor: str, **connection: Any) -> None:
        self.server = server
        self.words = words
        self.lapor = lapor
        self.connection = connection

    def adapter(self) -> Adapter:
        connection = {"url": self.server.url, **self.connection}
        secret = {"layanan": self.server.password}.__getitem__
        limits = Limits(call_seconds=3.0)
        return open_adapter("soap", Setup("layanan", connection, self.words, secret, WIB, limits=limits))

    def add(self, title: str) -> str:
        return self.server.add(judul=title)

    def title(self, raw: Raw) -> str:
        return str(raw["judul"])

    def number(self, raw: Raw) -> str:
        return str(raw["nomor"])

    def titles(self) -> list[str]:
        return [one["judul"] for one in self.server.ledger().values()]

    def texts(self, number: str) -> list[str]:
        return [one["isi"] for one in self.server.ledger()[number]["tindak_lanjut"]]

    def create(self, title: str, key: str) -> Change:
        return Change(ChangeKind.CREATE, fields={"judul": title, self.lapor: key}, key=key)

    def bad(self) -> Change:
        return Change(ChangeKind.CREATE, fields={"judul": " ", self.lapor: ""})

    def comment(self, number: str, text: str) -> Change:
        return Change(ChangeKind.COMMENT, system_id=number, text=text, event={"isi": text})

    def lose_answer(self) -> None:
        self.server.fault("mati")

    def empty_answer(self) -> None:
        self.server.fault("kosong")

    def stop(self) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server.start()


@pytest.mark.counterpart
class TestDocumentLiteral(AdapterContract):
    @pytest.fixture
    def world(self, simadu: PhpSoap) -> SoapWorld:  # type: ignore[override]
        return SoapWorld(simadu, SIMADU, "nomorLapor", basic={"user": "hub", "password": "<secret.layanan>"})


@pytest.mark.counterpart
class TestRpcEncoded(AdapterContract):
    @pytest.fixture
    def world(self, elapor: PhpSoap) -> SoapWorld:  # type: ignore[override]
        return SoapWorld(elapor, ELAPOR, "nomor_lapor", parameters={"pengguna": "hub", "sandi": "<secret.layanan>"})


def test_a_record_reads_as_the_server_wrote_it(simadu: PhpSoap) -> None:
    number = simadu.add(judul="Lampu <mati> & gelap", isi=None, dibuat="2026-03-02 09:00:00")
    simadu.answer(number, "Sudah dicek")
    world = SoapWorld(simadu, SIMADU, "nomorLapor", basic={"user": "hub", "password": "<secret.layanan>"})
    record = world.adapter().fetch(number)
    assert record is not None
    assert record["@versi"] == "2"
    assert (record["judul"], record["isi"], record["dibuat"]) == ("Lampu <mati> & gelap", None, "2026-03-02 09:00:00")
    assert "nomorLapor" not in record
    assert [inside(one, "isi") for one in record["tindakLanjut"]] == ["Sudah dicek"]


def test_the_clock_of_the_server_comes_with_a_page(simadu: PhpSoap) -> None:
    world = SoapWorld(simadu, SIMADU, "nomorLapor", basic={"user": "hub", "password": "<secret.layanan>"})
    clock = next(iter(world.adapter().pull("records", since=None))).clock
    assert clock is not None
    assert abs(clock - datetime.now(UTC)) < timedelta(minutes=1)
