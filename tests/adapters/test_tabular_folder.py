"""Each finished file once, resumed after a kill, put away with its reasons; nothing lost, nothing twice."""

from __future__ import annotations

import dataclasses
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import Remark, WireError
from adapters.tabular import TabularAdapter, pages
from adapters.tabular_words import RECORDS, NamePattern, Order
from tests.adapters.dropped import WORDS, Drop

GOOD = "Nomor,Tanggal,Isi\n1,2026-01-03,lampu padam\n2,2026-01-04,jalan rusak\n"


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path, {RECORDS: WORDS})


def many(count: int) -> str:
    return "Nomor,Tanggal,Isi\n" + "".join(f"{n},x,isi {n}\n" for n in range(count))


def test_a_file_is_archived_after_its_last_page_was_stored(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD)
    running = drop.adapter().pull(RECORDS, since=None)
    assert len(next(running).records) == 2
    assert drop.waiting() == ["lapor.csv"]
    assert next(running).last
    assert drop.waiting() == []
    assert len(drop.archived()) == 1


def test_an_empty_folder_is_one_last_page(drop: Drop) -> None:
    assert [(page.last, len(page.records)) for page in drop.pull().pages] == [(True, 0)]


def test_a_killed_run_goes_on_at_its_row(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    drop.put("lapor.csv", many(95) + "kurang,sel\n")
    first = drop.pull(kill_after=4)
    rest = drop.pull(resume=first.pages[-1].resume)
    assert first.numbers + rest.numbers == [str(n) for n in range(95)]
    assert rest.codes == ["file.too_few_cells"]
    assert drop.waiting() == []


def test_a_kill_at_every_page_loses_and_doubles_nothing(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    drop.put("a.csv", many(35))
    drop.put("b.csv", many(30).replace("isi", "lain"))
    seen, resume = [], None
    for _ in range(50):
        run = drop.pull(resume=resume, kill_after=1)
        seen += [record["Isi"] for record in run.records]
        resume = run.pages[-1].resume
        if run.pages[-1].last:
            break
    assert sorted(seen) == sorted([f"isi {n}" for n in range(35)] + [f"lain {n}" for n in range(30)])


def test_a_kill_between_remembering_and_moving_reads_nothing_twice(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop.put("lapor.csv", GOOD)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("adapters.tabular.folder._move", killed)
        with pytest.raises(KeyboardInterrupt):
            drop.pull()
    assert drop.waiting() == ["lapor.csv"]
    assert drop.pull().records == []
    assert drop.waiting() == []


def test_the_same_content_under_another_name_is_archived_unread(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD)
    drop.pull()
    drop.put("lapor (1).csv", GOOD)
    assert drop.pull().records == []
    assert drop.waiting() == []
    assert {name.split(".")[0] for name in drop.archived()} == {"lapor", "lapor (1)"}


def test_another_content_under_the_same_name_is_read(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD)
    drop.pull()
    drop.put("lapor.csv", GOOD.replace("padam", "menyala"))
    assert drop.pull().records[0]["Isi"] == "lampu menyala"
    assert len(drop.archived()) == 2


def test_what_was_read_can_be_seen_in_the_archive(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + "\n3,x\n")
    drop.pull()
    (mark,) = drop.archive.glob(".seen/*/*.json")
    assert '"file": "lapor.csv"' in mark.read_text()
    assert '"blank": 1' in mark.read_text()


def test_a_file_still_growing_waits(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: WORDS}, connection={"folder": "kota/in", "finished_after": "30 seconds"})
    path = drop.put("lapor.csv", GOOD)
    os.utime(path, (1_600_000_000, 1_600_000_000))  # a copy that keeps the old time is still young by its ctime
    stored = drop.pull()
    assert stored.records == []
    assert drop.waiting() == ["lapor.csv"]


@pytest.mark.parametrize(
    "name", ["lapor.csv.part", "lapor.csv.tmp", "~$lapor.xlsx", ".lapor.csv", "lapor.csv.crdownload"]
)
def test_working_copies_are_left_alone(drop: Drop, name: str) -> None:
    drop.put(name, GOOD)
    assert drop.pull().records == []
    assert drop.waiting() == [name]


@pytest.mark.parametrize("lock", ["~$lapor.csv", ".~lock.lapor.csv#"])
def test_a_file_open_in_an_office_program_waits(drop: Drop, lock: str) -> None:
    drop.put("lapor.csv", GOOD)
    drop.put(lock, "x")
    assert drop.pull().records == []
    (drop.folder / lock).unlink()
    assert len(drop.pull().records) == 2


def test_a_link_is_never_followed(drop: Drop, tmp_path: Path) -> None:
    secret = tmp_path / "rahasia.csv"
    secret.write_text(GOOD)
    drop.put("x", "")
    (drop.folder / "x").unlink()
    (drop.folder / "lapor.csv").symlink_to(secret)
    assert drop.pull().records == []
    assert [one.code for one in drop.adapter().check()] == ["file.folders_ready", "file.link"]


def test_a_file_that_changes_while_it_is_read_stays(drop: Drop) -> None:
    path = drop.put("a.csv", GOOD)
    drop.put("b.csv", GOOD.replace("padam", "menyala"))
    running = drop.adapter().pull(RECORDS, since=None)
    next(running)
    path.write_text(GOOD + "3,x,baru\n")
    codes = [finding.code for page in running for finding in page.findings]
    assert codes == ["file.changed_while_read"]
    assert drop.waiting() == ["a.csv"]
    assert "3" in drop.pull().numbers


@pytest.mark.parametrize("folder", ["../luar", "kota/../../luar", "a\0b"])
def test_a_path_that_leaves_the_installation_is_refused(tmp_path: Path, folder: str) -> None:
    drop = Drop(tmp_path, {RECORDS: WORDS}, connection={"folder": folder})
    with pytest.raises(WireError) as refused:
        drop.pull()
    assert refused.value.code == "file.path_leaves"


def test_a_folder_that_is_a_link_out_of_the_installation_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "luar"
    outside.mkdir()
    (tmp_path / "home" / "files").mkdir(parents=True)
    (tmp_path / "home" / "files" / "in").symlink_to(outside)
    drop = Drop(tmp_path / "home", {RECORDS: WORDS}, connection={"folder": "in"})
    with pytest.raises(WireError) as refused:
        drop.pull()
    assert refused.value.code == "file.path_leaves"


def test_an_absolute_folder_is_what_the_operator_wrote(tmp_path: Path) -> None:
    (tmp_path / "share" / "in").mkdir(parents=True)
    drop = Drop(
        tmp_path / "home",
        {RECORDS: WORDS},
        connection={"folder": str(tmp_path / "share" / "in"), "finished_after": "0 seconds"},
    )
    (tmp_path / "share" / "in" / "lapor.csv").write_text(GOOD)
    assert len(drop.pull().records) == 2
    assert (tmp_path / "share" / "archive").is_dir()


def test_an_absolute_folder_that_is_away_is_told_and_not_made(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: WORDS}, connection={"folder": str(tmp_path / "share" / "in")})
    with pytest.raises(WireError) as away:
        drop.pull()
    assert (away.value.failure, away.value.code) == ("down", "file.folder_missing")
    assert not (tmp_path / "share").exists()


def test_the_drop_folder_may_not_be_the_reject_folder(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: WORDS}, connection={"folder": "in", "reject": "in"})
    with pytest.raises(WireError) as refused:
        drop.pull()
    assert refused.value.code == "file.same_folder"


