"""status, check, sync, live, pause, resume, reconcile, stop-pushes, start-pushes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from hub.commands.face import Face, Failed, Option, command, explain, tell, who, word

if TYPE_CHECKING:
    from hub.home import Hub

NAME = click.Argument(["name"], metavar="NAMA")
SHOWN = ("name", "agency", "state", "health", "last_ok", "in", "out", "waiting", "unknown", "refused", "quarantine")


@command("status", click.Argument(["name"], metavar="[NAMA]", required=False))
def status(face: Face, name: str | None) -> None:
    from hub.standings import connector_table
    from hub.store import switches

    with face.hub() as hub:
        rows = connector_table(hub, None, name=name or "")
        if name and not rows:
            _unknown(name)
        with hub.store.read() as conn:
            stopped = switches.pushes_stopped(conn)
        face.give({"pushes_stopped": stopped, "connectors": [{key: row[key] for key in SHOWN} for row in rows]})
        if stopped:
            face.say("cli.status.stopped")
        if not rows:
            face.say("page.connectors.empty.text")
            return
        face.table(
            ("connector", "state", "health", "last_ok", "in", "out", "waiting", "unknown", "quarantine"),
            [_status_row(row) for row in rows],
        )
        for row in rows:
            if row["failure_code"]:
                face.line(f"{row['name']}: {explain(row['failure_code'], row['failure_facts'])}")
        for row in rows if name else ():
            _open_matters(face, hub, row["id"])


def _open_matters(face: Face, hub: Hub, connector_id: int) -> None:
    """What a person should look at: fields that cannot be read, and what was noticed about the source."""
    from hub.store.views import connectors as views
    from hub.store.views import moving

    with hub.store.read() as conn:
        issues, gaps = views.open_issues(conn, connector_id), moving.open_findings(conn, connector_id)
    for one in issues:
        face.line(f"{one['field']} × {one['n']}: {explain(one['code'])}  {one['rule'] or ''}")
    for gap in gaps:
        said = explain(gap["code"], gap["facts"]) if gap["code"] else gap["field"] or ""
        face.line(f"{word('finding', gap['kind'])} × {gap['n']}: {said}")


def _status_row(row: Mapping[str, Any]) -> Sequence[Any]:
    moved = (row["in"], row["out"], row["waiting"], row["unknown"], row["quarantine"])
    return (row["name"], word("state", row["state"]), word("health", row["health"]), row["last_ok"], *map(str, moved))


def _unknown(name: str) -> None:
    from hub.domain.errors import HubError

    raise HubError("connector.unknown", connector=name)


@command("check", NAME)
def check(face: Face, name: str) -> None:
    from hub import actions

    with face.hub() as hub:
        findings = actions.check(hub, name)
    face.give([{"code": one.code, "ok": one.ok, "sentence": explain(one.code, one.facts)} for one in findings])
    for one in findings:
        face.line(f"{'✓' if one.ok else '✗'} {explain(one.code, one.facts)}")
    if not findings:
        face.say("page.check.nothing")
    if not all(one.ok for one in findings):
        raise Failed


@command(
    "sync",
    click.Argument(["name"], metavar="[NAMA]", required=False),
    Option(["--all", "every"], is_flag=True),
    Option(["--pull"], is_flag=True),
    Option(["--push"], is_flag=True),
    Option(["--full"], is_flag=True),
    Option(["--dry-run"], is_flag=True),
)
def sync(face: Face, name: str | None, every: bool, **asked: bool) -> None:
    if bool(name) == every:
        raise click.UsageError("cli.sync.which")
    if not asked["pull"] and not asked["push"]:
        asked |= {"pull": True, "push": True}
    with face.hub() as hub:
        results = [line for one in _names(hub, name) for line in _sync_one(face, hub, one, asked)]
    face.give(results)
    if any(one["outcome"] == "failed" for one in results):
        raise Failed


def _names(hub: Hub, name: str | None) -> list[str]:
    from hub.connectors import all_connectors, load

    return [load(hub, name).name] if name else [one.name for one in all_connectors(hub)]


def _sync_one(face: Face, hub: Hub, name: str, asked: Mapping[str, bool]) -> list[dict[str, Any]]:
    from hub import actions

    with face.progress(name) as progress:
        done = actions.sync(hub, name, progress=progress, by=who(), **asked)
    shown = []
    for direction, one in done:
        face.line(f"{name}: {word('direction', direction)}: {word('outcome', one.outcome)}. {_counts(one.counts)}")
        if one.code:
            face.line(f"  {explain(one.code, one.facts)}")
        shown.append({
            "connector": name, "direction": direction, "outcome": one.outcome, "counts": one.counts, "code": one.code,
            "run": one.run_id,
        })  # fmt: skip
    return shown


def _counts(counts: Mapping[str, int]) -> str:
    shown = {name: n for name, n in counts.items() if n and not name.startswith("skipped: ")}
    return ", ".join(f"{word('count', name)} {n}{_why(name, counts)}" for name, n in shown.items()) or tell(
        "page.counts.none"
    )


def _why(name: str, counts: Mapping[str, int]) -> str:
    """The mapping's own reasons for what it leaves out."""
    reasons = [one.removeprefix("skipped: ") for one in counts if one.startswith("skipped: ")]
    return f" ({'; '.join(reasons)})" if name == "skipped" and reasons else ""


