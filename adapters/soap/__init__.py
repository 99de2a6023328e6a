"""SOAP 1.1 and 1.2, document/literal and rpc/encoded: carries one Request to the peer and its Answer home.

zeep reads the description; envelopes are written and read by our own shapes, because a value must arrive as
the text that was on the wire (zeep turns a date it cannot read into None).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lxml import etree
from zeep.wsse.username import UsernameToken

from adapters import connection
from adapters.contract import Failure, Finding, Setup, WireError
from adapters.conversation import Answer, Fault, Request, WithSecret, reveal
from adapters.decode import Undecodable, is_page
from adapters.http import Http, Reply, same_home
from adapters.soap.description import Call, Description, Loader, describe
from adapters.soap.envelope import SOAP12, Misfit, Writer, read
from adapters.talking import Talker

KEYS = connection.COMMON | {"wsdl", "address", "service", "port", "envelope", "wsse"}
_TOKEN: Any = UsernameToken  # zeep is not typed
SAME_AS_DESCRIPTION = "same as description"


class SoapAdapter(Talker):
    """One SOAP service, spoken to in its mapping's words."""

    proves_first = True

    def __init__(self, setup: Setup) -> None:
        self._soap = Soap(setup)
        super().__init__(setup, self._soap.send, self._soap.hide)

    def check(self) -> list[Finding]:
        return [*self._soap.check(), *super().check()]

    def close(self) -> None:
        self._soap.close()


