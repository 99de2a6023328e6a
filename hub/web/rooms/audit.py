"""Audit: who did what, who looked at whose data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request

from hub.store.views import moving
from hub.web.ask import before
from hub.web.door import needs, the_hub

room = Blueprint("audit", __name__, url_prefix="/audit")


@room.get("")
@needs("administrator")
def page() -> Any:
    with the_hub().store.read() as conn:
        rows = moving.audit_rows(
            conn, who=request.args.get("who", ""), what=request.args.get("what", ""), before=before()
        )
    return render_template("audit.html", rows=rows, facts_line=_line)


def _line(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in facts.items())
