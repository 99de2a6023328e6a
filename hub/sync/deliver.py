"""One outbox row on its way: rendered, written down, said, read back, and its end written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from adapters.contract import Adapter, ChangeKind, Failure, Outcome, OutcomeKind, Raw, WireError
from hub.domain.text import like_a_name
from hub.mapping.values import shape
from hub.store import complaints, outbox, quarantine, switches
from hub.store.tables import delivery
from hub.store.tables import outbox as rows
from hub.sync import absorb, receipts
from hub.sync.arrival import issue_facts
from hub.sync.errand import Errand, NotSaid, Rendered, load, render
from hub.sync.job import Job, wire_facts
from hub.sync.meeting import in_turn

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


class PushesStopped(Exception):
    """Somebody turned all pushes off while the run was at work."""


@dataclass(frozen=True, slots=True)
class End:
    """What became of a row. ``stops``: the system as a whole is in trouble, the run should not go on."""

    state: str
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None
    stops: WireError | None = None
    trouble: bool = False  # one such row proves nothing; several in a row do


def deliver(job: Job, adapter: Adapter, outbox_id: int) -> End | None:
    """Say one row. None where it changed under our hands and must be looked at again."""
    with job.hub.store.read() as conn:
        try:
            errand = load(conn, job, outbox_id)
        except NotSaid as nothing:
            return _without_a_call(job, outbox_id, None, nothing)
    if errand.kind is ChangeKind.CREATE and errand.link is not None and not _was_found(job, errand):
        return _without_a_call(job, outbox_id, errand, NotSaid("delivered", "sync.there_already"))
    try:
        errand, fresh = _looked_at(job, adapter, errand)
        rendered = render(job, errand, fresh)
    except NotSaid as nothing:
        return _without_a_call(job, outbox_id, errand, nothing)
    except WireError as error:
        return _put_off(job, errand, error)
    steps = _write_down(job, errand, rendered)
    if steps is None:
        return None
    outcome = _say(job, adapter, rendered, steps)
    shown = _read_back(job, adapter, errand, rendered, outcome)
    return _finish(job, errand, outcome, shown, steps)


def _was_found(job: Job, errand: Errand) -> bool:
    """A look-up found what an earlier attempt made: the steps that are left are still to be done."""
    if errand.case.key is None:
        return False
    with job.hub.store.read() as conn:
        steps, _ = receipts.remembered(conn, errand.row.id, errand.case.key)
    return any(step.get("by") == "lookup" for step in steps.values())


def _looked_at(job: Job, adapter: Adapter, errand: Errand) -> tuple[Errand, Raw | None]:
    """What the record shows right now: a write goes over today's text, not over last week's, and what people did there
    until now is taken in before our follow-up makes the system do things by itself."""
    if errand.link is None or "fetch" not in adapter.can:
        return errand, None
    if errand.kind is ChangeKind.UPDATE:
        return errand, adapter.fetch(errand.link.key)
    if errand.kind is ChangeKind.COMMENT and absorb.take_in(job, adapter, errand, errand.link.key):
        with job.hub.store.read() as conn:
            return load(conn, job, errand.row.id), None
    return errand, None


def _without_a_call(job: Job, outbox_id: int, errand: Errand | None, nothing: NotSaid) -> End:
    with job.hub.store.begin() as conn:
        job.guard(conn)
        which = (rows.c.id == outbox_id) & (rows.c.state == "waiting")
        outbox.set_state(
            conn, which, job.hub.now(), nothing.state, code=nothing.code, facts=nothing.facts or None
        )  # fmt: skip
    return End(nothing.state, nothing.code, nothing.facts)


def _put_off(job: Job, errand: Errand, error: WireError) -> End:
    """Nothing was sent: the record could not even be looked at."""
    end = _of_error(job, errand, error)
    with job.hub.store.begin() as conn:
        job.guard(conn)
        outbox.set_state(
            conn, rows.c.id == errand.row.id, job.hub.now(), end.state, code=end.code, not_before=end.not_before
        )
    return end


# --- before


def _write_down(job: Job, errand: Errand, rendered: Rendered) -> receipts.Steps | None:
    """State ``sending`` with the very words, committed before anything leaves. None if the row changed meanwhile."""
    if errand.case.key is None or job.lease is None:
        raise RuntimeError("nothing is pushed without a lease and a data key")
    now = job.hub.now()
    with job.hub.store.begin() as conn:
        job.guard(conn)
        if switches.pushes_stopped(conn):
            raise PushesStopped
        stored = complaints.load(conn, [errand.case.id], lock=True)[errand.case.id]
        if stored.data_key is None or stored.rev != errand.case.rev:
            return None  # changed or erased since it was rendered: a flag may have been raised, look again
        same = (rows.c.id == errand.row.id) & (rows.c.state == "waiting") & (rows.c.updated_at == errand.row.updated_at)
        taken = outbox.set_state(
            conn, same, now, "sending", payload=errand.case.key.seal(rendered.change.to_json()), fence=job.lease.fence,
            key=rendered.change.key, effective=job.words.effective, attempts=rows.c.attempts + 1, code=None, facts=None,
            not_before=None, absent=0,
        )  # fmt: skip
        if not taken:
            return None
        steps, results = receipts.remembered(conn, errand.row.id, errand.case.key)
        number = conn.execute(
            delivery.insert()
            .values(
                outbox_id=errand.row.id, run_id=job.run_id, fence=job.lease.fence, started_at=now, state="sending",
                steps=steps, box=errand.case.key.seal({"results": results}),
            )
            .returning(delivery.c.id)
        ).scalar_one()  # fmt: skip
        _note_issues(conn, job, errand, rendered)
    return receipts.Steps(job, number, errand.case.key, steps, results)


def _note_issues(conn: Connection, job: Job, errand: Errand, rendered: Rendered) -> None:
    """Fields that may not or cannot be said there: once, for a person, until they are said."""
    fresh = [
        quarantine.FieldIssue(None, errand.case.id, one.field, one.path, one.rule, one.code, issue_facts(one))
        for one in rendered.issues
    ]

    def covers(name: str, facts: Mapping[str, Any]) -> bool:
        return name in rendered.sent and not facts.get("event")

    job.counts["issues"] += quarantine.renew_said(
        conn, job.connector.id, errand.case.id, fresh, covers,
        run_id=job.run_id, effective=job.words.effective, now=job.hub.now(),
    )  # fmt: skip


def _say(job: Job, adapter: Adapter, rendered: Rendered, steps: receipts.Steps) -> Outcome:
    try:
        return adapter.push(rendered.change, steps)
    except WireError as error:
        kind = OutcomeKind.UNKNOWN if error.sent else _KINDS[error.failure]
        if not error.sent:
            steps.came_to_nothing(error.code)
        facts = wire_facts(job, error)
        return Outcome(kind, code=error.code, not_before=error.not_before, facts=facts)


_KINDS = {
    Failure.LATER: OutcomeKind.LATER,
    Failure.REFUSED: OutcomeKind.REFUSED,
    Failure.CREDENTIALS: OutcomeKind.CREDENTIALS,
    Failure.DOWN: OutcomeKind.DOWN,
    Failure.CONTRACT: OutcomeKind.DOWN,  # nothing was sent, and the next row would fare no better
}


# --- after


def _read_back(job: Job, adapter: Adapter, errand: Errand, rendered: Rendered, outcome: Outcome) -> absorb.Shown | None:
    if outcome.kind not in (OutcomeKind.DONE, OutcomeKind.HANDED_OVER):
        return None
    number = outcome.system_id or (errand.link.key if errand.link else None)
    by_itself = errand.kind is ChangeKind.COMMENT and not errand.row.attempts  # it was looked at just before
    return absorb.read_back(job, adapter, number, outcome, rendered.sent, by_itself=by_itself)


def _finish(job: Job, errand: Errand, outcome: Outcome, shown: absorb.Shown | None, steps: receipts.Steps) -> End:
    """The row's end, in one transaction with what the read-back showed."""
    end = _ENDS[outcome.kind](job, errand, outcome)
    if shown is not None:
        end = _proved(end, shown, errand)

    def write(conn: Connection) -> None:
        if shown is not None:
            absorb.absorb(conn, job, errand, shown)
        now = job.hub.now()
        outbox.set_state(
            conn, rows.c.id == errand.row.id, now, end.state, code=end.code or None, facts=dict(end.facts) or None,
            not_before=end.not_before,
        )  # fmt: skip
        _end_delivery(conn, steps, end, now)

    in_turn(job, write)
    return end


