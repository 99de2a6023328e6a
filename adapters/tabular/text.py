"""Text files as rows of cells: which encoding, which delimiter, and going on after a broken row."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TextIO

from adapters.tabular_rows import MOST_CELL
from adapters.tabular_words import fold

BLOCK = 1 << 20
MOST_LINE = 4 << 20  # characters in one line of the file
MOST_BYTES = 2 << 30
MOST_BROKEN = 200  # broken rows after which the whole file is refused
KEPT = 64 * 1024  # characters of a broken row that are handed on; the file itself keeps the rest
DELIMITERS = ",;\t|"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_GUESS = "windows-1252"
_HTML = re.compile(rb"\s*(<!doctype\s+html|<html|<table|<head|<meta|<\?xml|<script|<body)", re.IGNORECASE)
TORN = re.compile("[\udc80-\udcff]")
_CONTROLS = bytes(one for one in range(32) if one not in b"\t\n\r\f\x1a")
_ESCAPED = re.compile(rb"'[=+\-@\t\r]")

csv.field_size_limit(MOST_CELL)


class FileRefused(Exception):
    """The whole file cannot be read as a table; ``code`` names the sentence, ``facts`` are safe to show."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(f"{code} {facts}")
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that is no row: what was there (cut), and why."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """What one pass over the bytes tells."""

    digest: str  # SHA-256, hex
    encoding: str  # "" for a workbook
    guessed: bool  # nobody declared this encoding
    long: bool  # some line may be longer than MOST_LINE
    zero: bool  # holds NUL characters
    escaped: bool  # some cell may carry our mark against formulas
    size: int
    errors: str = "strict"  # "surrogateescape": UTF-8 with damaged letters, told row by row
    is_page: bool = False  # HTML
    is_tree: bool = False  # begins like JSON

    @property
    def is_workbook(self) -> bool:
        return not self.encoding


def kept(text: str) -> str:
    """As much of what could not be read as is handed on, in letters that can be stored."""
    return text[:KEPT].encode("utf-8", "replace").decode()


def digest_of(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def look(file: BinaryIO, digest: str, declared: str | None) -> Look:
    """Tell what the file is. Encoding: BOM, strict UTF-8, the declared one, a guess that is reported."""
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    start = file.read(8192)
    if size > MOST_BYTES:
        raise FileRefused("file.too_big", bytes=size, most=MOST_BYTES)
    if start.startswith(b"PK\x03\x04"):
        return Look(digest, "", False, False, False, False, size)
    _refuse_what_is_no_text(start, size)
    plain = _plain(start)
    marked = next((name for bom, name in _BOMS if start.startswith(bom)), None)
    names = [marked] if marked else _unmarked(start, declared)
    for name in names:
        if _decodes(file, name):
            guessed = name not in (marked, declared, "utf-8")
            return _told(_measured(file, digest, name, guessed, size), plain)
        if name.startswith("utf-8") and _is_torn(file):
            return _told(replace(_measured(file, digest, name, False, size), errors="surrogateescape"), plain)
    raise FileRefused("file.encoding", tried=", ".join(names))


def _told(seen: Look, plain: bytes) -> Look:
    return replace(seen, is_page=bool(_HTML.match(plain)), is_tree=plain.lstrip()[:1] in (b"{", b"["))


def _unmarked(start: bytes, declared: str | None) -> list[str]:
    """What to try where no mark tells: UTF-16 by its zeros, else UTF-8, the declared one, a guess."""
    zeros = start.count(0)
    if zeros * 3 > len(start):
        return ["utf-16-be" if start[:1] == b"\0" else "utf-16-le"]
    if len(start) - len(start.translate(None, _CONTROLS)) > len(start) // 50:
        raise FileRefused("file.not_a_table", what="binary")
    return list(dict.fromkeys(["utf-8", declared or _GUESS, _GUESS]))


def _is_torn(file: BinaryIO) -> bool:
    """UTF-8 all the same, some letters damaged (texts cut by a database): in no other encoding would many be right."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    right = wrong = 0
    file.seek(0)
    while block := file.read(BLOCK):
        if not block.isascii():
            text = decoder.decode(block)
            broken = len(TORN.findall(text))
            wrong += broken
            right += sum(1 for one in text if one > "\x7f") - broken
    return right > wrong


