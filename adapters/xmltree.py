"""XML and plain trees, both ways, keeping the text that is on the wire.

An element becomes: a mapping of its children by local name; a list where its name repeats, or where the
description says it may; its text where it has no children (exact, an empty element is ``""``); None where
it is ``xsi:nil``. Attributes are ``@name``, text beside attributes or children is ``#text``. Values stay
text: a date is what the peer wrote, also where it is no date.

SOAP encoding is undone: an encoded array is a list of its items, an Apache ``Map`` a mapping, ``href``
is replaced by what it points to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from adapters.decode import Undecodable

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
APACHE = "http://xml.apache.org/xml-soap"
ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")

_PROTOCOL = {XSI, ENCODING, *ENVELOPES, "http://www.w3.org/2003/05/soap-encoding"}
_REFERENCE = {"id", "href"}
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DEEPEST = 100
_MOST_COPIES = 20


class NotAllowed(Undecodable):
    """The document brings its own definitions (DOCTYPE): never needed for data, and a known way to attack."""


@dataclass(slots=True, eq=False)
class Shape:
    """What a description says of an element's inside. Filled in place, because types may hold themselves."""

    name: str | None = None  # "{namespace}local", where the type has a name
    parts: dict[str, Part] = field(default_factory=dict)  # by local name, in order
    attributes: dict[str, str] = field(default_factory=dict)  # local name → qualified name
    item: Shape | None = None  # an encoded array of these
    open: bool = False  # may hold more than it names (xsd:any)
    simple: bool = False  # text only


@dataclass(slots=True, eq=False)
class Part:
    """One named place inside an element."""

    name: str  # qualified
    shape: Shape
    many: bool = False
    required: bool = True
    nillable: bool = False


ANYTHING = Shape(open=True)


