"""What only a person can tell: it arrived and its number is …, it did not, leave it, or this one is not the core's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from adapters.contract import ChangeKind, Outcome, OutcomeKind
from hub import connectors
from hub.domain.errors import HubError
from hub.home import Hub
from hub.store import audit, events, outbox, records
from hub.store.tables import outbox as rows
from hub.sync import absorb, receipts
from hub.sync.errand import Errand, load
from hub.sync.job import Job

_OPEN_QUESTIONS = ("unknown", "held", "sent", "handed_over")


def arrived(hub: Hub, outbox_id: int, number: str | None, *, by: str) -> None:
    """It is there, under ``number`` (a follow-up may have none). Codes: sync.no_such_row, sync.needs_number."""

    def decide(conn: Connection, job: Job, errand: Errand) -> None:
        if errand.kind is ChangeKind.CREATE and not number:
            raise HubError("sync.needs_number", number=outbox_id)
        if number and errand.kind is ChangeKind.CREATE:
            told = Outcome(OutcomeKind.DONE, number)
            absorb.absorb(conn, job, errand, absorb.Shown(number, told, {}))
            _read_again(conn, job, number)
        elif errand.kind is ChangeKind.COMMENT and errand.link is not None and errand.row.event_id is not None:
            place = (errand.row.event_id, job.connector.system_id, errand.link.record_id, number)
            events.put_places(conn, [place])
        _close(conn, job, errand, "delivered", "sync.person_arrived")

    _decide(hub, outbox_id, decide, by, what="delivery.arrived", states=_OPEN_QUESTIONS)


def not_arrived(hub: Hub, outbox_id: int, *, by: str) -> None:
    """It is not there: say it again."""

    def decide(conn: Connection, job: Job, errand: Errand) -> None:
        if errand.case.key is not None:
            now = job.hub.now().isoformat()
            receipts.settle(conn, errand.row.id, errand.case.key, {"nothing": "person"}, now)
        _close(conn, job, errand, "waiting", "sync.person_not_arrived")

    _decide(hub, outbox_id, decide, by, what="delivery.not_arrived", states=_OPEN_QUESTIONS)


def again(hub: Hub, outbox_id: int, *, by: str) -> None:
    """What was refused (or held) is tried once more, rendered anew: its cause was mended."""

    def decide(conn: Connection, job: Job, errand: Errand) -> None:
        _close(conn, job, errand, "waiting", "sync.person_again")

    _decide(hub, outbox_id, decide, by, what="delivery.again", states=("refused", "held", "waiting"))


def drop(hub: Hub, outbox_id: int, *, by: str) -> None:
    """It need not be told any more."""

    def decide(conn: Connection, job: Job, errand: Errand) -> None:
        _close(conn, job, errand, "dropped", "sync.person_dropped")

    _decide(
        hub, outbox_id, decide, by, what="delivery.dropped", states=("waiting", "refused", "no_route", *_OPEN_QUESTIONS)
    )


def _decide(
    hub: Hub,
    outbox_id: int,
    decide: Callable[[Connection, Job, Errand], None],
    by: str,
    *,
    what: str,
    states: tuple[str, ...] = _OPEN_QUESTIONS,
) -> None:
    with hub.store.begin() as conn:
        row: Any = outbox.one(conn, outbox_id)
        if row is None or row.state not in states or row.connector_id is None:
            raise HubError("sync.no_such_row", number=outbox_id)
        connector = connectors.by_id(hub, row.connector_id)
        job = Job(hub, connector, "records", "pull", hub.now())
        decide(conn, job, load(conn, job, outbox_id))
        audit.note(conn, by, what, hub.now(), str(outbox_id))


def _read_again(conn: Connection, job: Job, number: str) -> None:
    records.forget_seen(conn, records.record_streams(conn, job.connector.system_id), [number])


def _close(conn: Connection, job: Job, errand: Errand, state: str, code: str) -> None:
    values: dict[str, Any] = {"code": code, "not_before": None, "absent": 0, "facts": None}
    outbox.set_state(conn, rows.c.id == errand.row.id, job.hub.now(), state, **values)
