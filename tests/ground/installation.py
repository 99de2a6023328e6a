"""Small files for an installation under test: one product, its connector files, invented people only."""

from __future__ import annotations

from pathlib import Path

MAPPING = """\
mapping: kecil
describes: a small product
key: id
fields:
  - {complaint: title, system: judul}
  - {complaint: status, system: status, codes: status}
codes:
  status: {file: codes/status.csv, from: system, to: complaint}
"""
CODES = "system,complaint\n1,RECEIVED\n2,IN_PROGRESS\n"


def connector_text(name: str = "kota-contoh", **more: str) -> str:
    values = {
        "connector": name, "agency": '"33.73"', "mapping": "kecil", "adapter": "rest",
        "connection": "{url: http://127.0.0.1:9/}", "when": "every 5 minutes",
    }  # fmt: skip
    return "".join(f"{key}: {value}\n" for key, value in {**values, **more}.items())


def write(home: Path, *, mapping: str | None = None, **connectors: str) -> None:
    """Write the product's files and the given connector files (``kota_contoh`` is the file ``kota-contoh``)."""
    (home / "mappings" / "codes").mkdir(exist_ok=True)
    (home / "mappings" / "kecil.yaml").write_text(mapping or MAPPING)
    (home / "mappings" / "codes" / "status.csv").write_text(CODES)
    for name, text in (connectors or {"kota_contoh": connector_text()}).items():
        (home / "schedules" / f"{name.replace('_', '-')}.yaml").write_text(text)
