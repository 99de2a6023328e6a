"""The core's admin export: the spreadsheet that every agency really exchanges, with its 26 headings to the letter.

Rows of title come before the headings, dates are Indonesian with old month names (``Peb``, ``Agu``, ``Nop``), empty is
``-``. It has no follow-ups and no closing date, as in the original.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from hub.sandbox.clock import WIB
from hub.sandbox.core import Complaint, Core

HEADINGS = (
    "Tracking ID",
    "Tanggal Laporan Masuk",
    "Waktu Laporan Masuk",
    "Nama Pelapor",
    "Klasifikasi Laporan",
    "ID Kategori",
    "Kategori",
    "Judul Laporan",
    "Isi Laporan Awal",
    "Isi Laporan Akhir",
    "Tipe Laporan (Anonim/Rahasia)",
    "Sumber Laporan",
    "Instansi Induk",
    "ID Instansi Terdisposisi",
    "Instansi Terdisposisi",
    "Status Laporan",
    "Alasan Tunda/Arsip",
    "Provinsi",
    "Kota/Kabupaten",
    "Kecamatan",
    "Kelurahan",
    "Nomor SK",
    "Url SK",
    "Url Dokumen Laporan Tahunan",
    "Laporan yang Masuk melalui Kanal Aduan Setwapres",
    "Rating",
)
MONTHS = ("Jan", "Peb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nop", "Des")


def rows(core: Core, agency: str | None = None) -> Iterator[list[str]]:
    """Preamble, headings, then one row per complaint; ``agency`` limits it to one government's."""
    name = core.agencies[agency].name if agency else "Semua Instansi"
    yield ["Laporan Pengaduan SP4N-LAPOR! (berkas simulasi)"]
    yield ["Instansi", name]
    yield ["Dibuat", _date(core.clock.now())]
    yield []
    yield list(HEADINGS)
    with core.lock:
        for complaint in core.complaints.values():
            if agency is None or agency in complaint.disposed_to:
                yield [value or "-" for value in _row(core, complaint)]


def _row(core: Core, one: Complaint) -> list[str]:
    agency = core.agencies.get(one.agency)
    parent = core.agencies.get(agency.parent) if agency else None
    kinds = [word for flag, word in ((one.anonymous, "Anonim"), (one.confidential, "Rahasia")) if flag]
    return [
        f"#{one.tracking_id}",
        _date(one.received_at),
        one.received_at.astimezone(WIB).strftime("%H:%M"),
        "" if one.anonymous else one.reporter.get("nama", ""),
        one.classification.capitalize(),
        one.category,
        core.categories.get(one.category, ""),
        one.title,
        one.body,
        one.edited,
        ", ".join(kinds),
        one.channel,
        parent.name if parent else "",
        one.agency,
        agency.name if agency else "",
        core.status_text(one),
        one.reason,
        *[""] * 9,
    ]


def write_csv(core: Core, path: Path, agency: str | None = None) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows(core, agency))
    return path


def write_xlsx(core: Core, path: Path, agency: str | None = None) -> Path:
    """Needs openpyxl (the extra ``xlsx``)."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Laporan")
    for row in rows(core, agency):
        sheet.append(row)
    book.save(path)
    return path


def _date(moment: datetime) -> str:
    local = moment.astimezone(WIB)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"