def _refuse_what_is_no_text(start: bytes, size: int) -> None:
    if not start.strip() and size <= len(start):
        raise FileRefused("file.empty")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused("file.old_excel")
    if start.startswith((b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")):
        raise FileRefused("file.not_a_table", what="binary")


def _plain(start: bytes) -> bytes:
    """The first signs without a byte order mark, one byte a sign: enough to tell HTML and JSON."""
    for bom, name in _BOMS:
        if start.startswith(bom):
            return start.decode(name, "replace").encode("ascii", "replace")
    return start


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _measured(file: BinaryIO, digest: str, encoding: str, guessed: bool, size: int) -> Look:
    longest = run = 0
    zero = escaped = encoding.startswith("utf-16")  # not told by bytes: look at every cell
    file.seek(0)
    while block := file.read(BLOCK):
        cut = max(block.rfind(b"\n"), block.rfind(b"\r"))
        longest = max(longest, run + (len(block) if cut < 0 else min(_first_end(block), len(block))))
        run = run + len(block) if cut < 0 else len(block) - cut
        zero = zero or b"\0" in block
        escaped = escaped or (b"'" in block and bool(_ESCAPED.search(block)))
    return Look(digest, encoding, guessed, longest > MOST_LINE, zero, escaped, size)


def _first_end(block: bytes) -> int:
    ends = [at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0]
    return min(ends, default=len(block))


def open_text(file: BinaryIO, seen: Look) -> TextIO:
    """The file from its start. One reader at a time: all share one position."""
    raw = os.fdopen(os.dup(file.fileno()), "rb")
    raw.seek(0)
    return io.TextIOWrapper(raw, encoding=seen.encoding, errors=seen.errors, newline="")


class _Lines:
    """Lines of bounded length; a longer one is passed over and reported as a csv error."""

    def __init__(self, text: TextIO) -> None:
        self.text = text

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.text.readline(MOST_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) <= MOST_LINE:
            return line
        while (rest := self.text.readline(MOST_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        raise csv.Error("line longer than the limit")


def _after(text: TextIO, count: int, *, long: bool) -> Iterator[str]:
    """The lines behind the first ``count``."""
    lines: Iterator[str] = _Lines(text) if long else text
    for _ in range(count):
        try:
            next(lines, None)
        except csv.Error:
            continue
    return lines


@dataclass(frozen=True, slots=True)
class TextRows:
    """The rows of a text file, as often as one likes."""

    file: BinaryIO
    seen: Look
    delimiter: str
    skip: int = 0  # lines before the first row ("sep=;")

    def __iter__(self) -> Iterator[list[str] | Broken]:
        """Every row; a broken one is given as Broken, and reading goes on in the line after its first."""
        done, broken = self.skip, 0
        while True:
            with open_text(self.file, self.seen) as text:
                reader = csv.reader(_after(text, done, long=self.seen.long), delimiter=self.delimiter, strict=True)
                end = 0
                try:
                    for row in reader:
                        yield row
                        end = reader.line_num
                    return
                except csv.Error as error:
                    why = "file.cell_too_long" if "limit" in str(error) else "file.bad_quotes"
            done += end
            broken += 1
            if broken > MOST_BROKEN:
                raise FileRefused("file.too_broken", rows=broken)
            yield Broken(why, self._line(done))
            done += 1

    def _line(self, number: int) -> str:
        with open_text(self.file, self.seen) as text:
            _after(text, number, long=self.seen.long)
            return text.readline(KEPT)


def text_rows(file: BinaryIO, look: Look, delimiter: str | None, headings: frozenset[str]) -> TextRows:
    """The rows of a text file; a declared delimiter wins over ``sep=`` in its first line and over structure."""
    with open_text(file, look) as text:
        sample = text.read(64 * 1024)
    hint = re.match(r'"?sep=(.)"?\r?\n', sample)
    skip = 1 if hint else 0
    if delimiter is None:
        delimiter = hint[1] if hint else sniff(sample, headings)
    return TextRows(file, look, delimiter, skip)


def sniff(sample: str, headings: frozenset[str]) -> str:
    """The delimiter that gives a row with most of the known headings, else the most even table."""
    return max(DELIMITERS, key=lambda one: _fit(sample, one, headings))


def _fit(sample: str, delimiter: str, headings: frozenset[str]) -> tuple[int, float, int]:
    widths: list[int] = []
    known = 0
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(row):
                widths.append(len(row))
                known = max(known, len(headings.intersection(map(fold, row))) if len(row) > 1 else 0)
            if len(widths) == 100:
                break
    except csv.Error:
        pass
    usual = max(set(widths), key=lambda width: (width > 1, widths.count(width), width), default=1)
    return known, (widths.count(usual) / len(widths) if usual > 1 else 0.0), usual
