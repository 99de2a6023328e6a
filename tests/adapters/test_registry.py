"""Opening an adapter by its kind."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adapters import KINDS, open_adapter
from tests.adapters.loopback import setup


def test_an_unknown_kind_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="rest, soap, tabular"):
        open_adapter("pigeon", setup("http://dinas.invalid/"))


def test_naming_the_wires_loads_none_of_their_libraries() -> None:
    heavy = "{'zeep', 'openpyxl', 'requests', 'lxml'} & set(sys.modules)"
    code = f"import sys, adapters, adapters.contract, adapters.conversation, adapters.talking; sys.exit(bool({heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_loaded(kind: str) -> None:
    from importlib import import_module

    from adapters import _KINDS

    module, name = _KINDS[kind]
    assert isinstance(getattr(import_module(module), name), type)
