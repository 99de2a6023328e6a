"""The file ``core.openapi.json`` and the server say the same."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hub.sandbox.core_api import BASE
from hub.sandbox.country import SECRETS, Country

CONTRACT: dict[str, Any] = json.loads(files("hub.sandbox").joinpath("core.openapi.json").read_text("utf-8"))
METHODS = {"get", "post", "put", "patch", "delete"}
HEADERS = {"Authorization": f"Bearer {SECRETS['sandbox-pusat']}"}
NUMBER = "<number>"
CALLS: list[tuple[str, str, Any, int]] = [
    ("GET", "/saya", None, 200),
    ("GET", "/instansi", None, 200),
    ("GET", "/kategori", None, 200),
    ("GET", "/laporan", None, 200),
    ("GET", "/laporan?sejak=kemarin", None, 422),
    ("POST", "/laporan", {"isi": "Air keruh", "judul": "Air", "id_instansi": "900100"}, 201),
    ("POST", "/laporan", {"isi": ""}, 422),
    ("GET", f"/laporan/{NUMBER}", None, 200),
    ("GET", "/laporan/1", None, 404),
    ("PATCH", f"/laporan/{NUMBER}", {"rahasia": "1"}, 200),
    ("PATCH", f"/laporan/{NUMBER}", {"judul": "x"}, 422),
    ("POST", f"/laporan/{NUMBER}/tindak-lanjut", {"isi": "Ditinjau"}, 201),
    ("POST", f"/laporan/{NUMBER}/tindak-lanjut", {"isi": " "}, 422),
    ("GET", f"/laporan/{NUMBER}/tindak-lanjut", None, 200),
    ("POST", f"/laporan/{NUMBER}/aksi", {"aksi": "proses"}, 200),
    ("POST", f"/laporan/{NUMBER}/aksi", {"aksi": "hapus"}, 422),
]


def _told(status: int, method: str, path: str) -> dict[str, Any]:
    template = re.sub(r"\d+$|(?<=/laporan/)[^/?]+", "{number}", path.partition("?")[0])
    answer = CONTRACT["paths"][template][method.lower()]["responses"][str(status)]
    if "$ref" in answer:
        answer = CONTRACT["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return {**schema, "components": CONTRACT["components"]}


def test_file_and_server_know_the_same_calls(country: Country) -> None:
    told = {(method.upper(), path) for path, item in CONTRACT["paths"].items() for method in METHODS & set(item)}
    served = {
        (method, rule.rule.removeprefix(BASE).replace("<number>", "{number}"))
        for rule in country.core.app.url_map.iter_rules()
        if rule.rule.startswith(BASE)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == told


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS)
def test_an_answer_is_as_the_file_says(country: Country, method: str, path: str, body: Any, status: int) -> None:
    core = country.core
    number = core.file({"isi": "Jalan rusak", "id_instansi": "900100", "pelapor": {"nama": "Misal"}}, by="warga")
    answer = core.app.test_client().open(
        BASE + path.replace(NUMBER, number.tracking_id), method=method, json=body, headers=HEADERS
    )
    assert answer.status_code == status
    Draft202012Validator(_told(status, method, path)).validate(answer.get_json())


def test_the_contract_calls_itself_an_assumption() -> None:
    assert "ASUMSI" in CONTRACT["info"]["title"]
