"""Who answers complaints: governments and their offices, by code, never by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class AgencyKind(StrEnum):
    PROVINSI = "PROVINSI"
    KABUPATEN = "KABUPATEN"
    KOTA = "KOTA"
    KEMENTERIAN = "KEMENTERIAN"
    LEMBAGA = "LEMBAGA"
    UNIT = "UNIT"


ZONES: Mapping[str, str] = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
"""Indonesia's three zones by the names people use; none has daylight saving."""


@dataclass(frozen=True, slots=True)
class LaporId:
    """The number an agency has at the core. Both ends of the time are included; None is open."""

    id: str
    valid_from: date | None = None
    valid_until: date | None = None

    def holds(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Agency:
    """``code`` is the Kemendagri code of a government (``33.73``), else a word of the installation's own."""

    code: str
    name: str
    kind: AgencyKind
    parent_code: str | None = None
    code_kemendagri: str | None = None
    autonomous: bool = False
    zone: str | None = None  # WIB | WITA | WIT
    lapor_ids: tuple[LaporId, ...] = ()


def governments(text: str) -> list[Agency]:
    """The register in ``hub/domain/data/governments.csv``: 38 provinces and 514 regencies and cities.

    546 of them are autonomous; Jakarta's 31.01 and 31.71–31.75 are administrative parts of the province.
    """
    return [_government(line) for line in text.splitlines()[1:]]


def _government(line: str) -> Agency:
    code, kind, province, zone, autonomous, name = line.split(",")
    parent = None if code == province else province
    return Agency(code, name, AgencyKind(kind), parent, code, autonomous == "ya", zone)


def with_parents(code: str | None, parents: Mapping[str, str | None]) -> Iterator[str]:
    """A code, its parent, its parent's parent …; stops at the first unknown one or at a circle."""
    seen: set[str] = set()
    while code is not None and code not in seen and code in parents:
        seen.add(code)
        yield code
        code = parents[code]


def circles(parents: Mapping[str, str | None]) -> Iterable[str]:
    """Codes that are their own ancestor: a mistake in the installation's agency file."""
    for code in parents:
        steps, at = 0, parents[code]
        while at is not None and at != code and steps < len(parents):
            steps, at = steps + 1, parents.get(at)
        if at == code:
            yield code
