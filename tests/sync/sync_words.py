"""Mappings of the scripted peers, compiled by the real compiler: a small office and a small core."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo

from hub.mapping import Mapping, compile_mapping

OFFICE = """
mapping: office
describes: an invented office
key: id
changed: {system: changed, date: iso}
fields:
  - {complaint: title, system: title}
  - {complaint: body_original, system: body}
  - {complaint: reporter.name, system: person.name, personal: identity}
  - {complaint: reporter.phone, system: person.phone, personal: contact}
  - {complaint: received_at, system: filed, date: iso}
  - {complaint: core_tracking_id, system: lapor}
  - {complaint: hub_id, system: mark}
  - {complaint: status, system: state, codes: state}
  - {complaint: is_anonymous, system: anonymous, codes: flag}
  - {complaint: is_confidential, system: secret, codes: flag}
  - {complaint: location.address, system: address}
ignore: [version]
codes:
  state: {new: RECEIVED, work: IN_PROGRESS, answered: RESPONDED, back: RETURNED}
  flag: {"y": "yes", "n": "no", "?": unknown}
events:
  - inside: notes
    key: id
    ours: {system: by, is: hub}
    fields:
      - {event: at, system: at, date: iso}
      - {event: text, system: text}
      - {event: kind, is: TINDAK_LANJUT}
"""

CORE = """
mapping: core
describes: an invented core
role: core
key: id
changed: {system: changed, date: iso}
fields:
  - {complaint: core_tracking_id, system: id}
  - {complaint: hub_id, system: mark}
  - {complaint: title, system: title}
  - {complaint: body_original, system: body}
  - {complaint: classification, system: class}
  - {complaint: reporter.name, system: person.name, personal: identity}
  - {complaint: reporter.phone, system: person.phone, personal: contact}
  - {complaint: received_at, system: filed, date: iso}
  - {complaint: dispatched_at, system: disposed, date: iso}
  - {complaint: agency.unit_id, system: unit}
  - {complaint: status, system: state, codes: state}
  - {complaint: is_anonymous, system: anonymous, codes: flag}
  - {complaint: is_confidential, system: secret, codes: flag}
ignore: [version]
codes:
  state: {new: RECEIVED, sent: DISPATCHED, work: IN_PROGRESS, answered: RESPONDED, back: RETURNED, closed: CLOSED}
  flag: {"y": "yes", "n": "no", "?": unknown}
events:
  - inside: notes
    key: id
    ours: {system: by, is: hub}
    fields:
      - {event: at, system: at, date: iso}
      - {event: text, system: text}
      - {event: kind, system: kind, codes: {answer: TINDAK_LANJUT, reply: TANGGAPAN_PELAPOR, moved: DISPOSISI}}
"""


class _Texts:
    def __init__(self, text: str) -> None:
        self.text = text

    def mapping(self, name: str) -> tuple[str, str]:
        return self.text, f"mappings/{name}.yaml"

    def codes(self, path: str) -> str:
        raise KeyError(path)


@cache
def words(text: str, key_field: str | None = None) -> Mapping:
    """Compiled; ``key_field`` as an operation ``find`` with ``verify:`` would tell it."""
    name = text.split("mapping: ", 1)[1].split("\n", 1)[0]
    made = compile_mapping(name, _Texts(text), settings={}, zone=ZoneInfo("Asia/Jakarta"))
    return replace(made, key_field=key_field)
