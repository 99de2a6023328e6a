"""Decision tables: several columns ↔ one canonical value, every row reachable and every way back true."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.mapping.codes import check_value, read_table
from hub.mapping.context import Context
from hub.mapping.paths import Path
from hub.mapping.reader import Node
from hub.mapping.values import fold_code
from hub.mapping.wide import Table

WORDS = ("columns", "rows", "back", "unsent", "only_sent", "write_to", "as", "file", "from", "to")
_Row = tuple[tuple[str | None, ...], str]


@dataclass(frozen=True, slots=True)
class TableWords:
    table: Table
    read_at: tuple[Path, ...]
    write_at: tuple[Path, ...]
    unsent: frozenset[str]
    typed: tuple[str, ...]  # how each column is written: text, number …


def compile_table(name: Node, field: str, context: Context, *, writes: bool) -> TableWords:
    """The table a rule names. Refuses contradictions, rows that can never fit and ways back that do not return."""
    node = context.tables.get(name.text())
    if node is None:
        name.refuse_word(name.text(), context.tables, "mapping.table.unknown")
    node.only(*WORDS)
    columns = tuple(context.path(one) for one in node.need("columns").items())
    rows = _rows(node, context, len(columns))
    for pattern, value, where in rows:
        check_value(value, where, field, core=context.core)
        _check_reachable(pattern, value, where, rows)
    unsent = frozenset(found.texts()) if (found := node.get("unsent")) else frozenset()
    plain = tuple((pattern, value) for pattern, value, _ in rows)
    back = _back(node, plain, len(columns))
    table = _hearing(node, Table(field, plain, back), len(columns))
    if writes:
        _check_back(node, table, unsent)
    targets = node.get("write_to")
    write_at = tuple(context.path(one) for one in targets.items()) if targets else columns
    if targets and len(write_at) != len(columns):
        targets.refuse("mapping.table.width", wanted=len(columns), found=len(write_at))
    return TableWords(table, columns, write_at, unsent, _typed(node, len(columns)))


def _rows(node: Node, context: Context, width: int) -> list[tuple[tuple[str | None, ...], str, Node]]:
    found = []
    for row in listed.items() if (listed := node.get("rows")) else ():
        cells = row.items()
        if len(cells) != width + 1:
            row.refuse("mapping.table.width", wanted=width + 1, found=len(cells))
        found.append((tuple(_cell(cell) for cell in cells[:-1]), cells[-1].text(), row))
    if file := node.get("file"):
        names, to = node.need("from").texts(), node.need("to").text()
        if len(names) != width:
            node.need("from").refuse("mapping.table.width", wanted=width, found=len(names))
        for line in read_table(file, context, (*names, to)):
            cells_of = (line[name] for name in names)
            found.append((tuple(None if cell == "any" else fold_code(cell) for cell in cells_of), line[to], file))
    if not found:
        node.refuse("mapping.key.missing", key="rows")
    return found


def _cell(node: Node) -> str | None:
    text = node.text()
    return None if text == "any" and not node.quoted else fold_code(text)


def _covers(wide: tuple[str | None, ...], narrow: tuple[str | None, ...]) -> bool:
    return all(one is None or one == other for one, other in zip(wide, narrow, strict=True))


def _check_reachable(
    pattern: tuple[str | None, ...], value: str, where: Node, rows: list[tuple[tuple[str | None, ...], str, Node]]
) -> None:
    for earlier, other, node in rows:
        if node is where and earlier == pattern:
            return
        if _covers(earlier, pattern):
            code = "mapping.table.twice" if other == value else "mapping.table.contradiction"
            where.refuse(code, value=value, other=other, line=node.line)


def _back(node: Node, rows: tuple[_Row, ...], width: int) -> dict[str, tuple[str | None, ...]]:
    said = node.get("back")
    back: dict[str, tuple[str | None, ...]] = {}
    if said is not None and said.is_map:
        for value, cells in said.entries().items():
            found = cells.one_or_many()
            if len(found) != width:
                cells.refuse("mapping.table.width", wanted=width, found=len(found))
            back[value] = tuple(_cell(cell) for cell in found)
        return back
    first = said is not None and said.choice("first") == "first"
    for pattern, value in rows:
        only = sum(other == value for _, other in rows) == 1
        if value not in back and (first or only) and None not in pattern:
            back[value] = pattern
    return back


def _hearing(node: Node, table: Table, width: int) -> Table:
    """With ``only_sent:``: values that are written as cells which read as another value."""
    said = node.get("only_sent")
    found: dict[str, tuple[str | None, ...]] = {}
    for value, cells in said.entries().items() if said is not None else ():
        check_value(value, cells, table.name, core=True)
        if any(other == value for _, other in table.rows):
            cells.refuse("mapping.codes.only_sent", value=value)
        row = tuple(_cell(cell) for cell in cells.one_or_many())
        if len(row) != width:
            cells.refuse("mapping.table.width", wanted=width, found=len(row))
        if table.find([cell or "" for cell in row]) is None:
            cells.refuse("mapping.table.back_wrong", value=value, found="-")
        found[value] = row
    return replace(table, only_sent=found)


def _check_back(node: Node, table: Table, unsent: frozenset[str]) -> None:
    for value in dict.fromkeys(value for _, value in table.rows):
        if value in table.back or value in unsent:
            continue
        node.refuse("mapping.codes.no_way_back", value=value, codes="table")
    for value, cells in table.back.items():
        texts = ["" if cell is None else cell for cell in cells]
        if None not in cells and table.find(texts) != value:
            node.refuse("mapping.table.back_wrong", value=value, found=table.find(texts) or "-")


def _typed(node: Node, width: int) -> tuple[str, ...]:
    said = node.get("as")
    if said is None:
        return ("",) * width
    words = tuple(one.choice("text", "number", "yes/no") for one in said.one_or_many())
    if len(words) == 1:
        return words * width
    if len(words) != width:
        said.refuse("mapping.table.width", wanted=width, found=len(words))
    return words
