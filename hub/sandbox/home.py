"""What an installation needs to work with this country: connector files, secrets, the core's agency numbers.

Written as any administrator would write them; the country shares nothing else with a hub.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hub.sandbox.clock import WIB

if TYPE_CHECKING:
    from hub.sandbox.country import Country

GOVERNMENTS: Mapping[str, str] = {
    "900100": "32",
    "900200": "53.01",
    "900300": "33.73",
    "900400": "33.74",
}  # core's number → Kemendagri code
REGENCY_USER = "hub_kabupaten"
OFFICE = ("900310", "dpu-33.73", "Dinas PU Kota Salatiga (simulasi)", "33.73")

CORE = """\
connector: pusat
core: yes
agencies: ["*"]
mapping: lapor-v3-asumsi
adapter: rest
connection: {{url: "{url}api/v3-asumsi/", bearer: <secret.sandbox-pusat>}}
settings: {{hub_account: hub}}
"""
PROVINCE = """\
connector: provinsi
agency: "32"
mapping: aduan-provinsi-json
adapter: rest
connection: {{url: "{url}", header: {{Api-Key: <secret.sandbox-provinsi>, X-Partner-Id: hub}}}}
settings: {{hub_user: hub}}
"""
REGENCY = """\
connector: kabupaten
agency: "53.01"
mapping: aduan-nusoap
adapter: soap
connection:
  url: "{url}ws/aduan.php"
  parameters: {{UserName: {user}, Password: <secret.sandbox-kabupaten>}}
settings: {{hub_user: {user}}}
"""
CITY = """\
connector: kota
agency: "33.73"
mapping: sandbox-kota-csv
adapter: tabular
connection:
  folder: "{drop}"
  out: "{out}"
  archive: "{archive}"
  reject: "{reject}"
  finished_after: 0 seconds  # the city renames finished files into place
"""
SMALL = """\
connector: kota-kecil
agency: "33.74"
mapping: aduan-sederhana-json
adapter: rest
connection: {{url: "{url}", header: {{Token-Key: <secret.sandbox-kota-kecil>}}}}
"""
COMMON = """\
sandbox: yes
creates: yes
when: {when}
settle: {settle}
live_from: {live_from}
"""


def write_home(country: Country, home: Path, *, when: str, settle: str) -> list[Path]:
    """Files for a hub's home folder; those that are there are replaced. Gives the connector files written."""
    for name in ("schedules", "secrets", "mappings"):
        (home / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "agencies.yaml").write_text(_agencies(), "utf-8")
    for name, value in country.secrets.items():
        path = home / "secrets" / name
        path.touch(mode=0o600)
        path.write_text(value, "utf-8")
    live = (country.started_at.astimezone(WIB) - timedelta(days=1)).date()
    common = COMMON.format(when=when, settle=settle, live_from=live.isoformat())
    return [_write(home, name, text + common) for name, text in _connectors(country).items()]


def _connectors(country: Country) -> dict[str, str]:
    city = country.city
    folders = {
        "drop": city.out,
        "out": city.into,
        "archive": city.out.parent / "arsip",
        "reject": city.out.parent / "ditolak",
    }
    return {
        "pusat": CORE.format(url=country.core.url),
        "provinsi": PROVINCE.format(url=country.province.url),
        "kabupaten": REGENCY.format(url=country.regency.url, user=REGENCY_USER),
        "kota": CITY.format(**folders),
        "kota-kecil": SMALL.format(url=country.small.url),
    }


def _agencies() -> str:
    lines = ["agencies:"]
    lines += [f'  - {{code: "{code}", lapor_ids: ["{number}"]}}' for number, code in GOVERNMENTS.items()]
    number, code, name, parent = OFFICE
    lines.append(f'  - {{code: {code}, name: {name}, kind: UNIT, parent: "{parent}", lapor_ids: ["{number}"]}}')
    return "\n".join(lines) + "\n"


def _write(home: Path, name: str, text: str) -> Path:
    path = home / "schedules" / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path