BAD: dict[str, bytes] = {
    "file.empty": b"",
    "file.no_headings": b"Rekap Pengaduan\nKota Contoh\n\n",
    "file.html": b"<html><table><tr><td>Nomor</td></tr></table></html>",
    "file.not_a_table": bytes(range(256)) * 50,
    "file.old_excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "file.broken_workbook": b"PK\x03\x04" + b"\0" * 600,
    "file.no_key_column": b"Isi,Tanggal\n1,2\n",
    "file.encoding": b"Nomor,Tanggal,Isi\n1,x,\x81\x8d\n",
}


@pytest.mark.parametrize("code", BAD)
def test_what_is_no_table_is_told_and_rejected_and_the_rest_goes_on(tmp_path: Path, code: str) -> None:
    words = dataclasses.replace(WORDS, header_has=("Isi",)) if code == "file.no_key_column" else WORDS
    drop = Drop(tmp_path, {RECORDS: words})
    drop.put("a.xls", BAD[code])
    drop.put("b.csv", GOOD)
    stored = drop.pull()
    assert stored.codes == [code]
    assert stored.unreadable[0].position == "a.xls"
    assert stored.numbers == ["1", "2"]
    assert drop.waiting() == []
    original, reasons = drop.rejected()
    assert (drop.reject / original).read_bytes() == BAD[code]
    assert reasons == f"{original}.alasan.csv"
    assert [name.split(".")[0] for name in drop.archived()] == ["b"]


