"""Files become versions: ``plan`` shows what differs from what runs, ``apply`` makes it run, all of it or nothing.

A file that was edited but not applied is shown and never silently run. A connector's version pins everything it
reads by: its own file, its mapping with all it extends, and their code files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, update

from hub.apply.agencies import FILE, read_agencies
from hub.apply.files import FileLibrary, Recorder, agencies_text, connector_files
from hub.apply.proof import broken_laws
from hub.apply.rows import Prepared, remove_connector, write_connector
from hub.connectors import compile_for, place
from hub.domain.agency import Agency
from hub.home import Hub
from hub.mapping.faults import Fault, Faults, MappingError
from hub.mapping.reader import read_yaml
from hub.mapping.schedule_file import read_connector_file
from hub.store import agencies as register
from hub.store import audit, installation, switches, versions
from hub.store.tables import connector

AGENCIES = "agencies"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would change: ``what`` is new, changed or removed; ``because`` names the files behind it."""

    kind: str  # connector | agencies
    name: str
    what: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What ``apply`` would do. With faults it does nothing at all."""

    differences: tuple[Difference, ...] = ()
    faults: tuple[Fault, ...] = ()
    prepared: tuple[Prepared, ...] = field(default=(), repr=False)
    agencies: tuple[Agency, ...] = field(default=(), repr=False)
    texts: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)  # (kind, name) → content
    sandbox: bool | None = None


def plan(hub: Hub) -> Plan:
    """Read, compile and compare every file; changes nothing."""
    faults = Faults()
    own = _read_own_agencies(hub, faults)
    known = {one.code: one for one in (*register.shipped(), *own)}
    texts: dict[tuple[str, str], str] = {(AGENCIES, AGENCIES): agencies_text(hub.home)}
    library = FileLibrary(hub.home)
    prepared = []
    for name, text in connector_files(hub.home):
        with faults.gather():
            prepared.append(_prepare(name, text, library, known, texts))
    sandbox = _one_kind(prepared, faults)
    with hub.store.read() as conn:
        faults.found += _mixed(conn, sandbox)
        differences = _differences(conn, prepared, texts[AGENCIES, AGENCIES])
    changed = {one.name for one in differences}
    to_prove = {one.mapping.effective: one.mapping for one in prepared if one.name in changed}
    for mapping in to_prove.values():
        faults.found += broken_laws(mapping)
    return Plan(tuple(differences), tuple(faults.found), tuple(prepared), tuple(own), texts, sandbox)


def apply(hub: Hub, by: str) -> tuple[Difference, ...]:
    """Make the files of the home folder run. Raises MappingError with every fault, and changes nothing then."""
    wanted = plan(hub)
    if wanted.faults:
        raise MappingError(wanted.faults)
    if wanted.differences:
        with hub.store.begin() as conn:
            _write(conn, hub, wanted, by)
    return wanted.differences


def _read_own_agencies(hub: Hub, faults: Faults) -> list[Agency]:
    own: list[Agency] = []
    with faults.gather():
        own = read_agencies(agencies_text(hub.home), {one.code: one for one in register.shipped()})
    return own


def _prepare(
    name: str, text: str, library: FileLibrary, known: dict[str, Agency], texts: dict[tuple[str, str], str]
) -> Prepared:
    label = f"schedules/{name}.yaml"
    root = read_yaml(text, label)
    file = read_connector_file(root)
    if file.connector != name:
        root.refuse("apply.name", connector=file.connector, stem=name)
    for code in ([file.agency] if file.agency else []) + [one for one in file.agencies if one != "*"]:
        if code not in known:
            root.refuse("apply.agency", agency=code, file=FILE)
    zone = known[file.agency].zone if file.agency else None
    recorder = Recorder(library)
    mapping = compile_for(file, recorder, zone)
    manifest = versions.Manifest(label, text, recorder.labels_and_hashes(), recorder.code_hashes())
    texts.update({("mapping", one): content for one, (content, _label) in recorder.mappings.items()})
    texts.update({("codes", path): content for path, content in recorder.asked_codes.items()})
    return Prepared(name, file, mapping, place(file, zone), manifest.dump())


def _one_kind(prepared: list[Prepared], faults: Faults) -> bool | None:
    kinds = {one.file.sandbox for one in prepared}
    if len(kinds) == 2:
        mixed = next(one.name for one in prepared if one.file.sandbox)
        faults.found.append(Fault(f"schedules/{mixed}.yaml", 0, "sandbox", "apply.mixed", {"connector": mixed}))
    return kinds.pop() if len(kinds) == 1 else None


def _mixed(conn: Connection, sandbox: bool | None) -> list[Fault]:
    mode = switches.get(conn, installation.MODE)
    if sandbox is None or mode is None or (mode == "sandbox") == sandbox:
        return []
    wanted = "sandbox" if sandbox else "live"
    return [Fault("schedules", 0, "sandbox", "hub.mixed", {"installation": mode, "wanted": wanted})]


def _differences(conn: Connection, prepared: list[Prepared], agencies: str) -> list[Difference]:
    found = []
    before = versions.current(conn, AGENCIES).get(AGENCIES)
    if agencies != (before.content if before else ""):
        found.append(Difference(AGENCIES, FILE, "changed" if before else "new"))
    rows = versions.current(conn, "connector")
    for one in prepared:
        row = rows.get(one.name)
        if row is None:
            found.append(Difference("connector", one.name, "new"))
        elif row.content != one.manifest:
            found.append(Difference("connector", one.name, "changed", _because(row.content, one.manifest)))
        elif one.mapping.effective != _effective(conn, one.name):
            found.append(Difference("connector", one.name, "changed", ("hub",)))
    names = {one.name for one in prepared}
    found += [Difference("connector", name, "removed") for name in rows if name not in names]
    return found


def _because(before: str, after: str) -> tuple[str, ...]:
    """The files in which two manifests differ."""
    old, new = versions.Manifest.load(before), versions.Manifest.load(after)
    because = [new.file] if old.text != new.text else []
    for name, (label, digest) in new.mappings.items():
        if old.mappings.get(name, ("", ""))[1] != digest:
            because.append(label)
    because += [path for path, digest in new.codes.items() if old.codes.get(path) != digest]
    return tuple(because)


def _effective(conn: Connection, name: str) -> Any:
    return conn.scalar(select(connector.c.effective).where(connector.c.name == name))


def _write(conn: Connection, hub: Hub, wanted: Plan, by: str) -> None:
    now = hub.now()
    if wanted.sandbox is not None:
        installation.settle_mode(conn, wanted.sandbox, now)
    for (kind, name), content in wanted.texts.items():
        versions.put(conn, kind, name, content, by=by, now=now)
    register.put(conn, wanted.agencies)
    # Deliveries without a route may have one now: each connector looks once (hub.schedule).
    conn.execute(update(connector).values(due_push=None))
    changed = {one.name for one in wanted.differences if one.kind == "connector" and one.what != "removed"}
    for one in wanted.prepared:
        if one.name in changed:
            number = versions.put(conn, "connector", one.name, one.manifest, by=by, now=now)
            write_connector(conn, one, number, now)
    for difference in wanted.differences:
        if difference.kind == "connector" and difference.what == "removed":
            versions.retire(conn, "connector", difference.name)
            remove_connector(conn, difference.name, by, now)
        audit.note(conn, by, f"apply.{difference.what}", now, difference.name, because=list(difference.because))
