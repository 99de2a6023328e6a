"""mapping check / show / trace: what a mapping says, whether it holds, and what it makes of one record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hub.commands.face import Face, Failed, Option, clock, command, tell
from hub.commands.help import HubGroup

mapping = HubGroup("mapping")


@command("mapping check", click.Argument(["files"], nargs=-1, metavar="[BERKAS]...", type=click.Path(path_type=Path)))
def check(face: Face, files: tuple[Path, ...]) -> None:
    """Works without an installation: each file is compiled and its own tests are run."""
    from hub.checks import check_files

    reports = check_files(files)
    face.give([one.to_json() for one in reports])
    for one in reports:
        good = sum(result.ok for result in one.results)
        face.line(f"{'✓' if one.ok else '✗'} {one.file}: {tell('cli.mapping.tests', good=good, all=len(one.results))}")
        for result in one.results:
            if not result.ok:
                face.line(f"  {result.where + ': ' if result.where else ''}{result.text}")
                if result.hint:
                    face.line(f"    → {result.hint}")
    if not reports:
        face.say("cli.mapping.none")
    if not all(one.ok for one in reports):
        raise Failed


@command("mapping show", click.Argument(["name"], metavar="[NAMA]", required=False))
def show(face: Face, name: str | None) -> None:
    from hub.domain.errors import HubError
    from hub.store.views import connectors as views

    with face.hub() as hub, hub.store.read() as conn:
        rows = views.versions(conn, "mapping", name)
    if name and not rows:
        raise HubError("cli.mapping.unknown", name=name)
    face.give([
        {"name": row["name"], "hash": row["hash"], "applied_at": row["applied_at"], "applied_by": row["applied_by"],
         "current": row["current"], "content": row["content"]}
        for row in rows
    ])  # fmt: skip
    if name:
        current = next((row for row in rows if row["current"]), rows[0])
        face.line(f"# {name} {current['hash'][:12]} {clock(current['applied_at'])}")
        face.line(current["content"].rstrip())
    else:
        face.table(
            ("mapping", "version", "applied", "by"),
            [(row["name"], row["hash"][:12], row["applied_at"], row["applied_by"]) for row in rows],
        )


@command(
    "mapping trace",
    click.Argument(["connector"], metavar="KONEKTOR"),
    click.Argument(["file"], type=click.File("rb"), metavar="BERKAS"),
    Option(["--values"], is_flag=True),
)
def trace(face: Face, connector: str, file: Any, values: bool) -> None:
    import orjson

    from hub.connectors import load
    from hub.domain.errors import HubError
    from hub.mapping.reading import RecordRefused

    try:
        raw = orjson.loads(file.read())
    except orjson.JSONDecodeError as error:
        raise HubError("cli.mapping.not_json", file=file.name) from error
    with face.hub() as hub:
        words = load(hub, connector).mapping
        traces = words.trace(raw)
        try:
            reading = words.read(raw).complaint
        except RecordRefused as refused:
            raise HubError(refused.issue.code, **{**refused.issue.facts, "shape": refused.issue.shape}) from refused
    heads = ("field", "path", "rule", "words", "value" if values else "shape")
    shown = [(one.field, one.path, one.rule, one.words, _shown(reading, one, values)) for one in traces]
    face.give([dict(zip(heads, one, strict=True)) for one in shown])
    face.table(heads, shown)


def _shown(reading: dict[str, Any], one: Any, values: bool) -> str:
    return str(reading.get(one.field, "")) if values else str(one.raw_shape)


for one in (check, show, trace):
    mapping.add_command(one)
