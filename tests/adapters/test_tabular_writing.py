"""Changes written as files: whole, exactly once, without a cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.contract import Change, ChangeKind, Outcome, OutcomeKind
from adapters.tabular.safe import safe, unsafe
from adapters.tabular_words import RECORDS, OutWords
from tests.adapters.contract import Journal
from tests.adapters.dropped import WORDS, Drop

OUT = {
    ChangeKind.CREATE: OutWords("baru_<date>_<number>.csv"),
    ChangeKind.UPDATE: OutWords("ubah_<date>_<number>.csv", send="changed"),
    ChangeKind.COMMENT: OutWords("tl_<id>_<number>.csv", plus={"Nomor": "<id>", "Isi": "<text>"}),
}
NEW = Change(ChangeKind.CREATE, fields={"Isi": "lampu padam", "Tanggal": "2026-01-03"}, key="9100001")


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    places = {"folder": "kota/in", "out": "kota/out", "finished_after": "0 seconds"}
    return Drop(tmp_path, {RECORDS: WORDS}, OUT, places)


def written(drop: Drop) -> dict[str, list[dict[str, str]]]:
    found = {}
    for path in sorted(drop.folder.parent.glob("out/*")):
        if path.is_file():
            found[path.name] = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    return found


def push(drop: Drop, change: Change, journal: Journal | None = None) -> Outcome:
    return drop.adapter().push(change, journal or Journal())


def test_a_new_record_is_one_file_of_one_row(drop: Drop) -> None:
    outcome = push(drop, NEW)
    assert (outcome.kind, outcome.code) == (OutcomeKind.HANDED_OVER, "file.handed_over")
    assert written(drop) == {outcome.facts["file"]: [{"Tanggal": "2026-01-03", "Isi": "lampu padam"}]}


def test_an_update_carries_the_number_and_what_differs(drop: Drop) -> None:
    push(drop, Change(ChangeKind.UPDATE, "17", fields={"Isi": "a", "Tanggal": "b"}, changed={"Isi": "a"}))
    assert list(written(drop).values()) == [[{"Nomor": "17", "Isi": "a"}]]


def test_a_follow_up_has_its_own_columns(drop: Drop) -> None:
    push(drop, Change(ChangeKind.COMMENT, "T/17", text="Sudah ditambal", event={"Tanggal": "x"}))
    ((name, rows),) = written(drop).items()
    assert name.startswith("tl_T-17_")
    assert rows == [{"Nomor": "T/17", "Tanggal": "x", "Isi": "Sudah ditambal"}]


def test_what_is_not_declared_is_refused(drop: Drop) -> None:
    outcome = push(drop, Change(ChangeKind.ATTACH, "17"))
    assert (outcome.kind, outcome.code) == (OutcomeKind.REFUSED, "file.cannot")
    assert "attach" not in drop.adapter().can


def test_without_an_out_folder_nothing_can_be_written(tmp_path: Path) -> None:
    assert Drop(tmp_path, {RECORDS: WORDS}, OUT).adapter().can == {"check", "pull"}


class Killed(Exception):
    pass


class Dying(Journal):
    """Dies before or after the n-th word."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words = words

    def _live(self) -> None:
        if len(self.story) == self.words:
            raise Killed

    def begin(self, step: str) -> None:
        self._live()
        super().begin(step)
        self._live()

    def keep(self, step: str, result: Any) -> None:
        self._live()
        super().keep(step, result)
        self._live()


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("words", range(5))
def test_a_kill_at_any_word_hands_over_exactly_once(drop: Drop, words: int, taken: bool) -> None:
    journal = Dying(words)
    handed: list[dict[str, str]] = []

    def fetch() -> None:  # the other side takes what it finds
        for path in drop.folder.parent.glob("out/*.csv"):
            handed.extend(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
            path.unlink()

    try:
        push(drop, NEW, journal)
    except Killed:
        if taken:
            fetch()
    journal.words = -1
    assert push(drop, NEW, journal.again()).kind is OutcomeKind.HANDED_OVER
    fetch()
    assert [row["Isi"] for row in handed] == ["lampu padam"]
    assert push(drop, NEW, journal.again()).kind is OutcomeKind.HANDED_OVER
    assert written(drop) == {}


def test_two_equal_changes_are_two_files(drop: Drop) -> None:
    push(drop, NEW)
    push(drop, NEW)
    assert len(written(drop)) == 2


def test_a_full_or_closed_folder_is_down_and_the_next_attempt_writes(drop: Drop) -> None:
    journal = Journal()
    adapter = drop.adapter()
    assert adapter.can
    out = drop.folder.parent / "out"
    out.mkdir(parents=True)
    (out / ".hub").write_text("in the way")
    assert adapter.push(NEW, journal).kind is OutcomeKind.DOWN
    (out / ".hub").unlink()
    assert drop.adapter().push(NEW, journal.again()).kind is OutcomeKind.HANDED_OVER
    assert len(written(drop)) == 1


def test_a_cell_cannot_become_a_formula(drop: Drop) -> None:
    push(drop, Change(ChangeKind.CREATE, fields={"Nomor": "-", "Isi": '=HYPERLINK("x")', "Tanggal": "+62812"}))
    assert list(written(drop).values()) == [[{"Nomor": "-", "Tanggal": "'+62812", "Isi": '\'=HYPERLINK("x")'}]]


def test_a_workbook_holds_texts_only(drop: Drop) -> None:
    drop.out = {ChangeKind.CREATE: OutWords("baru_<number>.xlsx")}
    push(drop, Change(ChangeKind.CREATE, fields={"Nomor": "010", "Isi": "=1+1"}))
    (path,) = drop.folder.parent.glob("out/*.xlsx")
    rows = list(openpyxl.load_workbook(path).active.iter_rows())
    assert [[(cell.value, cell.data_type) for cell in row] for row in rows] == [
        [("Nomor", "s"), ("Isi", "s")],
        [("010", "s"), ("=1+1", "s")],
    ]


def test_declared_columns_keep_their_order_and_constants(drop: Drop) -> None:
    words = OutWords("baru_<time>_<number>.csv", columns=("Isi", "Asal", "Kosong"), plus={"Asal": "LAPOR <key>"})
    drop.out = {ChangeKind.CREATE: words}
    push(drop, NEW)
    ((_, rows),) = written(drop).items()
    assert list(rows[0].items()) == [("Isi", "lampu padam"), ("Asal", "LAPOR 9100001"), ("Kosong", "")]


@given(st.text(alphabet="'=+-@\t\r ,.59aé", max_size=8))
def test_a_safe_cell_reads_back_as_it_was(text: str) -> None:
    assert unsafe(safe(text)) == text
    assert safe(text)[:1] not in {"=", "+", "@", "\t", "\r"}


@given(st.lists(st.text(max_size=12).filter(lambda text: "\0" not in text), min_size=3, max_size=3))
def test_what_is_written_reads_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    places = {"folder": "x/in", "out": "x/in", "finished_after": "0 seconds"}
    drop = Drop(tmp_path_factory.mktemp("rt"), {RECORDS: WORDS}, OUT, places)
    row = dict(zip(WORDS.headings, [f"n{cells[0]}", *cells[1:]], strict=True))
    apart = Drop(drop.home, drop.words, OUT, {**places, "folder": "x/other"})
    push(apart, Change(ChangeKind.CREATE, fields=row))
    reader = Drop(drop.home, drop.words, {}, {"folder": "x/in", "finished_after": "0 seconds"})
    assert reader.pull().records == [row]


def test_names_sort_in_the_order_of_writing(drop: Drop) -> None:
    for at in range(12):
        push(drop, Change(ChangeKind.CREATE, fields={"Isi": f"{at}"}))
    assert [rows[0]["Isi"] for rows in written(drop).values()] == [f"{at}" for at in range(12)]


def test_many_hands_at_once_never_share_a_name(drop: Drop) -> None:
    drop.adapter().push(NEW, Journal())
    with ThreadPoolExecutor(8) as hands:
        list(hands.map(lambda _: push(drop, NEW), range(150)))
    assert len(written(drop)) == 151
    assert len(list((drop.folder.parent / "out" / ".hub").iterdir())) < 130
