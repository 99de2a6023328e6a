"""The list for the sender: which rows of a file were set aside, which cells were not read, why, and what to do.

The caller says it page by page (``Remark``). It is written at once beside the rejected files, one JSON line each,
and made a CSV when the file is put away: so a kill loses nothing, and what is said again is listed once.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import IO

from adapters.contract import Remark
from adapters.tabular.places import os_error
from adapters.tabular.safe import safe

MOST_LISTED = 20_000  # remarks of one file; the store keeps them all
MOST_BYTES = 32 << 20  # of them, while the file is read
_HEADINGS = ("posisi", "akibat", "kolom", "keterangan", "bentuk", "kode", "aturan")
_SET_ASIDE, _NOT_READ = "baris disisihkan", "isian tidak dibaca"


def note(place: Path, remarks: Iterable[Remark]) -> None:
    """Add remarks to the list of a file that is being read. Raises WireError where the disk refuses."""
    lines = [json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in remarks]
    if not lines:
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists() and place.stat().st_size > MOST_BYTES:
            return
        with place.open("a", encoding="utf-8") as out:
            out.write("\n")  # a killed run may have left half a line
            out.writelines(lines)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise os_error(error, place.name) from error


def noted(place: Path) -> Iterator[Remark]:
    """What was said of the file, each once; half a line at the end of a killed run is passed over."""
    seen: set[tuple[str, str, str]] = set()
    try:
        with place.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    one = Remark(**json.loads(line))
                except (ValueError, TypeError):
                    continue
                if (about := (one.position, one.place, one.code)) not in seen:
                    seen.add(about)
                    yield one
    except FileNotFoundError:
        return


def write_list(out: IO[str], remarks: Iterable[Remark]) -> None:
    """As CSV, for people: never what a row says, only its shape."""
    writer = csv.writer(out)
    writer.writerow(_HEADINGS)
    listed = list(islice(remarks, MOST_LISTED + 1))
    for one in sorted(listed[:MOST_LISTED], key=lambda one: _natural(one.position)):
        fate = _SET_ASIDE if one.whole else _NOT_READ
        writer.writerow(map(safe, (one.position, fate, one.place, one.text, one.shape, one.code, one.rule)))
    if len(listed) > MOST_LISTED:
        writer.writerow(("…", "", "", "", "", "", ""))


def _natural(position: str) -> list[tuple[int, str]]:
    """Row 9 before row 10."""
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in re.split(r"(\d{1,15})", position)]
