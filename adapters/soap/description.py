"""A peer's service description (WSDL), read by zeep: its operations, their parts, and where it says it lives.

Descriptions come from strangers: no DOCTYPE, no entities, and not one document from any host but the
peer's own. The SOAP-encoding schema, which every rpc/encoded description imports from a public site, is
served from a file of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import zeep.exceptions
from lxml import etree
from zeep.settings import Settings
from zeep.wsdl import Document
from zeep.wsdl.bindings import Soap11Binding, Soap12Binding

from adapters.contract import Failure, WireError
from adapters.http import same_home
from adapters.soap.shapes import Shapes
from adapters.xmltree import ENVELOPES, Part

_OURS = {
    "http://schemas.xmlsoap.org/soap/encoding": "soap-encoding.xsd",
    "http://www.w3.org/2001/xml.xsd": "xml.xsd",
    "http://www.w3.org/2009/01/xml.xsd": "xml.xsd",
    "http://www.w3.org/xml/1998/namespace": "xml.xsd",
}
_UNREADABLE = (
    zeep.exceptions.Error,
    etree.LxmlError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of the description."""

    name: str
    action: str
    asked: Part | None
    answered: Part | None


@dataclass(frozen=True, slots=True)
class Description:
    address: str  # where the description says the service lives
    envelope: str  # namespace: SOAP 1.1 or 1.2
    encoded: bool
    calls: dict[str, Call]


class Loader:
    """zeep's way to documents: through our own session, and only to the peer's own places."""

    def __init__(
        self, connector: str, homes: tuple[str, ...], folder: Path | None, fetch: Callable[[str], bytes]
    ) -> None:
        self._connector = connector
        self._homes = homes
        self._folder = folder
        self._fetch = fetch
        self.encoded = False  # some operation is rpc/encoded: zeep forgets the word

    def load(self, url: str) -> bytes:
        ours = _OURS.get(url.rstrip("/").lower())
        if ours is not None:
            return files("adapters").joinpath("schemas", ours).read_bytes()
        content = self._load(url)
        self.encoded = self.encoded or b'use="encoded"' in content or b"use='encoded'" in content
        return content

    def _load(self, url: str) -> bytes:
        if urlsplit(url).scheme in {"http", "https"}:
            if not any(same_home(url, home) for home in self._homes):
                raise self._refusal("wire.description_elsewhere", elsewhere=urlsplit(url).hostname or "")
            return self._fetch(url)
        path = Path(url.removeprefix("file://")).resolve()
        if self._folder is None or not path.is_relative_to(self._folder):
            raise self._refusal("wire.description_outside", file=path.name)
        try:
            return path.read_bytes()
        except OSError:
            missing = self._refusal("wire.description_missing", file=path.name)
        raise missing

    def _refusal(self, code: str, **facts: Any) -> WireError:
        return WireError(Failure.CONTRACT, code, connector=self._connector, **facts)


def describe(location: str, loader: Loader, connector: str, service: str | None, port: str | None) -> Description:
    """Read the description at ``location`` (URL or file). A WireError of CONTRACT says what is wrong with it."""
    try:
        transport: Any = loader  # zeep asks of it no more than ``load``
        document = Document(location, transport, settings=Settings(strict=True, forbid_dtd=True, forbid_entities=True))
        return _description(document, loader, connector, service, port)
    except (zeep.exceptions.DTDForbidden, zeep.exceptions.EntitiesForbidden) as problem:
        raise WireError(Failure.CONTRACT, "wire.description_doctype", connector=connector) from problem
    except _UNREADABLE as problem:
        line = getattr(problem, "sourceline", None) or "?"
        kind = type(problem).__name__
        facts: dict[str, Any] = {"connector": connector, "kind": kind, "line": line}
        raise WireError(Failure.CONTRACT, "wire.description_invalid", **facts) from problem


def _description(document: Any, loader: Loader, connector: str, service: str | None, port: str | None) -> Description:
    ports = {
        f"{offered.name}/{name}": one
        for offered in document.services.values()
        for name, one in offered.ports.items()
        if isinstance(one.binding, Soap11Binding | Soap12Binding)
    }
    chosen = next((one for name, one in ports.items() if _named(name, service, port)), None)
    if chosen is None:
        names = ", ".join(ports) or "-"
        raise WireError(Failure.CONTRACT, "wire.description_no_port", connector=connector, known=names)
    shapes = Shapes()
    return Description(
        address=str(chosen.binding_options.get("address") or ""),
        envelope=ENVELOPES[1] if isinstance(chosen.binding, Soap12Binding) else ENVELOPES[0],
        encoded=loader.encoded,
        calls={name: _call(name, operation, shapes) for name, operation in chosen.binding.all().items()},
    )


def _named(name: str, service: str | None, port: str | None) -> bool:
    of, _, own = name.partition("/")
    return (service is None or of == service) and (port is None or own == port)


def _call(name: str, operation: Any, shapes: Shapes) -> Call:
    asked, answered = (getattr(message, "body", None) for message in (operation.input, operation.output))
    return Call(
        name,
        operation.soapaction or "",
        shapes.part(asked) if asked is not None else None,
        shapes.part(answered) if answered is not None else None,
    )