@command(
    "live",
    NAME,
    Option(["--from", "start"], type=click.DateTime(["%Y-%m-%d"]), required=True),
    Option(["--dry-run"], is_flag=True),
)
def live(face: Face, name: str, start: Any, dry_run: bool) -> None:
    from hub import actions

    with face.hub() as hub:
        owed = actions.owed(hub, name, start.date())
        face.line(f"{name}: {_counts(owed)}")
        if dry_run:
            face.give({"connector": name, "owed": owed})
            return
        actions.go_live(hub, name, start.date(), by=who())
    face.say("page.live.done", connector=name)
    face.give({"connector": name, "live_from": date.isoformat(start.date())})


@command("pause", NAME)
def pause(face: Face, name: str) -> None:
    from hub import actions

    with face.hub() as hub:
        actions.pause(hub, name, by=who())
    face.say("page.connector.pause.done", connector=name)
    face.give({"connector": name, "state": "paused"})


@command("resume", NAME)
def resume(face: Face, name: str) -> None:
    from hub import actions

    with face.hub() as hub:
        actions.resume(hub, name, by=who())
    face.say("page.connector.resume.done", connector=name)
    face.give({"connector": name, "state": "resumed"})


@command("reconcile", NAME)
def reconcile(face: Face, name: str) -> None:
    from hub import actions

    with face.hub() as hub, face.progress(name) as progress:
        one = actions.reconcile(hub, name, by=who(), progress=progress)
    _one_run(face, name, one)


@command("remap", NAME)
def remap(face: Face, name: str) -> None:
    from hub import actions

    with face.hub() as hub, face.progress(name) as progress:
        one = actions.remap(hub, name, by=who(), progress=progress)
    _one_run(face, name, one)


def _one_run(face: Face, name: str, one: Any) -> None:
    face.line(f"{name}: {word('outcome', one.outcome)}. {_counts(one.counts)}")
    if one.code:
        face.line(f"  {explain(one.code, one.facts)}")
    face.give({"connector": name, "outcome": one.outcome, "counts": one.counts, "code": one.code, "run": one.run_id})
    if one.outcome == "failed":
        raise Failed


@command("stop-pushes", Option(["--why"], default=""))
def stop_pushes(face: Face, why: str) -> None:
    from hub import actions

    with face.hub() as hub:
        actions.stop_pushes(hub, by=who(), why=why)
    face.say("cli.stopped")
    face.give({"pushes_stopped": True})


@command("start-pushes")
def start_pushes(face: Face) -> None:
    from hub import actions

    with face.hub() as hub:
        actions.start_pushes(hub, by=who())
    face.say("page.stopped.started")
    face.give({"pushes_stopped": False})
