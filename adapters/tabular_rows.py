"""How a change becomes a row: its columns, its texts and the name of its file. Plain values, no I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from adapters.contract import Change, ChangeKind, Raw
from adapters.tabular_words import OutWords, TableWords

MOST_CELL = 1 << 20  # characters in one cell
_SLOT = re.compile(r"<([a-z]+)>")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One change, ready to be written. ``tree`` is what a JSON file holds."""

    name: str
    columns: Sequence[str]
    row: Mapping[str, str]
    tree: Raw


def draw(words: OutWords, records: TableWords, change: Change, now: datetime, number: int) -> Drawn:
    """``records``: the words of the stream that the change belongs to."""
    slots = _slots(words, change, now) | {"number": f"{number:08d}"}
    key = records.keys[0] if len(records.keys) == 1 else None
    said = _said(words, change)
    row = {name: as_text(value) for name, value in said.items()}
    if key and change.system_id is not None and (not words.columns or key in words.columns):
        row = {key: change.system_id, **row}
        row[key] = change.system_id
        said = _with(said, key.split(".") if records.format.is_tree else [key], change.system_id)
    for name, text in words.plus.items():
        row[name] = _SLOT.sub(lambda found: slots.get(found[1], found[0]), text)
        said = {**said, name: row[name]}
    columns = list(words.columns) or [name for name in records.headings if name in row]
    columns += [] if words.columns else [name for name in row if name not in columns]
    return Drawn(file_name(words.name, slots), columns, row, said)


def _said(words: OutWords, change: Change) -> Raw:
    if change.kind is ChangeKind.COMMENT:
        return change.event
    return change.changed if words.send == "changed" else change.fields


def _with(tree: Raw, names: Sequence[str], value: Any) -> Raw:
    head, *rest = names
    inner = tree.get(head)
    return {**tree, head: _with(inner if isinstance(inner, dict) else {}, rest, value) if rest else value}


def _slots(words: OutWords, change: Change, now: datetime) -> dict[str, str]:
    return {
        "id": change.system_id or "",
        "key": change.key or "",
        "text": change.text,
        "date": now.strftime(words.date),
        "time": now.strftime("%H%M%S%f"),
    }


def file_name(pattern: str, slots: Mapping[str, str]) -> str:
    """Slots in a name keep letters, digits, ``-``, ``_`` and ``.``: no path, no surprise."""
    return _SLOT.sub(lambda found: re.sub(r"[^\w.-]+", "-", slots.get(found[1], "")).strip("."), pattern)


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else cell_text(value)


def cell_text(value: Any) -> str:
    """One value as text: ``9165816.0`` → ``9165816``, dates ISO (a midnight is a date), yes/no TRUE/FALSE."""
    if isinstance(value, str):
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value
    if isinstance(value, float):
        return _number(value)
    if value is None or isinstance(value, bool):
        return {None: "", True: "TRUE", False: "FALSE"}[value]
    if isinstance(value, date | time | timedelta):
        return _time(value)
    return str(value)


def _time(value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        value = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return value.replace(microsecond=0).isoformat() if isinstance(value, time) else value.isoformat()


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text
