"""The ``connection:`` block of a connector file: which keys a wire knows, and where its peer lives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from adapters.contract import Failure, Setup, WireError

COMMON = frozenset({"url", "addresses", "basic", "bearer", "header", "query", "parameters", "ca", "proxy"})


def known(setup: Setup, keys: Collection[str]) -> None:
    """Refuse a key nobody reads: a misspelt credential would silently not be sent."""
    for key in setup.connection:
        if key not in keys:
            names = ", ".join(sorted(keys))
            raise WireError(Failure.CONTRACT, "wire.connection_key", connector=setup.connector, key=key, known=names)


def home(setup: Setup, key: str = "url") -> str:
    """The peer's address as the connection gives it; raises where it is missing or no http(s) address."""
    return checked(setup, key, setup.connection.get(key))


def checked(setup: Setup, key: str, url: Any) -> str:
    """``url`` if it is a usable http(s) address without a name or password in it."""
    text = str(url or "")
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise WireError(Failure.CONTRACT, "wire.url_missing", connector=setup.connector, key=key)
    if "@" in parts.netloc:
        raise WireError(Failure.CONTRACT, "wire.password_in_file", connector=setup.connector, key=key)
    return text


def addresses(setup: Setup) -> Mapping[str, str]:
    """Further addresses of the same peer by name (reads and writes apart); declared, so credentials may go there."""
    named = setup.connection.get("addresses") or {}
    if not isinstance(named, Mapping):
        raise WireError(Failure.CONTRACT, "wire.connection_block", connector=setup.connector, key="addresses")
    return {str(name): checked(setup, f"addresses.{name}", url) for name, url in named.items()}
