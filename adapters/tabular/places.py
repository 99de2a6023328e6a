"""Where a connector's files lie: four folders, and none of them outside what the operator allowed."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.contract import Failure, WireError

FINISHED_AFTER = 10.0  # seconds without a change
_SECONDS = re.compile(r"(\d+)(?: seconds?| detik)?")


@dataclass(frozen=True, slots=True)
class Folders:
    """The four places of a connector, absolute."""

    drop: Path | None
    archive: Path | None
    reject: Path | None
    out: Path | None
    finished_after: float = FINISHED_AFTER

    @classmethod
    def of(cls, connection: Mapping[str, Any], home: Path | None) -> Folders:
        """From the connector file: relative to ``files/`` of the home; absolute only where written so there."""
        drop, out = _place(connection.get("folder"), home), _place(connection.get("out"), home)
        if drop is None and out is None:
            raise WireError(Failure.CONTRACT, "file.no_folder")
        beside = drop.parent if drop else None
        archive = _place(connection.get("archive"), home) or _beside(beside, "archive")
        reject = _place(connection.get("reject"), home) or _beside(beside, "reject")
        return cls(drop, archive, reject, out, _seconds(connection.get("finished_after")))

    def __contains__(self, place: object) -> bool:
        return place in (self.drop, self.archive, self.reject, self.out)

    def prepare(self) -> None:
        """An absolute drop folder that is not there may be an unmounted share: told, never made."""
        if self.drop is not None and self.drop in (self.archive, self.reject, self.out):
            raise WireError(Failure.CONTRACT, "file.same_folder", folder=self.drop.name)
        if self.drop is not None and not self.drop.is_dir():
            raise WireError(Failure.DOWN, "file.folder_missing", folder=self.drop.name)
        for place in (self.archive, self.reject, self.out):
            try:
                if place is not None:
                    place.mkdir(exist_ok=True)
            except FileNotFoundError as error:
                raise WireError(Failure.DOWN, "file.folder_missing", folder=str(place)) from error
            except OSError as error:
                raise os_error(error, str(place)) from error


def _place(text: Any, home: Path | None) -> Path | None:
    if text is None:
        return None
    path = Path(str(text))
    if ".." in path.parts or "\0" in str(text):
        raise WireError(Failure.CONTRACT, "file.path_leaves", folder=str(text))
    if path.is_absolute():
        return path
    if home is None:
        raise WireError(Failure.CONTRACT, "file.no_home", folder=str(text))
    base = (home / "files").resolve()
    place = (base / path).resolve()
    if not place.is_relative_to(base):
        raise WireError(Failure.CONTRACT, "file.path_leaves", folder=str(text))
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise os_error(error, str(text)) from error
    return place


def _beside(folder: Path | None, name: str) -> Path | None:
    """A folder of ours beside the drop folder; a link there may have been laid by whoever drops the files."""
    if folder is None:
        return None
    if (folder / name).is_symlink():
        raise WireError(Failure.CONTRACT, "file.path_leaves", folder=name)
    return folder / name


def _seconds(text: Any) -> float:
    if text is None:
        return FINISHED_AFTER
    found = _SECONDS.fullmatch(str(text).strip())
    if not found:
        raise WireError(Failure.CONTRACT, "file.not_seconds", text=str(text))
    return float(found[1])


def os_error(error: OSError, name: str) -> WireError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    code = "file.disk_full" if full else "file.no_permission" if isinstance(error, PermissionError) else "file.trouble"
    return WireError(Failure.DOWN, code, name=name, errno=errno.errorcode.get(error.errno or 0, "?"))