def _proved(end: End, shown: absorb.Shown, errand: Errand) -> End:
    """Receipt and read-back make *delivered*; where the other side cannot be read it is *sent*."""
    if end.state != "delivered":
        return end
    if shown.arrival is None and errand.kind is not ChangeKind.COMMENT:
        return replace(end, state="sent", code=shown.code)
    if shown.arrival is None and not shown.event_known:
        return replace(end, state="sent", code=shown.code)
    return replace(end, stops=shown.error)


def _end_delivery(conn: Connection, steps: receipts.Steps, end: End, now: datetime) -> None:
    values = {"ended_at": now, "state": end.state, "code": end.code or None, "facts": dict(end.facts) or None}
    conn.execute(update(delivery).where(delivery.c.id == steps.delivery_id).values(values))


def _done(job: Job, errand: Errand, outcome: Outcome) -> End:
    facts = {**outcome.facts, "warnings": list(outcome.warnings)} if outcome.warnings else dict(outcome.facts)
    return End("delivered", outcome.code, facts)


def _handed_over(job: Job, errand: Errand, outcome: Outcome) -> End:
    return End("handed_over", outcome.code, dict(outcome.facts))


def _refused(job: Job, errand: Errand, outcome: Outcome) -> End:
    named = outcome.refused_field
    if named is not None and (" " in named or not like_a_name(named)):
        named = shape(named)  # some peers name the value at fault, or the whole sentence
    return End("refused", outcome.code, {**outcome.facts, "field": named})


