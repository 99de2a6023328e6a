from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from lxml import etree
from zeep import Client, Transport
from zeep.helpers import serialize_object

from hub.sandbox.country import SECRETS, Country
from hub.sandbox.home import REGENCY_USER

LOGIN = {"UserName": REGENCY_USER, "Password": SECRETS["sandbox-kabupaten"]}
ENCODING = (
    b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://schemas.xmlsoap.org/soap/encoding/">'
    b'<xs:complexType name="Array"><xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
    b'</xs:sequence></xs:complexType><xs:attribute name="arrayType" type="xs:string"/></xs:schema>'
)
NEW = dict.fromkeys(("nama", "telp", "surel", "alamat"), "") | {
    "no_lapor": "3000123", "judul": "Air keruh", "isi": "Air ledeng keruh.", "anonim": "0", "rahasia": "0"
}  # fmt: skip


class Offline(Transport):
    """Nothing is fetched from outside: the encoding schema is given here."""

    def load(self, url: str) -> bytes:
        return ENCODING if "schemas.xmlsoap.org" in url else super().load(url)  # type: ignore[no-untyped-call]


@pytest.fixture
def service(country: Country) -> Iterator[Any]:
    session = requests.Session()
    with session:
        client = Client(  # type: ignore[no-untyped-call]
            f"{country.regency.url}ws/aduan.php?wsdl",
            transport=Offline(session=session),  # type: ignore[no-untyped-call]
        )
        yield client.service


def _send(service: Any, **more: str) -> str:
    answer = service.KirimAduan(**LOGIN, **(NEW | more))
    assert answer["respon"] == "1", answer["pesan"]
    return str(answer["nomor"])


def _rows(answer: Any) -> list[dict[str, Any]]:
    rows = serialize_object(answer["data"] or [])  # type: ignore[no-untyped-call]
    return [{name: value or "" for name, value in row.items()} for row in rows]


def test_a_ticket_is_sent_and_read_back(service: Any) -> None:
    number = _send(service)
    [row] = _rows(service.DetailAduan(**LOGIN, no_aduan=number))
    assert (row["no_lapor"], row["judul"], row["status"]) == ("3000123", "Air keruh", "1")
    assert row["tgl_aduan"] == "2026-11-02 09:00:00"


def test_a_wrong_password_is_a_200_that_says_no(service: Any) -> None:
    answer = service.CekAkun(UserName="x", Password="y")
    assert (answer["respon"], answer["pesan"]) == ("0", "Username atau password salah")


def test_a_business_error_is_a_200_and_keeps_nothing(country: Country, service: Any) -> None:
    answer = service.KirimAduan(**LOGIN, **(NEW | {"judul": " "}))
    assert (answer["respon"], answer["pesan"]) == ("0", "Judul wajib diisi")
    assert not country.regency.tickets


def test_an_unknown_operation_is_a_fault(country: Country) -> None:
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><Hapus xmlns="urn:aduan"/></e:Body>'
        "</e:Envelope>"
    )
    answer = requests.post(country.regency.url + "ws/aduan.php", data=body, timeout=3)
    assert answer.status_code == 500
    assert "faultcode>SOAP-ENV:Client<" in answer.text


def test_lists_are_soap_arrays_in_latin_1(country: Country) -> None:
    country.regency.create({"title": "Kafé — “rusak”", "body": "x"}, by="warga")
    asked = "".join(f"<{name}>{value}</{name}>" for name, value in LOGIN.items())
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<n:AmbilAduan xmlns:n="urn:aduan">{asked}</n:AmbilAduan></e:Body></e:Envelope>'
    )
    answer = requests.post(country.regency.url + "ws/aduan.php", data=body, timeout=3)
    root = etree.fromstring(answer.content)
    assert b"encoding='ISO-8859-1'" in answer.content
    assert b'arrayType="tns:Aduan[1]"' in answer.content
    assert root.findtext(".//judul") == "Kafé — “rusak”"


def test_a_number_of_the_core_is_searched(service: Any) -> None:
    number = _send(service)
    _send(service, no_lapor="3999999")
    assert [row["no_aduan"] for row in _rows(service.CariAduan(**LOGIN, no_lapor="3000123"))] == [number]
    assert _rows(service.CariAduan(**LOGIN, no_lapor="")) == []


def test_answers_are_kept_in_order_with_their_numbers(service: Any) -> None:
    number = _send(service)
    given = [service.KirimTanggapan(**LOGIN, no_aduan=number, isi_tanggapan=text)["nomor"] for text in ("Satu", "Dua")]
    rows = _rows(service.AmbilTanggapan(**LOGIN, no_aduan=number))
    assert [(row["id_tanggapan"], row["isi_tanggapan"]) for row in rows] == list(
        zip(given, ("Satu", "Dua"), strict=True)
    )


def test_status_changes_carry_a_reason(country: Country, service: Any) -> None:
    number = _send(service)
    service.UbahStatus(**LOGIN, no_aduan=number, status="99", alasan="bukan wewenang")
    ticket = country.regency.tickets[number]
    assert (ticket.status, ticket.reason) == ("99", "bukan wewenang")
