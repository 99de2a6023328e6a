"""Help and usage errors in the user's language: click knows English only.

Texts stand in ``hub/language/cli.yaml`` under ``cli.<command>``: ``.short`` (one line), ``.help`` (what it does),
``.examples`` (lines to copy); options under ``cli.option.<name>``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from hub.language import LANGUAGES, say, sentences

_METAVARS = {
    "[OPTIONS]": "cli.meta.options", "COMMAND [ARGS]...": "cli.meta.command", "NAMA": "cli.meta.name",
    "[NAMA]": "cli.meta.a_name", "NOMOR": "cli.meta.number", "[NOMOR]": "cli.meta.a_number",
    "[NOMOR-DI-SANA]": "cli.meta.their_number", "[BERKAS]...": "cli.meta.files", "BERKAS": "cli.meta.file",
    "KONEKTOR": "cli.meta.connector", "ID-HUB": "cli.meta.hub_id",
}  # fmt: skip


def chosen_language(arguments: Sequence[str]) -> str:
    """``--lang en`` wherever it stands, else HUB_LANG, else Indonesian."""
    for index, one in enumerate(arguments):
        found = one.removeprefix("--lang=") if one.startswith("--lang=") else None
        if one == "--lang" and index + 1 < len(arguments):
            found = arguments[index + 1]
        if found in LANGUAGES:
            return found
    told = os.environ.get("HUB_LANG", "")[:2]
    return told if told in LANGUAGES else LANGUAGES[0]


def tell(code: str, /, **facts: Any) -> str:
    return say(code, os.environ.get("HUB_LANG", LANGUAGES[0]), facts)


class Option(click.Option):
    """An option whose help is the sentence ``cli.option.<name>``."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = tell(f"cli.option.{self.name}")
        return super().get_help_record(ctx)


def lang_option() -> Option:
    return Option(["--lang"], type=click.Choice(LANGUAGES), expose_value=False, show_choices=True)


class _Taught:
    """What commands and groups have in common: their words come from the language files."""

    path: str

    def words(self, part: str) -> str:
        code = f"cli.{self.path}.{part}" if self.path else f"cli.hub.{part}"
        return tell(code) if code in sentences() else ""

    def get_short_help_str(self, limit: int = 45) -> str:
        return self.words("short")

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = [_METAVARS.get(one, one) for one in self.collect_usage_pieces(ctx)]  # type: ignore[attr-defined]
        pieces = [tell(one) if one.startswith("cli.") else one for one in pieces]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=tell("cli.usage") + " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.words("help") or self.words("short"))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if examples := self.words("examples"):
            with formatter.section(tell("cli.examples")):
                formatter.write("".join(f"  {line}\n" for line in examples.strip().splitlines()))

    def options_section(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]  # type: ignore[attr-defined]
        records = [found for one in options if (found := one.get_help_record(ctx))]
        if records:
            with formatter.section(tell("cli.options")):
                formatter.write_dl(records)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = tell("cli.option.help")
        return option  # type: ignore[no-any-return]


class HubCommand(_Taught, click.Command):
    def __init__(self, path: str, **attributes: Any) -> None:
        self.path = path.replace(" ", ".")
        super().__init__(path.rsplit(maxsplit=1)[-1], **attributes)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.options_section(ctx, formatter)


class HubGroup(_Taught, click.Group):
    """A group; ``lazy`` names where commands stand that are not imported yet."""

    def __init__(self, path: str, *, lazy: Mapping[str, str] | None = None) -> None:
        self.path = "" if path == "hub" else path
        self.lazy = dict(lazy or {})
        super().__init__(path, params=[lang_option()], no_args_is_help=True)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.lazy, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = self.lazy.get(cmd_name)
        if where is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = where.partition(":")
        found = getattr(import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.options_section(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Their short words come from the language file, so that listing them imports nothing."""
        prefix = f"{self.path}." if self.path else ""
        rows = [(name, tell(f"cli.{prefix}{name}.short")) for name in self.list_commands(ctx)]
        with formatter.section(tell("cli.commands")):
            formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:  # asked for nothing: teach, and that is no failure
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()
        return super().parse_args(ctx, args)


def usage_sentence(error: click.UsageError) -> str:
    """What was wrong with the command line, and where help stands."""
    path = error.ctx.command_path if error.ctx else "hub"
    return f"{_what(error)}\n{tell('cli.use.help', command=path)}"


def _what(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return tell("cli.use.option", name=error.option_name)
    if isinstance(error, click.MissingParameter):
        return tell("cli.use.missing", name=_name_of(error))
    if isinstance(error, click.BadParameter):
        return tell("cli.use.value", name=_name_of(error))
    for pattern, code in _CLICK_SAYS:
        if found := pattern.search(error.message):
            return tell(code, name=found[1])
    return tell(error.message) if error.message in sentences() else error.message


_CLICK_SAYS = (
    (re.compile(r"No such command '([^']*)'"), "cli.use.command"),
    (re.compile(r"unexpected extra arguments? \((.*)\)"), "cli.use.extra"),
    (re.compile(r"Option '([^']*)' requires"), "cli.use.no_value"),
)


def _name_of(error: click.BadParameter) -> str:
    if error.param is None:
        return "?"
    if error.param.param_type_name == "option" or error.ctx is None:
        return error.param.opts[0]
    name = error.param.make_metavar(error.ctx)
    return tell(_METAVARS[name]) if name in _METAVARS else name
