"""Files that a record names: their facts are kept with the complaint, their content where the record carries it."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any

from hub.sync.arrival import Arrival
from hub.sync.case import Case
from hub.sync.job import Job


def attachments(job: Job, case: Case, arrival: Arrival) -> list[tuple[Any, ...]]:
    """Rows for ``complaints.add_attachments``; a file known already stays as it is."""
    return [_row(job, case, arrival.key, one) for one in arrival.reading.attachments]


def _row(job: Job, case: Case, record_key: str, one: Mapping[str, Any]) -> tuple[Any, ...]:
    if case.key is None:
        raise ValueError("an erased complaint keeps no files")
    content = _content(one.get("content"))
    facts = {name: value for name, value in one.items() if name != "content"}
    return (
        case.id,
        _identity(job.connector.system_id, record_key, one),
        hashlib.sha256(content).digest() if content is not None else None,
        (one.get("mime") or "")[:100].replace("\0", "") or None,
        len(content) if content is not None else one.get("size"),
        one.get("from"),
        "kept" if content is not None else "listed",
        job.connector.system_id,
        case.key.seal(facts),
        case.key.seal_bytes(content) if content is not None else None,
    )


def _identity(system_id: int, record_key: str, one: Mapping[str, Any]) -> str:
    """By its number or address there, else by name and size; never by its content, which may be fetched later."""
    own = one.get("id") or one.get("url") or f"{one.get('name')}\0{one.get('size')}"
    text = f"{system_id}\0{record_key}\0{own}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def _content(text: Any) -> bytes | None:
    """Base64 as records carry it; what is not base64 is not kept as a file (its facts are)."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return b64decode("".join(text.split()), validate=True)
    except NotBase64:
        return None
