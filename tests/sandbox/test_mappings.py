"""The mappings of the sandbox's systems compile, keep the two laws and pass the tests that stand in them."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import hub
from hub.mapping import compile_mapping
from hub.mapping.check import check_mapping

SHIPPED = Path(hub.__file__).parent.parent / "mappings"
NASTY = Path(__file__).parent / "mappings"
SETTINGS = {
    "lapor-v3-asumsi": {"hub_account": "hub"},
    "aduan-provinsi-json": {"hub_user": "hub"},
    "aduan-nusoap": {"hub_user": "hub_kabupaten"},
    "sandbox-kota-csv": {},
    "aduan-sederhana-json": {},
}
LETTERS = ("a", "c", "f", "g", "h", "i")


class Folders:
    def mapping(self, name: str) -> tuple[str, str]:
        for folder in (NASTY, SHIPPED):
            if (path := folder / f"{name}.yaml").exists():
                return path.read_text("utf-8"), f"mappings/{path.name}"
        raise KeyError(name)

    def codes(self, path: str) -> str:
        return (SHIPPED / path).read_text("utf-8")


@pytest.mark.parametrize("name", [*SETTINGS, *(f"desa-{letter}" for letter in LETTERS)])
def test_a_mapping_keeps_its_laws_and_passes_its_tests(name: str) -> None:
    mapping = compile_mapping(name, Folders(), settings=SETTINGS.get(name, {}), zone=ZoneInfo("Asia/Jakarta"))
    failed = [(one.name, one.problems) for one in check_mapping(mapping) if not one.ok]
    assert not failed
    assert mapping.says_flags
