"""The agencies of the store: the shipped register of governments, and what the installation adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from hub.domain.agency import Agency, AgencyKind, LaporId, governments
from hub.store.tables import agency, agency_lapor_id
from hub.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Register:
    """Every agency, ready for routing: small enough (some thousand rows) to hold during a run."""

    agencies: dict[str, Agency]
    by_lapor_id: dict[str, tuple[tuple[LaporId, str], ...]]

    @property
    def parents(self) -> dict[str, str | None]:
        """Who answers for whom: an office's government, never a regency's province. It stops at what is autonomous."""
        return {code: None if one.autonomous else one.parent_code for code, one in self.agencies.items()}

    def by_core_number(self, lapor_id: str | None, day: date) -> str | None:
        """The agency that holds a LAPOR! number on a day; None where nobody (known) does."""
        return next((code for held, code in self.by_lapor_id.get(lapor_id or "", ()) if held.holds(day)), None)

    def target(self, complaint: Mapping[str, Any], day: date) -> str | None:
        """The agency the core disposed a complaint to: the unit where its number is known, else its parent body."""
        numbers = (complaint.get("agency.unit_id"), complaint.get("agency.parent_id"))
        return next((code for one in numbers if (code := self.by_core_number(one, day))), None)

    def lapor_id(self, code: str | None, day: date) -> str | None:
        """The LAPOR! number of an agency on a day."""
        one = self.agencies.get(code or "")
        return next((held.id for held in one.lapor_ids if held.holds(day)), None) if one else None


def shipped() -> list[Agency]:
    return governments(files("hub.domain").joinpath("data/governments.csv").read_text("utf-8"))


def load_register(conn: Connection) -> None:
    """Write the shipped governments; numbers and contacts that the installation gave them stay."""
    upsert(conn, agency, [_row(one) for one in shipped()], keys=("code",))


def put(conn: Connection, agencies: Sequence[Agency]) -> None:
    """Write the installation's own agencies and all LAPOR! numbers, which replace those there were."""
    upsert(conn, agency, [_row(one) for one in agencies], keys=("code",))
    conn.execute(delete(agency_lapor_id))
    ids = {row.code: row.id for row in conn.execute(select(agency.c.code, agency.c.id))}
    rows = [
        {
            "agency_id": ids[one.code],
            "lapor_id": held.id,
            "valid_from": held.valid_from,
            "valid_until": held.valid_until,
        }
        for one in agencies
        for held in one.lapor_ids
    ]
    if rows:
        conn.execute(insert(agency_lapor_id), rows)


def register(conn: Connection) -> Register:
    numbers: dict[int, list[LaporId]] = {}
    for row in conn.execute(select(agency_lapor_id).order_by(agency_lapor_id.c.id)):
        numbers.setdefault(row.agency_id, []).append(LaporId(row.lapor_id, row.valid_from, row.valid_until))
    agencies: dict[str, Agency] = {}
    held: dict[str, list[tuple[LaporId, str]]] = {}
    for row in conn.execute(select(agency).order_by(agency.c.code)):
        own = tuple(numbers.get(row.id, ()))
        agencies[row.code] = Agency(
            row.code,
            row.name,
            AgencyKind(row.kind),
            row.parent_code,
            row.code_kemendagri,
            row.autonomous,
            row.zone,
            own,
        )
        for one in own:
            held.setdefault(one.id, []).append((one, row.code))
    return Register(agencies, {number: tuple(one) for number, one in held.items()})


def _row(one: Agency) -> dict[str, object]:
    return {
        "code": one.code,
        "name": one.name,
        "kind": one.kind.value,
        "parent_code": one.parent_code,
        "code_kemendagri": one.code_kemendagri,
        "autonomous": one.autonomous,
        "zone": one.zone,
    }
