"""Each nasty system beside the core, connected by a mapping alone: everything arrives once, both ways."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from hub.apply import apply
from hub.demo import carry
from hub.home import Hub, init_hub
from hub.sandbox import core_api, people
from hub.sandbox.clock import Clock
from hub.sandbox.core import Account, Agency, Complaint, Core
from hub.sandbox.country import START
from hub.sandbox.desk import Desk, Stage, Ticket
from hub.sandbox.judge import Judge
from hub.sandbox.ledger import COMMENT, CREATE
from hub.sandbox.nasty.a import A
from hub.sandbox.nasty.c import C
from hub.sandbox.nasty.f import F
from hub.sandbox.nasty.g import G
from hub.sandbox.nasty.h import H
from hub.sandbox.nasty.i import I
from hub.sandbox.people import Fate
from tests.sandbox.story import Later

MAPPINGS = Path(__file__).parent / "mappings"
AGENCY, CODE = "900400", "33.74"
KEY = "kunci"
OPENED: dict[str, Callable[[Clock], Desk]] = {
    "a": lambda clock: A(clock, agency=AGENCY, key=KEY),
    "c": lambda clock: C(clock, agency=AGENCY, password=KEY),
    "f": lambda clock: F(clock, agency=AGENCY, key=KEY),
    "g": lambda clock: G(clock, agency=AGENCY, key=KEY),
    "h": lambda clock: H(clock, agency=AGENCY, key=KEY),
    "i": lambda clock: I(clock, agency=AGENCY, key=KEY),
}
CORE_FILE = """\
connector: pusat
core: yes
agencies: ["*"]
mapping: lapor-v3-asumsi
adapter: rest
connection: {{url: "{url}api/v3-asumsi/", bearer: <secret.pusat>}}
settings: {{hub_account: hub}}
sandbox: yes
creates: yes
settle: 1 seconds
live_from: 2026-11-01
"""
DESK_FILE = """\
connector: desa
agency: "{code}"
mapping: desa-{letter}
adapter: {adapter}
connection: {{url: "{url}", {login}}}
sandbox: yes
creates: yes
settle: 1 seconds
live_from: 2026-11-01
"""


@dataclass
class Pair:
    """The core, one nasty desk, and the hub between them."""

    hub: Hub
    core: Core
    desk: Desk
    now: Later
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def filed(self, number: int) -> Complaint:
        """A citizen's complaint, disposed to the desk."""
        values = people.complaint(Fate(5), "nasty", number) | {"anonim": "0", "id_instansi": AGENCY}
        return self.core.file(values, by="warga")

    def ticket(self, complaint: Complaint) -> Ticket:
        (found,) = [one for one in self.desk.tickets.values() if one.lapor == complaint.tracking_id]
        return found

    def carry(self, rounds: int = 3) -> None:
        for _ in range(rounds):
            self.core.clock.advance(timedelta(minutes=30))
            self.now.at += timedelta(minutes=30)
            carry(self.hub, self.counts)

    def doubled(self) -> dict[str, int]:
        lapor = Counter(str(one.fields["lapor"]) for one in self.desk.ledger.entries(CREATE, wire=True))
        return {number: count for number, count in lapor.items() if count > 1}


@contextmanager
def pair_of(letter: str, home: Path, key: str = KEY) -> Iterator[Pair]:
    clock, now = Clock(START), Later()
    core = core_api.wire(
        Core(
            clock,
            agencies={AGENCY: Agency(AGENCY, "Pemerintah Kota Contoh (simulasi)")},
            categories=people.texts()["categories"],
            accounts=(Account("hub", KEY, None),),
        )
    )
    desk = OPENED[letter](clock)
    hub = init_hub(home, sandbox=True, now=now)
    core.start()
    desk.start()
    try:
        _files(home, letter, core, desk, key)
        apply(hub, "test")
        yield Pair(hub, core, desk, now)
    finally:
        hub.close()
        desk.stop()
        core.stop()


