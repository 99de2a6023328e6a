"""``agencies.yaml``: LAPOR! numbers of governments, and the bodies that are in no register (ministries, offices).

agencies:
  - {code: "33.73", lapor_ids: ["1208"]}
  - code: dpu-salatiga
    name: Dinas Pekerjaan Umum Kota Salatiga
    kind: UNIT
    parent: "33.73"
    lapor_ids: [{id: "4711", from: 2024-01-01}, {id: "4650", until: 2023-12-31}]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from hub.domain.agency import ZONES, Agency, AgencyKind, LaporId, circles
from hub.mapping.faults import Faults
from hub.mapping.reader import Node, read_yaml

FILE = "agencies.yaml"
_CODE = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")


def read_agencies(text: str, register: Mapping[str, Agency]) -> list[Agency]:
    """The installation's agencies. ``register`` is what is shipped. Raises MappingError with every fault."""
    if not text.strip():
        return []
    root = read_yaml(text, FILE).only("agencies")
    faults = Faults()
    found: dict[str, Agency] = {}
    for node in root.need("agencies").items():
        with faults.gather():
            one = _agency(node, register)
            if one.code in found:
                node.refuse("agencies.twice", agency=one.code)
            found[one.code] = one
    faults.finish()
    for fault_code, wrong, facts in _wrong_together(found, register):
        root.refuse(fault_code, agency=wrong, **facts)
    return list(found.values())


def _agency(node: Node, register: Mapping[str, Agency]) -> Agency:
    node.only("code", "name", "kind", "parent", "zone", "lapor_ids")
    code = node.need("code").text()
    numbers = node.get("lapor_ids")
    lapor_ids = tuple(_lapor_id(one) for one in numbers.items()) if numbers else ()
    if code in register:
        for word in ("name", "kind", "parent", "zone"):
            if word in node:
                node.refuse("agencies.registered", agency=code, word=word)
        return replace(register[code], lapor_ids=lapor_ids)
    if not _CODE.fullmatch(code):
        node.refuse("agencies.code", agency=code)
    parent, zone = node.get("parent"), node.get("zone")
    return Agency(
        code=code,
        name=node.need("name").text(),
        kind=AgencyKind(node.need("kind").choice("KEMENTERIAN", "LEMBAGA", "UNIT")),
        parent_code=parent.text() if parent else None,
        zone=zone.choice(*ZONES) if zone else _zone_of(parent, register),
        lapor_ids=lapor_ids,
    )


def _zone_of(parent: Node | None, register: Mapping[str, Agency]) -> str | None:
    above = register.get(parent.text()) if parent else None
    return above.zone if above else None


def _lapor_id(node: Node) -> LaporId:
    if node.is_text:
        return LaporId(node.text())
    node.only("id", "from", "until")
    return LaporId(node.need("id").text(), _day(node.get("from")), _day(node.get("until")))


def _day(node: Node | None) -> date | None:
    if node is None:
        return None
    try:
        return date.fromisoformat(node.text())
    except ValueError:
        node.refuse("agencies.day", text=node.text())


def _wrong_together(
    found: Mapping[str, Agency], register: Mapping[str, Agency]
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """What no single entry shows: unknown parents, circles, one LAPOR! number held by two at a time."""
    known = {**register, **found}
    for one in found.values():
        if one.parent_code is not None and one.parent_code not in known:
            yield "agencies.parent", one.code, {"parent": one.parent_code}
    for code in circles({code: one.parent_code for code, one in known.items()}):
        yield "agencies.circle", code, {}
    holders: dict[str, list[tuple[LaporId, str]]] = {}
    for one in found.values():
        for held in one.lapor_ids:
            for other, code in holders.setdefault(held.id, []):
                if _overlap(held, other):
                    yield "agencies.number_twice", one.code, {"number": held.id, "other": code}
            holders[held.id].append((held, one.code))


def _overlap(one: LaporId, other: LaporId) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    ends = min(one.valid_until or date.max, other.valid_until or date.max)
    return starts <= ends
