"""One rule: a canonical field, the place it lives in a system's record, and the operator between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.domain.complaint import ATTACHMENT_FIELDS, EVENT_FIELDS, FIELDS, Data, Field, Kind
from hub.domain.text import like_a_code, like_a_date, like_a_number
from hub.mapping.conditions import Condition
from hub.mapping.paths import Path
from hub.mapping.reading import FieldClass, Issue
from hub.mapping.scalars import Scalar
from hub.mapping.values import Unread, shape, text_form
from hub.mapping.wide import Wide


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The canonical names a block of rules may aim at, and the word that aims."""

    word: str
    fields: Mapping[str, Field]
    written: frozenset[str] | None = None  # names that go out unless told otherwise; None: all


COMPLAINT = Vocabulary("complaint", FIELDS)
EVENT = Vocabulary("event", EVENT_FIELDS, frozenset(("text", "kind", "visible")))
ATTACHMENT = Vocabulary("attachment", ATTACHMENT_FIELDS, frozenset(("url", "name", "mime", "content")))


class _Omit:
    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final = _Omit()


@dataclass(frozen=True, slots=True)
class Rule:
    """Compiled. ``read_at``/``write_at`` are the places; ``wide`` is set where one text ↔ one value is not enough."""

    name: str
    field: Field
    where: str  # "mappings/sigap.yaml:14"
    words: str
    kind: FieldClass
    read_at: tuple[Path, ...] = ()
    write_at: tuple[Path, ...] = ()
    scalar: Scalar | None = None
    wide: Wide | None = None
    constant: Any = None  # of ``is:`` and ``assume:``
    reads: bool = True
    writes: bool = True
    nulls: frozenset[Any] = frozenset()
    hidden: frozenset[str] = frozenset()
    before: Callable[[Any], Any] | None = None  # what is done to the raw value first
    typed: tuple[Callable[[Any], Any] | None, ...] = ()  # one per place written
    empty: Any = None  # what nothing is written as; unset: see ``empty_said``
    empty_said: bool = False
    default: Any = None
    required: bool = False
    fatal: bool = False  # unreadable = the record is set aside
    unsaid_when_missing: bool = False
    unsent: frozenset[str] = frozenset()
    pair: bool = False  # send only the picked pair, not the whole list
    when: Condition | None = None
    personal: bool = False
    prefix: str = ""  # "event." where the name alone would be taken for a complaint's
    core_only: bool = False  # ``owner: core``: what this system says of it never counts

    @property
    def names(self) -> tuple[str, ...]:
        return self.wide.names if self.wide is not None else (self.name,)

    @property
    def path(self) -> str:
        return ", ".join(path.text or "." for path in self.read_at or self.write_at)

    @property
    def moved(self) -> bool:
        """Reads one place and writes another."""
        return bool(self.reads and self.read_at and self.read_at != self.write_at)

    def issue(self, error: Unread, value: Any) -> Issue:
        """The value itself only where it may be seen; else what it looks like."""
        shown = self._shown(value)
        drawn = shape(value)
        facts = {**error.facts, "value": drawn} if shown is None and "value" in error.facts else error.facts
        return Issue(self.prefix + self.name, self.path, self.where, error.code, shown, drawn, facts)

    def _shown(self, value: Any) -> str | None:
        """Not every text in a field that is not personal is what belongs there: columns shift, people type anywhere."""
        if self.personal or self.field.data is not Data.OPEN:
            return None
        try:
            text = text_form(value).strip()
        except Unread:
            return None
        return text if _LIKE.get(self.field.kind, like_a_code)(text) else None


_LIKE = {
    Kind.TIME: like_a_date, Kind.NUMBER: like_a_number, Kind.COORDINATE: like_a_number, Kind.DIGITS: like_a_number,
}  # fmt: skip
