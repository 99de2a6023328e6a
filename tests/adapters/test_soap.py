"""SOAP against a peer on loopback: descriptions by strangers, parts, envelopes, faults, addresses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Failure, WireError
from adapters.conversation import Answer, Request
from adapters.soap import Soap
from tests.adapters.loopback import SECRET, Peer, http, peer, setup, write

WSDL = (Path(__file__).parents[1] / "counterparts" / "php" / "doclit.wsdl").read_text("utf-8")
ENCODED = (Path(__file__).parents[1] / "counterparts" / "php" / "rpcenc.wsdl").read_text("utf-8")
STATUS = Request("reference", "CALL", "daftarStatus", body={})


def envelope(body: str, space: str = "http://schemas.xmlsoap.org/soap/envelope/") -> str:
    return f'<e:Envelope xmlns:e="{space}" xmlns:s="urn:simadu"><e:Body>{body}</e:Body></e:Envelope>'


STATUSES = envelope("<s:daftarStatusResponse><s:status><s:kode>1</s:kode></s:status></s:daftarStatusResponse>")


def xml(text: str, status: str = "200 OK") -> bytes:
    return http(text, status, "text/xml; charset=utf-8")


def told(there: Peer, request: Request = STATUS, **connection: Any) -> Answer:
    return Soap(setup(there.url, **connection)).send(request)


def refused(there: Peer, request: Request = STATUS, **connection: Any) -> WireError:
    with pytest.raises(WireError) as caught:
        told(there, request, **connection)
    return caught.value


# the description


def test_the_description_is_read_once_and_only_from_the_peer() -> None:
    with peer(xml(ENCODED), xml(STATUSES)) as there:
        soap = Soap(setup(there.url))
        for _ in range(2):
            call = Request("reference", "CALL", "getStatus", body={"pengguna": "hub", "sandi": "x"})
            soap.send(call)
        assert [one.split(b" ")[1] for one in there.requests] == [
            b"/api/?wsdl",
            b"/elapor/rpcenc.php",
            b"/elapor/rpcenc.php",
        ]


def test_a_description_in_a_file_needs_no_question(tmp_path: Path) -> None:
    write(tmp_path, "simadu.wsdl", WSDL)
    with peer(xml(STATUSES)) as there:
        soap = Soap(replace(setup(there.url, wsdl="simadu.wsdl"), folder=tmp_path))
        assert soap.send(STATUS).body == {"status": [{"kode": "1"}]}
        assert len(there.requests) == 1


def test_a_description_outside_the_home_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    write(tmp_path, "simadu.wsdl", WSDL)
    with pytest.raises(WireError) as caught:
        Soap(replace(setup("http://dinas.invalid/", wsdl="../simadu.wsdl"), folder=tmp_path / "home"))
    assert caught.value.code == "wire.description_missing"


FOREIGN_SCHEMA = WSDL.replace(
    "<xsd:complexType",
    '<xsd:import namespace="urn:lain" schemaLocation="http://skema.invalid/lain.xsd?x=1"/><xsd:complexType',
    1,
)
FOREIGN_PART = WSDL.replace("<types>", '<import namespace="urn:lain" location="http://skema.invalid/l.wsdl"/><types>')


@pytest.mark.parametrize("wsdl", [FOREIGN_SCHEMA, FOREIGN_PART], ids=["schema", "part"])
def test_a_description_that_points_elsewhere_is_refused_by_that_host_s_name(wsdl: str) -> None:
    with peer(xml(wsdl)) as there:
        problem = refused(there)
        assert (problem.code, problem.facts["elsewhere"]) == ("wire.description_elsewhere", "skema.invalid")
        assert (problem.failure, problem.sent, len(there.requests)) == (Failure.CONTRACT, False, 1)


@pytest.mark.parametrize("target", ["file:///etc/hostname", "/etc/hostname"])
def test_a_description_cannot_reach_into_our_own_files(target: str) -> None:
    with peer(xml(FOREIGN_SCHEMA.replace("http://skema.invalid/lain.xsd?x=1", target))) as there:
        assert refused(there).failure is Failure.CONTRACT


@pytest.mark.parametrize(
    ("wsdl", "code"),
    [
        (WSDL[:500], "wire.description_invalid"),
        ("{}", "wire.description_invalid"),
        (WSDL.replace('type="tns:Aduan"', 'type="tns:Hilang"'), "wire.description_invalid"),
        (WSDL.replace("tns:SimaduBinding", "tns:Hilang"), "wire.description_no_port"),
        (WSDL.replace("<service", "<!-- <service").replace("</service>", "</service> -->"), "wire.description_no_port"),
        (WSDL.replace("?>", "?><!DOCTYPE definitions>", 1), "wire.description_doctype"),
        (WSDL.replace("?>", '?><!DOCTYPE d [<!ENTITY a "b">]>', 1), "wire.description_doctype"),
    ],
    ids=["cut", "json", "type", "binding", "port", "doctype", "entity"],
)
def test_a_description_that_cannot_be_used_says_why(wsdl: str, code: str) -> None:
    with peer(xml(wsdl)) as there:
        problem = refused(there)
        assert (problem.code, problem.failure, problem.sent) == (code, Failure.CONTRACT, False)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        ("401 Unauthorized", Failure.CREDENTIALS),
        ("404 Not Found", Failure.CONTRACT),
        ("503 Busy", Failure.DOWN),
        ("200 OK", Failure.DOWN),
    ],
)
def test_a_description_that_does_not_come_is_told_by_its_status(status: str, failure: Failure) -> None:
    with peer(http("", status, "text/html")) as there:
        problem = refused(there, Request("create", "CALL", "kirimAduan", body={}))
        assert (problem.failure, problem.sent) == (failure, False)


def test_a_page_where_the_description_was_due_is_a_peer_that_is_down() -> None:
    with peer(http("<!DOCTYPE html><html><body>Pemeliharaan</body></html>", mime="text/html")) as there:
        problem = refused(there)
        assert (problem.code, problem.failure) == ("wire.description_unread", Failure.DOWN)


def test_silence_at_the_description_has_not_sent_the_write() -> None:
    with peer(b"") as there:
        problem = refused(there, Request("create", "CALL", "kirimAduan", body={}))
        assert (problem.code, problem.sent) == ("wire.cut", False)


# where to


def test_the_schedule_s_host_wins_over_the_description_s() -> None:
    with peer(xml(WSDL), xml(STATUSES)) as there:
        soap = Soap(setup(there.url))
        soap.send(STATUS)
        assert there.requests[1].startswith(b"POST /simadu/ ")
        (finding,) = soap.check()
        assert (finding.code, finding.ok, finding.facts["written"]) == ("wire.address_moved", True, "localhost")


def test_a_given_address_is_used_whole() -> None:
    with peer(xml(STATUSES)) as calls, peer(xml(WSDL)) as there:
        told(there, address=calls.url + "ws.php?v=2")
        assert calls.requests[0].startswith(b"POST /api/ws.php?v=2 ")


# what is said


def said(request: Request, wsdl: str = WSDL, **connection: Any) -> str:
    with peer(xml(wsdl), xml(STATUSES)) as there:
        told(there, request, **connection)
        return there.requests[1].decode()


def test_parts_are_written_in_the_description_s_order_and_namespace() -> None:
    sent = said(Request("list", "CALL", "daftarAduan", body={"jumlah": 5, "sejak": "2026-03-02 09:00:00"}))
    assert 'SOAPAction: "urn:simadu#daftarAduan"' in sent
    assert "Content-Type: text/xml; charset=utf-8" in sent
    assert (
        '<ns0:daftarAduan xmlns:ns0="urn:simadu"><ns0:sejak>2026-03-02 09:00:00</ns0:sejak>'
        "<ns0:jumlah>5</ns0:jumlah></ns0:daftarAduan>"
    ) in sent


def test_encoded_parts_carry_their_types() -> None:
    body = {"pengguna": "hub", "sandi": "x", "aduan": {"judul": "Jalan & jembatan", "anonim": True}}
    sent = said(Request("create", "CALL", "kirimAduan", body=body), ENCODED)
    assert '<aduan xsi:type="ns0:AduanBaru"><judul xsi:type="xsd:string">Jalan &amp; jembatan</judul>' in sent
    assert 'soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"' in sent


def test_an_encoded_list_is_an_array_with_its_length() -> None:
    wsdl = ENCODED.replace(
        '<part name="sandi" type="xsd:string"/></message><message name="getStatusOut">',
        '<part name="sandi" type="xsd:string"/><part name="daftar" type="tns:ArrStatus"/></message>'
        '<message name="getStatusOut">',
    )
    body = {"pengguna": "hub", "sandi": "x", "daftar": [{"kode": 1, "nama": "Baru"}, {"kode": 2, "nama": "Proses"}]}
    sent = said(Request("x", "CALL", "getStatus", body=body), wsdl)
    assert 'enc:arrayType="ns0:Status[2]"' in sent
    assert '<item xsi:type="ns0:Status"><kode xsi:type="xsd:int">1</kode>' in sent


def test_nothing_is_said_as_nil_and_left_out_when_left_out() -> None:
    sent = said(Request("update", "CALL", "ubahAduan", body={"nomor": "1", "alasan": None}))
    assert '<ns0:nomor>1</ns0:nomor><ns0:alasan xsi:nil="true"/></ns0:ubahAduan>' in sent


def test_soap_12_says_its_action_in_the_content_type() -> None:
    wsdl = WSDL.replace("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")
    sent = said(STATUS, wsdl)
    assert 'Content-Type: application/soap+xml; charset=utf-8; action="urn:simadu#daftarStatus"' in sent
    assert 'xmlns:soapenv="http://www.w3.org/2003/05/soap-envelope"' in sent
    assert "SOAPAction" not in sent


def test_credentials_may_be_parameters_of_every_call() -> None:
    sent = said(
        Request("reference", "CALL", "getStatus", body={}),
        ENCODED,
        parameters={"pengguna": "hub", "sandi": "<secret.kunci>"},
    )
    assert f'<sandi xsi:type="xsd:string">{SECRET.replace("&", "&amp;")}</sandi>' in sent


def test_credentials_may_stand_in_the_soap_header() -> None:
    block = {"{urn:simadu}AuthSoapHeader": {"UserName": "hub", "Password": "<secret.kunci>"}}
    sent = said(STATUS, envelope=block)
    assert f"<UserName>hub</UserName><Password>{SECRET.replace('&', '&amp;')}</Password>" in sent
    assert sent.index("Header>") < sent.index("Body>")


@pytest.mark.parametrize(("digest", "clear"), [("no", True), ("yes", False)])
def test_a_username_token_is_added(digest: str, clear: bool) -> None:
    sent = said(STATUS, wsse={"user": "hub", "password": "<secret.kunci>", "digest": digest})
    assert "UsernameToken" in sent
    assert (SECRET.replace("&", "&amp;") in sent) is clear


@pytest.mark.parametrize(
    ("operation", "body", "facts"),
    [
        ("rincianAduan", {"nomer": "1"}, {"unknown": "nomer", "missing": "nomor", "known": "nomor"}),
        ("rincianAduan", {}, {"missing": "nomor"}),
        ("kirimAduan", {"aduan": {"judul": "x", "jdul": "y"}}, {"unknown": "aduan.jdul", "missing": "-"}),
        ("kirimAduan", {"aduan": "teks"}, {"unknown": "aduan."}),
    ],
)
def test_parts_that_do_not_fit_are_named_before_anything_is_sent(
    operation: str, body: dict[str, Any], facts: dict[str, str]
) -> None:
    with peer(xml(WSDL)) as there:
        problem = refused(there, Request("x", "CALL", operation, body=body))
        assert (problem.code, problem.failure, problem.sent) == ("wire.parts", Failure.CONTRACT, False)
        assert facts.items() <= problem.facts.items()
        assert problem.facts["operation"] == operation
        assert len(there.requests) == 1


def test_an_unknown_operation_names_the_known_ones() -> None:
    with peer(xml(WSDL)) as there:
        problem = refused(there, Request("x", "CALL", "hapusAduan", body={}))
        assert problem.code == "wire.operation"
        assert "kirimAduan" in problem.facts["known"]


# what comes back


def heard(answer: bytes) -> Answer:
    with peer(xml(WSDL), answer) as there:
        return told(there)


def test_an_answer_is_the_content_of_its_outermost_element() -> None:
    assert heard(xml(STATUSES)).body == {"status": [{"kode": "1"}]}


@pytest.mark.parametrize(
    ("fault", "code", "text"),
    [
        ("<faultcode>e:Client</faultcode><faultstring>judul wajib</faultstring>", "Client", "judul wajib"),
        ("<faultcode>SOAP-ENV:Server</faultcode><faultstring>x</faultstring>", "Server", "x"),
        ("<faultcode>Client.Auth</faultcode><faultstring>x</faultstring>", "Client.Auth", "x"),
        ("<faultstring>tanpa kode</faultstring>", None, "tanpa kode"),
        ("", None, ""),
    ],
)
def test_faults_are_told_with_their_code(fault: str, code: str | None, text: str) -> None:
    got = heard(xml(envelope(f"<e:Fault>{fault}</e:Fault>"), "500 Oops"))
    assert got.fault is not None
    assert (got.status, got.fault.code, got.fault.text, got.decoded) == (500, code, text, True)


def test_a_fault_s_details_are_kept_for_the_mapping() -> None:
    detail = "<faultcode>e:Client</faultcode><faultstring>x</faultstring><detail><kolom>judul</kolom></detail>"
    assert heard(xml(envelope(f"<e:Fault>{detail}</e:Fault>"))).body["detail"] == {"kolom": "judul"}


def test_a_soap_12_fault_is_told_too() -> None:
    fault = (
        "<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code>"
        '<e:Reason><e:Text xml:lang="id">judul wajib</e:Text></e:Reason></e:Fault>'
    )
    got = heard(xml(envelope(fault, "http://www.w3.org/2003/05/soap-envelope"), "400 Bad"))
    assert got.fault is not None
    assert (got.fault.code, got.fault.text) == ("Sender", "judul wajib")


@pytest.mark.parametrize("status", ["200 OK", "502 Bad Gateway", "401 Unauthorized"])
@pytest.mark.parametrize(
    "content",
    ["<html><body>Pemeliharaan</body></html>", "<html><br></html>", STATUSES[:100], "<r/>", "{}", ""],
    ids=["xhtml", "html", "cut", "other xml", "json", "empty"],
)
def test_what_is_no_envelope_is_no_fault_and_no_data(status: str, content: str) -> None:
    got = heard(http(content, status, "text/html"))
    assert (got.decoded, got.body, got.fault, got.status) == (False, None, None, int(status[:3]))


def test_an_answer_with_a_doctype_is_not_data() -> None:
    assert heard(xml("<!DOCTYPE x>" + STATUSES)).decoded is False


def test_a_fault_that_echoes_our_password_does_not_show_it() -> None:
    fault = envelope(f"<e:Fault><faultstring>sandi {SECRET.replace('&', '&amp;')} salah</faultstring></e:Fault>")
    with peer(xml(WSDL), xml(fault, "500 Oops")) as there:
        got = told(there, basic={"user": "hub", "password": "<secret.kunci>"})
    assert SECRET not in repr(got)
    assert "Kuat" not in repr(got)


def test_a_cut_answer_to_a_write_may_have_arrived() -> None:
    with peer(xml(WSDL), b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<e") as there:
        body = {"nomor": "1", "isi": "Sudah"}
        problem = refused(there, Request("comment", "CALL", "tambahTindakLanjut", body=body))
        assert (problem.code, problem.sent) == ("wire.cut", True)


# descriptions as other makers write them

NUSOAP = ENCODED.replace(
    '<xsd:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>',
    '<xsd:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>'
    '<xsd:import namespace="http://schemas.xmlsoap.org/wsdl/"/>',
)


def test_a_nusoap_description_is_read_without_asking_anybody_else() -> None:
    with peer(xml(NUSOAP), xml(envelope('<r xmlns=""><return/></r>'))) as there:
        got = told(there, Request("x", "CALL", "getStatus", body={"pengguna": "a", "sandi": "b"}))
        assert got.body == {"return": []}
        assert len(there.requests) == 2


ASMX = """<?xml version="1.0"?>
<wsdl:definitions xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="http://tempuri.org/"
  xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:s="http://www.w3.org/2001/XMLSchema"
  xmlns:http="http://schemas.xmlsoap.org/wsdl/http/" targetNamespace="http://tempuri.org/"
  xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">
 <wsdl:types><s:schema elementFormDefault="qualified" targetNamespace="http://tempuri.org/">
  <s:element name="Ambil"><s:complexType><s:sequence>
   <s:element minOccurs="0" maxOccurs="1" name="kode" type="s:string"/></s:sequence></s:complexType></s:element>
  <s:element name="AmbilResponse"><s:complexType><s:sequence>
   <s:element minOccurs="0" maxOccurs="1" name="AmbilResult" type="tns:ArrayOfAduan"/>
   <s:element minOccurs="0" maxOccurs="1" name="Tabel"><s:complexType><s:sequence>
     <s:element ref="s:schema"/><s:any/></s:sequence></s:complexType></s:element>
  </s:sequence></s:complexType></s:element>
  <s:complexType name="ArrayOfAduan"><s:sequence>
   <s:element minOccurs="0" maxOccurs="unbounded" name="Aduan" nillable="true" type="tns:Aduan"/>
  </s:sequence></s:complexType>
  <s:complexType name="Aduan"><s:sequence>
   <s:element minOccurs="1" name="Nomor" type="s:int"/></s:sequence></s:complexType>
 </s:schema></wsdl:types>
 <wsdl:message name="AmbilSoapIn"><wsdl:part name="parameters" element="tns:Ambil"/></wsdl:message>
 <wsdl:message name="AmbilSoapOut"><wsdl:part name="parameters" element="tns:AmbilResponse"/></wsdl:message>
 <wsdl:portType name="WsSoap"><wsdl:operation name="Ambil"><wsdl:input message="tns:AmbilSoapIn"/>
  <wsdl:output message="tns:AmbilSoapOut"/></wsdl:operation></wsdl:portType>
 <wsdl:binding name="WsSoap" type="tns:WsSoap"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <wsdl:operation name="Ambil"><soap:operation soapAction="http://tempuri.org/Ambil" style="document"/>
  <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
  </wsdl:operation></wsdl:binding>
 <wsdl:binding name="WsSoap12" type="tns:WsSoap"><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <wsdl:operation name="Ambil"><soap12:operation soapAction="http://tempuri.org/Ambil" style="document"/>
  <wsdl:input><soap12:body use="literal"/></wsdl:input><wsdl:output><soap12:body use="literal"/></wsdl:output>
  </wsdl:operation></wsdl:binding>
 <wsdl:service name="Ws">
  <wsdl:port name="WsSoap" binding="tns:WsSoap"><soap:address location="http://kantor/Ws.asmx"/></wsdl:port>
  <wsdl:port name="WsSoap12" binding="tns:WsSoap12"><soap12:address location="http://kantor/Ws.asmx"/></wsdl:port>
 </wsdl:service>
