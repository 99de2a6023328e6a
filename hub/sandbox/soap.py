"""A SOAP service of the NuSOAP kind, by hand: rpc/encoded, its description generated from two small tables.

What makes it like the real thing: ``ISO-8859-1``, ``SOAP-ENC:Array``, ``urn:`` names, every value a
``xsd:string``, business errors inside a 200 (``respon`` "0" and a sentence in ``pesan``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from lxml import etree

XSD, XSI = "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/2001/XMLSchema-instance"
ENV, ENC = "http://schemas.xmlsoap.org/soap/envelope/", "http://schemas.xmlsoap.org/soap/encoding/"
WSDL, SOAP = "http://schemas.xmlsoap.org/wsdl/", "http://schemas.xmlsoap.org/wsdl/soap/"
PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False}

Handler = Callable[[Mapping[str, str]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    parts: Sequence[str]  # in order; all xsd:string
    gives: str  # a struct's name
    handler: Handler


@dataclass(frozen=True, slots=True)
class Service:
    """``structs``: name → member → type, where a type is ``string`` or ``[Struct]`` for an array of it."""

    name: str
    namespace: str  # urn:…
    structs: Mapping[str, Mapping[str, str]]
    operations: Mapping[str, Operation]

    def handle(self) -> Response:
        """The one view of the service: GET ?wsdl describes, POST calls."""
        if request.method == "GET":
            return _xml(self.describe(request.base_url))
        try:
            # A fresh parser each time: lxml parsers are not for sharing between threads.
            envelope = etree.fromstring(request.get_data(), etree.XMLParser(**PARSER))  # type: ignore[arg-type]
        except etree.XMLSyntaxError:
            return self.fault("SOAP-ENV:Client", "XML tidak terbaca")
        call = next(iter(envelope.iterfind(f"{{{ENV}}}Body/*")), None)
        name = etree.QName(call).localname if call is not None else ""
        operation = self.operations.get(name)
        if call is None or operation is None:
            return self.fault("SOAP-ENV:Client", f"Operation '{name}' is not defined in the WSDL for this service")
        given = {etree.QName(part).localname: part.text or "" for part in call if isinstance(part.tag, str)}
        return self.reply(name, operation.gives, operation.handler(given))

    # --- answers ---------------------------------------------------------------------------------

    def reply(self, operation: str, struct: str, values: Mapping[str, Any]) -> Response:
        envelope = self._envelope()
        body = etree.SubElement(envelope, f"{{{ENV}}}Body")
        response = etree.SubElement(body, f"{{{self.namespace}}}{operation}Response", nsmap={"ns1": self.namespace})
        self._struct(etree.SubElement(response, "return"), struct, values)
        return _xml(envelope)

    def fault(self, code: str, text: str, status: int = 500) -> Response:
        envelope = self._envelope()
        fault = etree.SubElement(etree.SubElement(envelope, f"{{{ENV}}}Body"), f"{{{ENV}}}Fault")
        etree.SubElement(fault, "faultcode").text = code
        etree.SubElement(fault, "faultstring").text = text
        return _xml(envelope, status)

    def _envelope(self) -> etree._Element:
        names = {"SOAP-ENV": ENV, "SOAP-ENC": ENC, "xsd": XSD, "xsi": XSI, "tns": self.namespace}
        envelope = etree.Element(f"{{{ENV}}}Envelope", nsmap=names)
        envelope.set(f"{{{ENV}}}encodingStyle", ENC)
        return envelope

    def _struct(self, element: etree._Element, struct: str, values: Mapping[str, Any]) -> None:
        element.set(f"{{{XSI}}}type", f"tns:{struct}")
        for member, kind in self.structs[struct].items():
            child = etree.SubElement(element, member)
            if kind == "string":
                child.set(f"{{{XSI}}}type", "xsd:string")
                child.text = str(values.get(member, ""))
                continue
            rows, of = values.get(member, ()), kind.strip("[]")
            child.set(f"{{{XSI}}}type", "SOAP-ENC:Array")
            child.set(f"{{{ENC}}}arrayType", f"tns:{of}[{len(rows)}]")
            for row in rows:
                self._struct(etree.SubElement(child, "item"), of, row)

    # --- description -----------------------------------------------------------------------------

    def describe(self, address: str) -> etree._Element:
        names = {"soap": SOAP, "xsd": XSD, "SOAP-ENC": ENC, "tns": self.namespace, "wsdl": WSDL}
        root = etree.Element(f"{{{WSDL}}}definitions", nsmap=names)
        root.set("targetNamespace", self.namespace)
        self._types(root)
        for name, operation in self.operations.items():
            asked = _child(root, WSDL, "message", name=f"{name}Request")
            for part in operation.parts:
                _child(asked, WSDL, "part", name=part, type="xsd:string")
            answered = _child(root, WSDL, "message", name=f"{name}Response")
            _child(answered, WSDL, "part", name="return", type=f"tns:{operation.gives}")
        port = _child(root, WSDL, "portType", name=f"{self.name}PortType")
        for name in self.operations:
            one = _child(port, WSDL, "operation", name=name)
            _child(one, WSDL, "input", message=f"tns:{name}Request")
            _child(one, WSDL, "output", message=f"tns:{name}Response")
        self._binding(root)
        service = _child(root, WSDL, "service", name=self.name)
        where = _child(service, WSDL, "port", name=f"{self.name}Port", binding=f"tns:{self.name}Binding")
        _child(where, SOAP, "address", location=address)
        return root

    def _types(self, root: etree._Element) -> None:
        schema = _child(_child(root, WSDL, "types"), XSD, "schema", targetNamespace=self.namespace)
        _child(schema, XSD, "import", namespace=ENC)
        arrays = set()
        for name, members in self.structs.items():
            every = _child(_child(schema, XSD, "complexType", name=name), XSD, "all")
            for member, kind in members.items():
                of = kind.strip("[]")
                arrays |= {of} if kind != of else set()
                _child(every, XSD, "element", name=member, type="xsd:string" if kind == of else f"tns:{of}Array")
        for of in sorted(arrays):
            content = _child(_child(schema, XSD, "complexType", name=f"{of}Array"), XSD, "complexContent")
            restriction = _child(content, XSD, "restriction", base="SOAP-ENC:Array")
            attribute = _child(restriction, XSD, "attribute", ref="SOAP-ENC:arrayType")
            attribute.set(f"{{{WSDL}}}arrayType", f"tns:{of}[]")

    def _binding(self, root: etree._Element) -> None:
        binding = _child(root, WSDL, "binding", name=f"{self.name}Binding", type=f"tns:{self.name}PortType")
        _child(binding, SOAP, "binding", style="rpc", transport="http://schemas.xmlsoap.org/soap/http")
        for name in self.operations:
            one = _child(binding, WSDL, "operation", name=name)
            _child(one, SOAP, "operation", soapAction=f"{self.namespace}#{name}", style="rpc")
            for side in ("input", "output"):
                _child(
                    _child(one, WSDL, side), SOAP, "body", use="encoded", namespace=self.namespace, encodingStyle=ENC
                )


def _child(parent: etree._Element, namespace: str, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{namespace}}}{tag}", attributes)


def _xml(root: etree._Element, status: int = 200) -> Response:
    body = etree.tostring(root, xml_declaration=True, encoding="ISO-8859-1")
    return Response(body, status, content_type="text/xml; charset=ISO-8859-1")
