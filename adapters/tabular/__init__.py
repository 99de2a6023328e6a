"""Tables in files: CSV and workbooks dropped into a folder, and files written for the other side.

Nothing here knows complaints. A file is read once (by the digest of its content), page by page; what a
killed run had stored is not read again; afterwards the file lies in ``archive`` or, where it is no table, in
``reject`` with its reason beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, BinaryIO, NoReturn

from adapters.contract import (
    Change,
    Failure,
    Finding,
    Outcome,
    OutcomeKind,
    Page,
    Raw,
    Receipt,
    Remark,
    Setup,
    Unreadable,
    WireError,
)
from adapters.tabular import pages
from adapters.tabular.folder import Found, Keeper
from adapters.tabular.opening import open_entries
from adapters.tabular.out import Writer
from adapters.tabular.places import Folders, os_error
from adapters.tabular.text import FileRefused, digest_of
from adapters.tabular_words import RECORDS, FileWords, Order, TableWords

__all__ = ["TabularAdapter"]

MOST_STANDING = 50  # files left lying that one run tells of


class TabularAdapter:
    """The tabular wire: ``Setup.words`` is a FileWords, ``connection`` names the folders."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.words: FileWords = setup.words
        self._at: tuple[Found, str] | None = None  # the file whose page was given last

    @cached_property
    def keeper(self) -> Keeper:
        return Keeper(self._folders, dry_run=self.setup.dry_run)

    @cached_property
    def _folders(self) -> Folders:
        folders = Folders.of(self.setup.connection, self.setup.folder)
        folders.prepare()
        return folders

    @property
    def can(self) -> frozenset[str]:
        reads = {"pull"} if "folder" in self.setup.connection else set()
        writes = {str(kind) for kind in self.words.out} if "out" in self.setup.connection else set()
        goes_on = {"goes_on"} if writes else set()  # receipts and renaming make a repeated push harmless
        return frozenset({"check"} | reads | writes | goes_on)

    # -- reading

    def pull(self, stream: str, *, since: datetime | None, resume: Any = None) -> Iterator[Page]:
        """Every finished file of the stream. ``since`` changes nothing: a file is read once, whole.

        The last page is always an empty one: a file is put away after its own last page was stored.
        """
        waiting, findings = self.keeper.waiting()
        for found in self._in_order(stream, waiting):
            try:
                yield from self._one(stream, found, resume)
            except WireError as error:
                if error.failure is not Failure.LATER:
                    raise
                # it changed under our eyes: it stays for the next run, the others go on
                yield Page((), last=False, findings=(Finding(error.code, True, error.facts),))
        yield Page((), last=True, findings=self._left_lying(waiting, findings) if stream == RECORDS else ())

    def _one(self, stream: str, found: Found, resume: Any) -> Iterator[Page]:
        try:
            with self.keeper.open(found) as file:
                digest = digest_of(file)
                if self.keeper.seen(stream, digest):
                    self.keeper.again(found, digest)
                    return
                mine = resume if isinstance(resume, Mapping) and resume.get("file") == digest else {}
                yield from self._read(stream, found, file, digest, mine)
        except OSError as error:  # a disk that fails in the middle of a file
            raise os_error(error, found.name) from error

    def _in_order(self, stream: str, waiting: Sequence[Found]) -> list[Found]:
        mine = [found for found in waiting if self._stream_of(found) == stream]
        if self.words.streams[stream].order is Order.DATE:
            mine.sort(key=lambda found: (self._as_of(stream, found), found.name))
        return mine

    def _left_lying(self, waiting: Sequence[Found], findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Files that no run will ever read as they are."""
        lost = [Finding("file.no_stream", False, {"file": one.name}) for one in waiting if not self._stream_of(one)]
        stands = [replace(one, ok=False) for one in findings if one.code != "file.unfinished"]
        return (*lost, *stands)[:MOST_STANDING]

    def _stream_of(self, found: Found) -> str | None:
        """The first stream whose name pattern fits; a stream without one takes what is left."""
        for stream, words in self.words.streams.items():
            if words.name is None or words.name.match(found.name) is not None:
                return stream
        return None

    def _now(self) -> datetime:
        return self.setup.now() if self.setup.now else datetime.now(UTC)

    def _as_of(self, stream: str, found: Found) -> datetime:
        """When the content was true, as its name or its file time says; both may lie in the future."""
        pattern = self.words.streams[stream].name
        slots = pattern.match(found.name) if pattern else None
        if pattern and slots and "date" in slots:
            return pattern.date(slots["date"], self.setup.zone) or found.modified
        return found.modified

    def _read(
        self, stream: str, found: Found, file: BinaryIO, digest: str, resume: Mapping[str, Any]
    ) -> Iterator[Page]:
        words = self.words.streams[stream]
        self._at = (found, digest)
        try:
            with ExitStack() as stack:
                tables, findings = open_entries(stack, found.name, file, digest, words)
                survey = pages.survey(tables, found.size)
                for page in pages.pages(tables, survey, digest, self._columns_of_name(words, found), resume):
                    yield replace(page, as_of=min(self._as_of(stream, found), self._now()), findings=findings)
                    findings = ()
        except FileRefused as why:
            one = Unreadable(found.name, why.code, "", {"file": found.name, **why.facts}, rule=words.rule)
            yield Page((), last=False, resume={"file": digest}, unreadable=(one,))
            self.keeper.rejected(found, digest)
            return
        self.keeper.done(stream, found, digest, survey.counts)

    def remark(self, remarks: Sequence[Remark]) -> None:
        """For the list beside the rejected files: what the caller could not read of the last page."""
        if self._at is not None:
            self.keeper.remark(*self._at, remarks)

    def _columns_of_name(self, words: TableWords, found: Found) -> dict[str, str]:
        slots = words.name.match(found.name) if words.name else None
        return {name: text for name, text in (slots or {}).items() if name != "date"}

    # -- looking without touching

    def check(self) -> list[Finding]:
        """Are the folders there, and what would the next run make of each waiting file. Moves nothing."""
        try:
            waiting, findings = self.keeper.waiting() if "folder" in self.setup.connection else ([], [])
        except WireError as error:
            return [Finding(error.code, False, error.facts)]
        findings.insert(0, Finding("file.folders_ready", True, {"waiting": len(waiting)}))
        for found in waiting[:20]:
            findings.extend(self._foresee(found))
        return findings

    def _foresee(self, found: Found) -> list[Finding]:
        stream = self._stream_of(found)
        if stream is None:
            return [Finding("file.no_stream", False, {"file": found.name})]
        try:
            with self.keeper.open(found) as file, ExitStack() as stack:
                tables, noticed = open_entries(stack, found.name, file, digest_of(file), self.words.streams[stream])
                facts = {"file": found.name, "tables": len(tables), "columns": tables[0].width}
                code = "file.readable" if tables[0].width else "file.readable_json"
                return [Finding(code, True, facts), *noticed]
        except FileRefused as why:
            return [Finding(why.code, False, {"file": found.name, **why.facts})]
        except WireError as error:
            return [Finding(error.code, False, {"file": found.name, **error.facts})]

    # -- writing

    def push(self, change: Change, receipt: Receipt) -> Outcome:
        """Write one file for one change, exactly once; HANDED_OVER, since nobody confirms a file."""
        words, out = self.words.out.get(change.kind), self._folders.out
        if words is None or out is None:
            return Outcome(OutcomeKind.REFUSED, code="file.cannot", facts={"what": str(change.kind)})
        records = self.words.streams.get(RECORDS, TableWords())
        now = self._now().astimezone(self.setup.zone)
        return Writer(out, records).push(words, change, receipt, now)

    # -- what a folder cannot be asked

    def complete(self, stream: str, entry: Raw) -> Raw:
        return entry

    def fetch(self, system_id: str) -> Raw | None:
        _cannot("fetch")

    def find(self, key: str) -> Iterator[Raw]:
        _cannot("find")

    def find_event(self, system_id: str, text: str, after: datetime | None) -> Iterator[Raw]:
        _cannot("find_event")

    def reference(self, name: str) -> list[Raw]:
        _cannot(f"reference:{name}")

    def close(self) -> None:
        """Nothing is kept open between calls."""


def _cannot(what: str) -> NoReturn:
    raise WireError(Failure.CONTRACT, "file.cannot", what=str(what))
