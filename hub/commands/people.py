"""user add / password, token add / revoke, secret set. A secret comes by prompt or stdin, never on the command line."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from hub.commands.face import Face, Option, command, tell, who
from hub.commands.help import HubGroup

if TYPE_CHECKING:
    from hub.home import Hub

user = HubGroup("user")
token = HubGroup("token")
secret = HubGroup("secret")
NAME = click.Argument(["name"], metavar="NAMA")
ROLES = ("viewer", "operator", "administrator")
SCOPES = ("read", "operate", "records")


def asked(sentence: str) -> str:
    """A secret from a terminal (unseen) or as the first line of stdin."""
    if sys.stdin.isatty():
        return str(click.prompt(tell(sentence), hide_input=True, confirmation_prompt=tell("cli.ask.again"), err=True))
    return sys.stdin.readline().rstrip("\r\n")


@command(
    "user add", NAME, Option(["--role"], type=click.Choice(ROLES), required=True), Option(["--agency"], multiple=True)
)
def user_add(face: Face, name: str, role: str, agency: tuple[str, ...]) -> None:
    from hub import actions

    with face.hub() as hub:
        password = actions.add_user(hub, name, role, agency, by=who())
    face.say("cli.user.added", name=name, password=password)
    face.give({"name": name, "role": role, "agencies": list(agency) or None, "password": password})


@command("user password", NAME)
def user_password(face: Face, name: str) -> None:
    from hub.store import users

    with face.hub() as hub:
        password = asked("cli.ask.password")
        with hub.store.begin() as conn:
            users.set_password(conn, name, password, by=who(), now=hub.now())
    face.say("cli.user.changed", name=name)
    face.give({"name": name})


@command(
    "token add",
    NAME,
    Option(["--system"], default=None),
    Option(["--scope"], multiple=True, type=click.Choice(SCOPES)),
)
def token_add(face: Face, name: str, system: str | None, scope: tuple[str, ...]) -> None:
    from hub import actions

    scopes = list(scope) or (["records"] if system else ["read"])
    with face.hub() as hub:
        made = actions.add_token(hub, name, system, scopes, by=who())
    face.say("cli.token.added", name=name, token=made)
    face.give({"name": name, "token": made, "scopes": scopes, "system": system})


@command("token revoke", NAME)
def token_revoke(face: Face, name: str) -> None:
    from hub.store import tokens

    with face.hub() as hub, hub.store.begin() as conn:
        tokens.revoke(conn, name, by=who(), now=hub.now())
    face.say("cli.token.revoked", name=name)
    face.give({"name": name, "revoked": True})


@command("secret set", NAME)
def secret_set(face: Face, name: str) -> None:
    with face.hub() as hub:
        value = asked("cli.ask.secret")
        if not value:
            raise click.UsageError("cli.secret.empty")
        _write_secret(hub, name, value)
    face.say("cli.secret.stored", name=name)
    face.give({"name": name})


def _write_secret(hub: Hub, name: str, value: str) -> None:
    """secrets/<name>, readable by its owner only, replaced in one step."""
    from hub import actions
    from hub.domain.errors import HubError

    if not all(one.isascii() and (one.isalnum() or one in "-_") and not one.isupper() for one in name):
        raise HubError("secret.name", name=name)
    path = hub.home / "secrets" / name
    draft = path.with_name(f".{name}.{os.getpid()}")
    handle = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(value + "\n")
    draft.replace(path)
    actions.noted(hub, who(), "secret.set", name)


for group, one in (
    (user, user_add),
    (user, user_password),
    (token, token_add),
    (token, token_revoke),
    (secret, secret_set),
):
    group.add_command(one)
