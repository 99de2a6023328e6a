"""What pages are asked with: numbers in the address, read strictly."""

from __future__ import annotations

from flask import abort, request


def before() -> int | None:
    """The keyset of "older": the id of the last row shown."""
    text = request.args.get("before", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        abort(400)
    return int(text)
