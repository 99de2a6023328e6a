"""Writing a change as a file: exactly once, whole, and without a cell that a spreadsheet would run.

Two steps with a durable receipt each. *prepare* writes the file into ``.hub/`` of the out folder; *hand over*
renames it to its place. After a kill the file is either still in ``.hub/`` (then it is renamed) or it was
handed over: so nothing is written twice, even where the other side has already taken the file away.
"""

from __future__ import annotations

import csv
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from adapters.contract import Change, Failure, Outcome, OutcomeKind, Receipt, WireError
from adapters.tabular.folder import sync_folder, write_whole
from adapters.tabular.places import os_error
from adapters.tabular.safe import safe
from adapters.tabular.sheet import library
from adapters.tabular_rows import Drawn, draw
from adapters.tabular_words import OutWords, TableWords

PREPARE, HAND_OVER = "prepare", "hand-over"
_KEPT_NUMBERS = 100


@dataclass(frozen=True, slots=True)
class Writer:
    """Hands changes over into one folder."""

    out: Path
    records: TableWords

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
        drawn = draw(words, self.records, change, now, _next_number(self.out / ".hub"))
        waiting = self.out / ".hub" / uuid.uuid4().hex
        name = self._free(drawn.name)
        _write(waiting, name.lower(), drawn, words)
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

    def _free(self, name: str) -> str:
        stem, dot, ending = name.rpartition(".")
        count, free = 1, name
        while (self.out / free).exists():
            count += 1
            free = f"{stem}-{count}{dot}{ending}"
        return free


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


def _write(target: Path, name: str, drawn: Drawn, words: OutWords) -> None:
    """The ending of the name decides the format."""
    if name.endswith(".xlsx"):
        _write_workbook(target, drawn.columns, drawn.row)
    elif name.endswith((".json", ".jsonl")):
        write_whole(target, lambda out: out.write(json.dumps(drawn.tree, ensure_ascii=False) + "\n"), "utf-8")
    else:
        delimiter = "\t" if name.endswith(".tsv") else words.delimiter
        write_whole(target, lambda out: _write_text(out, drawn.columns, drawn.row, delimiter), words.encoding)


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
