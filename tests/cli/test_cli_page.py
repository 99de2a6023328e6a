"""docs/cli.md is what ``hub --help`` says; made anew by ``python -m tests.cli.test_cli_page``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hub.cli import COMMANDS, hub
from hub.commands.help import HubGroup, tell

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "cli.md"
HEAD = """\
# The command line

`hub` speaks Indonesian; `--lang en` (anywhere on the line) or `HUB_LANG=en` makes it speak English. `--json` prints one
JSON document on stdout and nothing else; sentences about failures go to stderr. Exit codes: 0 all is well, 1 something
failed, 2 wrong use. `HUB_HOME` names the installation's folder (default `./hub-data`), `HUB_ZONE` (WIB, WITA, WIT) the
zone of times, `HUB_DEBUG=1` shows where a defect happened.

This page is made from the commands' own help and held to it by a test.
"""


def page() -> str:
    os.environ["HUB_LANG"] = "en"
    parts = [HEAD]
    context = click.Context(hub, info_name="hub")
    for name in COMMANDS:
        command = hub.get_command(context, name)
        assert command is not None
        parts.append(_section(command, context, f"hub {name}"))
    return "\n".join(parts)


def _section(command: click.Command, above: click.Context, path: str) -> str:
    context = click.Context(command, info_name=path.rsplit(maxsplit=1)[-1], parent=above, terminal_width=100)
    text = f"## `{path}`\n\n```\n{command.get_help(context)}\n```\n"
    if isinstance(command, HubGroup):
        text += "\n" + "\n".join(_section(one, context, f"{path} {name}") for name, one in command.commands.items())
    return text


def test_the_page_says_what_help_says() -> None:
    before = os.environ.get("HUB_LANG")
    try:
        assert PAGE.read_text("utf-8") == page(), "make it anew: python -m tests.cli.test_cli_page"
    finally:
        os.environ.pop("HUB_LANG", None)
        if before is not None:
            os.environ["HUB_LANG"] = before


def test_a_code_without_a_sentence_shows_itself() -> None:
    assert tell("tidak.ada") == "tidak.ada"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
