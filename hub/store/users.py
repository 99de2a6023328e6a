"""People who may log in. Passwords are hashed with scrypt; five wrong ones lock an account for a while."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from hub.domain.errors import HubError
from hub.store import audit
from hub.store.tables import user

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
LEAST_LENGTH = 12
FIRST = "admin"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # no l, 1, o, 0, i: read aloud and typed by hand


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signed in. ``generation`` rises with every new password and ends older sessions."""

    id: int
    name: str
    role: Role
    agencies: tuple[str, ...] | None  # agency codes whose complaints it may see; None: all
    language: str | None
    generation: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signed in, or the code of why not. Not an exception: a failure must be counted, so it commits."""

    user: User | None
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def new_password() -> str:
    """20 letters in four groups: about 99 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def any_user(conn: Connection) -> bool:
    return bool(conn.scalar(select(func.count()).select_from(user)))


def first_administrator(conn: Connection, now: datetime) -> tuple[str, str] | None:
    """Make the first administrator and give back name and password, to be shown once; None where there is anybody."""
    if any_user(conn):
        return None
    password = new_password()
    add(conn, FIRST, Role.ADMINISTRATOR, password, by="hub", now=now)
    return FIRST, password


def add(
    conn: Connection,
    name: str,
    role: str,
    password: str,
    *,
    by: str,
    now: datetime,
    agencies: Sequence[str] | None = None,
) -> User:
    """Codes: user.password_short, user.exists."""
    if _by_name(conn, name) is not None:
        raise HubError("user.exists", user=name)
    values = {
        "name": name, "password": _hashed(password), "role": Role(role).value, "created_at": now,
        "agencies": None if agencies is None else list(agencies),
    }  # fmt: skip
    conn.execute(insert(user).values(**values))
    audit.note(conn, by, "user.added", now, name, role=Role(role).value)
    return _user(_known(conn, name))


def sign_in(conn: Connection, name: str, password: str, now: datetime) -> SignIn:
    """Codes: user.refused (whatever was wrong), user.locked. Commit the transaction in either case."""
    row = _by_name(conn, name)
    # Unknown names take as long as wrong passwords, so that names cannot be tried out.
    right = check_password_hash(row.password if row else _nobody(), password)
    if row is None or row.disabled_at is not None:
        return SignIn(None, "user.refused")
    if row.locked_until is not None and now < row.locked_until:
        return SignIn(None, "user.locked", {"minutes": _minutes(row.locked_until - now)})
    if not right:
        _count_failure(conn, row, now)
        return SignIn(None, "user.refused")
    values = {"failures": 0, "locked_until": None, "last_login": now}
    conn.execute(update(user).where(user.c.id == row.id).values(**values))
    return SignIn(_user(row))


def change_password(conn: Connection, name: str, old: str, new: str, now: datetime) -> User:
    """By the person itself. Codes: user.old_password, user.password_short."""
    if not check_password_hash(_known(conn, name).password, old):
        raise HubError("user.old_password")
    return set_password(conn, name, new, by=name, now=now)


def set_password(conn: Connection, name: str, password: str, *, by: str, now: datetime) -> User:
    """A new password; unlocks the account and ends its sessions."""
    values = {
        "password": _hashed(password), "failures": 0, "locked_until": None, "generation": user.c.generation + 1,
    }  # fmt: skip
    conn.execute(update(user).where(user.c.id == _known(conn, name).id).values(**values))
    audit.note(conn, by, "user.password", now, name)
    return _user(_known(conn, name))


def set_disabled(conn: Connection, name: str, disabled: bool, *, by: str, now: datetime) -> None:
    """Shut an account (its sessions end) or open it again."""
    values = {"disabled_at": now if disabled else None, "generation": user.c.generation + 1}
    conn.execute(update(user).where(user.c.id == _known(conn, name).id).values(**values))
    audit.note(conn, by, "user.disabled" if disabled else "user.enabled", now, name)


def set_language(conn: Connection, name: str, language: str) -> None:
    conn.execute(update(user).where(user.c.name == name).values(language=language))


def of_session(conn: Connection, name: str, generation: int) -> User | None:
    """The user of a session; None where it was disabled or got a new password since."""
    row = _by_name(conn, name)
    if row is None or row.disabled_at is not None or row.generation != generation:
        return None
    return _user(row)


def _count_failure(conn: Connection, row: Row[Any], now: datetime) -> None:
    """Counted by the database, so that parallel tries count, too."""
    this = user.c.id == row.id
    failures = conn.scalar(update(user).where(this).values(failures=user.c.failures + 1).returning(user.c.failures))
    if (failures or 0) >= MOST_FAILURES:
        conn.execute(update(user).where(this).values(failures=0, locked_until=now + LOCKED_FOR))
        audit.note(conn, "hub", "user.locked", now, row.name)


def _by_name(conn: Connection, name: str) -> Row[Any] | None:
    return conn.execute(select(user).where(user.c.name == name)).first()


def _known(conn: Connection, name: str) -> Row[Any]:
    row = _by_name(conn, name)
    if row is None:
        raise HubError("user.unknown", user=name)
    return row


def _user(row: Row[Any]) -> User:
    agencies = tuple(row.agencies) if row.agencies is not None else None
    return User(row.id, row.name, Role(row.role), agencies, row.language, row.generation)


def _hashed(password: str) -> str:
    if len(password) < LEAST_LENGTH:
        raise HubError("user.password_short", least=LEAST_LENGTH)
    return generate_password_hash(password, method="scrypt")


@cache
def _nobody() -> str:
    return generate_password_hash(new_password(), method="scrypt")


def _minutes(left: timedelta) -> int:
    return max(1, round(left.total_seconds() / 60))
