"""JSON Schemas of mapping and connector files, for editors that complete and check while typing.

Made from the same lists of words that the loader takes, so that the two cannot say different things. The files
``mappings/mapping.schema.json`` and ``schedules/schedule.schema.json`` hold what these functions give; a test says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adapters.tabular_words import Format, Order, SameKey
from hub.mapping import (
    check,
    codes,
    conversation,
    events,
    files,
    load,
    rule_words,
    schedule_file,
    tables,
)
from hub.mapping.conversation import answers, login
from hub.mapping.rules import ATTACHMENT, COMPLAINT, EVENT, Vocabulary
from hub.mapping.typed import TYPES

Schema = dict[str, Any]
_SKIP = ("when", "because")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _object(words: Iterable[str], known: Mapping[str, Schema], **more: Any) -> Schema:
    """An object with these words and no others; a word without a schema of its own may hold anything."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {word: known.get(word, {}) for word in words},
        **more,
    }


def _choice(*known: str | bool) -> Schema:
    return {"enum": [*known]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _one_or_many(items: Schema) -> Schema:
    return {"anyOf": [items, _list(items)]}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


_TEXT = _ref("text")
_TEXTS = _ref("texts")
_YES_NO = _ref("yesNo")
_CONDITION = _ref("condition")

# YAML readers of editors see 7, yes and 33.10 as numbers and booleans; to the loader they are texts.
_BASE: dict[str, Schema] = {
    "text": {"type": ["string", "number", "boolean"]},
    "texts": _one_or_many(_TEXT),
    "yesNo": {"enum": ["yes", "no", True, False]},
    "condition": {
        "type": "object",
        "minProperties": 1,
        "properties": {
            "all": _list(_CONDITION), "any": _list(_CONDITION), "not": _CONDITION, "present": _TEXT, "empty": _TEXT,
            "system": _TEXT, "path": _TEXT, "is": _TEXT, "in": _list(_TEXT), "matches": _TEXT,
        },
    },
    "date": {"anyOf": [_TEXTS, _object(("forms", "zone", "offset", "language"), {"forms": _TEXTS, "zone": _TEXT})]},
    "codes": {"anyOf": [_TEXT, _ref("codeList")]},
}  # fmt: skip


def _rule(vocabulary: Vocabulary) -> Schema:
    words = (
        vocabulary.word, *rule_words.SOURCES, *rule_words.OPERATORS, *rule_words.BESIDE, *rule_words.MORE,
    )  # fmt: skip
    yes_no = dict.fromkeys(("required", "fold"), _YES_NO)
    texts = dict.fromkeys(("system", "read_from", "write_to", "nulls", "hidden", "unsent", "loss"), _TEXTS)
    known: dict[str, Schema] = {
        **yes_no,
        **texts,
        vocabulary.word: _choice(*vocabulary.fields),
        "is": _TEXT,
        "table": _TEXT,
        "assume": _TEXT,
        "because": _TEXT,
        "lines": _list({"type": "object"}),
        "codes": _ref("codes"),
        "parts": {"type": "array"},
        "date": _ref("date"),
        "time": _object(("system", "form"), {"system": _TEXT, "form": _TEXTS}, required=["system", "form"]),
        "zone": _TEXT,
        "html": _choice("text", "entities", "escaped"),
        "phone": {"anyOf": [_choice("ID"), _object(("country", "write"), {"country": _choice("ID")})]},
        "number": _object(("decimal", "thousands"), {}),
        "yes_no": _object(("yes", "no", "unknown"), dict.fromkeys(("yes", "no", "unknown"), _TEXTS)),
        "marker": {"type": "string", "pattern": "<key>"},
        "at": _choice("end", "start"),
        "as": _choice(*TYPES),
        "write": _choice("pair", "list", "yes", "no", True, False),
        "read": _YES_NO,
        "missing": _choice("unsaid", "empty"),
        "personal": _choice("identity", "contact", "content", "place"),
        "owner": _choice("core"),
        "when": _CONDITION,
        "empty": {"type": ["string", "number", "null"]},
    }
    return _object(words, known, required=[vocabulary.word])


def _code_list() -> Schema:
    words = {
        "file": _TEXT, "declared": _TEXT, "from": _TEXT, "to": _TEXT, "values": _map(_TEXT), "unsent": _TEXTS,
        "only_sent": _map(_TEXT), "case": _choice("ignore", "exact"),
        "back": {"anyOf": [_choice("first"), _map(_TEXT)]},
    }  # fmt: skip
    listed = _object(codes.WORDS, words)
    listed["anyOf"] = [{"required": ["file"]}, {"required": ["values"]}, {"required": ["declared"]}]
    return {"anyOf": [listed, _map(_TEXT)]}


def _table() -> Schema:
    words = {
        "columns": _list(_TEXT), "rows": _list(_list(_TEXT)), "unsent": _TEXTS, "only_sent": _map(_TEXTS),
        "write_to": _list(_TEXT), "as": _TEXTS, "file": _TEXT, "from": _TEXTS, "to": _TEXT,
        "back": {"anyOf": [_choice("first"), _map(_TEXTS)]},
    }  # fmt: skip
    return _object(tables.WORDS, words, required=["columns"])


def _source() -> Schema:
    known = {
        "fields": _list(_ref("eventRule")), "ours": _CONDITION, "skip": _CONDITION, "only": _CONDITION,
        "visible": _choice("yes", "no", "unknown", True, False), "key": _TEXT, "of": _TEXT, "into": _TEXT,
        "entry": _object(("starts", "text"), {"starts": {"type": "array"}}),
    }  # fmt: skip
    known |= {word: _TEXTS for word in events.SOURCES}
    return _object((*events.SOURCES, *events.WORDS), known)


def _table_words() -> dict[str, Schema]:
    """How one stream's table is found."""
    starts = {"starts": _TEXTS}
    return {
        "name": _TEXT, "dates": _TEXTS, "format": _choice(*Format), "delimiter": _choice(*files.DELIMITERS),
        "encoding": _choice(*files.ENCODINGS), "columns": _TEXTS, "sheet": _TEXTS, "blank": _TEXTS, "records": _TEXT,
        "header": _object(("starts", "has", "rows"), {"starts": _TEXT, "has": _TEXTS, "rows": {"type": "integer"}}),
        "totals": _object(starts, starts, required=["starts"]),
        "ends": _object(("starts", "blank"), {**starts, "blank": _YES_NO}, minProperties=1),
        "same_key": _choice(*SameKey), "order": _choice(*Order), "each": _choice("row", "file"),
        "fill_down": _TEXTS, "continues": _TEXT, "sheet_name": _TEXT, "short_rows": _choice("empty", "set aside"),
    }  # fmt: skip


def _file() -> Schema:
    table = _table_words()
    out = {
        "name": {"type": "string", "pattern": "<(number|time)>"}, "columns": _TEXTS, "send": _choice("all", "changed"),
        "plus": _map(_TEXT), "delimiter": table["delimiter"], "encoding": table["encoding"], "date": _TEXT,
    }  # fmt: skip
    written = _object(files.OUT, out, required=["name"])
    known = {
        **table,
        "streams": _map(_object(files.TABLE, table)),
        "out": _object(files.WRITES, dict.fromkeys(files.WRITES, written)),
    }
    return _object((*files.TABLE, "streams", "out"), known)


def _operations() -> Schema:
    operation = _object(conversation.WORDS, {})
    update = {"anyOf": [operation, _list(operation), _object(("choose", "of"), {})]}
    return {"type": "object", "properties": {"update": update}, "additionalProperties": operation}


def mapping_schema() -> Schema:
    """Of ``mappings/*.yaml``."""
    known: dict[str, Schema] = {
        "mapping": _TEXT, "describes": _TEXT, "extends": _TEXT, "role": _choice("core", "agency"), "zone": _TEXT,
        "settings": _map({"anyOf": [_choice("text", "number", "date"), {"type": "object", "required": ["as"]}]}),
        "write": _YES_NO,
        "key": {
            "anyOf": [
                _TEXTS,
                _object(("join", "with", "optional"), {"join": _TEXTS, "with": _TEXT, "optional": _TEXTS}),
            ]
        },
        "changed": {"anyOf": [_TEXT, _object(("system", "date", "zone"), {"system": _TEXT, "date": _ref("date")})]},
        "gone": {"anyOf": [_CONDITION, _object(("when",), {"when": _CONDITION})]},
        "same_as": _TEXT,
        "skip": _list(_object(_SKIP, {"when": _CONDITION, "because": _TEXT}, required=[*_SKIP])),
        "fields": _list(_ref("rule")),
        "ignore": _TEXTS, "watch": _TEXTS, "nulls": _TEXTS, "hidden": _TEXTS, "json": _TEXTS,
        "unlocated": _list({"type": "array", "minItems": 2, "maxItems": 2}),
        "codes": _map(_ref("codeList")),
        "tables": _map(_ref("table")),
        "events": _list(_ref("source")),
        "attachments": _object(
            events.ATTACHMENTS,
            {
                **dict.fromkeys(("inside", "columns"), _TEXTS), **dict.fromkeys(("only", "skip"), _CONDITION),
                "fields": _list(_ref("attachmentRule")), "split": _TEXT, "key": _TEXT,
            },
            required=["fields"],
        ),
        "operations": _operations(),
        "login": _object(
            login.WORDS, {"call": _TEXT, "keep": {"type": "object"}}, required=["call", "keep"]
        ),
        "answer": _object(answers.ANSWER_WORDS, {}),
        "slots": _map(_TEXT),
        "references": _map({"type": "object"}),
        "file": _file(),
        "tests": _list({"type": "object", "required": ["name"], "properties": {word: {} for word in check.WORDS}}),
    }  # fmt: skip
    defs = {
        **_BASE, "codeList": _code_list(), "table": _table(), "source": _source(), "rule": _rule(COMPLAINT),
        "eventRule": _rule(EVENT), "attachmentRule": _rule(ATTACHMENT),
    }  # fmt: skip
    root = _object((*load.KEYS, "references"), known, required=["mapping"])
    return {
        "$schema": _DRAFT,
        "title": "A mapping: how one product's records read and are written",
        **root,
        "$defs": defs,
    }


def connector_schema() -> Schema:
    """Of ``schedules/*.yaml``."""
    texts = dict.fromkeys(("connector", "describes", "agency", "system", "mapping", "adapter", "zone", "settle"), _TEXT)
    known: dict[str, Schema] = {
        **texts,
        **dict.fromkeys(("core", "creates", "sandbox"), _YES_NO),
        "agencies": _TEXTS,
        "overlay": _object(("codes", "tables", "ignore", "nulls"), {}),
        "connection": {"type": "object"},
        "settings": _map(_TEXT),
        "when": {"type": "string", "pattern": "^(every|setiap|tiap) [0-9]+ [a-z]+$|^by hand$|^manual$"},
        "full": {"type": "string", "pattern": "^([A-Za-z']+ )?[0-2][0-9]:[0-5][0-9]$"},
        "hours": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9] ?- ?[0-2][0-9]:[0-5][0-9]$"},
        "budget": _object(("calls", "run"), {"calls": _TEXT, "run": _TEXT}),
        "live_from": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "streams": _TEXTS,
    }
    root = _object(schedule_file.KEYS, known, required=["connector", "mapping", "adapter"])
    return {"$schema": _DRAFT, "title": "A connector: one system, its account and its times", **root, "$defs": _BASE}