def test_a_rejected_file_is_read_once_it_is_mended(drop: Drop) -> None:
    drop.put("lapor.csv", "Isi\nx\n")
    drop.pull()
    drop.put("lapor.csv", GOOD)
    assert drop.pull().numbers == ["1", "2"]


def test_a_rejected_file_dropped_again_after_the_mapping_was_mended_is_read(drop: Drop) -> None:
    drop.put("lapor.csv", "No,Tanggal,Isi\n1,a,b\n")
    assert drop.pull().codes == ["file.no_headings"]
    drop.words = {RECORDS: dataclasses.replace(WORDS, headings=("No", "Tanggal", "Isi"), keys=("No",))}
    drop.put("lapor.csv", "No,Tanggal,Isi\n1,a,b\n")
    assert len(drop.pull().records) == 1


def test_a_kill_before_the_move_to_reject_lists_the_reason_once(drop: Drop) -> None:
    drop.put("lapor.csv", "")
    first = drop.pull(kill_after=1)
    second = drop.pull(resume=first.pages[-1].resume)
    assert (first.codes, second.codes) == (["file.empty"], ["file.empty"])  # one place: the caller keeps one row
    assert [row[0] for row in drop.reasons()] == ["posisi", "lapor.csv"]
    assert len(drop.rejected()) == 2


def test_broken_rows_are_listed_beside_with_sentences_and_shapes_and_never_texts(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD + "3,0812 3456,=rumah Ibu Contoh,x\n2,2026-01-04,lain\n")
    drop.pull()
    rows = drop.reasons()
    assert rows[0] == ["posisi", "akibat", "kolom", "keterangan", "bentuk", "kode", "aturan"]
    assert [(row[0], row[2], row[5]) for row in rows[1:]] == [
        ("lapor.csv: baris 3", "Nomor", "file.same_key_differs"),
        ("lapor.csv: baris 4", "", "file.too_many_cells"),
        ("lapor.csv: baris 5", "Nomor", "file.same_key_differs"),
    ]
    assert rows[2][1:5] == [
        "baris disisihkan", "", "kalimat file.too_many_cells", "9 | 9999 9999 | =AAAA… AAA AAAA… | A",
    ]  # fmt: skip
    assert "Contoh" not in str(rows)
    assert len(drop.archived()) == 1


def test_what_the_caller_could_not_read_is_listed_too(drop: Drop) -> None:
    drop.put("lapor.csv", GOOD)
    adapter = drop.adapter()
    for page in adapter.pull(RECORDS, since=None):
        if page.records:
            adapter.remark([Remark(page.positions[1], "x.y", "=Kode ini tidak ada.", False, "Isi", "m.yaml:3", "AAA")])
    assert drop.reasons()[1:] == [
        ["lapor.csv: baris 3", "isian tidak dibaca", "Isi", "'=Kode ini tidak ada.", "AAA", "x.y", "m.yaml:3"]
    ]


def test_a_kill_in_the_middle_loses_no_reason_and_lists_none_twice(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    drop.put("lapor.csv", "Nomor,Tanggal,Isi\n" + "".join(f"{n},a\n" for n in range(35)))
    first = drop.pull(kill_after=2)
    drop.pull(resume=first.pages[0].resume)  # a caller's resume point may lag behind
    assert [row[0] for row in drop.reasons()[1:]] == [f"lapor.csv: baris {n}" for n in range(2, 37)]
    assert [path.name for path in drop.reject.iterdir() if path.name.startswith(".")] == []


def test_files_come_in_order_of_their_date(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(WORDS, name=NamePattern("*_<date>.csv"))})
    drop.put("a_2026-01-09.csv", GOOD.replace("padam", "baru"))
    drop.put("z_2026-01-02.csv", GOOD.replace("padam", "lama"))
    assert [record["Isi"] for record in drop.pull().records if record["Nomor"] == "1"] == ["lampu lama", "lampu baru"]


