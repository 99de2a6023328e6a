"""The canonical complaint: its fields, their kinds and classes, and the values that are allowed.

A complaint in memory is a flat ``dict`` from canonical name (``reporter.phone``) to value. A name that is
absent was *not said*; ``None`` was said to be empty. Source of the list: the field study of LAPOR! and of
local systems (docs/canonical.md). Nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Complaint = dict[str, Any]


class Flag(StrEnum):
    """A privacy flag. UNKNOWN reads as YES everywhere and is never written out as either."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Status(StrEnum):
    RECEIVED = "RECEIVED"
    VERIFIED = "VERIFIED"
    DISPATCHED = "DISPATCHED"
    IN_PROGRESS = "IN_PROGRESS"
    RESPONDED = "RESPONDED"
    REPORTER_REPLIED = "REPORTER_REPLIED"
    ON_HOLD = "ON_HOLD"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    ARCHIVED = "ARCHIVED"
    CLOSED = "CLOSED"  # said by the core only


class EventKind(StrEnum):
    DISPOSISI = "DISPOSISI"
    TINDAK_LANJUT = "TINDAK_LANJUT"
    TANGGAPAN_PELAPOR = "TANGGAPAN_PELAPOR"
    TUNDA = "TUNDA"
    KEMBALI = "KEMBALI"
    ARSIP = "ARSIP"
    TUTUP = "TUTUP"
    CATATAN = "CATATAN"


