"""The words: one definition per product, compiled to read its records and to write them. No I/O."""

from hub.mapping.compile import compile_mapping
from hub.mapping.context import Library
from hub.mapping.faults import Fault, MappingError
from hub.mapping.mapping import Mapping, StreamWords
from hub.mapping.reading import EventReading, FieldClass, Issue, Reading, RecordRefused, Trace, Writing

__all__ = [
    "EventReading", "Fault", "FieldClass", "Issue", "Library", "Mapping", "MappingError", "Reading", "RecordRefused",
    "StreamWords", "Trace", "Writing", "compile_mapping",
]  # fmt: skip