</wsdl:definitions>"""

DATASET = (
    '<AmbilResponse xmlns="http://tempuri.org/"><AmbilResult><Aduan><Nomor>1</Nomor></Aduan></AmbilResult><Tabel>'
    '<d:diffgram xmlns:d="urn:schemas-microsoft-com:xml-diffgram-v1"><NewDataSet xmlns="">'
    '<Table d:id="Table1"><nomor>1</nomor></Table><Table d:id="Table2"><nomor>2</nomor></Table>'
    "</NewDataSet></d:diffgram></Tabel></AmbilResponse>"
)


def test_an_asmx_answer_holds_lists_in_wrappers_and_tables_of_any_shape() -> None:
    with peer(xml(ASMX), xml(envelope(DATASET))) as there:
        body = told(there, Request("list", "CALL", "Ambil", body={"kode": "x"})).body
    assert body["AmbilResult"] == {"Aduan": [{"Nomor": "1"}]}
    assert [one["nomor"] for one in body["Tabel"]["diffgram"]["NewDataSet"]["Table"]] == ["1", "2"]


@pytest.mark.parametrize(("port", "mark"), [("WsSoap", b"SOAPAction"), ("WsSoap12", b"application/soap+xml")])
def test_a_port_is_chosen_by_its_name(port: str, mark: bytes) -> None:
    with peer(xml(ASMX), xml(envelope(DATASET))) as there:
        told(there, Request("list", "CALL", "Ambil", body={}), port=port)
        assert mark in there.requests[1]


def test_an_unknown_port_names_the_known_ones() -> None:
    with peer(xml(ASMX)) as there:
        problem = refused(there, port="Lain")
        assert (problem.code, problem.facts["known"]) == ("wire.description_no_port", "Ws/WsSoap, Ws/WsSoap12")
