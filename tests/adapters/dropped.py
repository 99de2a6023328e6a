"""A drop folder for the tests of the tabular wire, and a caller that stores pages like sync does."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from adapters.contract import Finding, Page, Raw, Remark, Setup, Unreadable
from adapters.tabular import TabularAdapter
from adapters.tabular_words import RECORDS, FileWords, TableWords

HEADINGS = ("Nomor", "Tanggal", "Isi")
WORDS = TableWords(headings=HEADINGS, keys=("Nomor",))
PLACES = {"folder": "kota/in", "finished_after": "0 seconds"}


@dataclass
class Stored:
    """What a caller kept."""

    records: list[Raw] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    positions: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.unreadable]

    @property
    def numbers(self) -> list[str]:
        return [record["Nomor"] for record in self.records]


def _remark(one: Unreadable) -> Remark:
    return Remark(one.position, one.code, f"kalimat {one.code}", True, one.place, one.rule, one.facts.get("shape", ""))


@dataclass
class Drop:
    home: Path
    words: Mapping[str, TableWords]
    out: Mapping[Any, Any] = field(default_factory=dict)
    connection: Mapping[str, Any] = field(default_factory=lambda: dict(PLACES))

    def adapter(self) -> TabularAdapter:
        words = FileWords(self.words, self.out)
        zone = ZoneInfo("Asia/Jakarta")
        return TabularAdapter(Setup("kota", self.connection, words, lambda name: "", zone, folder=self.home))

    @property
    def folder(self) -> Path:
        return self.home / "files" / "kota" / "in"

    @property
    def archive(self) -> Path:
        return self.folder.parent / "archive"

    @property
    def reject(self) -> Path:
        return self.folder.parent / "reject"

    def put(self, name: str, content: str | bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def pull(self, *, stream: str = RECORDS, resume: Any = None, kill_after: int | None = None) -> Stored:
        """Store page by page; ``kill_after`` n pages: the n-th is stored, and then the power goes."""
        stored = Stored()
        adapter = self.adapter()
        pages: Iterator[Page] = adapter.pull(stream, since=None, resume=resume)
        for page in pages:
            stored.pages.append(page)
            adapter.remark([_remark(one) for one in page.unreadable])
            stored.records.extend(page.records)
            stored.unreadable.extend(page.unreadable)
            stored.positions.extend(page.positions)
            stored.findings.extend(page.findings)
            if kill_after is not None and len(stored.pages) == kill_after:
                break
        return stored

    def waiting(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def archived(self) -> list[str]:
        return sorted(path.name for path in self.archive.glob("2*/*"))

    def rejected(self) -> list[str]:
        return sorted(path.name for path in self.reject.iterdir())

    def reasons(self) -> list[list[str]]:
        """The rows of the one list beside the rejected files."""
        (place,) = self.reject.glob("*.alasan.csv")
        return list(csv.reader(io.StringIO(place.read_text("utf-8-sig"), newline="")))
