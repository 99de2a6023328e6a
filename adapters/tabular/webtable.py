"""Tables of a web page as rows of text: what many applications give out as "Excel" is an HTML table named .xls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from lxml import etree

from adapters.tabular.text import KEPT, Broken, FileRefused, Look, open_text
from adapters.tabular_rows import MOST_CELL

MOST_PAGE = 32 << 20  # bytes
MOST_CELLS = 5_000_000  # of one page, with merged cells spread out
MOST_SPAN = 1000
_LINES = frozenset(("br", "p", "div", "li"))
_UNSEEN = frozenset(("script", "style"))


@dataclass(frozen=True, slots=True)
class WebRows:
    """The rows of one table."""

    title: str
    rows: Sequence[list[str] | Broken]

    def __iter__(self) -> Iterator[list[str] | Broken]:
        return (row if isinstance(row, Broken) else list(row) for row in self.rows)

    def close(self) -> None:
        """It lies in memory only."""


def web_tables(file: BinaryIO, seen: Look) -> list[WebRows]:
    """Every table of the page; none where it has none. Raises FileRefused where one is cut off."""
    if seen.size > MOST_PAGE:
        raise FileRefused("file.too_big", bytes=seen.size, most=MOST_PAGE)
    with open_text(file, seen) as text:
        page = text.read().encode("utf-8", "replace")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, recover=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(page, parser)
    except etree.XMLSyntaxError:  # nothing in it at all
        return []
    found = list(root.iter("table")) if root is not None else []
    if page.lower().count(b"<table") > page.lower().count(b"</table"):
        raise FileRefused("file.cut_off")
    cells = [0]
    return [WebRows(f"tabel {number}", list(_rows(one, cells))) for number, one in enumerate(found, 1)]


def _rows(table: Any, cells: list[int]) -> Iterator[list[str] | Broken]:
    """The table's own rows, merged cells spread over all the places they cover."""
    hanging: dict[int, tuple[str, int]] = {}  # column → text that hangs down from above, for how many rows
    for row in (one for one in table.iter("tr") if next(one.iterancestors("table")) is table):
        texts: list[str] = []

        def hang(texts: list[str] = texts) -> None:
            while len(texts) in hanging:
                text, left = hanging.pop(len(texts))
                if left > 1:
                    hanging[len(texts)] = (text, left - 1)
                texts.append(text)

        for cell in row.iterchildren("td", "th"):
            hang()
            text, down = _text(cell), _span(cell, "rowspan")
            for _ in range(_span(cell, "colspan")):
                if down > 1:
                    hanging[len(texts)] = (text, down - 1)
                texts.append(text)
        hang()
        cells[0] += len(texts)
        if cells[0] > MOST_CELLS:
            raise FileRefused("file.unpacks_too_big", bytes=cells[0], most=MOST_CELLS)
        long = next((text for text in texts if len(text) > MOST_CELL), None)
        yield texts if long is None else Broken("file.cell_too_long", long[:KEPT])


def _span(cell: Any, name: str) -> int:
    text = str(cell.get(name) or "1").strip()
    return min(int(text), MOST_SPAN) if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) > 0 else 1


def _text(cell: Any) -> str:
    """What a reader sees: breaks are lines, other white space is one space."""
    pieces: list[str] = []
    unseen = 0
    for event, node in etree.iterwalk(cell, events=("start", "end")):
        if event == "start":
            unseen += node.tag in _UNSEEN
            pieces.append("\n" if node.tag in _LINES else "")
            pieces.append("" if unseen else _flat(node.text))
        else:
            unseen -= node.tag in _UNSEEN
            pieces.append("" if unseen or node is cell else _flat(node.tail))
    return "\n".join(line for one in "".join(pieces).split("\n") if (line := " ".join(one.split())))


def _flat(text: str | None) -> str:
    return " ".join((text or "").splitlines())
