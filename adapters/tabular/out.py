"""Writing a change as a file: exactly once, whole, and without a cell that a spreadsheet would run.

Two steps with a durable receipt each. *prepare* writes the file into ``.hub/`` of the out folder; *hand over*
renames it to its place. After a kill the file is either still in ``.hub/`` (then it is renamed) or it was
handed over: so nothing is written twice, even where the other side has already taken the file away.
"""

from __future__ import annotations

import csv
import json
import os
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from adapters.contract import Change, ChangeKind, Failure, Outcome, OutcomeKind, Receipt, WireError
from adapters.tabular.folder import sync_folder, write_whole
from adapters.tabular.places import os_error
from adapters.tabular.safe import safe
from adapters.tabular.sheet import cell_text, library
from adapters.tabular_words import OutWords

PREPARE, HAND_OVER = "prepare", "hand-over"
_KEPT_NUMBERS = 100
_SLOT = re.compile(r"<([a-z]+)>")


@dataclass(frozen=True, slots=True)
class Writer:
    """Hands changes over into one folder."""

    out: Path
    key: str | None  # the heading of the record's number
    order: Sequence[str]  # the mapping's columns

    def push(self, words: OutWords, change: Change, receipt: Receipt, now: datetime) -> Outcome:
        try:
            handed = receipt.done(HAND_OVER)
            if handed is None:
                prepared = receipt.done(PREPARE) or self._prepare(words, change, receipt, now)
                handed = self._hand_over(prepared, receipt)
        except WireError as error:  # nothing was handed over: the next attempt goes on where this one stopped
            kind = OutcomeKind.UNKNOWN if error.code == "file.prepared_gone" else OutcomeKind.DOWN
            return Outcome(kind, code=error.code, facts=error.facts)
        return Outcome(OutcomeKind.HANDED_OVER, code="file.handed_over", facts={"file": handed["file"]})

    def _prepare(self, words: OutWords, change: Change, receipt: Receipt, now: datetime) -> Mapping[str, Any]:
        receipt.begin(PREPARE)
        slots = _slots(words, change, now) | {"number": f"{_next_number(self.out / '.hub'):08d}"}
        row = self._row(words, change, slots)
        columns = list(words.columns) or [name for name in self.order if name in row]
        columns += [] if words.columns else [name for name in row if name not in columns]
        waiting = self.out / ".hub" / uuid.uuid4().hex
        name = self._free(_file_name(words.name, slots))
        if name.lower().endswith(".xlsx"):
            _write_workbook(waiting, columns, row)
        else:
            delimiter = "\t" if name.lower().endswith(".tsv") else words.delimiter
            write_whole(waiting, lambda out: _write_text(out, columns, row, delimiter), words.encoding)
        result = {"file": name, "waiting": waiting.name}
        receipt.keep(PREPARE, result)
        return result

    def _hand_over(self, prepared: Mapping[str, Any], receipt: Receipt) -> Mapping[str, Any]:
        before = receipt.started(HAND_OVER)
        receipt.begin(HAND_OVER)
        waiting, target = self.out / ".hub" / prepared["waiting"], self.out / prepared["file"]
        if waiting.exists():  # else an earlier attempt renamed it
            try:
                os.replace(waiting, target)
                sync_folder(self.out)
            except OSError as error:
                raise os_error(error, target.name) from error
        elif not before:  # somebody cleared .hub/: nothing of it is there to hand over
            raise WireError(Failure.CONTRACT, "file.prepared_gone", file=target.name)
        result = {"file": prepared["file"]}
        receipt.keep(HAND_OVER, result)
        return result

    def _row(self, words: OutWords, change: Change, slots: Mapping[str, str]) -> dict[str, str]:
        if change.kind is ChangeKind.COMMENT:
            said = change.event
        else:
            said = change.changed if words.send == "changed" else change.fields
        row = {name: _as_text(value) for name, value in said.items()}
        if self.key and change.system_id is not None and (not words.columns or self.key in words.columns):
            row = {self.key: change.system_id, **row}
            row[self.key] = change.system_id
        for name, text in words.plus.items():
            row[name] = _SLOT.sub(lambda found: slots.get(found[1], found[0]), text)
        return row

    def _free(self, name: str) -> str:
        stem, dot, ending = name.rpartition(".")
        count, free = 1, name
        while (self.out / free).exists():
            count += 1
            free = f"{stem}-{count}{dot}{ending}"
        return free


def _slots(words: OutWords, change: Change, now: datetime) -> dict[str, str]:
    return {
        "id": change.system_id or "",
        "key": change.key or "",
        "text": change.text,
        "date": now.strftime(words.date),
        "time": now.strftime("%H%M%S%f"),
    }


def _next_number(folder: Path) -> int:
    """A running number of the out folder: later files sort behind, also among threads and machines.

    A number is taken by making a file that must not exist yet; the last hundred are kept against stragglers.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = [int(path.name[1:]) for path in folder.glob("n[0-9]*")]
        number = max(taken, default=0) + 1
        while not _taken(folder / f"n{number}"):
            number += 1
        for old in taken:
            if old < number - _KEPT_NUMBERS:
                (folder / f"n{old}").unlink(missing_ok=True)
    except OSError as error:
        raise os_error(error, folder.name) from error
    return number


def _taken(mark: Path) -> bool:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _file_name(pattern: str, slots: Mapping[str, str]) -> str:
    """Slots in a name keep letters, digits, ``-``, ``_`` and ``.``: no path, no surprise."""
    return _SLOT.sub(lambda found: re.sub(r"[^\w.-]+", "-", slots.get(found[1], "")).strip("."), pattern)


def _as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else cell_text(value)


def _write_text(out: IO[str], columns: Sequence[str], row: Mapping[str, str], delimiter: str) -> None:
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([safe(name) for name in columns])
    writer.writerow([safe(row.get(name, "")) for name in columns])


def _write_workbook(target: Path, columns: Sequence[str], row: Mapping[str, str]) -> None:
    """Every cell is text by type: no mark is needed, nothing can be a formula."""
    book = library().Workbook(write_only=True)
    from openpyxl.cell import WriteOnlyCell

    sheet = book.create_sheet("Data")
    for texts in (list(columns), [row.get(name, "") for name in columns]):
        cells = [WriteOnlyCell(sheet, text) for text in texts]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        book.save(out)
        out.flush()
        os.fsync(out.fileno())