CHOICES: dict[str, tuple[str, ...]] = {
    "classification": ("PENGADUAN", "ASPIRASI", "PERMINTAAN_INFORMASI", "WBS", "OTHER"),
    "oversight": ("BERKADAR", "TIDAK_BERKADAR", "NORMATIF", "UNKNOWN"),
    "urgency": ("DARURAT", "TINGGI", "NORMAL"),
    "agency.level": ("PUSAT", "PROVINSI", "KAB", "KOTA", "UNIT"),
    "channel": (
        "WEBSITE", "ANDROID", "IOS", "SMS_1708", "WHATSAPP", "TWITTER", "FACEBOOK", "INSTAGRAM", "EMAIL",
        "WALK_IN", "LETTER", "PHONE", "SETWAPRES", "LOCAL_APP", "OTHER",
    ),
    "status": tuple(Status),
    "status_actor": ("ADMIN", "SISTEM", "INSTANSI", "PELAPOR"),
    "is_anonymous": tuple(Flag),
    "is_confidential": tuple(Flag),
    "kind": tuple(EventKind),
    "actor_role": ("ADMIN", "SISTEM", "INSTANSI", "PELAPOR"),
    "from": ("PELAPOR", "INSTANSI"),
    "visible": tuple(Flag),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: UTC, the text it was read from and the zone assumed. Equal when the instant is equal."""

    utc: datetime
    text: str = field(default="", compare=False)
    zone: str = field(default="", compare=False)  # "WIB", "+07:00", "Asia/Makassar" …


class Kind(StrEnum):
    """What sort of value a field holds in memory."""

    TEXT = "text"  # str
    DIGITS = "digits"  # str of digits
    CHOICE = "choice"  # str out of CHOICES
    FLAG = "flag"  # Flag value as str
    TIME = "time"  # Moment
    NUMBER = "number"  # Decimal-free: int or float
    COORDINATE = "coordinate"  # float, degrees WGS 84


class Data(StrEnum):
    """How sensitive a field is: the row of the table in ``hub.domain.privacy``."""

    OPEN = "open"  # numbers, codes, times, statuses
    IDENTITY = "identity"  # who the reporter is
    CONTACT = "contact"  # how the reporter is reached
    CONTENT = "content"  # what was written; may name people
    PLACE = "place"  # an exact place; may be a home


class Owner(StrEnum):
    """Which side's word counts when both changed a field."""

    CORE = "core"
    AGENCY = "agency"
    ORIGIN = "origin"  # the system where the complaint was first filed
    LINK = "link"  # kept per link, never merged


@dataclass(frozen=True, slots=True)
class Field:
    kind: Kind
    data: Data = Data.OPEN
    owner: Owner = Owner.ORIGIN


def _fields() -> dict[str, Field]:
    text, time = Kind.TEXT, Kind.TIME
    fields = {
        # our own number, where a mapping leaves it in the system as a mark to be found by; never merged
        "hub_id": Field(text, owner=Owner.LINK),
        "core_tracking_id": Field(Kind.DIGITS, owner=Owner.CORE),
        "core_transaction_id": Field(text, owner=Owner.CORE),
        "classification": Field(Kind.CHOICE, owner=Owner.CORE),
        "oversight": Field(Kind.CHOICE, owner=Owner.CORE),
        "urgency": Field(Kind.CHOICE),
        "is_anonymous": Field(Kind.FLAG),
        "is_confidential": Field(Kind.FLAG),
        "title": Field(text, Data.CONTENT, Owner.CORE),  # set by the national admin at verification
        "body_original": Field(text, Data.CONTENT),
        "body_edited": Field(text, Data.CONTENT, Owner.CORE),
        "category_core_id": Field(text, owner=Owner.CORE),
        "category_raw": Field(text),
        "category_path": Field(text),
        "reporter.name": Field(text, Data.IDENTITY),
        "reporter.nik": Field(text, Data.IDENTITY),
        "reporter.phone": Field(text, Data.CONTACT),
        "reporter.email": Field(text, Data.CONTACT),
        "reporter.address": Field(text, Data.CONTACT),
        "location.address": Field(text, Data.PLACE),
        "location.lat": Field(Kind.COORDINATE, Data.PLACE),
        "location.lon": Field(Kind.COORDINATE, Data.PLACE),
        "agency.parent_id": Field(text, owner=Owner.CORE),
        "agency.parent_name": Field(text, owner=Owner.CORE),
        "agency.unit_id": Field(text, owner=Owner.CORE),
        "agency.unit_name_raw": Field(text, owner=Owner.CORE),
        "agency.level": Field(Kind.CHOICE, owner=Owner.CORE),
        "channel": Field(Kind.CHOICE),
        "channel_raw": Field(text),
        "status": Field(Kind.CHOICE, owner=Owner.LINK),
        "status_raw": Field(text, owner=Owner.LINK),
        "status_actor": Field(Kind.CHOICE, owner=Owner.LINK),
        "hold_archive_reason": Field(text, Data.CONTENT, Owner.CORE),  # typed by a person, about a person
        "rating": Field(Kind.NUMBER, owner=Owner.CORE),
        "received_at": Field(time),
        "verified_at": Field(time, owner=Owner.CORE),
        "dispatched_at": Field(time, owner=Owner.CORE),
        "responded_at": Field(time, owner=Owner.AGENCY),
        "closed_at": Field(time, owner=Owner.CORE),
    }
    for level in ("province", "regency", "district", "village"):
        for part in ("code_kemendagri", "code_bps", "name_raw"):
            fields[f"location.{level}.{part}"] = Field(text)
    return fields


FIELDS: dict[str, Field] = _fields()

EVENT_FIELDS: dict[str, Field] = {
    "id": Field(Kind.TEXT),
    "at": Field(Kind.TIME),
    "actor": Field(Kind.TEXT, Data.IDENTITY),
    "actor_role": Field(Kind.CHOICE),
    "kind": Field(Kind.CHOICE),
    "text": Field(Kind.TEXT, Data.CONTENT),
    "visible": Field(Kind.FLAG),
}

ATTACHMENT_FIELDS: dict[str, Field] = {
    "id": Field(Kind.TEXT),
    "url": Field(Kind.TEXT, Data.CONTENT),
    "name": Field(Kind.TEXT, Data.CONTENT),
    "mime": Field(Kind.TEXT),
    "size": Field(Kind.NUMBER),
    "from": Field(Kind.CHOICE),
    "content": Field(Kind.TEXT, Data.CONTENT),  # base64, where the record carries the file itself
}