def _later(job: Job, errand: Errand, outcome: Outcome) -> End:
    wait = outcome.not_before or job.hub.now() + backoff(errand.row.attempts + 1)
    return End("waiting", outcome.code, dict(outcome.facts), wait, trouble=True)


def _unreachable(job: Job, errand: Errand, outcome: Outcome) -> End:
    """Nothing arrived there; the run stops, the row goes first next time."""
    failure = Failure.CREDENTIALS if outcome.kind is OutcomeKind.CREDENTIALS else Failure.DOWN
    facts = {name: value for name, value in outcome.facts.items() if name not in ("failure", "connector")}
    error = WireError(failure, outcome.code, not_before=outcome.not_before, **facts)
    return End("waiting", outcome.code, dict(outcome.facts), outcome.not_before, stops=error)


def _unknown(job: Job, errand: Errand, outcome: Outcome) -> End:
    wait = job.hub.now() + timedelta(seconds=job.connector.settle_seconds)
    return End("unknown", outcome.code, dict(outcome.facts), wait, trouble=True)


_ENDS: dict[OutcomeKind, Callable[[Job, Errand, Outcome], End]] = {
    OutcomeKind.DONE: _done,
    OutcomeKind.HANDED_OVER: _handed_over,
    OutcomeKind.REFUSED: _refused,
    OutcomeKind.LATER: _later,
    OutcomeKind.CREDENTIALS: _unreachable,
    OutcomeKind.DOWN: _unreachable,
    OutcomeKind.UNKNOWN: _unknown,
}


def _of_error(job: Job, errand: Errand, error: WireError) -> End:
    outcome = Outcome(_KINDS[error.failure], code=error.code, not_before=error.not_before, facts=error.facts)
    return _ENDS[outcome.kind](job, errand, outcome)


def backoff(attempts: int) -> timedelta:
    """Twice as long after each attempt, up to six hours."""
    doubled: timedelta = _FIRST_WAIT * 2 ** min(attempts - 1, 12)
    return min(_LONGEST_WAIT, doubled)


def as_unknown(job: Job, outbox_id: int, error: Exception) -> End:
    """A defect of ours in the middle of a delivery: nobody knows how far it came, and the others go on."""
    wait = job.hub.now() + timedelta(seconds=job.connector.settle_seconds)
    facts = {"error": type(error).__name__}
    with job.hub.store.begin() as conn:
        job.guard(conn)
        sending = (rows.c.id == outbox_id) & (rows.c.state == "sending")
        if outbox.set_state(conn, sending, job.hub.now(), "unknown", code="sync.defect", facts=facts, not_before=wait):
            return End("unknown", "sync.defect", facts, wait)
        later = job.hub.now() + _LONGEST_WAIT
        waiting = (rows.c.id == outbox_id) & (rows.c.state == "waiting")
        outbox.set_state(conn, waiting, job.hub.now(), "waiting", code="sync.defect", facts=facts, not_before=later)
    return End("waiting", "sync.defect", facts, later)