class Soap:
    """``send`` for SOAP. The description is read at the first call and kept."""

    def __init__(self, setup: Setup) -> None:
        connection.known(setup, KEYS)
        self._setup = setup
        self._connection = setup.connection
        self._location, self._folder = _location(setup)
        self._addresses = connection.addresses(setup)
        self._http = Http(setup)
        self._described: Description | None = None

    def send(self, request: Request) -> Answer:
        """One call. A fault or any HTTP status is an Answer; WireError only where no whole answer came."""
        description = self._description()
        call = description.calls.get(request.target)
        if call is None:
            known = ", ".join(sorted(description.calls))
            raise self._refusal("wire.operation", operation=request.target, known=known)
        asked = reveal(request, self._http.credentials.secrets.get)
        content = etree.tostring(self._envelope(description, call, asked), xml_declaration=True, encoding="UTF-8")
        headers = {**asked.headers, **_soap_headers(description, call)}
        reply = self._http.call("POST", self._address(asked), query=asked.query, headers=headers, data=content)
        return self._answer(reply, call)

    def hide(self, text: str) -> None:
        self._http.credentials.secrets.hide_shown(text, "login")

    def check(self) -> list[Finding]:
        """Where the description sends us, and where we go instead."""
        written, used = self._description().address, self._address(Request("check", "CALL"))
        if same_home(written, used):
            return []
        facts = {"written": urlsplit(written).hostname or "-", "used": urlsplit(used).hostname or ""}
        return [Finding("wire.address_moved", True, {"connector": self._setup.connector, **facts})]

    def close(self) -> None:
        self._http.close()

    def _description(self) -> Description:
        if self._described is None:
            homes = tuple(one for one in (self._connection.get("url"), self._location) if one and "://" in one)
            loader = Loader(self._setup.connector, homes, self._folder, self._fetch)
            names = (self._connection.get("service"), self._connection.get("port"))
            self._described = describe(self._location, loader, self._setup.connector, *names)
        return self._described

    def _fetch(self, url: str) -> bytes:
        """A document of the description; nothing is asked of the peer by it, so nothing counts as sent."""
        try:
            reply = self._http.call("GET", url, headers={"Accept": "text/xml, application/xml, */*"})
        except WireError as problem:
            problem.sent = False
            raise
        if reply.status_code in {401, 403}:
            raise self._http.error(Failure.CREDENTIALS, "wire.description_closed", url, http=reply.status_code)
        if reply.status_code != 200 or not reply.content or is_page(reply.content):
            down = reply.status_code >= 500 or reply.status_code == 200
            failure = Failure.DOWN if down else Failure.CONTRACT
            raise self._http.error(failure, "wire.description_unread", url, http=reply.status_code)
        return reply.content

    def _address(self, request: Request) -> str:
        """The schedule's host wins: its address, or the description's path on the schedule's own host."""
        if request.address:
            address = self._addresses.get(request.address, request.address)
            if not any(same_home(address, one) for one in (*self._addresses.values(), self._home())):
                elsewhere = urlsplit(address).hostname or request.address
                raise self._refusal("wire.address_elsewhere", elsewhere=elsewhere)
            return address
        told = self._connection.get("address")
        if told and told != SAME_AS_DESCRIPTION:
            return connection.checked(self._setup, "address", told)
        home, there = urlsplit(self._home()), urlsplit(self._description().address)
        return urlunsplit((home.scheme, home.netloc, there.path or home.path or "/", there.query, ""))

    def _home(self) -> str:
        told = self._connection.get("address")
        remote = self._location if "://" in self._location else None
        return connection.checked(
            self._setup, "url", self._connection.get("url") or remote or (told if told != SAME_AS_DESCRIPTION else None)
        )

    def _envelope(self, description: Description, call: Call, request: Request) -> etree._Element:
        credentials = self._http.credentials
        parts = {**credentials.parameters(), **(request.body or {})}
        writer = Writer(description.envelope, description.encoded)
        try:
            envelope = writer.call(call.asked, parts, self._own_headers())
        except Misfit as misfit:
            facts = {name: ", ".join(getattr(misfit, name)) or "-" for name in ("unknown", "missing", "known")}
            trouble = self._refusal("wire.parts", operation=call.name, **facts)
        except ValueError:  # a name that XML does not allow
            trouble = self._refusal("wire.body", operation=call.name, form="xml")
        else:
            return self._signed(envelope)
        raise trouble

    def _own_headers(self) -> Mapping[str, Any]:
        """The connection's ``envelope:`` block: what stands in the SOAP header of every call."""
        block = self._connection.get("envelope") or {}
        marked = Request("", body=_marked(block))
        return dict(reveal(marked, self._http.credentials.secrets.get).body or {})

    def _signed(self, envelope: etree._Element) -> etree._Element:
        account = self._http.credentials.account("wsse")
        if account is None:
            return envelope
        digest = str(self._connection["wsse"].get("digest", "no")) == "yes"
        token: Any = _TOKEN(*account, use_digest=digest)
        signed: etree._Element = token.apply(envelope, {})[0]
        return signed

    def _answer(self, reply: Reply, call: Call) -> Answer:
        hide = self._http.credentials.hide
        answered = Answer(reply.status_code, reply.headers, text=hide(reply.sample()), clock=reply.clock)
        if not reply.content:
            return replace(answered, decoded=reply.status_code in {202, 204})
        try:
            spoken = read(reply.content, reply.charset, call.answered.shape if call.answered else None)
        except Undecodable:
            return replace(answered, decoded=False)
        fault = spoken.fault and Fault(spoken.fault.code, hide(spoken.fault.text))
        return replace(answered, body=spoken.body, fault=fault)

    def _refusal(self, code: str, **facts: Any) -> WireError:
        return WireError(Failure.CONTRACT, code, connector=self._setup.connector, **facts)


def _location(setup: Setup) -> tuple[str, Any]:
    """Where the description is: ``wsdl:`` as an address or a file in the installation's home; else ``url?wsdl``."""
    named = str(setup.connection.get("wsdl") or "")
    if "://" in named:
        return connection.checked(setup, "wsdl", named), None
    if not named:
        url = connection.home(setup)
        return f"{url}{'&' if '?' in url else '?'}wsdl", None
    folder = setup.folder.resolve() if setup.folder else None
    path = (folder / named).resolve() if folder else None
    if folder is None or path is None or not path.is_relative_to(folder) or not path.is_file():
        raise WireError(Failure.CONTRACT, "wire.description_missing", connector=setup.connector, file=named)
    return str(path), path.parent


def _soap_headers(description: Description, call: Call) -> dict[str, str]:
    if description.envelope == SOAP12:
        action = f'; action="{call.action}"' if call.action else ""
        return {"Content-Type": f"application/soap+xml; charset=utf-8{action}"}
    return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{call.action}"'}


def _marked(value: Any) -> Any:
    """Text of a connector file may hold secret slots; marked so that ``reveal`` fills them."""
    if isinstance(value, str):
        return WithSecret(value)
    if isinstance(value, Mapping):
        return {name: _marked(one) for name, one in value.items()}
    return [_marked(one) for one in value] if isinstance(value, list) else value
