"""``hub``: one command for everything. Only names are known here; a command's code is imported when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

import click

from hub.commands.help import HubGroup, chosen_language, usage_sentence

# name → where its click command stands. Order is the order of `hub --help`.
COMMANDS: Mapping[str, str] = {
    "demo": "hub.commands.country:demo",
    "init": "hub.commands.installation:init",
    "apply": "hub.commands.installation:apply",
    "serve": "hub.commands.installation:serve",
    "status": "hub.commands.connectors:status",
    "check": "hub.commands.connectors:check",
    "sync": "hub.commands.connectors:sync",
    "live": "hub.commands.connectors:live",
    "pause": "hub.commands.connectors:pause",
    "resume": "hub.commands.connectors:resume",
    "reconcile": "hub.commands.connectors:reconcile",
    "remap": "hub.commands.connectors:remap",
    "stop-pushes": "hub.commands.connectors:stop_pushes",
    "start-pushes": "hub.commands.connectors:start_pushes",
    "mapping": "hub.commands.mappings:mapping",
    "complaint": "hub.commands.complaints:complaint",
    "quarantine": "hub.commands.quarantine:quarantine",
    "waiting": "hub.commands.waiting:waiting",
    "user": "hub.commands.people:user",
    "token": "hub.commands.people:token",
    "secret": "hub.commands.people:secret",
    "sandbox": "hub.commands.country:sandbox",
    "version": "hub.commands.installation:version",
}

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

hub = HubGroup("hub", lazy=COMMANDS)


def main(arguments: Sequence[str] | None = None) -> None:
    """The console command. Exit codes: 0 ok, 1 something failed, 2 wrong use, 130 interrupted."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    os.environ["HUB_LANG"] = chosen_language(arguments)
    try:
        result = hub.main(arguments, prog_name="hub", standalone_mode=False)
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.UsageError as error:
        click.echo(usage_sentence(error), err=True)
        return USAGE
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away (`hub status | head`): nothing is wrong
        return OK
    return result if isinstance(result, int) else OK
