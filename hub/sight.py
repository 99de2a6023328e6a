"""Who may see what: roles, agencies, and the one table of personal data. For the faces only.

What may *leave* for another system is a different table (``hub.domain.privacy``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from hub.domain.complaint import Data, Flag
from hub.store.views.scope import Scope


class Role(IntEnum):
    """Each role may do what the ones below it may. NOBODY is a user whose role was not given: sees nothing."""

    NOBODY = 0
    VIEWER = 1  # states, numbers, what is public
    OPERATOR = 2  # moves things on, reads the complaints of their agencies
    ADMINISTRATOR = 3  # decides what is live, sees who filed

    @classmethod
    def of(cls, text: str | None) -> Role:
        return cls.__members__.get((text or "").upper(), cls.NOBODY)


# class of data → the least role that may see it where both flags say no / where either protects the complaint.
# Anonymous means hidden from the reported side, and an operator is that side: only administrators look behind it.
_TABLE: Mapping[Data, tuple[Role, Role]] = {
    Data.OPEN: (Role.VIEWER, Role.VIEWER),
    Data.CONTENT: (Role.VIEWER, Role.OPERATOR),
    Data.PLACE: (Role.VIEWER, Role.OPERATOR),
    Data.CONTACT: (Role.OPERATOR, Role.ADMINISTRATOR),
    Data.IDENTITY: (Role.OPERATOR, Role.ADMINISTRATOR),
}
PERSONAL = frozenset({Data.CONTACT, Data.IDENTITY})


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person may see. ``reveal`` is true once they asked for the reporter's data (and it was audited)."""

    role: Role
    scope: Scope = None
    reveal: bool = False

    def may_see(self, data: Data, flags: Mapping[str, Any]) -> bool:
        """For one complaint; ``flags`` holds is_anonymous and is_confidential, where unknown protects like yes."""
        if data in PERSONAL and not self.reveal:
            return False
        return self.role >= self.least(data, flags)

    def may_reveal(self, flags: Mapping[str, Any]) -> bool:
        return self.role >= self.least(Data.IDENTITY, flags)

    def may_see_raw(self, flags: Mapping[str, Any]) -> bool:
        """A raw record holds every class at once."""
        return self.may_see(Data.IDENTITY, flags) and self.may_see(Data.CONTENT, flags)

    @staticmethod
    def least(data: Data, flags: Mapping[str, Any]) -> Role:
        open_role, guarded_role = _TABLE[data]
        return open_role if public(flags) else guarded_role


def public(flags: Mapping[str, Any]) -> bool:
    return all(flags.get(name) == Flag.NO for name in ("is_anonymous", "is_confidential"))
