"""SOAP envelopes: a call's parts written by the description's shapes, an answer's body or fault read by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from adapters.conversation import Fault
from adapters.decode import Undecodable
from adapters.xmltree import ANYTHING, ENCODING, ENVELOPES, XSD, XSI, Part, Reader, Shape, fill, parse, written

SOAP11, SOAP12 = ENVELOPES


@dataclass(slots=True)
class Misfit(Exception):
    """The parts a call was given are not the description's: dotted names, never values."""

    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one call. ``encoded``: rpc/encoded, where every value carries its type."""

    envelope: str  # namespace
    encoded: bool = False

    def call(self, root: Part | None, parts: Mapping[str, Any], headers: Mapping[str, Any]) -> etree._Element:
        """The whole envelope; raises Misfit before anything is sent."""
        spaces = {"soapenv": self.envelope, "xsd": XSD, "xsi": XSI} | ({"enc": ENCODING} if self.encoded else {})
        envelope = etree.Element(f"{{{self.envelope}}}Envelope", nsmap=spaces)
        if headers:
            head = etree.SubElement(envelope, f"{{{self.envelope}}}Header")
            for name, value in headers.items():
                fill(etree.SubElement(head, name), value)
        body = etree.SubElement(envelope, f"{{{self.envelope}}}Body")
        if root is None:
            return envelope
        self._check(root.shape, parts)
        inside = body if root.name == f"{{{self.envelope}}}Body" else etree.SubElement(body, root.name)
        if self.encoded:
            inside.set(f"{{{self.envelope}}}encodingStyle", ENCODING)
        self._inside(inside, root.shape, parts, "")
        return envelope

    def _check(self, shape: Shape, parts: Mapping[str, Any]) -> None:
        """The outermost names must all be there; deeper down the peer itself is the judge of what it misses."""
        missing = [name for name, part in shape.parts.items() if part.required and name not in parts]
        unknown = [name for name in parts if not _fits(name, shape)]
        if missing or unknown:
            raise Misfit(unknown, missing, list(shape.parts))

    def _inside(self, element: etree._Element, shape: Shape, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            if shape.parts and value not in (None, ""):
                raise Misfit(unknown=[path], known=list(shape.parts))
            element.text = written(value)
            return
        unknown = [f"{path}{name}" for name in value if not _fits(name, shape)]
        if unknown:
            raise Misfit(unknown=unknown, known=list(shape.parts))
        if "#text" in value:
            element.text = written(value["#text"])
        for name in value:
            if name.startswith("@"):
                element.set(shape.attributes.get(name[1:], name[1:]), written(value[name]))
        for name, part in shape.parts.items():
            if name in value:
                self._part(element, part, value[name], f"{path}{name}.")
        for name in value:
            if name not in shape.parts and name[0] not in "@#":
                for one in value[name] if isinstance(value[name], list) else [value[name]]:
                    fill(etree.SubElement(element, name), one)

    def _part(self, parent: etree._Element, part: Part, value: Any, path: str) -> None:
        repeated = isinstance(value, list) and part.shape.item is None
        for one in value if repeated else [value]:
            element = etree.SubElement(parent, part.name)
            if one is None:
                element.set(f"{{{XSI}}}nil", "true")
            elif part.shape.item is not None:
                self._array(element, part.shape.item, one, path)
            else:
                self._type(element, part.shape.name)
                self._inside(element, part.shape, one, path)

    def _array(self, element: etree._Element, item: Shape, values: Any, path: str) -> None:
        values = values if isinstance(values, list) else [values]
        kind = _prefixed(element, item.name or f"{{{XSD}}}anyType")
        element.set(f"{{{ENCODING}}}arrayType", f"{kind}[{len(values)}]")
        if self.encoded:
            self._type(element, f"{{{ENCODING}}}Array")
        for one in values:
            self._part(element, Part("item", item), one, path)

    def _type(self, element: etree._Element, name: str | None) -> None:
        if self.encoded and name:
            element.set(f"{{{XSI}}}type", _prefixed(element, name))


def _fits(name: str, shape: Shape) -> bool:
    return name in shape.parts or shape.open or name.startswith("@") or name == "#text"


def _prefixed(element: etree._Element, name: str) -> str:
    """A qualified name as it stands inside an attribute's text; declares the prefix where it must."""
    qualified = etree.QName(name)
    for prefix, space in element.nsmap.items():
        if prefix and space == qualified.namespace:
            return f"{prefix}:{qualified.localname}"
    # lxml declares a namespace on an existing element only by way of an attribute that uses it
    element.set(f"{{{qualified.namespace}}}t", "")
    prefix = next(key for key, space in element.nsmap.items() if key and space == qualified.namespace)
    del element.attrib[f"{{{qualified.namespace}}}t"]
    return f"{prefix}:{qualified.localname}"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an envelope said: the content of the outermost element, or a fault with its details."""

    body: Any
    fault: Fault | None = None


def read(content: bytes, charset: str | None, shape: Shape | None) -> Spoken:
    """An answer's envelope; Undecodable where it is none."""
    root = parse(content, charset)
    space = etree.QName(root).namespace
    if etree.QName(root).localname != "Envelope" or space not in ENVELOPES:
        raise Undecodable("envelope")
    body = root.find(f"{{{space}}}Body")
    if body is None:
        raise Undecodable("envelope")
    fault = body.find(f"{{{space}}}Fault")
    reader = Reader(root)
    if fault is not None:
        return _fault(fault, reader, space == SOAP12)
    first = next((one for one in body if isinstance(one.tag, str) and _is_root(one)), None)
    if first is None:
        return Spoken({})
    value = reader.plain(first, shape or ANYTHING)
    return Spoken(value if isinstance(value, dict) or value is None else {"#text": value})


def _is_root(element: etree._Element) -> bool:
    return element.get(f"{{{ENCODING}}}root") != "0" and etree.QName(element).localname != "multiRef"


def _fault(fault: etree._Element, reader: Reader, newer: bool) -> Spoken:
    tree = reader.plain(fault, ANYTHING)
    told = tree if isinstance(tree, dict) else {}
    if newer:
        code, text, detail = _inner(told, "Code", "Value"), _inner(told, "Reason", "Text"), told.get("Detail")
    else:
        code, text, detail = told.get("faultcode"), told.get("faultstring"), told.get("detail")
    code, text = _text(code).rpartition(":")[2].strip() or None, _text(text).strip()
    return Spoken({"faultcode": code, "faultstring": text, "detail": detail}, Fault(code, text))


def _inner(tree: Mapping[str, Any], outer: str, inner: str) -> Any:
    found = tree.get(outer)
    return found.get(inner) if isinstance(found, Mapping) else None


def _text(value: Any) -> str:
    """A fault's text may carry attributes (``xml:lang``) or come in several languages: the first one."""
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    if isinstance(value, Mapping):
        return _text(value.get("#text"))
    return "" if value is None else str(value)
