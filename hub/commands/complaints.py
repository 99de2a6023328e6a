"""complaint show: one complaint's whole way. Personal data is never shown here: the pages do that, audited."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from hub.commands.face import Face, Option, clock, command, tell, who, word
from hub.commands.help import HubGroup

complaint = HubGroup("complaint")
_LINK = ("system", "key", "role", "status", "status_raw")


@command("complaint show", click.Argument(["number"], metavar="NOMOR"))
def show(face: Face, number: str) -> None:
    from hub.domain.errors import HubError
    from hub.sight import Role, Sight
    from hub.store.views import complaints as views
    from hub.way import way

    with face.hub() as hub:
        with hub.store.read() as conn:
            rows = views.search(conn, None, number)
        if not rows:
            raise HubError("cli.complaint.unknown", number=number)
        ways = [(row, way(hub, row, Sight(Role.VIEWER))) for row in rows]
    face.give([_json(row, one) for row, one in ways])
    for row, one in ways:
        _print(face, row, one)


def _json(row: Any, one: Any) -> dict[str, Any]:
    return {
        "hub_id": row["hub_id"], "core_tracking_id": row["core_tracking_id"], "status": row["status"],
        "agency": row["agency_code"],
        "links": [{name: link[name] for name in _LINK} for link in one.links],
        "values": [asdict(value) for value in one.values],
        "way": [asdict(step) for step in one.steps],
        "thread": [asdict(said) for said in one.thread],
    }  # fmt: skip


def _print(face: Face, row: Any, one: Any) -> None:
    head = f"#{row['core_tracking_id']}" if row["core_tracking_id"] else row["hub_id"]
    face.line(f"{head}  {word('status', row['status'] or 'NONE')}  {row['agency'] or row['agency_code'] or ''}")
    face.line(row["hub_id"])
    face.line()
    face.table(
        ("system", "their_number", "role", "status"),
        [
            (link["system"], link["key"], word("link", link["role"]), word("status", link["status"] or "NONE"))
            for link in one.links
        ],
    )
    face.line()
    for step in one.steps:
        state = f" [{word('delivery', step.state)}]" if step.state else ""
        face.line(f"{clock(step.at)}  {tell(step.code, **step.facts)}{state}")
    face.line()
    face.table(
        ("field", "value", "from", "rule"),
        [
            (word("field", value.field), _shown(value), f"{value.system or ''} {value.path or ''}", value.rule)
            for value in one.values
        ],
    )


def _shown(value: Any) -> str:
    if value.masked:
        return tell("page.masked")
    if value.when is not None:
        return clock(value.when)
    return word(value.word, value.text) if value.word else value.text


@command("complaint erase", click.Argument(["hub_id"], metavar="ID-HUB"), Option(["--yes"], is_flag=True))
def erase(face: Face, hub_id: str, yes: bool) -> None:
    from hub import actions

    if not yes:
        raise click.UsageError("cli.erase.yes")
    with face.hub() as hub:
        actions.erase(hub, hub_id, by=who())
    face.say("cli.erase.done", hub_id=hub_id)
    face.give({"erased": hub_id})


for one in (show, erase):
    complaint.add_command(one)
