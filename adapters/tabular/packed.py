"""Workbooks are zip files: which kind one is, and whether it may be unpacked."""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from collections.abc import Collection
from typing import BinaryIO

from adapters.tabular.text import FileRefused

MOST_UNPACKED = 1 << 30
MOST_PARTS = 10_000
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
# What zipfile, lxml and openpyxl answer a damaged workbook with.
DAMAGED = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OverflowError, SyntaxError,
    NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip


def is_damage(error: BaseException) -> bool:
    """A wrong offset in a zip file asks for a place before its start, which the system refuses as invalid."""
    return isinstance(error, DAMAGED) or (isinstance(error, OSError) and error.errno == errno.EINVAL)


def is_open_document(file: BinaryIO) -> bool:
    """Told by the type that stands first in such a file, unpacked."""
    file.seek(0)
    return _OPEN_DOCUMENT in file.read(256)


def refuse_bombs(file: BinaryIO, must_have: str) -> None:
    """Raise FileRefused for what unpacks to no end, for another zip file, and for XML with entities."""
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > MOST_UNPACKED or len(parts) > MOST_PARTS:
                raise FileRefused("file.unpacks_too_big", bytes=unpacked, most=MOST_UNPACKED)
            if must_have not in packed.namelist():
                raise FileRefused("file.not_a_workbook")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with packed.open(part) as inner:
                        if b"<!DOCTYPE" in inner.read(4096).upper():
                            raise FileRefused("file.workbook_with_entities")
    except Exception as error:
        if not is_damage(error):
            raise
        raise FileRefused("file.broken_workbook", what=type(error).__name__) from error


def refuse_missing(names: Collection[str], there: Collection[str]) -> None:
    missing = [name for name in names if name not in there]
    if missing:
        raise FileRefused("file.no_sheet", sheet=", ".join(missing))
