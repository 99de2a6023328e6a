"""One polite HTTP session per connector: deadlines that hold, capped answers, credentials that stay home.

No retries here: whether and when to ask again is decided by the caller, from rows, not by a sleeping thread.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit, urlunsplit
from urllib.request import getproxies

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import NameResolutionError, ProtocolError
from urllib3.exceptions import SSLError as TlsError
from urllib3.exceptions import TimeoutError as ReadTimeout

from adapters.contract import Failure, Setup, WireError
from adapters.credentials import Credentials
from adapters.patience import Trip, budget, http_date
from adapters.sockets import CONNECT_SECONDS, Wire

# They write whole URLs (keys in the query) and whole envelopes (passwords, people) at lower levels.
for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry", "zeep.transports"):
    logging.getLogger(_name).setLevel(logging.ERROR)

SAMPLE = 65_536
MOST_REDIRECTS = 3
_CHUNK = 65_536
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_TROUBLES = (
    ((requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema), Failure.CONTRACT, "wire.address_invalid"),
    ((requests.exceptions.SSLError, TlsError), Failure.DOWN, "wire.tls"),
    ((NameResolutionError, socket.gaierror), Failure.DOWN, "wire.no_such_host"),
    ((requests.exceptions.ProxyError,), Failure.DOWN, "wire.proxy"),
)
"""What lies at the bottom of a broken call, first match wins; the rest is told by whether anything was sent."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole and undecoded; ``headers`` have lower-case names."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def clock(self) -> datetime | None:
        """The peer's own clock, where it says it."""
        return http_date(self.headers.get("date", ""))

    @property
    def charset(self) -> str | None:
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'") or None
        return None

    def sample(self) -> str:
        """The start of the body as text, for diagnosis."""
        head = self.content[:SAMPLE]
        try:
            return head.decode(self.charset or "utf-8", "replace")
        except LookupError:
            return head.decode("utf-8", "replace")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what must be equal for a credential to be sent along. ValueError if none."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("not an http address")
    return parts.scheme, parts.hostname.lower(), parts.port or _PORTS[parts.scheme]


def same_home(url: str, base: str) -> bool:
    """Whether ``url`` is the same server as ``base``; the step from http to https on one host counts as such."""
    try:
        there, here = origin(url), origin(base)
    except ValueError:
        return False
    upgrade = (here[0], here[2], there[0], there[2]) == ("http", 80, "https", 443)
    return there == here or (upgrade and there[1] == here[1])


