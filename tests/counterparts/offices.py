"""The three servers of ``servers.py`` as offices: their people at work, their books, their part of a connector file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.counterparts.servers import PhpSoap, Roundup


class RoundupOffice:
    def __init__(self, server: Roundup) -> None:
        self.server = server
        self.start, self.stop = server.start, server.stop

    def connection(self) -> str:
        headers = ", ".join(f'{name}: "{value}"' for name, value in self.server.headers.items())
        return f"""\
mapping: roundup
adapter: rest
connection:
  url: "{self.server.url}rest/data/"
  basic: {{user: hub, password: <secret.kantor>}}
  header: {{{headers}}}"""

    def settings(self) -> str:
        return "{hub_user: hub}"

    def file(self, title: str, body: str, number: str = "") -> str:
        message = self.server.message(body)
        more = {"nomor_lapor": number} if number else {}
        return self.server.add(title, messages=[message], anonim="tidak", rahasia="tidak", **more)

    def answer(self, number: str, text: str) -> None:
        self.server.answer(number, text)

    def finish(self, number: str) -> None:
        self.server.change(number, status="resolved")

    def start_work(self, number: str) -> None:
        self.server.change(number, status="in-progress")

    def lose_after(self, call: str) -> None:
        """The answer to the call that makes the issue (or hangs a message on it) is lost on the line."""
        self.server.network.lose_after({"create": "POST /aduan/rest/data/issue ", "comment": "PATCH "}[call])

    def records(self) -> Mapping[str, Mapping[str, Any]]:
        names = self.server.statuses()
        return {
            number: {
                "title": one["title"],
                "lapor": one["nomor_lapor"],
                "body": (one["messages"] or [""])[0],
                "texts": one["messages"][1:],
                "status": names[str(one["status"])],
                "reporter": one["pelapor"],
            }
            for number, one in self.server.ledger().items()
        }


class PhpOffice:
    def __init__(self, server: PhpSoap, words: str) -> None:
        self.server, self.words = server, words
        self.start, self.stop = server.start, server.stop

    def connection(self) -> str:
        return f"adapter: soap\n{self.words.format(url=self.server.url)}"

    def settings(self) -> str:
        return "{hub_user: hub}"

    def file(self, title: str, body: str, number: str = "") -> str:
        return self.server.add(judul=title, isi=body, nama="Contoh Karangan", nomor_lapor=number or None)

    def answer(self, number: str, text: str) -> None:
        self.server.answer(number, text)

    def finish(self, number: str) -> None:
        self.server.change(number, status="SELESAI")

    def start_work(self, number: str) -> None:
        self.server.change(number, status="PROSES")

    def records(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            number: {
                "title": one["judul"],
                "lapor": one["nomor_lapor"],
                "body": one["isi"],
                "texts": [each["isi"] for each in one["tindak_lanjut"]],
                "status": one["status"],
                "reporter": one["nama"],
            }
            for number, one in self.server.ledger().items()
        }


def simadu_office(server: PhpSoap) -> PhpOffice:
    return PhpOffice(
        server,
        """\
mapping: simadu-soap
connection:
  url: "{url}"
  basic: {{user: hub, password: <secret.kantor>}}""",
    )


def elapor_office(server: PhpSoap) -> PhpOffice:
    return PhpOffice(
        server,
        """\
mapping: elapor-soap
connection:
  url: "{url}"
  parameters: {{pengguna: hub, sandi: <secret.kantor>}}""",
    )