def parse(content: bytes, charset: str | None = None) -> etree._Element:
    """The document's root; no entity is expanded, nothing is fetched, a DOCTYPE is refused.

    The document's own word on its encoding counts before ``charset``, the one HTTP gave.
    """
    told = None if b"encoding" in content[:200].partition(b"?>")[0] else charset
    try:
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
            encoding=told,
        )
        root = etree.fromstring(content, parser=parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        raise Undecodable("xml") from None
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise NotAllowed("doctype")
    return root


def document(content: bytes, charset: str | None = None) -> dict[str, Any]:
    """A whole document as ``{root: tree}``; a web page is none."""
    root = parse(content, charset)
    name = etree.QName(root).localname
    if name.lower() == "html":
        raise Undecodable("html")
    return {name: Reader(root).plain(root, ANYTHING)}


class Reader:
    """Reads the elements of one document; knows where its references lead."""

    def __init__(self, root: etree._Element) -> None:
        pointed = any((one.get("href") or "").startswith("#") for one in root.iter())
        self._targets = {one.get("id") or "": one for one in root.iter() if one.get("id")} if pointed else {}
        self._left = (sum(1 for _ in root.iter()) + 1000) * _MOST_COPIES

    def plain(self, element: etree._Element, shape: Shape, depth: int = 0) -> Any:
        """The element's value; ``shape`` says what may repeat, ANYTHING where nothing is known."""
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise Undecodable("references")
        if not len(element) and not element.attrib and not shape.parts and shape.item is None:
            return element.text or ""  # by far the most frequent
        target = self._target(element)
        if target is not None:
            return self.plain(target, shape, depth + 1)
        if element.get(f"{{{XSI}}}nil") in {"true", "1"}:
            return None
        if _is_array(element, shape):
            return [self.plain(one, shape.item or ANYTHING, depth + 1) for one in _children(element)]
        if _type_of(element) == f"{{{APACHE}}}Map":
            return self._map(element, depth)
        return self._content(element, shape, depth)

    def _target(self, element: etree._Element) -> etree._Element | None:
        href = element.get("href") or ""
        if not href.startswith("#") or len(element):
            return None
        return self._targets.get(href[1:])

    def _map(self, element: etree._Element, depth: int) -> dict[str, Any]:
        pairs = ({_local(one): one for one in _children(item)} for item in _children(element))
        found = {}
        for pair in pairs:
            if "key" in pair and "value" in pair:
                found[str(self.plain(pair["key"], ANYTHING, depth + 1))] = self.plain(
                    pair["value"], ANYTHING, depth + 1
                )
        return found

    def _content(self, element: etree._Element, shape: Shape, depth: int) -> Any:
        found: dict[str, Any] = {f"@{name}": text for name, text in self._attributes(element, shape)}
        empty = True
        repeated: set[str] = set()
        for one in _children(element):
            empty = False
            self._add(found, repeated, one, shape, depth)
        self._no_items(found, shape, depth)
        text = element.text or ""
        if empty and not found and not (shape.parts and not text.strip()):
            return text
        if text.strip() or (empty and text):
            found["#text"] = text
        return found

    def _no_items(self, found: dict[str, Any], shape: Shape, depth: int) -> None:
        """A list that is described and not there is empty: in the answer itself, and in a type that is nothing else.

        Deeper inside a record it may as well be left out of this view, so there nothing is made up.
        """
        if depth == 0 or len(shape.parts) == 1:
            for name, part in shape.parts.items():
                if part.many:
                    found.setdefault(name, [])

    def _attributes(self, element: etree._Element, shape: Shape) -> Iterator[tuple[str, str]]:
        """The peer's own attributes; what SOAP itself needs (types, references) is not data."""
        for name, text in element.attrib.items():
            qualified = etree.QName(str(name))
            reference = self._targets and qualified.localname in _REFERENCE and not qualified.namespace
            described = qualified.localname in shape.attributes
            if qualified.namespace not in _PROTOCOL and not (reference and not described):
                yield qualified.localname, str(text)

    def _add(self, found: dict[str, Any], repeated: set[str], one: etree._Element, shape: Shape, depth: int) -> None:
        """One child under its name; a name that comes again makes a list, also where nothing announced it."""
        name = _local(one)
        part = shape.parts.get(name)
        value = self.plain(one, part.shape if part else ANYTHING, depth + 1)
        if (part is not None and part.many) or name in repeated:
            found.setdefault(name, []).append(value)
        elif name in found:
            repeated.add(name)
            found[name] = [found[name], value]
        else:
            found[name] = value


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return (one for one in element if isinstance(one.tag, str))


def _type_of(element: etree._Element) -> str | None:
    written = element.get(f"{{{XSI}}}type")
    if not written:
        return None
    prefix, _, local = written.strip().rpartition(":")
    return f"{{{element.nsmap.get(prefix or None) or ''}}}{local}"


def _is_array(element: etree._Element, shape: Shape) -> bool:
    if shape.item is not None or element.get(f"{{{ENCODING}}}arrayType") is not None:
        return True
    return _type_of(element) == f"{{{ENCODING}}}Array"


def write(tree: Mapping[str, Any]) -> bytes:
    """A tree under one root as a document. ValueError where it has no single root."""
    names = list(tree)
    if len(names) != 1:
        raise ValueError("one root")
    root = etree.Element(names[0])
    fill(root, tree[names[0]])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def fill(element: etree._Element, value: Any) -> None:
    """Write a value into an element without a description: mappings as children, lists as the name repeated."""
    if not isinstance(value, Mapping):
        element.text = written(value)
        return
    for name, one in value.items():
        if name == "#text":
            element.text = written(one)
        elif name.startswith("@"):
            element.set(name[1:], written(one))
        else:
            for each in one if isinstance(one, list) else [one]:
                fill(etree.SubElement(element, name), each)


def written(value: Any) -> str:
    """A scalar as XML writes it. Signs that XML 1.0 cannot carry at all (a stray control sign) become a space."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _UNWRITABLE.sub(" ", str(value))
