"""Who we are to a peer: names, passwords and keys put where the connection says, and hidden wherever shown."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from adapters.contract import Failure, Setup, WireError

_SLOT = re.compile(r"<secret\.([A-Za-z0-9_.-]+)>")
_HIDE_IN_BODY = 8  # shorter ones would be found in ordinary words
_HIDE_IN_TEXT = 4


class Secrets:
    """The installation's secrets by name, remembered so that they can be hidden. Nothing here prints one."""

    def __init__(self, connector: str, resolve: Callable[[str], str]) -> None:
        self._connector = connector
        self._resolve = resolve
        self._known: dict[str, str] = {}
        self._shown_as: dict[str, str] = {}
        self._only_shown: set[str] = set()

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._known))})"

    def get(self, name: str) -> str:
        """The secret's value; raises CREDENTIALS where it is missing, empty or cannot be carried."""
        if name not in self._known:
            self._known[name] = self._fetch(name)
            self.hide(self._known[name], name)
        return self._known[name]

    def fill(self, text: str) -> str:
        """The text with every ``<secret.name>`` replaced. Only for text a connector file wrote."""
        return _SLOT.sub(lambda found: self.get(found[1]), text)

    def hide(self, value: str, name: str) -> None:
        """From now on show ``value``, in any of the forms it takes on a wire, as ``<secret.name>``."""
        quoted = json.dumps(value)[1:-1]
        forms = {value, quote(value, safe=""), quote_plus(value), quoted, json.dumps(value, ensure_ascii=False)[1:-1]}
        forms |= {quoted.replace("/", "\\/"), escape(value), escape(value, {'"': "&quot;", "'": "&#39;"})}
        forms.add(base64.b64encode(value.encode()).decode())
        self._shown_as |= {form: f"<secret.{name}>" for form in forms}

    def hide_shown(self, value: str, name: str) -> None:
        """Hide ``value`` where answers are shown, but leave it in answers that are read: a peer may tell it again."""
        before = set(self._shown_as)
        self.hide(value, name)
        self._only_shown |= self._shown_as.keys() - before

    def hide_in_text(self, text: str) -> str:
        for form in self._longest_first(_HIDE_IN_TEXT):
            if form in text:
                text = text.replace(form, self._shown_as[form])
        return text

    def hide_in_bytes(self, content: bytes) -> bytes:
        """The same for a body before it is decoded: a peer that echoes our key must not get it stored."""
        for form in self._longest_first(_HIDE_IN_BODY):
            sought = form.encode()
            if form not in self._only_shown and sought in content:
                content = content.replace(sought, self._shown_as[form].strip("<>").encode())
        return content

    def _longest_first(self, shortest: int) -> Iterable[str]:
        return sorted((form for form in self._shown_as if len(form) >= shortest), key=len, reverse=True)

    def _fetch(self, name: str) -> str:
        try:
            value = self._resolve(name)
        except (LookupError, OSError):
            value = ""
        except Exception as problem:
            code = getattr(problem, "code", None)  # the installation's own word on what is wrong with it
            if not isinstance(code, str):
                raise
            facts = {**getattr(problem, "facts", {}), "connector": self._connector}
            raise WireError(Failure.CREDENTIALS, code, **facts) from None
        if not value.strip():
            raise WireError(Failure.CREDENTIALS, "wire.secret_missing", connector=self._connector, secret=name)
        value = value.strip("\r\n")
        if any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
            raise WireError(Failure.CREDENTIALS, "wire.secret_unusable", connector=self._connector, secret=name)
        return value


class Credentials:
    """The ``basic``, ``bearer``, ``header``, ``query`` and ``parameters`` of a connection; several at once are fine.

    Secrets are fetched at the first call, so that a connector can be read and shown without them.
    """

    def __init__(self, setup: Setup) -> None:
        self._connector = setup.connector
        self._connection = setup.connection
        self.secrets = Secrets(setup.connector, setup.secret)

    def headers(self) -> dict[str, str]:
        """Header name → value: what the connection declares, and the Authorization it asks for."""
        sent = {str(name): self.secrets.fill(str(text)) for name, text in self._block("header").items()}
        account = self.account("basic")
        if account:
            pair = base64.b64encode(":".join(account).encode()).decode("ascii")
            self.secrets.hide(pair, "basic")
            sent["Authorization"] = f"Basic {pair}"
        if self._connection.get("bearer"):
            sent["Authorization"] = "Bearer " + self._secret("bearer", self._connection["bearer"])
        return sent

    def account(self, key: str) -> tuple[str, str] | None:
        """User and password of a block (``basic``, ``wsse``); None where the connection has no such block."""
        block = self._block(key)
        if not block:
            return None
        password = self._secret(f"{key}.password", block.get("password", ""))
        return self.secrets.fill(str(block.get("user", ""))), password

    def query(self) -> list[tuple[str, str]]:
        return [(str(name), self.secrets.fill(str(text))) for name, text in self._block("query").items()]

    def parameters(self) -> dict[str, str]:
        """Names that go into the body of every call, before the operation's own."""
        return {str(name): self.secrets.fill(str(text)) for name, text in self._block("parameters").items()}

    def hide(self, text: str) -> str:
        return self.secrets.hide_in_text(text)

    def hide_in(self, content: bytes) -> bytes:
        return self.secrets.hide_in_bytes(content)

    def _secret(self, key: str, text: Any) -> str:
        """A value that may only be given as a secret: what stands in a connector file is read by many."""
        if not _SLOT.search(str(text)):
            raise WireError(Failure.CONTRACT, "wire.password_in_file", connector=self._connector, key=key)
        return self.secrets.fill(str(text))

    def _block(self, name: str) -> Mapping[str, Any]:
        block = self._connection.get(name) or {}
        if not isinstance(block, Mapping):
            raise WireError(Failure.CONTRACT, "wire.connection_block", connector=self._connector, key=name)
        return block
