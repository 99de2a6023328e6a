"""The drop folder: which files are finished, which were read before, and where a file goes afterwards.

What was read is remembered by content: ``<archive>/.seen/ab/abcdef….json``, one small file per digest, written
and synced before the file moves. So a kill between the two only moves the file a run later.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from adapters.contract import Failure, Finding, Remark, WireError
from adapters.tabular import reasons
from adapters.tabular.places import Folders, os_error

_UNFINISHED = (".part", ".tmp", ".temp", ".crdownload", ".filepart", ".partial", ".swp", ".download")
_AHEAD = 60.0  # a stamp further in the future comes from another clock and says nothing


def shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Found:
    """A finished file, as it was when it was listed."""

    path: Path
    size: int
    changed: int  # mtime, nanoseconds
    inode: int

    @property
    def name(self) -> str:
        """The file's name as text that can be stored and shown, whatever its bytes are."""
        return shown(self.path.name)

    @property
    def modified(self) -> datetime:
        return datetime.fromtimestamp(self.changed / 1e9, UTC)


class Keeper:
    """Lists a drop folder and puts away what was read."""

    def __init__(self, folders: Folders, clock: Callable[[], float] = time.time, *, dry_run: bool = False) -> None:
        """``dry_run``: nothing is put away, since nobody keeps what is read."""
        self.folders = folders
        self._clock = clock
        self._dry_run = dry_run

    # -- what waits

    def waiting(self) -> tuple[list[Found], list[Finding]]:
        """Finished files, and what a person should know of the others. Links are never followed."""
        drop = self.folders.drop
        if drop is None:
            raise WireError(Failure.CONTRACT, "file.no_folder")
        found: list[Found] = []
        findings: list[Finding] = []
        try:
            with os.scandir(drop) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
            names = {entry.name for entry in listed}
            for entry in listed:
                if _is_working_copy(entry.name) or Path(entry.path) in self.folders:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    findings.append(Finding("file.folder_inside", False, {"file": shown(entry.name)}))
                    continue
                if not entry.is_file(follow_symlinks=False):
                    findings.append(Finding("file.link", False, {"file": shown(entry.name)}))
                    continue
                facts = entry.stat(follow_symlinks=False)
                if f"~${entry.name}" in names or f".~lock.{entry.name}#" in names:
                    findings.append(Finding("file.in_use", True, {"file": shown(entry.name)}))
                elif not self._finished(facts):
                    findings.append(Finding("file.unfinished", True, {"file": shown(entry.name)}))
                else:
                    found.append(Found(Path(entry.path), facts.st_size, facts.st_mtime_ns, facts.st_ino))
        except OSError as error:
            raise os_error(error, drop.name) from error
        return found, findings

    def _finished(self, facts: os.stat_result) -> bool:
        # ctime too: a copy that keeps the old mtime still moves ctime with every write
        age = self._clock() - max(facts.st_mtime, facts.st_ctime)
        return age >= self.folders.finished_after or age < -_AHEAD

    # -- reading one

    @contextmanager
    def open(self, found: Found) -> Iterator[BinaryIO]:
        """The file itself, never what a link points to; WireError LATER where it was changed since."""
        try:
            handle = os.open(found.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError as error:
            raise WireError(Failure.LATER, "file.gone", file=found.name) from error
        except OSError as error:
            raise os_error(error, found.name) from error
        with os.fdopen(handle, "rb") as file:
            self._refuse_change(found, os.fstat(file.fileno()))
            yield file

    def still(self, found: Found) -> None:
        """Raise where the file is not what was read: it stays, and the next run reads it anew."""
        try:
            self._refuse_change(found, os.stat(found.path, follow_symlinks=False))
        except FileNotFoundError as error:
            raise WireError(Failure.LATER, "file.gone", file=found.name) from error

    def _refuse_change(self, found: Found, facts: os.stat_result) -> None:
        same = (facts.st_size, facts.st_mtime_ns, facts.st_ino) == (found.size, found.changed, found.inode)
        if not same or not stat.S_ISREG(facts.st_mode):
            raise WireError(Failure.LATER, "file.changed_while_read", file=found.name)

    # -- putting away

    def seen(self, stream: str, digest: str) -> bool:
        return self._mark(stream, digest).exists()

    def remark(self, found: Found, digest: str, remarks: Sequence[Remark]) -> None:
        """Write down what could not be read of a file."""
        if not self._dry_run:
            reasons.note(self._noted(digest), remarks)

    def done(self, stream: str, found: Found, digest: str, counts: Mapping[str, int]) -> None:
        """Remember the content, list what could not be read of it, then move the file to the archive."""
        self.still(found)
        if self._dry_run:
            return
        self._list(found, digest)
        note = {"file": found.name, "digest": digest, "read_at": _now(), "counts": dict(counts)}
        mark = self._mark(stream, digest)
        write_whole(mark, lambda out: out.write(json.dumps(note, indent=1) + "\n"))
        self.again(found, digest)

    def again(self, found: Found, digest: str) -> None:
        """Archive a file; one whose content was read before lands beside its equal, under its own name."""
        self.still(found)
        if self._dry_run:
            return
        month = found.modified.strftime("%Y-%m")
        _move(found.path, self._archive / month / _marked(found.name, digest))

    def rejected(self, found: Found, digest: str) -> None:
        """Move a file that is no table to the reject folder, its reason beside it."""
        self.still(found)
        if self._dry_run:
            return
        self._list(found, digest)
        _move(found.path, self._reject / _marked(found.name, digest))

    def _list(self, found: Found, digest: str) -> None:
        place = self._noted(digest)
        if not place.exists():
            return
        target = self._reject / f"{_marked(found.name, digest)}.alasan.csv"
        write_whole(target, lambda out: reasons.write_list(out, reasons.noted(place)))
        place.unlink(missing_ok=True)

    def _noted(self, digest: str) -> Path:
        return self._reject / f".{digest}.jsonl"

    @property
    def _archive(self) -> Path:
        return _needed(self.folders.archive)

    @property
    def _reject(self) -> Path:
        return _needed(self.folders.reject)

    def _mark(self, stream: str, digest: str) -> Path:
        return self._archive / ".seen" / digest[:2] / f"{digest}.{stream}.json"


def _needed(place: Path | None) -> Path:
    if place is None:
        raise WireError(Failure.CONTRACT, "file.no_folder")
    return place


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _is_working_copy(name: str) -> bool:
    return name.startswith((".", "~$", "~")) or name.lower().endswith(_UNFINISHED)


def _marked(name: str, digest: str) -> str:
    stem, dot, ending = name.rpartition(".")
    stem = stem.encode()[:180].decode(errors="ignore")  # names end at 255 bytes
    return f"{stem}.{digest[:12]}.{ending}" if dot else f"{name[:60]}.{digest[:12]}"


def write_whole(target: Path, write: Callable[[IO[str]], Any], encoding: str = "utf-8-sig") -> None:
    """All or nothing: a neighbour file, synced, then renamed."""
    encoding = "utf-8" if target.suffix == ".json" else encoding
    part = target.with_name(f".{target.name}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding=encoding, newline="") as out:
            write(out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, target)
        sync_folder(target.parent)
    except OSError as error:
        raise os_error(error, target.name) from error


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.replace(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _move_across(source, target)
        sync_folder(target.parent)
        sync_folder(source.parent)
    except OSError as error:
        raise os_error(error, source.name) from error


def _move_across(source: Path, target: Path) -> None:
    """Between two disks: copy, sync, rename, and only then remove."""
    part = target.with_name(f".{target.name}.tmp")
    shutil.copy2(source, part)
    with part.open("rb+") as copied:
        os.fsync(copied.fileno())
    os.replace(part, target)
    source.unlink()


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
