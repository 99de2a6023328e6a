"""The core's tracking ID, told in an answer instead of a record: the agency hears of it like of any change."""

from __future__ import annotations

from sqlalchemy import Connection

from hub.sync import chunk
from hub.sync.case import Known, load_cases
from hub.sync.job import Job
from hub.sync.write import Written


def give_number(conn: Connection, job: Job, complaint_id: int, number: str) -> None:
    known = Known(job)
    load_cases(conn, known, [complaint_id])
    case = known.cases[complaint_id]
    if case.key is None or case.values.get("core_tracking_id") == number:
        return
    case.values["core_tracking_id"] = number
    case.changed.add("core_tracking_id")
    case.touched = True
    chunk.finish(conn, job, [case], Written(job))
