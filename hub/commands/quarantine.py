"""quarantine list / show / replay / dismiss."""

from __future__ import annotations

from typing import Any

import click

from hub.commands.face import Face, Failed, Option, clock, command, explain, tell, who
from hub.commands.help import HubGroup

quarantine = HubGroup("quarantine")
NUMBER = click.Argument(["number"], type=int, metavar="NOMOR")


@command("quarantine list", Option(["--connector"], default=""))
def list_(face: Face, connector: str) -> None:
    from hub.store.views import moving

    with face.hub() as hub, hub.store.read() as conn:
        groups = moving.quarantine_groups(conn, None, connector_name=connector)
        rows = moving.quarantine_rows(conn, None, connector_name=connector)
    face.give({"groups": groups, "items": [_item(row) for row in rows]})
    if not groups:
        face.say("page.quarantine.empty")
        return
    for one in groups:
        face.line(f"{one['connector']}  {one['cause']}  × {one['n']}  {clock(one['last'])}")
        face.line(f"  {explain(one['cause'], one['facts'])}")
    face.table(("number", "connector", "record", "cause", "field", "rule"), [
        (row["id"], row["connector"], _place(row), row["cause"], _field(row), row["rule"])
        for row in rows
    ])  # fmt: skip
    face.say("cli.quarantine.next")


def _field(row: Any) -> str | None:
    """The field, and what stood there where it may be shown: mapped and not personal."""
    value = row["facts"].get("value")
    return f"{row['field']} = {value}" if value is not None else row["field"]


def _item(row: Any) -> dict[str, Any]:
    names = ("id", "connector", "stream", "key", "position", "cause", "field", "rule", "facts", "at", "state", "tries")
    return {**{name: row[name] for name in names}, "sentence": explain(row["cause"], row["facts"])}


def _place(row: Any) -> str:
    """Its number and where a person finds it, as far as both are known."""
    return " · ".join(filter(None, (row["key"], row["position"])))


@command("quarantine show", NUMBER)
def show(face: Face, number: int) -> None:
    from hub.domain.errors import HubError
    from hub.store.views import moving
    from hub.way import as_text, shapes

    with face.hub() as hub:
        with hub.store.read() as conn:
            row = moving.quarantine_row(conn, None, number)
        if row is None:
            raise HubError("cli.quarantine.unknown", number=number)
        box = hub.store.vault.open(row["box"]) if row["box"] else {}
    raw = shapes(box.get("raw", box.get("text")))
    face.give({**_item(row), "shape": raw})
    where = "  ".join(str(one) for one in (row["key"], row["position"]) if one)
    face.line(f"{row['connector']}  {where}  {clock(row['at'])}")
    face.line(explain(row["cause"], row["facts"]))
    if "value" in row["facts"] and "path" in row["facts"]:
        face.say("cli.quarantine.value", path=row["facts"]["path"], value=row["facts"]["value"])
    face.line(f"{row['field'] or ''}  {row['rule'] or ''}")
    face.line(as_text(raw))


@command(
    "quarantine replay",
    click.Argument(["number"], type=int, required=False, metavar="[NOMOR]"),
    Option(["--cause"], default=""),
    Option(["--connector"], default=""),
    Option(["--dry-run"], is_flag=True),
)
def replay(face: Face, number: int | None, cause: str, connector: str, dry_run: bool) -> None:
    from hub import actions
    from hub.store.views import moving

    if (number is None) == (not cause) or bool(cause) != bool(connector):
        raise click.UsageError("cli.quarantine.which")
    with face.hub() as hub:
        with hub.store.read() as conn:
            n = 1 if number else moving.quarantine_count(conn, None, connector_name=connector, cause=cause)
        if dry_run:
            face.line(tell("page.quarantine.count", n=n))
            face.give({"would_replay": n})
            return
        if number is not None:
            done = actions.replay_one(hub, number, by=who())
        else:
            done = actions.replay_cause(hub, connector, cause, by=who())
    face.say("page.replay.done", through=done.through, aside=done.aside)
    face.give({"through": done.through, "aside": done.aside})
    if done.aside:
        raise Failed


@command("quarantine dismiss", NUMBER)
def dismiss(face: Face, number: int) -> None:
    from hub import actions

    with face.hub() as hub:
        actions.dismiss(hub, number, by=who())
    face.say("page.dismiss.done")
    face.give({"dismissed": number})


for one in (list_, show, replay, dismiss):
    quarantine.add_command(one)
