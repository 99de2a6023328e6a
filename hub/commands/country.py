"""demo and sandbox: the small simulated country, with and without the hub."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hub.commands.face import Face, Failed, Option, command


@command(
    "demo",
    Option(["--once"], is_flag=True),
    Option(["--seed"], type=int, default=7, show_default=True),
    Option(["--host"], default="127.0.0.1", show_default=True),
    Option(["--port"], type=click.IntRange(0, 65535), default=0, show_default=True),
)
def demo(face: Face, once: bool, seed: int, host: str, port: int) -> None:
    from hub.demo import run_demo

    result = run_demo(
        once=once,
        as_json=face.as_json,
        seed=seed,
        language=os.environ["HUB_LANG"],
        host=host,
        port=port,
        out=click.echo,
    )
    face.printed = True
    if result:
        raise Failed


@command(
    "sandbox",
    click.Argument(["folder"], type=click.Path(path_type=Path), metavar="[FOLDER]", default=Path("sandbox-data")),
    Option(["--seed"], type=int, default=7, show_default=True),
    Option(["--home"], type=click.Path(path_type=Path, file_okay=False, exists=True)),
)
def sandbox(face: Face, folder: Path, seed: int, home: Path | None) -> None:
    from hub.demo import run_sandbox

    result = run_sandbox(folder, seed=seed, home=home, language=os.environ["HUB_LANG"], out=click.echo)
    face.printed = True
    if result:
        raise Failed
