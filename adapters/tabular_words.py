"""What a mapping says about files: how a table is found in one, and how a change is written into one.

Frozen values without I/O: ``hub.mapping.files`` fills them, ``adapters.tabular`` obeys them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from types import MappingProxyType

from adapters.contract import ChangeKind

RECORDS = "records"


class SameKey(StrEnum):
    """What is done when one file holds one key more than once."""

    EQUAL_IS_ONE = "equal is one, unequal quarantines"
    LAST_WINS = "last wins"
    ALLOWED = "allowed"  # events: many rows of one record


class Format(StrEnum):
    ANY = "any"  # a table, told by the content and never by the ending
    CSV = "csv"
    XLSX = "xlsx"
    ODS = "ods"  # LibreOffice
    HTML = "html"  # tables of a web page, as many applications export "Excel"
    JSONL = "jsonl"  # one object a line
    JSON = "json"  # one document that holds the list

    @property
    def is_tree(self) -> bool:
        """Records are trees, not rows below headings."""
        return self in (Format.JSONL, Format.JSON)


class Order(StrEnum):
    """Which of several waiting files is read first."""

    NAME = "name"
    DATE = "date"


def fold(text: str) -> str:
    """How headings are compared: NFKC, every kind of space is one space, case does not count."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A file name with ``<slots>`` and ``*``: ``laporan_<date>.csv``, ``TL_<No. Tiket>_*.csv``.

    ``<date>`` is when the content was true, in the declared forms (strptime); any other slot becomes a
    column of every row of the file.
    """

    text: str
    dates: tuple[str, ...] = ("%Y-%m-%d", "%Y%m%d")
    zone: tzinfo | None = None  # None: the installation's

    def match(self, name: str) -> dict[str, str] | None:
        """The slots' texts, or None where the name is not of this pattern."""
        slots = self.slots()
        found = re.fullmatch(self._pattern(), name, re.IGNORECASE)
        return dict(zip(slots, found.groups(), strict=True)) if found else None

    def slots(self) -> list[str]:
        return re.findall(r"<([^<>]+)>", self.text)

    def date(self, text: str, zone: tzinfo) -> datetime | None:
        for form in self.dates:
            try:
                return datetime.strptime(text, form).replace(tzinfo=self.zone or zone)
            except ValueError:
                continue
        return None

    def _pattern(self) -> str:
        pieces = re.split(r"(<[^<>]+>|\*)", self.text)
        return "".join(".*" if one == "*" else "(.+?)" if one.startswith("<") else re.escape(one) for one in pieces)


@dataclass(frozen=True, slots=True)
class TableWords:
    """How one stream's table is found in its files."""

    headings: tuple[str, ...] = ()  # what the mapping reads, as it spells them
    keys: tuple[str, ...] = ()  # the headings (in JSON the paths) that make the record's number
    rule: str = ""  # where these words stand: "mappings/kota.yaml:7"
    name: NamePattern | None = None  # None: every file of the folder
    format: Format = Format.ANY
    delimiter: str | None = None  # None: told by structure among , ; tab |
    encoding: str | None = None  # tried after BOM and strict UTF-8
    header_starts: str | None = None  # the first filled cell of the row of headings
    header_has: tuple[str, ...] = ()  # cells that the row of headings holds
    header_rows: int = 1  # rows of headings; what stands above and below is one name: "Tanggal Masuk"
    columns: tuple[str, ...] = ()  # the headings themselves, for a file that has none
    sheets: tuple[str, ...] = ()  # () = every visible sheet that has the headings
    sheet_name: str | None = None  # the column that every row gets its sheet's name in
    short_rows: bool = False  # a text row that ends early has empty cells at its end
    totals: tuple[str, ...] = ()  # a row that starts so is no record
    ends: tuple[str, ...] = ()  # a row that starts so and all below it are no records (signatures)
    ends_blank: bool = False  # the first blank row below a record ends the table
    blank: frozenset[str] = frozenset()  # folded texts that stand for an empty cell
    fill_down: tuple[str, ...] = ()  # an empty cell here says what the row above says (merged cells)
    continues: str | None = None  # a row with nothing here goes on with the record above it
    records: tuple[str, ...] = ()  # in one JSON document: the names that lead to the list
    same_key: SameKey = SameKey.EQUAL_IS_ONE
    order: Order = Order.DATE
    each: str = "row"  # "row" | "file": the whole text of a file is one record, in the column ``text``


@dataclass(frozen=True, slots=True)
class OutWords:
    """How one kind of change is written: one file per change, of one row."""

    name: str  # "keluar_<date>_<number>.csv"; the ending decides the format
    columns: tuple[str, ...] = ()  # () = the columns of the change, in the mapping's order
    send: str = "all"  # "all" | "changed": the record as it should read, or what differs and the key
    plus: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # constants, <id>, <text>
    delimiter: str = ","
    encoding: str = "utf-8-sig"  # Excel opens it right; "utf-8" for programs
    date: str = "%Y%m%d"


@dataclass(frozen=True, slots=True)
class FileWords:
    """All that a mapping says about files: streams by name, and what may be written."""

    streams: Mapping[str, TableWords]
    out: Mapping[ChangeKind, OutWords] = field(default_factory=lambda: MappingProxyType({}))
