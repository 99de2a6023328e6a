"""API tokens: one per calling system, shown once, kept as a hash. A token is random, so a plain SHA-256 is enough."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from hub.domain.errors import HubError
from hub.store import audit
from hub.store.engine import Store
from hub.store.tables import system as system_table
from hub.store.tables import token

PREFIX = "hub_"  # so that leak scanners and people recognise one
_NOTE_USE_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Token:
    """An accepted token: who calls, for which system, and what it may do."""

    id: int
    name: str
    system_id: int | None
    scopes: frozenset[str]


def add(
    conn: Connection,
    name: str,
    *,
    scopes: Sequence[str],
    by: str,
    now: datetime,
    system: str | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A new token, to be shown once. Codes: token.exists, token.system."""
    if conn.scalar(select(token.c.id).where(token.c.name == name)) is not None:
        raise HubError("token.exists", token=name)
    secret = PREFIX + secrets.token_urlsafe(32)
    values = {
        "name": name, "hash": _hash(secret), "system_id": _system(conn, system), "scopes": sorted(scopes),
        "created_at": now, "expires_at": expires_at,
    }  # fmt: skip
    conn.execute(insert(token).values(**values))
    audit.note(conn, by, "token.made", now, name, scopes=sorted(scopes))
    return secret


def _system(conn: Connection, name: str | None) -> int | None:
    if name is None:
        return None
    number = conn.scalar(select(system_table.c.id).where(system_table.c.name == name))
    if number is None:
        raise HubError("token.system", system=name)
    return int(number)


def check(store: Store, secret: str, now: datetime) -> Token | None:
    """Who a token stands for; None for an unknown, expired or revoked one."""
    with store.read() as conn:
        row = conn.execute(select(token).where(token.c.hash == _hash(secret))).first()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.last_used is None or now - row.last_used > _NOTE_USE_EVERY:
        with store.begin() as conn:
            conn.execute(update(token).where(token.c.id == row.id).values(last_used=now))
    return Token(row.id, row.name, row.system_id, frozenset(row.scopes))


def revoke(conn: Connection, name: str, *, by: str, now: datetime) -> None:
    this = (token.c.name == name) & token.c.revoked_at.is_(None)
    if not conn.execute(update(token).where(this).values(revoked_at=now)).rowcount:
        raise HubError("token.unknown", token=name)
    audit.note(conn, by, "token.revoked", now, name)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