class Http:
    """The kept session of one connector. Not shared between threads."""

    def __init__(self, setup: Setup) -> None:
        self.connector = setup.connector
        self.limits = setup.limits
        self.credentials = Credentials(setup)
        self._now = setup.now or (lambda: datetime.now(UTC))
        self._trip = Trip(setup.connector, setup.limits.run_seconds)
        self._budget = budget(setup.connector, setup.limits.calls_per_hour)
        self._session = _session(setup, self._trip)

    def call(
        self,
        method: str,
        url: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Reply:
        """Carry one call; ``query`` is encoded here. Any status is a Reply; only a broken call is a WireError.

        Reading calls follow a redirect on the same host; a writing call shows it to the caller, who alone
        knows what it means.
        """
        address = self._address(url, [*query, *self.credentials.query()])
        for _ in range(MOST_REDIRECTS + 1):
            reply = self._once(method, address, headers or {}, data)
            target = reply.headers.get("location")
            if method not in {"GET", "HEAD"} or reply.status_code not in _REDIRECTS or not target:
                return reply
            address = self._redirected(address, target)
        raise self.error(Failure.CONTRACT, "wire.redirects", address, sent=True)

    def error(self, failure: Failure, code: str, url: str, **more: Any) -> WireError:
        """A WireError that names the connector and the host, and never the whole address: keys stand in it."""
        return WireError(failure, code, connector=self.connector, host=urlsplit(url).hostname or "", **more)

    def close(self) -> None:
        self._session.close()

    def _address(self, url: str, query: Sequence[tuple[str, str]]) -> str:
        parts = urlsplit(url)
        if "@" in parts.netloc:  # requests would send it in place of our own credentials
            raise self.error(Failure.CONTRACT, "wire.address_invalid", url)
        written = "&".join(text for text in (parts.query, urlencode(query, quote_via=quote)) if text)
        return urlunsplit(SplitResult(parts.scheme, parts.netloc, parts.path or "/", written, ""))

    def _redirected(self, address: str, target: str) -> str:
        there = urljoin(address, target)
        if not same_home(there, address):
            elsewhere = urlsplit(there).hostname or ""
            raise self.error(Failure.CONTRACT, "wire.redirect_elsewhere", address, sent=True, elsewhere=elsewhere)
        return there

    def _once(self, method: str, address: str, headers: Mapping[str, str], data: bytes | None) -> Reply:
        sent = {**headers, **self.credentials.headers()}
        for name, value in sent.items():
            if not _HEADER_NAME.fullmatch(name) or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
                raise self.error(Failure.CONTRACT, "wire.header_invalid", address, header=name)
        self._trip.start(self.limits.call_seconds)
        if self._budget is not None:
            self._budget.spend(self._now())
        carried = {name: value.strip().encode("utf-8") for name, value in sent.items()}
        trouble: Exception
        try:
            return self._carry(method, address, carried, data)
        except (requests.RequestException, OSError, ValueError) as problem:
            trouble = problem
        raise self._classify(trouble, address)  # outside: the original, with its address, is not chained

    def _carry(self, method: str, address: str, headers: Mapping[str, bytes], data: bytes | None) -> Reply:
        pace = (min(CONNECT_SECONDS, self._trip.left()), self._trip.left())
        with self._session.request(
            method, address, headers=headers, data=data, timeout=pace, allow_redirects=False, stream=True
        ) as response:
            content = bytearray()
            for chunk in response.iter_content(_CHUNK):
                content += chunk
                if len(content) > self.limits.answer_bytes:
                    limit = self.limits.answer_bytes
                    raise self.error(Failure.CONTRACT, "wire.too_large", address, sent=True, bytes=limit)
            named = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, named, self.credentials.hide_in(bytes(content)))

    def _classify(self, trouble: Exception, address: str) -> WireError:
        """What went wrong, by what the caller does next; ``sent`` where the peer may have acted."""
        sent = isinstance(trouble, requests.ReadTimeout) if self._trip.sent is None else self._trip.sent
        if self._trip.run_over:
            return self.error(Failure.LATER, "wire.run_time", address, sent=sent)
        causes = _causes(trouble)
        for kinds, failure, code in _TROUBLES:
            if any(isinstance(one, kinds) for one in causes):
                return self.error(failure, code, address, sent=sent)
        late = any(isinstance(one, TimeoutError | ReadTimeout) for one in causes)
        if sent and late:
            seconds = round(self.limits.call_seconds)
            return self.error(Failure.DOWN, "wire.timeout", address, sent=True, seconds=seconds)
        return self.error(Failure.DOWN, "wire.cut" if sent else "wire.no_connection", address, sent=sent)


def _causes(trouble: BaseException) -> Sequence[BaseException]:
    """The exception and everything wrapped in it: requests and urllib3 wrap by argument, reason and context."""
    found: list[BaseException] = []
    waiting: list[Any] = [trouble]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if not isinstance(one, BaseException) or one in found:
            continue
        found.append(one)
        waiting += [*one.args, getattr(one, "reason", None), one.__cause__]
        if isinstance(one, ProtocolError | requests.RequestException):
            waiting.append(one.__context__)
    return found


def _session(setup: Setup, trip: Trip) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy, .netrc or certificate comes from the surroundings unasked
    session.headers = CaseInsensitiveDict({"User-Agent": agent(), "Accept-Encoding": "gzip, deflate", "Accept": "*/*"})
    session.verify = _authorities(setup)
    session.proxies = _proxies(setup.connection.get("proxy"))
    wire = Wire(trip)
    session.mount("http://", wire)
    session.mount("https://", wire)
    return session


def agent() -> str:
    """Who is calling, for the peer's log."""
    try:
        return f"hub-lapor/{version('hub-lapor')}"
    except PackageNotFoundError:
        return "hub-lapor"


def _authorities(setup: Setup) -> bool | str:
    """Certificates are always verified: against the public authorities, or the file the connection names."""
    named = setup.connection.get("ca")
    if not named:
        return True
    path = (setup.folder / str(named)) if setup.folder else None
    if path is None or not path.is_file():
        raise WireError(Failure.CONTRACT, "wire.ca_missing", connector=setup.connector, file=str(named))
    return str(path)


def _proxies(declared: Any) -> dict[str, str]:
    if not declared:
        return {}
    if declared == "environment":
        return dict(getproxies())
    return {"http": str(declared), "https": str(declared)}
