"""A library of texts in memory, and a short way to a compiled mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.mapping import Mapping as Words
from hub.mapping import compile_mapping
from hub.mapping.dates import WIB


class Texts:
    def __init__(self, mappings: Mapping[str, str], codes: Mapping[str, str] | None = None) -> None:
        self.mappings = mappings
        self.code_files = codes or {}

    def mapping(self, name: str) -> tuple[str, str]:
        return self.mappings[name], f"mappings/{name}.yaml"

    def codes(self, path: str) -> str:
        return self.code_files[path]


def words(text: str, codes: Mapping[str, str] | None = None, **more: Any) -> Words:
    """A mapping named ``contoh`` out of a fragment; its number stands in ``nomor`` unless the text says otherwise."""
    lead = "" if "mapping:" in text else "mapping: contoh\n"
    lead += "" if text.startswith("key:") or "\nkey:" in text else "key: nomor\n"
    more.setdefault("settings", {})
    library = Texts({"contoh": lead + text, **more.pop("others", {})}, codes)
    return compile_mapping("contoh", library, zone=more.pop("zone", WIB), **more)
