"""init, apply, serve, version."""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from hub.commands.face import Face, Failed, Option, command, tell, who


@command(
    "init",
    Option(["--sandbox"], is_flag=True, default=False),
    Option(["--join"], is_flag=True, default=False),
    Option(["--original"], is_flag=True, default=False),
)
def init(face: Face, sandbox: bool, join: bool, original: bool) -> None:
    from hub.home import init_hub

    hub = init_hub(sandbox=True if sandbox else None, join=join, original=original)
    face.say("cli.init.done", home=hub.home)
    face.say("cli.init.next")
    face.give({"home": str(hub.home)})
    hub.close()


@command("apply", Option(["--dry-run"], is_flag=True))
def apply(face: Face, dry_run: bool) -> None:
    from hub import apply as files
    from hub.mapping import MappingError

    with face.hub() as hub:
        planned = files.plan(hub)
        if planned.faults:
            raise MappingError(planned.faults)
        differences = planned.differences if dry_run else files.apply(hub, who())
        face.give({"applied": not dry_run, "differences": [_difference(one) for one in differences]})
        for one in differences:
            because = f" ({', '.join(one.because)})" if one.because else ""
            face.line(f"{tell(f'cli.apply.{one.what}'):10} {one.kind} {one.name}{because}")
        if not differences:
            face.say("cli.apply.none")
        else:
            face.say("cli.apply.planned" if dry_run else "cli.apply.done", n=len(differences))


def _difference(one: Any) -> dict[str, Any]:
    return {"kind": one.kind, "name": one.name, "what": one.what, "because": list(one.because)}


@command(
    "serve",
    Option(["--host"], default="127.0.0.1", show_default=True),
    Option(["--port"], type=click.IntRange(0, 65535), default=8080, show_default=True),
    Option(["--no-schedule"], is_flag=True),
)
def serve(face: Face, host: str, port: int, no_schedule: bool) -> None:
    """Pages, API and the schedule in one process; ends at SIGTERM after what runs has ended."""
    from hub.serving import Serving, first_administrator

    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with face.hub() as hub:
        made = first_administrator(hub)
        if made is not None:
            face.say("cli.serve.first", name=made.name, password=made.password)
        _apply_or_show(face, hub)
        serving = Serving(hub, host, port, scheduling=not no_schedule)
        face.say("cli.serve.up", url=serving.url)
        face.line(tell("cli.serve.stop"))
        sys.stdout.flush()
        if not serving.run():
            face.error(tell("cli.serve.cut"))
            raise Failed


def _apply_or_show(face: Face, hub: Any) -> None:
    """On one machine a start puts changed files in force; with a shared store, or a wrong file, it only says so."""
    from hub import apply as files

    planned = files.plan(hub)
    if planned.faults or (planned.differences and not hub.store.is_sqlite):
        face.error(tell("cli.serve.unapplied", n=len(planned.faults) or len(planned.differences)))
    elif planned.differences:
        face.say("cli.serve.applied", n=len(files.apply(hub, who())))


@command("version")
def version(face: Face) -> None:
    from importlib.metadata import version as installed

    number = installed("hub-lapor")
    face.line(f"hub {number}, Python {sys.version.split()[0]}")
    face.give({"hub": number, "python": sys.version.split()[0]})
