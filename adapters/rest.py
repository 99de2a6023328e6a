"""HTTP with JSON, forms, files or plain XML: carries one Request to the peer and its Answer home."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from adapters import connection, decode
from adapters.contract import Failure, Setup, WireError
from adapters.conversation import Answer, File, Request, reveal
from adapters.http import Http, Reply, same_home
from adapters.talking import Talker

_DOTS = re.compile(r"(^|/)(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_MAY_BE_EMPTY = frozenset({201, 202, 204, 205, 304})


class RestAdapter(Talker):
    """One REST system, spoken to in its mapping's words."""

    proves_first = True

    def __init__(self, setup: Setup) -> None:
        self._rest = Rest(setup)
        super().__init__(setup, self._rest.send, self._rest.hide)

    def close(self) -> None:
        self._rest.close()


class Rest:
    """``send`` for REST: builds the address and the body, keeps secrets out of sight, decodes what came."""

    def __init__(self, setup: Setup) -> None:
        connection.known(setup, connection.COMMON)
        self._home = connection.home(setup)
        self._addresses = connection.addresses(setup)
        self._http = Http(setup)

    def send(self, request: Request) -> Answer:
        """One call. Every HTTP status is an Answer; WireError only where no whole answer came."""
        asked = reveal(request, self._http.credentials.secrets.get)
        content, mime = self._body(asked)
        headers = {"Accept": "application/json", **({"Content-Type": mime} if mime else {}), **asked.headers}
        reply = self._http.call(asked.method, self._url(asked), query=asked.query, headers=headers, data=content)
        return answer(reply, self._http, reads=content is None)

    def hide(self, text: str) -> None:
        self._http.credentials.secrets.hide_shown(text, "login")

    def close(self) -> None:
        self._http.close()

    def _url(self, request: Request) -> str:
        """Below the home address or a declared one; a whole address only where it is the same server."""
        base = self._addresses.get(request.address) or request.address or self._home
        if not any(same_home(base, one) for one in (self._home, *self._addresses.values())):
            elsewhere = urlsplit(base).hostname or request.address
            raise self._http.error(Failure.CONTRACT, "wire.address_elsewhere", self._home, elsewhere=elsewhere)
        if "://" in request.target.partition("?")[0]:
            if not same_home(request.target, base):
                elsewhere = urlsplit(request.target).hostname or ""
                raise self._http.error(Failure.CONTRACT, "wire.address_elsewhere", base, elsewhere=elsewhere)
            return request.target
        if _DOTS.search(request.target.partition("?")[0]):
            raise self._http.error(Failure.CONTRACT, "wire.target_climbs", base, operation=request.operation)
        return _below(base, request.target)

    def _body(self, request: Request) -> tuple[bytes | None, str]:
        """The body's bytes and MIME type; constant parameters of the connection come first."""
        if request.form == "none" or (request.body is None and request.method in {"GET", "HEAD", "DELETE"}):
            return None, ""
        constant = self._http.credentials.parameters()
        body = request.body
        if constant and (body is None or isinstance(body, Mapping)):
            body = {**constant, **(body or {})}
        if body is None:
            return None, ""
        writer = _WRITERS.get(request.form)
        if writer is None:
            known = ", ".join(sorted([*_WRITERS, "none"]))
            raise WireError(Failure.CONTRACT, "wire.form", operation=request.operation, form=request.form, known=known)
        try:
            return writer(body)
        except (TypeError, ValueError, AttributeError):
            trouble = WireError(Failure.CONTRACT, "wire.body", operation=request.operation, form=request.form)
        raise trouble


def answer(reply: Reply, http: Http, *, reads: bool) -> Answer:
    """The reply decoded. An empty body counts as undecoded where one was due: it may be all that arrived."""
    answered = Answer(reply.status_code, reply.headers, text=http.credentials.hide(reply.sample()), clock=reply.clock)
    if not reply.content:
        meant = not reads and reply.headers.get("content-length") == "0"
        return replace(answered, decoded=reply.status_code in _MAY_BE_EMPTY or reply.status_code >= 400 or meant)
    try:
        return replace(answered, body=decode.tree(reply.content, reply.charset))
    except decode.Undecodable:
        return replace(answered, decoded=False)


def _below(base: str, target: str) -> str:
    """``target`` under ``base``; a query in the base stays, and a target that is only a query joins it."""
    if not target:
        return base
    front, _, kept = base.partition("?")
    path, _, query = target.partition("?")
    url = urljoin(front if front.endswith("/") or not path else front + "/", path.lstrip("/")) if path else front
    joined = "&".join(part for part in (kept, query) if part)
    return f"{url}?{joined}" if joined else url


def _json(body: Any) -> tuple[bytes, str]:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8"), "application/json"


def _form(body: Mapping[str, Any]) -> tuple[bytes, str]:
    pairs = [(name, text) for name, value in body.items() for text in _texts(value)]
    return urlencode(pairs).encode("ascii"), "application/x-www-form-urlencoded"


def _multipart(body: Mapping[str, Any]) -> tuple[bytes, str]:
    parts = []
    for name, value in body.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, File):
                part = RequestField(name, one.content, filename=one.name)
                part.make_multipart(content_type=one.mime)
                parts.append(part)
            else:
                parts += [RequestField.from_tuples(name, text) for text in _texts(one)]
    content, mime = encode_multipart_formdata(parts)
    return content, mime


def _raw(body: Any) -> tuple[bytes, str]:
    if isinstance(body, File):
        return body.content, body.mime
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    return str(body).encode("utf-8"), "text/plain; charset=utf-8"


def _xml(body: Mapping[str, Any]) -> tuple[bytes, str]:
    from adapters.xmltree import write

    return write(body), "text/xml; charset=utf-8"


def _texts(value: Any) -> Sequence[str]:
    """A form knows text only: yes/no as ``true``/``false``, nothing as empty, a list as the name repeated."""
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, dict):
        return [json.dumps(value, ensure_ascii=False)]
    if value is None:
        return [""]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


_WRITERS = {"json": _json, "form": _form, "multipart": _multipart, "raw": _raw, "xml": _xml}
