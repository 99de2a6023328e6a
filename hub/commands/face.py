"""What every command stands on: the open hub, one way to say things, one way to fail."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from hub.commands.help import HubCommand, Option, lang_option, tell
from hub.domain.errors import HubError

if TYPE_CHECKING:
    from hub.home import Hub

log = logging.getLogger("hub")


class Failed(Exception):
    """The command did its work and something in it failed: exit code 1, said already."""


class Face:
    """One call of the command. With ``--json`` stdout holds one JSON document and nothing else."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.result: Any = None
        self.printed = False  # the command writes stdout itself

    def say(self, code: str, /, **facts: Any) -> None:
        self.line(tell(code, **facts))

    def line(self, text: str = "") -> None:
        if not self.as_json:
            click.echo(text)

    def error(self, text: str) -> None:
        click.echo(click.style(text, fg="red") if sys.stderr.isatty() else text, err=True)

    def give(self, result: Any) -> None:
        """What ``--json`` prints."""
        self.result = result

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Aligned columns; the last one may be as long as it likes."""
        lines = [[tell(f"cli.head.{head}") for head in heads], *[[_cell(one) for one in row] for row in rows]]
        widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
        for number, line in enumerate(lines):
            text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            self.line(click.style(text, bold=True) if number == 0 and sys.stdout.isatty() else text)

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        from hub.home import open_hub

        hub = open_hub()
        try:
            yield hub
        finally:
            hub.close()

    @contextmanager
    def progress(self, label: str) -> Iterator[Callable[[Mapping[str, int]], None] | None]:
        """A line that counts up, on a terminal only."""
        if self.as_json or not sys.stderr.isatty():
            yield None
            return

        def show(counts: Mapping[str, int]) -> None:
            shown = " · ".join(f"{word('count', name)} {n:,}" for name, n in counts.items() if n and ":" not in name)
            click.echo(f"\r\x1b[K{label}  {shown}"[:200], nl=False, err=True)

        try:
            yield show
        finally:
            click.echo("\r\x1b[K", nl=False, err=True)

    def finish(self) -> None:
        if self.as_json and not self.printed:
            import orjson

            options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
            click.echo(orjson.dumps(self.result, option=options, default=str).decode())


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return clock(value) if isinstance(value, datetime) else str(value)


def clock(moment: datetime | None) -> str:
    """A time in WIB, or in the zone HUB_ZONE names; always with its zone."""
    from zoneinfo import ZoneInfo

    from hub.domain.agency import ZONES

    if moment is None:
        return "–"
    told = os.environ.get("HUB_ZONE", "").upper()
    name = told if told in ZONES else "WIB"
    return f"{moment.astimezone(ZoneInfo(ZONES[name])):%Y-%m-%d %H:%M} {name}"


def word(kind: str, value: object) -> str:
    from hub.language import sentences

    code = f"word.{kind}.{value}"
    return tell(code) if code in sentences() else str(value)


def explain(code: str | None, facts: Mapping[str, Any] | None = None) -> str:
    return tell(code, **{str(name): value for name, value in (facts or {}).items()}) if code else ""


def command(path: str, *params: click.Parameter) -> Callable[[Callable[..., Any]], HubCommand]:
    """Make a function ``(face, **values)`` the command ``path``; adds --json, --lang and the ways to fail."""

    def wrap(function: Callable[..., Any]) -> HubCommand:
        def call(as_json: bool, **values: Any) -> int:
            return _carry_out(function, Face(as_json), values)

        json_option = Option(["--json", "as_json"], is_flag=True)
        return HubCommand(path, params=[*params, json_option, lang_option()], callback=call)

    return wrap


def _carry_out(function: Callable[..., Any], face: Face, values: Mapping[str, Any]) -> int:
    failed = False
    try:
        function(face, **values)
    except Failed:
        failed = True
    except (click.exceptions.Exit, click.exceptions.Abort, click.UsageError, BrokenPipeError):
        raise
    except Exception as error:
        face.give(_told(face, error))
        failed = True
    face.finish()
    return 1 if failed else 0


def _told(face: Face, error: Exception) -> dict[str, Any]:
    """An expected failure as its sentence; a defect by its name only, because its text may be personal."""
    faults = getattr(error, "faults", None)
    if faults is not None:
        for fault in faults:
            face.error(fault.say(os.environ["HUB_LANG"]))
        return {"error": "mapping", "faults": [_fault(one) for one in faults]}
    code = getattr(error, "code", None)
    if isinstance(code, str) and isinstance(getattr(error, "facts", None), Mapping):
        sentence = explain(code, error.facts)  # type: ignore[attr-defined]
        face.error(sentence)
        return {"error": code, "facts": dict(error.facts), "sentence": sentence}  # type: ignore[attr-defined]
    face.error(tell("cli.broken", error=type(error).__name__))
    if os.environ.get("HUB_DEBUG"):
        log.error("defect", exc_info=error)
    return {"error": "cli.broken", "facts": {"error": type(error).__name__}}


def _fault(one: Any) -> dict[str, Any]:
    return {
        "file": one.file, "line": one.line, "field": one.field, "code": one.code,
        "sentence": explain(one.code, one.facts),
    }  # fmt: skip


def who() -> str:
    """Who the audit trail names for what is done on the command line."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # no such account: a container with a bare number
        return f"cli:{os.getuid()}"


__all__ = ["Face", "Failed", "HubError", "Option", "clock", "command", "explain", "tell", "who", "word"]
