"""The two sides of a federation: the national core, and the systems of agencies."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    CORE = "core"
    AGENCY = "agency"

    @property
    def other(self) -> Side:
        return Side.AGENCY if self is Side.CORE else Side.CORE
