"""A compiled mapping: reads records into complaints, writes complaints into records, says why."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from hub.domain.complaint import Complaint
from hub.mapping.block import Block
from hub.mapping.conditions import Condition
from hub.mapping.dates import DateWords
from hub.mapping.digest import Ignored, Unmapped, fingerprint
from hub.mapping.embedded import Embedded
from hub.mapping.events import Source, differences, writer_of
from hub.mapping.paths import Path
from hub.mapping.reader import Node
from hub.mapping.reading import EventReading, FieldClass, Issue, Raw, Reading, RecordRefused, Trace, Writing
from hub.mapping.values import MISFIT, MISSING, Unread, shape, text_form
from hub.mapping.writing import reads_back

RECORDS = "records"


@dataclass(frozen=True, slots=True)
class StreamWords:
    """One kind of record read one way. ``sweep``: the source cannot be asked what changed."""

    kind: str = "complaint"  # complaint | event
    sweep: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """Where a record's own number stands; several columns are joined."""

    paths: tuple[Path, ...]
    mark: str
    where: str
    optional: frozenset[str] = frozenset()  # of several pieces: those that may be empty

    def read(self, raw: Raw) -> str:
        """Raises RecordRefused where the record has no number."""
        texts = [self._text(path.read(raw)) for path in self.paths]
        if not all(texts):
            pairs = zip(self.paths, texts, strict=True)
            empty = [path.text for path, text in pairs if not text and path.text not in self.optional]
            if empty or not any(texts):
                raise no_number("system_id", ", ".join(empty or self.optional), self.where, "mapping.read.no_key")
        return self.mark.join(texts)

    def _text(self, value: Any) -> str:
        if value is MISSING or value is MISFIT or isinstance(value, list | dict):
            return ""
        return text_form(value).strip()


def no_number(field: str, path: str, where: str, code: str) -> RecordRefused:
    return RecordRefused(Issue(field, path, where, code, facts={"path": path}))


@dataclass(frozen=True, slots=True)
class Changed:
    """The record's own change time."""

    path: Path
    dates: DateWords
    where: str

    def read(self, raw: Raw, issues: list[Issue]) -> datetime | None:
        value = self.path.read(raw)
        if value is MISSING or value is None or value == "":
            return None
        try:
            if value is MISFIT:
                raise Unread("mapping.read.misfit")
            return self.dates.read(value).utc
        except Unread as error:
            issues.append(Issue("changed", self.path.text, self.where, error.code, None, shape(value), error.facts))
            return None


