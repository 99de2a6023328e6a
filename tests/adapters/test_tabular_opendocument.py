"""Workbooks of LibreOffice: told by their content, values and not how they are shown."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from pathlib import Path

import pytest

from adapters.tabular import opendoc
from adapters.tabular_words import RECORDS, Format
from tests.adapters.dropped import WORDS, Drop

_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
)
_HIDDEN = (
    '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>'
)
_STYLES = {"Arsip": "ta2"}
HEAD = "<table:table-row>" + "".join(
    f"<table:table-cell><text:p>{one}</text:p></table:table-cell>" for one in ("Nomor", "Tanggal", "Isi")
) + "</table:table-row>"  # fmt: skip
BLANK = (
    '<table:table-row table:number-rows-repeated="1048000">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def text(words: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}><text:p>{words}</text:p></table:table-cell>'


def value(kind: str, name: str, said: str) -> str:
    shown = "<text:p>seperti di layar</text:p>"
    return f'<table:table-cell office:value-type="{kind}" office:{name}="{said}">{shown}</table:table-cell>'


def ods(**sheets: str) -> bytes:
    tables = "".join(
        f'<table:table table:name="{name}" table:style-name="{_STYLES.get(name, "ta1")}">{rows}</table:table>'
        for name, rows in sheets.items()
    )
    content = (
        f"<?xml version='1.0'?><office:document-content {_NAMES}><office:automatic-styles>{_HIDDEN}"
        f"</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path, {RECORDS: WORDS})


def test_values_are_read_as_excel_workbooks_are(drop: Drop) -> None:
    first = row(
        value("float", "value", "9165816.0"),
        value("date", "date-value", "2026-01-05T08:15:00"),
        text('a<text:line-break/>b<text:s text:c="2"/>c'),
    )
    second = row(text("2"), value("date", "date-value", "2026-01-05"), value("boolean", "boolean-value", "true"))
    third = row(text("3"), value("time", "time-value", "PT08H05M09S"), value("percentage", "value", "0.5"))
    drop.put("lapor.ods", ods(Januari=HEAD + first + second + third + BLANK))
    assert [tuple(record.values()) for record in drop.pull().records] == [
        ("9165816", "2026-01-05 08:15:00", "a\nb  c"),
        ("2", "2026-01-05", "TRUE"),
        ("3", "08:05:09", "0.5"),
    ]


def test_repeated_rows_and_cells_are_told_and_positions_hold(drop: Drop) -> None:
    gap = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    twice = row(text("1"), text("x", ' table:number-columns-repeated="2"'))
    drop.put("lapor.ods", ods(Januari=gap + HEAD + twice + gap + row(text("2"), text("y"))))
    stored = drop.pull()
    assert [tuple(record.values()) for record in stored.records] == [("1", "x", "x"), ("2", "y", "")]
    assert stored.positions == ["lapor.ods [Januari]: baris 5", "lapor.ods [Januari]: baris 9"]


def test_a_hidden_sheet_of_libreoffice_is_not_read(drop: Drop) -> None:
    drop.put("lapor.ods", ods(Januari=HEAD + row(text("1"), text("a"), text("b")), Arsip=HEAD + row(text("9"))))
    assert drop.pull().numbers == ["1"]


@pytest.mark.parametrize("part", [0.3, 0.7, 0.95])
def test_a_truncated_document_is_rejected_whole(drop: Drop, part: float) -> None:
    whole = ods(Januari=HEAD + row(text("1"), text("a"), text("b")))
    drop.put("lapor.ods", whole[: int(len(whole) * part)])
    stored = drop.pull()
    assert (stored.codes, stored.records) == (["file.broken_workbook"], [])


def test_xml_cut_inside_a_document_is_rejected_whole(drop: Drop) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", "<office:document-content")
    drop.put("lapor.ods", out.getvalue())
    assert drop.pull().codes == ["file.broken_workbook"]


def test_a_document_too_large_to_hold_is_refused(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opendoc, "MOST_CONTENT", 1000)
    drop.put("lapor.ods", ods(Januari=HEAD + row(text("1"), text("x" * 2000))))
    assert drop.pull().codes == ["file.unpacks_too_big"]


def test_a_declared_format_holds_for_documents_too(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(WORDS, format=Format.XLSX)})
    drop.put("lapor.ods", ods(Januari=HEAD))
    assert drop.pull().codes == ["file.other_format"]
