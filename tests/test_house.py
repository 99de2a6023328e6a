"""The house stands as docs/house.md draws it: an arrow only points down, and every room keeps to its work."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS = {
    # room: what it may import of ours; the longest matching prefix counts
    "adapters": {"adapters"},
    "hub.language": set(),
    "hub.domain": {"hub.domain"},
    "hub.mapping": {"hub.mapping", "hub.domain", "adapters.conversation", "adapters.contract", "adapters.tabular_words",
                    "adapters.tabular_rows",
                    "adapters.talking", "hub.language"},
    "hub.store": {"hub.store", "hub.domain"},
    "hub.home": {"hub.store", "hub.domain", "hub.mapping"},
    "hub.connectors": {"hub.home", "hub.store", "hub.domain", "hub.mapping", "adapters"},
    "hub.apply": {"hub.apply", "hub.home", "hub.connectors", "hub.store", "hub.domain", "hub.mapping"},
    "hub.sync.remarks": {"hub.sync", "hub.store", "hub.mapping", "adapters.contract", "hub.language"},
    "hub.sync": {"hub.sync", "hub.home", "hub.connectors", "hub.store", "hub.domain", "hub.mapping",
                 "adapters.contract"},
    "hub.health": {"hub.home", "hub.connectors", "hub.store", "hub.domain"},
    "hub.dispatcher": {"hub.home", "hub.store", "hub.domain"},
    "hub.sandbox": {"hub.sandbox"},
}  # fmt: skip
WIRE_LIBRARIES = {"requests", "zeep", "openpyxl", "paramiko", "urllib3"}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _under(name: str, rooms: set[str]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def _files() -> list[Path]:
    return [path for top in ("hub", "adapters") for path in (ROOT / top).rglob("*.py")]


@pytest.mark.parametrize("room", FLOORS)
def test_an_arrow_only_points_down(room: str) -> None:
    wrong = [
        f"{_module(path)} imports {name}"
        for path in _files()
        if max((one for one in FLOORS if _under(_module(path), {one})), key=len, default="") == room
        for name in sorted(_imports(path))
        if _under(name, {"hub", "adapters"}) and not _under(name, FLOORS[room])
    ]
    assert not wrong


def test_only_adapters_and_the_sandbox_touch_the_wire() -> None:
    wrong = [
        f"{_module(path)} imports {name}"
        for path in _files()
        if not _under(_module(path), {"adapters", "hub.sandbox"})
        for name in _imports(path)
        if name.split(".")[0] in WIRE_LIBRARIES
    ]
    assert not wrong


def test_words_and_rules_do_no_input_or_output() -> None:
    forbidden = {"pathlib", "os", "socket", "sqlite3", "sqlalchemy", "requests", "subprocess", "io"}
    wrong = [
        f"{_module(path)} imports {name}"
        for path in _files()
        if _under(_module(path), {"hub.mapping", "hub.domain"})
        for name in _imports(path)
        if name.split(".")[0] in forbidden
    ]
    assert not wrong


def test_files_fit_one_sitting() -> None:
    long = {
        str(path.relative_to(ROOT)): lines for path in _files() if (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_functions_fit_a_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in _files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 60
    ]
    assert not long