@dataclass(frozen=True, slots=True)
class Skip:
    when: Condition
    because: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """See docs/mapping.md. Made by ``compile_mapping``; plain values in, plain values out, no I/O."""

    name: str
    effective: str
    root: Node = field(repr=False)
    fields: Block = field(repr=False)
    keys: Map[str, Key] = field(repr=False)  # by stream
    ignored: Ignored = field(repr=False)
    unknown: Unmapped = field(repr=False)
    embedded: Embedded = field(repr=False)
    describes: str = ""
    changed: Changed | None = field(default=None, repr=False)
    gone: Condition | None = field(default=None, repr=False)
    same_as: Path | None = field(default=None, repr=False)
    skips: tuple[Skip, ...] = field(default=(), repr=False)
    sources: tuple[Source, ...] = field(default=(), repr=False)
    files: Source | None = field(default=None, repr=False)  # attachments
    unlocated: frozenset[tuple[float, float]] = field(default=frozenset(), repr=False)
    zone: tzinfo = UTC
    core: bool = False
    streams: Map[str, StreamWords] = field(default_factory=dict)
    words: Any = field(default=None, repr=False)  # Conversation or FileWords
    key_field: str | None = None
    read_back: tuple[str, ...] | None = None
    settings: Map[str, str] = field(default_factory=dict)

    # -- what it is

    @property
    def classes(self) -> dict[str, FieldClass]:
        return {name: rule.kind for rule in self.fields.rules for name in rule.names}

    @property
    def can_write(self) -> frozenset[str]:
        """Canonical fields that go out."""
        return frozenset(name for rule in self.fields.written for name in rule.names)

    @property
    def says_flags(self) -> bool:
        """Both privacy flags are read or assumed: complaints from here may be created at the core."""
        said = {rule.name for rule in self.fields.rules if rule.reads}
        return {"is_anonymous", "is_confidential"} <= said

    @property
    def core_only(self) -> frozenset[str]:
        """Fields that the mapping narrows to the core: what this system says of them never counts."""
        return frozenset(name for rule in self.fields.rules if rule.core_only for name in rule.names)

    @property
    def source(self) -> str:
        """The generated Python that reads a record, for people."""
        return self.fields.source

    # -- reading

    def digest(self, entry: Raw, stream: str = RECORDS) -> bytes:
        """16 bytes over what the entry says, ignored fields left out."""
        return fingerprint(self.ignored.strip(entry))

    def key(self, entry: Raw, stream: str = RECORDS) -> str:
        """The record's own number (a digest for follow-ups that have none). Raises RecordRefused."""
        if stream in self.keys:
            return self.keys[stream].read(entry)
        event, _ = self._source(stream).event(self.embedded.open(entry))
        return event.key if event is not None else self.digest(entry).hex()

    def read(self, raw: Raw, *, partial: bool = False) -> Reading:
        """One record as a complaint. ``partial``: what this view lacks was not said. Raises RecordRefused."""
        system_id = self.key(raw)
        opened = self.embedded.open(raw)
        skipped = next((skip.because for skip in self.skips if skip.when(opened)), None)
        if skipped is not None:
            return Reading(system_id, {}, None, skipped=skipped)
        complaint, issues = self.fields.read(opened, partial=partial)
        self._unlocate(complaint)
        events, attachments = self._inside(opened, partial, issues)
        return Reading(
            system_id,
            complaint,
            self.changed.read(opened, issues) if self.changed else None,
            tuple(issues),
            events,
            attachments,
            None,
            self._other(opened, system_id),
            bool(self.gone and self.gone(opened)),
            self.unknown.find(opened),
        )

    def read_event(self, raw: Raw, stream: str) -> EventReading:
        """One entry of an event stream. Raises RecordRefused where it names no record or must be left out."""
        source = self._source(stream)
        event, issues = source.event(self.embedded.open(raw))
        if event is None:
            raise RecordRefused(Issue("event", "", source.where, "mapping.read.event_skipped"))
        if event.of is None:
            raise no_number("of", source.of.text if source.of else "", source.where, "mapping.read.no_owner")
        return replace(event, raw=raw, issues=tuple(issues))

    def _source(self, stream: str) -> Source:
        return next(one for one in self.sources if one.stream == stream)

    def differences(self, before: Raw, after: Raw) -> tuple[EventReading, ...]:
        """The follow-ups that a change between two readings of one record tells (``change_of:``)."""
        old, new = self.embedded.open(before), self.embedded.open(after)
        return tuple(
            event for source in self.sources if source.word == "change_of" for event in differences(source, old, new)[0]
        )

    def _inside(
        self, raw: Raw, partial: bool, issues: list[Issue]
    ) -> tuple[tuple[EventReading, ...], tuple[Map[str, Any], ...]]:
        events: list[EventReading] = []
        for source in self.sources:
            if source.stream is None and source.word != "change_of":
                found, wrong = source.inside(raw, partial)
                events.extend(found)
                issues.extend(wrong)
        if self.files is None:
            return tuple(events), ()
        found, wrong = self.files.inside(raw, partial)
        issues.extend(wrong)
        return tuple(events), tuple(one.values for one in found)

    def _other(self, raw: Raw, system_id: str) -> str | None:
        """The number of the record this one was merged into."""
        value = self.same_as.read(raw) if self.same_as else None
        if value is None or value is MISSING or value is MISFIT or isinstance(value, dict | list):
            return None
        other = text_form(value).strip()
        return other if other and other != system_id else None

    def _unlocate(self, complaint: Complaint) -> None:
        """A default coordinate is no place."""
        if not self.unlocated:
            return
        place = (complaint.get("location.lat"), complaint.get("location.lon"))
        if place in self.unlocated:
            complaint["location.lat"] = complaint["location.lon"] = None

    # -- writing

    def write(self, complaint: Complaint, base: Raw | None) -> Writing:
        """The complaint in the system's words; what equals the base's reading keeps the base's own text."""
        opened = self.embedded.open(base) if base is not None else None
        draft = self.fields.write(complaint, opened, self._unlocate)
        tree = self.embedded.close(draft.tree, base)
        changed = self.embedded.send(draft.changed, tree)
        return Writing(tree, changed, tuple(dict.fromkeys(draft.names)), tuple(draft.issues))

    def reads_back(self, complaint: Complaint) -> Complaint:
        """What these values will read as here once they were written: cut, folded, or in a coarser word."""
        shown = dict(complaint)
        for rule in self.fields.written:
            if rule.name in shown:
                shown[rule.name] = reads_back(rule, shown[rule.name])
        return shown

    def write_event(self, values: Map[str, Any]) -> Raw:
        """A follow-up in the system's words; empty where the mapping has none for it. Raises RecordRefused."""
        source = writer_of(self.sources)
        if source is None:
            return {}
        draft = source.block.write(values, None)
        if draft.issues:
            raise RecordRefused(draft.issues[0], draft.issues[1:])
        return draft.tree

    def write_attachment(self, values: Map[str, Any]) -> Raw:
        """An attachment in the system's words; empty where the mapping has none for it."""
        return self.files.block.write(values, None).tree if self.files else {}

    # -- why

    def trace(self, raw: Raw) -> list[Trace]:
        """Where each canonical value comes from: rule, place, and what stood there without saying it."""
        opened = self.embedded.open(raw)
        complaint, _ = self.fields.read(opened, strict=False)
        traces = []
        for rule in self.fields.rules:
            for name in rule.names:
                if name in complaint and (rule.reads or rule.constant is not None):
                    places = " | ".join(shape(_seen(path.read(opened))) for path in rule.read_at)
                    traces.append(Trace(name, rule.path if rule.read_at else "", rule.where, rule.words, places))
        return traces


def _seen(value: Any) -> Any:
    return None if value is MISSING or value is MISFIT else value