def _files(home: Path, letter: str, core: Core, desk: Desk, key: str) -> None:
    for path in MAPPINGS.glob("desa*.yaml"):
        shutil.copy(path, home / "mappings")
    for name, value in (("pusat", KEY), ("desa", key)):
        (home / "secrets" / name).touch(mode=0o600)
        (home / "secrets" / name).write_text(value)
    soap = letter == "c"
    login = "parameters: {sandi: <secret.desa>}" if soap else "header: {Token-Key: <secret.desa>}"
    url = desk.url + ("soap" if soap else "")
    text = DESK_FILE.format(code=CODE, letter=letter, adapter="soap" if soap else "rest", url=url, login=login)
    (home / "schedules" / "desa.yaml").write_text(text)
    (home / "schedules" / "pusat.yaml").write_text(CORE_FILE.format(url=core.url))
    (home / "agencies.yaml").write_text(f'agencies: [{{code: "{CODE}", lapor_ids: ["{AGENCY}"]}}]\n')


@pytest.mark.parametrize("letter", OPENED)
def test_complaints_arrive_once_and_answers_come_back_once(letter: str, tmp_path: Path) -> None:
    with pair_of(letter, tmp_path) as pair:
        complaints = [pair.filed(number) for number in range(12)]  # more than two of its pages
        pair.carry()
        assert pair.doubled() == {}
        assert len(pair.desk.tickets) == len(complaints)
        answered = pair.ticket(complaints[3])
        pair.desk.move(answered, Stage.WORKING)
        pair.desk.answer(answered, "Sudah kami kerjakan hari ini.", by="petugas")
        pair.desk.move(answered, Stage.DONE)
        pair.carry()
        heard = [one.text.upper() for one in complaints[3].follow_ups]
        assert heard == ["SUDAH KAMI KERJAKAN HARI INI."]
        assert complaints[3].state.name == "ANSWERED"
        assert len(pair.desk.tickets) == len(complaints)


@pytest.mark.parametrize("letter", ["a", "c", "f", "g", "i"])
def test_a_reply_of_the_reporter_arrives_once(letter: str, tmp_path: Path) -> None:
    with pair_of(letter, tmp_path) as pair:
        complaint = pair.filed(1)
        pair.carry(2)
        pair.core.reply(complaint, "Belum ada petugas yang datang.")
        pair.carry()
        written = [str(one.fields["text"]).upper() for one in pair.desk.ledger.entries(COMMENT, wire=True)]
        assert written == ["BELUM ADA PETUGAS YANG DATANG."]
        assert [one.text for one in complaint.follow_ups] == []


@pytest.mark.parametrize("letter", ["a", "f", "g", "h", "i"])
def test_a_local_complaint_gets_its_number_from_the_core(letter: str, tmp_path: Path) -> None:
    with pair_of(letter, tmp_path) as pair:
        filed = people.complaint(Fate(5), "local") | {"anonim": "0", "rahasia": "0"}
        ticket = pair.desk.create(people.local(filed), by="warga")
        pair.carry()
        (complaint,) = pair.core.complaints.values()
        assert ticket.lapor == complaint.tracking_id
        assert not [one for one in Judge(pair.core, [pair.desk]).disagreements() if one.kind in ("lost", "doubled")]


def test_what_c_is_told_again_keeps_every_column(tmp_path: Path) -> None:
    with pair_of("c", tmp_path) as pair:
        filed = people.complaint(Fate(5), "local") | {"anonim": "0", "rahasia": "0"}
        ticket = pair.desk.create(people.local(filed), by="warga")
        pair.carry()
        assert ticket.lapor
        assert ticket.values["title"] == filed["judul"]
        assert ticket.values["body"] == filed["isi"]


def test_f_with_a_wrong_key_is_not_believed(tmp_path: Path) -> None:
    with pair_of("f", tmp_path, key="salah") as pair:
        pair.desk.create({"title": "Umum", "body": "Laporan umum.", "anonymous": "0", "confidential": "0"}, by="warga")
        pair.carry()
        assert pair.counts["desa"]["pull.stored"] == 0
        assert pair.core.complaints == {}
