"""waiting list / resolve: what has not arrived, and the answers only a person can give."""

from __future__ import annotations

from typing import Any

import click

from hub.commands.face import Face, Option, command, explain, who, word
from hub.commands.help import HubGroup

waiting = HubGroup("waiting")
STATES = ("unknown", "waiting", "sending", "refused", "no_route", "held")


@command(
    "waiting list", Option(["--state"], type=click.Choice(STATES), default=None), Option(["--connector"], default="")
)
def list_(face: Face, state: str | None, connector: str) -> None:
    from hub.store.views import moving

    with face.hub() as hub, hub.store.read() as conn:
        counts = moving.outbox_counts(conn, None)
        rows = moving.outbox_rows(conn, None, (state,) if state else STATES, connector_name=connector, limit=200)
    face.give({"counts": counts, "items": [_item(row) for row in rows]})
    face.line(", ".join(f"{word('delivery', name)} {n}" for name, n in counts.items() if n) or "0")
    if rows:
        face.table(("number", "state", "what", "complaint", "for", "reason"), [_row(row) for row in rows])
    if any(row["state"] == "unknown" for row in rows):
        face.say("cli.waiting.next")


def _row(row: Any) -> tuple[Any, ...]:
    about = row["core_tracking_id"] or row["hub_id"]
    target = row["connector"] or row["target_agency"]
    return (
        row["id"],
        word("delivery", row["state"]),
        word("kind", row["kind"]),
        about,
        target,
        explain(row["code"], row["facts"]),
    )


def _item(row: Any) -> dict[str, Any]:
    names = (
        "id", "state", "kind", "hub_id", "core_tracking_id", "connector", "target_agency", "key", "attempts",
        "code", "facts", "created_at", "not_before",
    )  # fmt: skip
    return {**{name: row[name] for name in names}, "sentence": explain(row["code"], row["facts"])}


@command(
    "waiting resolve",
    click.Argument(["number"], type=int, metavar="NOMOR"),
    click.Argument(["answer"], type=click.Choice(("arrived", "not-arrived")), metavar="arrived|not-arrived"),
    click.Argument(["their_number"], required=False, metavar="[NOMOR-DI-SANA]"),
)
def resolve(face: Face, number: int, answer: str, their_number: str | None) -> None:
    from hub import actions

    if (answer == "arrived") != bool(their_number):
        raise click.UsageError("cli.waiting.number")
    with face.hub() as hub:
        if their_number:
            actions.arrived(hub, number, their_number, by=who())
        else:
            actions.not_arrived(hub, number, by=who())
    face.say("page.ask.arrived.done" if their_number else "page.ask.not_arrived.done")
    face.give({"number": number, "answer": answer})


for one in (list_, resolve):
    waiting.add_command(one)
