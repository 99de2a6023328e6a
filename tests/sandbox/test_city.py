from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

from hub.sandbox.country import Country
from hub.sandbox.desk import Stage


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _drop(quiet: Country, name: str, text: str) -> None:
    (quiet.city.into / name).write_bytes(text.encode("utf-8-sig"))


def test_what_changed_is_handed_out_once(quiet: Country) -> None:
    ticket = quiet.city.create({"title": "Pohon", "body": "Pohon miring; awas", "anonymous": "1"}, by="warga")
    quiet.clock.advance(timedelta(minutes=1))
    [path] = quiet.city.export()
    quiet.clock.advance(timedelta(minutes=1))
    [row] = _rows(path)
    assert (row["No. Tiket"], row["Isi Pengaduan"], row["Anonim"]) == (ticket.key, "Pohon miring; awas", "Ya")
    assert row["Tanggal Masuk"] == "02/11/2026 08:00:00"
    assert quiet.city.export() == []


def test_answers_go_out_in_a_file_of_their_own(quiet: Country) -> None:
    ticket = quiet.city.create({"body": "Pohon miring"}, by="warga")
    quiet.city.answer(ticket, "Sudah ditebang", by="petugas", author="Petugas Contoh")
    tickets, answers = quiet.city.export()
    assert tickets.name.startswith("aduan_20261102_")
    [row] = _rows(answers)
    assert (row["No. Tiket"], row["Tanggapan"], row["Petugas"]) == (ticket.key, "Sudah ditebang", "Petugas Contoh")


def test_a_new_row_makes_a_ticket_and_the_file_is_put_away(quiet: Country) -> None:
    _drop(quiet, "baru_1.csv", "No. LAPOR,Judul,Isi Pengaduan,Rahasia\r\n3000123,Air,'=1+1 air,Ya\r\n")
    assert quiet.city.read_in() == 1
    [ticket] = quiet.city.tickets.values()
    assert (ticket.lapor, ticket.values["body"], ticket.values["confidential"]) == ("3000123", "=1+1 air", "1")
    assert (quiet.city.into / "selesai" / "baru_1.csv").exists()


def test_the_same_row_twice_makes_two_tickets(quiet: Country) -> None:
    for name in ("baru_1.csv", "baru_2.csv"):
        _drop(quiet, name, "No. LAPOR;Isi Pengaduan\r\n3000123;Air keruh\r\n")
    quiet.city.read_in()
    assert len(quiet.city.ledger.entries("create", wire=True)) == 2


def test_changes_and_answers_reach_their_ticket(quiet: Country) -> None:
    ticket = quiet.city.create({"body": "Air keruh"}, by="warga")
    _drop(quiet, "ubah_1.csv", f"No. Tiket;No. LAPOR;Status\r\n{ticket.key};3000123;Diproses\r\n")
    _drop(quiet, "tanggapan_1.csv", f"No. Tiket;Tanggapan\r\n{ticket.key};Masih keruh\r\n")
    quiet.city.read_in()
    assert (ticket.lapor, quiet.city.stage(ticket)) == ("3000123", Stage.WORKING)
    assert [(one.text, one.by) for one in ticket.answers] == [("Masih keruh", "hub")]


def test_a_file_nobody_can_read_is_set_aside_with_the_reason(quiet: Country) -> None:
    _drop(quiet, "ubah_1.csv", "No. Tiket;Status\r\nT-0;Diproses\r\n")
    _drop(quiet, "entah.csv", "a;b\r\n1;2\r\n")
    quiet.city.read_in()
    failed = quiet.city.into / "gagal"
    assert (failed / "ubah_1.txt").read_text() == "No. Tiket tidak dikenal"
    assert (failed / "entah.csv").exists()


def test_an_unfinished_file_is_left_alone(quiet: Country) -> None:
    _drop(quiet, "baru_1.csv.part", "Isi Pengaduan\r\nsetengah")
    assert quiet.city.read_in() == 0
    assert not quiet.city.tickets
