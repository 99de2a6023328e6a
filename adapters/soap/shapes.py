"""What zeep read in a service description, as the plain shapes that reading and writing go by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree
from zeep.xsd import AnySimpleType, ComplexType, Element
from zeep.xsd.elements import All, Choice, Group, Sequence

from adapters.xmltree import ENCODING, Part, Shape


class Shapes:
    """Shapes by type, each made once; a type may hold itself."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Shape]] = {}

    def part(self, element: Any, *, many: bool = False, required: bool = True) -> Part:
        """An element of the description as a place with a shape."""
        return Part(
            name=etree.QName(element.qname).text,
            shape=self.shape(element.type),
            many=many or bool(element.accepts_multiple),
            required=required and not element.is_optional,
            nillable=bool(element.nillable),
        )

    def shape(self, kind: Any) -> Shape:
        known = self._made.get(id(kind))
        if known is not None:
            return known[1]
        shape = Shape(name=_name(kind))
        self._made[id(kind)] = (kind, shape)  # the type is kept too: an id is only good while it lives
        if isinstance(kind, ComplexType):
            self._fill(shape, kind)
        else:
            shape.simple = isinstance(kind, AnySimpleType)
            shape.open = not shape.simple  # xsd:anyType
        return shape

    def _fill(self, shape: Shape, kind: Any) -> None:
        shape.attributes = {attribute.name: attribute.qname.text for _, attribute in kind.attributes if attribute.name}
        array = kind._array_type
        if array is not None and getattr(array, "array_type", None) is not None:
            shape.item = self.shape(array.array_type.resolve())
            return
        content = kind._element
        if isinstance(content, Element):  # simpleContent: text with attributes
            shape.simple = True
            return
        for element, many, required in _walk(content):
            if not isinstance(element, Element):  # xsd:any, or a schema carried along (.NET)
                shape.open = True
            else:
                part = self.part(element, many=many, required=required)
                shape.parts.setdefault(etree.QName(part.name).localname, part)


def _walk(content: Any, many: bool = False, required: bool = True) -> Iterator[tuple[Any, bool, bool]]:
    """Every element below an indicator; what stands in a choice is required by nobody."""
    if content is None:
        return
    if isinstance(content, All | Choice | Group | Sequence):
        below = required and not isinstance(content, Choice) and not content.is_optional
        inner = content.child if isinstance(content, Group) else content
        for one in [inner] if isinstance(content, Group) else inner:
            yield from _walk(one, many or bool(content.accepts_multiple), below)
    else:
        yield content, many, required


def _name(kind: Any) -> str | None:
    """The type's own name; the SOAP twins of the simple types count as themselves."""
    qname = getattr(kind, "qname", None)
    if qname is None or not getattr(kind, "is_global", True):
        return None
    text = str(etree.QName(qname).text)
    return text if text != f"{{{ENCODING}}}Array" else None
