"""XML as plain trees: every shape seen from real SOAP servers, kept as the text on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.decode import Undecodable
from adapters.xmltree import ANYTHING, ENCODING, XSD, XSI, Part, Reader, Shape, document, parse, write

SPACES = f'xmlns:xsi="{XSI}" xmlns:enc="{ENCODING}" xmlns:xsd="{XSD}" xmlns:t="urn:t"'


def plain(inside: str, shape: Shape = ANYTHING, attributes: str = "") -> Any:
    root = parse(f"<r {SPACES} {attributes}>{inside}</r>".encode())
    return Reader(root).plain(root, shape)


def test_the_five_ways_of_nothing_stay_apart() -> None:
    assert plain('<kosong/><spasi> </spasi><nihil xsi:nil="true"/>') == {"kosong": "", "spasi": " ", "nihil": None}


def test_dates_and_numbers_stay_as_they_were_written() -> None:
    tree = plain("<t>2026-03-02 09:00:00.1234567</t><n>007</n><x>0000-00-00</x><b>1</b>")
    assert tree == {"t": "2026-03-02 09:00:00.1234567", "n": "007", "x": "0000-00-00", "b": "1"}


def test_attributes_and_the_text_beside_them() -> None:
    assert plain('<isi lang="id">Jalan</isi>') == {"isi": {"@lang": "id", "#text": "Jalan"}}


def test_what_soap_needs_for_itself_is_not_data() -> None:
    assert plain('<n xsi:type="xsd:int">7</n>', attributes=f'enc:root="1" enc:encodingStyle="{ENCODING}"') == {"n": "7"}


def test_comments_and_instructions_do_not_cut_a_text() -> None:
    assert plain("<a>Jalan <!-- x -->rusak <?php echo?>parah</a>") == {"a": "Jalan rusak parah"}


def test_a_repeated_name_is_a_list() -> None:
    assert plain("<a>1</a><b>x</b><a>2</a><a>3</a>") == {"a": ["1", "2", "3"], "b": "x"}


def test_one_element_is_a_list_where_the_description_says_many() -> None:
    shape = Shape(parts={"a": Part("a", Shape(simple=True), many=True)})
    assert plain("<a>1</a>", shape) == {"a": ["1"]}


def test_no_element_is_an_empty_list_in_the_answer_itself() -> None:
    shape = Shape(parts={"total": Part("total", Shape(simple=True)), "a": Part("a", ANYTHING, many=True)})
    assert plain("<total>0</total>", shape) == {"total": "0", "a": []}


def test_deeper_down_a_list_that_is_not_there_is_not_made_up() -> None:
    inner = Shape(parts={"nomor": Part("nomor", ANYTHING), "tl": Part("tl", ANYTHING, many=True)})
    shape = Shape(parts={"aduan": Part("aduan", inner)})
    assert plain("<aduan><nomor>1</nomor></aduan>", shape) == {"aduan": {"nomor": "1"}}


def test_an_empty_wrapper_of_a_list_holds_an_empty_list() -> None:
    wrapper = Shape(parts={"Aduan": Part("Aduan", ANYTHING, many=True)})
    assert plain("<hasil/>", Shape(parts={"hasil": Part("hasil", wrapper)})) == {"hasil": {"Aduan": []}}


@pytest.mark.parametrize("says", ['enc:arrayType="t:Aduan[2]"', 'xsi:type="enc:Array"'])
def test_an_encoded_array_is_a_list_of_its_items(says: str) -> None:
    tree = plain(f'<return {says}><item><n xsi:type="xsd:string">1</n></item><item><n>2</n></item></return>')
    assert tree == {"return": [{"n": "1"}, {"n": "2"}]}


def test_an_array_only_the_description_knows_is_a_list() -> None:
    shape = Shape(parts={"return": Part("return", Shape(item=ANYTHING))})
    assert plain("<return><item>1</item></return>", shape) == {"return": ["1"]}


def test_an_empty_encoded_array_is_an_empty_list() -> None:
    assert plain('<return enc:arrayType="t:Aduan[0]"/>') == {"return": []}


def test_references_of_axis_are_followed() -> None:
    inside = (
        '<return href="#id0"/>'
        f'<multiRef id="id0" enc:root="0" enc:encodingStyle="{ENCODING}"><n href="#id1"/></multiRef>'
        '<multiRef id="id1" xsi:type="enc:string">Sampah</multiRef>'
    )
    root = parse(f"<r {SPACES}>{inside}</r>".encode())
    assert Reader(root).plain(root[0], ANYTHING) == {"n": "Sampah"}


def test_references_in_a_circle_end() -> None:
    with pytest.raises(Undecodable):
        plain('<a id="x"><b href="#x"/></a>')


def test_references_that_multiply_end() -> None:
    levels = "".join(f'<m id="i{n}"><a href="#i{n + 1}"/><b href="#i{n + 1}"/></m>' for n in range(40))
    with pytest.raises(Undecodable):
        plain(levels + '<m id="i40">x</m>')


def test_an_apache_map_is_a_mapping() -> None:
    inside = "<item><key>nomor</key><value>7</value></item><item><key>judul</key><value>Jalan</value></item>"
    tree = plain(f'<return xmlns:a="http://xml.apache.org/xml-soap" xsi:type="a:Map">{inside}</return>')
    assert tree == {"return": {"nomor": "7", "judul": "Jalan"}}


def test_what_the_description_does_not_know_is_kept() -> None:
    shape = Shape(parts={"a": Part("a", Shape(simple=True))})
    assert plain("<a>1</a><lain><dalam>x</dalam></lain>", shape) == {"a": "1", "lain": {"dalam": "x"}}


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>x</body></html>",
        b"<r>",
        b"<r>\xff</r>",
        b"<!DOCTYPE r><r/>",
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><r c="&b;"/>',
        b"<r>&undefined;</r>",
        b"",
    ],
    ids=["page", "cut", "bytes", "doctype", "external", "bomb", "entity", "empty"],
)
def test_what_is_no_clean_document_is_not_read(content: bytes) -> None:
    with pytest.raises(Undecodable):
        document(content)


def test_the_document_s_own_encoding_counts_before_the_header_s() -> None:
    content = '<?xml version="1.0" encoding="windows-1252"?><r>é</r>'.encode("cp1252")
    assert document(content, "utf-8") == {"r": "é"}
    assert document("<r>é</r>".encode("cp1252"), "windows-1252") == {"r": "é"}


def test_signs_that_xml_cannot_carry_become_a_space() -> None:
    assert document(write({"r": {"isi": "a\x0bb\ud83dc"}})) == {"r": {"isi": "a b c"}}


def test_what_was_written_reads_back() -> None:
    tree = {"r": {"@x": "1", "a": ["1", "2"], "b": {"c": "<&>", "@d": "e"}, "f": ""}}
    assert document(write(tree)) == tree
