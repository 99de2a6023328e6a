"""What is personal is sealed: AES-GCM under one data key per complaint, wrapped by the installation's key.

- To erase a complaint is to destroy its wrapped data key: every box under it is noise from then on.
- What belongs to no complaint yet (quarantine, inbox) is sealed by the vault itself.
- Equal people are found by HMAC columns (``lookup``), never by clear text.

A key ring holds the current key first and older ones after it; every blob of the vault names its key, so a key can
be changed without stopping. Look-ups use the oldest key of the ring: they must stay equal over a change.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.domain.errors import HubError
from hub.domain.text import fold
from hub.store.values import dump, load

_FORM = b"\x01"  # first byte of every blob: which form follows
_NONCE = 12
_KEY = 32
_ID = 4
_UNWRAPPED = 8192  # data keys kept ready; one is some 200 bytes


class VaultError(HubError):
    """Codes: vault.wrong_key, vault.damaged, vault.erased, vault.key_form, vault.key_missing, vault.key_open."""


class DataKey:
    """Seals what belongs to one complaint. ``about`` binds a box to its place; it must be told again to open it."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, value: Any, about: bytes = b"") -> bytes:
        """Any tree of plain values, times, bytes and decimals, as one blob. About 2 µs for a small record."""
        return self.seal_bytes(dump(value), about)

    def open(self, box: bytes, about: bytes = b"") -> Any:
        return load(self.open_bytes(box, about))

    def seal_bytes(self, data: bytes, about: bytes = b"") -> bytes:
        nonce = os.urandom(_NONCE)
        return _FORM + nonce + self._cipher.encrypt(nonce, data, about)

    def open_bytes(self, box: bytes, about: bytes = b"") -> bytes:
        if box[:1] != _FORM:
            raise VaultError("vault.damaged")
        try:
            return self._cipher.decrypt(box[1 : 1 + _NONCE], box[1 + _NONCE :], about)
        except (InvalidTag, ValueError) as error:
            raise VaultError("vault.damaged") from error


class Vault:
    """The installation's keys: makes and unwraps data keys, seals what has no complaint, makes look-up values."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != _KEY for key in keys):
            raise VaultError("vault.key_form")
        self._wraps = {_key_id(key): DataKey(_derive(key, b"wrap")) for key in keys}
        self._own = {_key_id(key): DataKey(_derive(key, b"installation")) for key in keys}
        self._current = _key_id(keys[0])
        self._lookup = _derive(keys[-1], b"lookup")
        self._unwrap = lru_cache(maxsize=_UNWRAPPED)(self._unwrap_now)

    @property
    def key_id(self) -> str:
        """Which key is current; safe to show and to store."""
        return self._current.hex()

    @property
    def key_ids(self) -> frozenset[str]:
        return frozenset(one.hex() for one in self._wraps)

    def new_key(self) -> tuple[DataKey, bytes]:
        """A fresh data key, and the blob to store for it (65 bytes)."""
        key = os.urandom(_KEY)
        return DataKey(key), self._current + self._wraps[self._current].seal_bytes(key, b"data key")

    def unwrap(self, wrapped: bytes | None) -> DataKey:
        """The data key of a stored blob; ``vault.erased`` where it was destroyed, ``vault.wrong_key`` where foreign."""
        if not wrapped:
            raise VaultError("vault.erased")
        return self._unwrap(wrapped)

    def forget(self) -> None:
        """Drop unwrapped keys from memory (after an erasure)."""
        self._unwrap.cache_clear()

    def rewrap(self, wrapped: bytes) -> bytes:
        """The same data key under the current installation key."""
        key = self._of(self._wraps, wrapped).open_bytes(wrapped[_ID:], b"data key")
        return self._current + self._wraps[self._current].seal_bytes(key, b"data key")

    def seal(self, value: Any, about: bytes = b"") -> bytes:
        """For quarantine and inbox: what belongs to no complaint (yet)."""
        return self._current + self._own[self._current].seal(value, about)

    def open(self, box: bytes, about: bytes = b"") -> Any:
        return self._of(self._own, box).open(box[_ID:], about)

    def lookup(self, purpose: str, text: str) -> bytes:
        """16 bytes, equal for texts that fold to the same; of no use without the key, or for another purpose."""
        message = purpose.encode() + b"\0" + fold(text).encode("utf-8", "surrogatepass")
        return hmac.digest(self._lookup, message, "sha256")[:16]

    def _unwrap_now(self, wrapped: bytes) -> DataKey:
        return DataKey(self._of(self._wraps, wrapped).open_bytes(wrapped[_ID:], b"data key"))

    def _of(self, keys: Mapping[bytes, DataKey], blob: bytes) -> DataKey:
        key = keys.get(blob[:_ID])
        if key is None:
            raise VaultError("vault.wrong_key", stored=blob[:_ID].hex(), known=", ".join(sorted(self.key_ids)))
        return key


def open_vault(home: Path, environ: Mapping[str, str] = os.environ, *, create: bool = False) -> Vault:
    """The vault of an installation: ``HUB_KEY``, else the file ``HUB_KEY_FILE``, else ``<home>/key``.

    With ``create`` a missing ``<home>/key`` is made (mode 0600), once, also when several processes start together.
    """
    if environ.get("HUB_KEY"):
        return Vault(_read_ring(environ["HUB_KEY"]))
    told = environ.get("HUB_KEY_FILE")
    path = Path(told) if told else home / "key"
    if create and not told and not path.exists():
        _make(path)
    if not path.exists():
        raise VaultError("vault.key_missing", file=path.name)
    if path.stat().st_mode & 0o077 and not told:
        raise VaultError("vault.key_open", file=path.name)
    return Vault(_read_ring(path.read_text("ascii")))


def new_ring_line() -> str:
    """A new key as one line of a key file."""
    return b64encode(os.urandom(_KEY)).decode()


def _make(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(new_ring_line() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike rename, never replaces a key another process just made
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _read_ring(text: str) -> list[bytes]:
    try:
        return [b64decode(line, validate=True) for line in text.replace(",", "\n").split()]
    except (NotBase64, ValueError) as error:
        raise VaultError("vault.key_form") from error


def _derive(key: bytes, purpose: bytes) -> bytes:
    """HKDF-Expand (RFC 5869) of one block: the keys are random already, nothing needs extracting."""
    return hmac.digest(key, b"hub " + purpose + b"\x01", hashlib.sha256)


def _key_id(key: bytes) -> bytes:
    return _derive(key, b"id")[:_ID]
