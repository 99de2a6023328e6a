"""The adapter contract on files: an office that drops its records as CSV and takes ours out of a folder."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from adapters import open_adapter
from adapters.contract import Adapter, Change, ChangeKind, OutcomeKind, Raw, Setup
from adapters.tabular import pages
from adapters.tabular_words import RECORDS, FileWords, OutWords
from tests.adapters.contract import AdapterContract, World, titles
from tests.adapters.dropped import WORDS, Drop

OUT = {
    ChangeKind.CREATE: OutWords("baru_<time>_<number>.csv"),
    ChangeKind.COMMENT: OutWords("tl_<time>_<number>.csv", plus={"Nomor": "<id>", "Isi": "<text>"}),
}


class Folder:
    def __init__(self, home: Path) -> None:
        self.drop = Drop(home, {RECORDS: WORDS}, OUT, {"folder": "in", "out": "out", "finished_after": "0 seconds"})
        self.held: list[str] = []

    def adapter(self) -> Adapter:
        setup = self.drop.adapter().setup
        return open_adapter("tabular", Setup(**{**_fields(setup), "words": FileWords({RECORDS: WORDS}, OUT)}))

    def add(self, title: str) -> str:
        self.held.append(title)
        number = str(len(self.held))
        folder = self.drop.home / "files" / "in"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"lapor{number}.csv").write_text(f"Nomor,Tanggal,Isi\n{number},2026-01-03,{title}\n")
        return number

    def title(self, raw: Raw) -> str:
        return str(raw["Isi"])

    def number(self, raw: Raw) -> str:
        return str(raw["Nomor"])

    def _taken(self, start: str) -> list[dict[str, str]]:
        rows = []
        for path in sorted((self.drop.home / "files" / "out").glob(f"{start}*.csv")):
            rows += list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
        return rows

    def titles(self) -> list[str]:
        return self.held + [row["Isi"] for row in self._taken("baru")]

    def texts(self, number: str) -> list[str]:
        return [row["Isi"] for row in self._taken("tl") if row["Nomor"] == number]

    def create(self, title: str, key: str) -> Change:
        return Change(ChangeKind.CREATE, fields={"Isi": title}, key=key)

    def bad(self) -> Change:
        return Change(ChangeKind.ATTACH, "1")

    def comment(self, number: str, text: str) -> Change:
        return Change(ChangeKind.COMMENT, number, text=text)

    def lose_answer(self) -> None: ...
    def empty_answer(self) -> None: ...
    def stop(self) -> None: ...
    def start(self) -> None: ...


def _fields(setup: Setup) -> dict[str, object]:
    return {name: getattr(setup, name) for name in Setup.__dataclass_fields__}


class TestFiles(AdapterContract):
    done = OutcomeKind.HANDED_OVER
    knows_since = False  # a file is read whole, once
    calls = False

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return Folder(tmp_path)

    def test_a_broken_run_goes_on_after_each_page(
        self, world: World, adapter: Adapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Broken for real: what was read whole is gone from the folder afterwards."""
        monkeypatch.setattr(pages, "PAGE_ROWS", 2)
        for broken in range(1, 5):
            other = Folder(tmp_path / str(broken))
            for at in range(5):
                other.add(f"Aduan {at}")
            seen, running = [], other.adapter().pull("records", since=None)
            for page, _ in zip(running, range(broken), strict=False):
                seen.append(page)
            rest = list(other.adapter().pull("records", since=None, resume=seen[-1].resume))
            assert sorted(titles(other, seen) + titles(other, rest)) == [f"Aduan {at}" for at in range(5)]
            assert rest[-1].last