def test_files_come_in_order_of_their_name_where_declared(tmp_path: Path) -> None:
    drop = Drop(tmp_path, {RECORDS: dataclasses.replace(WORDS, order=Order.NAME)})
    os.utime(drop.put("b.csv", GOOD), (1, 1))
    drop.put("a.csv", GOOD.replace("padam", "dulu"))
    assert drop.pull().records[0]["Isi"] == "lampu dulu"


def test_a_file_belongs_to_the_first_stream_whose_name_fits(tmp_path: Path) -> None:
    notes = dataclasses.replace(WORDS, name=NamePattern("tl_*"))
    drop = Drop(tmp_path, {"updates": notes, RECORDS: WORDS})
    drop.put("tl_1.csv", GOOD)
    drop.put("lapor.csv", GOOD.replace("padam", "menyala"))
    assert drop.pull().records[0]["Isi"] == "lampu menyala"
    assert drop.pull(stream="updates").records[0]["Isi"] == "lampu padam"


def test_a_check_foresees_without_moving(drop: Drop) -> None:
    drop.put("a.csv", GOOD.encode("utf-8") + b"3,x,caf\xe9\n")
    drop.put("b.csv", "")
    findings = drop.adapter().check()
    assert [(one.code, one.ok) for one in findings] == [
        ("file.folders_ready", True),
        ("file.readable", True),
        ("file.encoding_guessed", True),
        ("file.empty", False),
    ]
    assert drop.waiting() == ["a.csv", "b.csv"]


def test_a_name_that_is_no_text_does_no_harm(drop: Drop) -> None:
    drop.put("x", "")
    (drop.folder / "x").unlink()
    Path(os.fsdecode(os.fsencode(drop.folder) + b"/l\xff.csv")).write_text(GOOD + "3,x\n")
    stored = drop.pull()
    assert stored.positions[0] == "l?.csv: baris 2"
    assert drop.waiting() == []


@pytest.mark.parametrize("length", [100, 250])
def test_a_long_name_is_put_away_all_the_same(drop: Drop, length: int) -> None:
    drop.put("n" * length + ".csv", GOOD + "3,x\n")
    assert len(drop.pull().records) == 2
    assert drop.waiting() == []


def test_reading_takes_little_memory(drop: Drop) -> None:
    drop.put("lapor.csv", many(60_000))
    tracemalloc.start()
    count = sum(len(page.records) for page in drop.adapter().pull(RECORDS, since=None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60_000
    assert peak < 8_000_000


def test_a_dry_run_moves_and_marks_nothing(drop: Drop) -> None:
    drop.put("a.csv", GOOD + "3,x\n")
    drop.put("b.csv", "")
    adapter = drop.adapter()
    dry = TabularAdapter(dataclasses.replace(adapter.setup, dry_run=True))
    assert sum(len(page.records) for page in dry.pull(RECORDS, since=None)) == 2
    assert drop.waiting() == ["a.csv", "b.csv"]
    assert (drop.archived(), drop.rejected()) == ([], [])
    assert len(drop.pull().records) == 2


HEAD, OTHER = "Nomor,Tanggal,Isi\n", "Nomor;Tanggal;Isi\n"
PIECES = st.sampled_from([HEAD, OTHER, "1,a,b\n", '"', "'", ",", ";", "\n", "\r\n", "\t", "x", "é", "\0", " "])


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(PIECES, max_size=25).map(lambda some: "".join(some).encode()),
        st.binary(max_size=200).map(lambda some: b"PK\x03\x04" + some),
        st.binary(max_size=80).map(lambda some: b"Nomor,Tanggal,Isi\n1,2,3\n" + some),
    )
)
def test_whatever_is_dropped_ends_in_the_archive_or_in_reject(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    drop = Drop(tmp_path_factory.mktemp("any"), {RECORDS: WORDS})
    drop.put("apa saja.csv", content)
    stored = drop.pull()
    assert stored.pages[-1].last
    assert drop.waiting() == []
    kept = [path for place in (drop.archive, drop.reject) for path in place.rglob("apa saja.*.csv")]
    originals = [path for path in kept if not path.name.endswith(".alasan.csv")]
    assert [path.read_bytes() for path in originals] == [content]
    assert bool(drop.rejected()) == bool(stored.unreadable)
