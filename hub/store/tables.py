"""Every table of the hub, in one place. SQLAlchemy Core; the same on SQLite and PostgreSQL.

``box`` columns are AES-GCM blobs (see ``hub.store.vault``); times are UTC (``UtcTime`` refuses naive values);
``facts`` are JSON values that are safe to show. States are words of docs/words.md, stored as text.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hub.store.types import UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rowids only in a column declared INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(name, Id, ForeignKey(f"{target}.id"), nullable=nullable, index=index)


# --- who and where -------------------------------------------------------------------------------

agency = Table(
    "agency", metadata, _id(),
    Column("code", String(40), nullable=False, unique=True),  # hub code: Kemendagri code, or a slug for K/L
    Column("name", Text, nullable=False),
    Column("kind", String(20), nullable=False),  # PROVINSI, KABUPATEN, KOTA, KEMENTERIAN, LEMBAGA, UNIT
    Column("parent_code", String(40)),
    Column("code_kemendagri", String(13)),  # text: "31.71", never a number
    Column("autonomous", Boolean, nullable=False, server_default=text("true")),
    Column("zone", String(40)),
    Column("contact", JSON),
)  # fmt: skip

agency_lapor_id = Table(
    "agency_lapor_id", metadata, _id(),
    _ref("agency_id", "agency", index=True),
    Column("lapor_id", String(40), nullable=False, index=True),
    Column("valid_from", Date), Column("valid_until", Date),
)  # fmt: skip

system = Table(
    "system", metadata, _id(),
    Column("name", String(80), nullable=False, unique=True),
    Column("role", String(10), nullable=False),  # core | agency
    Column("product", String(80)),
    Column("sandbox", Boolean, nullable=False, server_default=text("false")),
    Column("settle_seconds", Integer, nullable=False, server_default=text("60")),
)  # fmt: skip

account = Table(
    "account", metadata, _id(),
    _ref("system_id", "system", index=True),
    Column("name", String(80), nullable=False),
    Column("agencies", JSON, nullable=False),  # agency codes it may read and write; ["*"] = all
    Column("may_create", Boolean, nullable=False, server_default=text("true")),
    UniqueConstraint("system_id", "name"),
)  # fmt: skip

connector = Table(
    "connector", metadata, _id(),
    Column("name", String(80), nullable=False, unique=True),
    _ref("system_id", "system", index=True),
    _ref("account_id", "account"),
    Column("agency_code", String(40), index=True),  # the agency it serves; null for the core
    _ref("version_id", "version", nullable=True),  # the connector file in force
    Column("effective", String(64), nullable=False),  # hash of everything that decides how it reads
    Column("state", String(10), nullable=False),  # observe | live | paused
    Column("live_from", UtcTime),
    Column("caught_up", UtcTime),  # what it is owed since this day has been routed; null = not yet
    # breaker and clock, shared by every process; failures: of its stream that does worst
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("not_before", UtcTime),
    Column("due_pull", UtcTime), Column("due_push", UtcTime), Column("due_full", UtcTime),
    Column("due_reconcile", UtcTime),
    Column("last_ok", UtcTime), Column("last_failure", UtcTime),
    Column("failure", String(20)), Column("failure_code", String(80)), Column("failure_facts", JSON),
    Column("down_since", UtcTime), Column("maintenance_until", UtcTime),
    Column("removed_at", UtcTime),
)  # fmt: skip

stream = Table(
    "stream", metadata, _id(),
    _ref("connector_id", "connector", index=True),
    Column("name", String(80), nullable=False),  # records, a feed's name; "" for push
    Column("direction", String(10), nullable=False),  # pull | push | reconcile
    Column("watermark", UtcTime), Column("resume", JSON), Column("resume_since", UtcTime),
    Column("lease_owner", String(80)), Column("lease_until", UtcTime),
    Column("fence", Integer, nullable=False, server_default=text("0")),  # only ever rises
    Column("failures", Integer, nullable=False, server_default=text("0")), Column("not_before", UtcTime),
    Column("last_ok", UtcTime), Column("last_failure", UtcTime), Column("down_since", UtcTime),
    Column("failure", String(20)), Column("failure_code", String(80)), Column("failure_facts", JSON),
    UniqueConstraint("connector_id", "name", "direction"),
)  # fmt: skip

version = Table(
    "version", metadata, _id(),
    Column("kind", String(20), nullable=False),  # mapping | connector | codes
    Column("name", String(120), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("applied_at", UtcTime, nullable=False), Column("applied_by", String(80), nullable=False),
    Column("current", Boolean, nullable=False, server_default=text("true")),
    UniqueConstraint("kind", "name", "hash"),
)  # fmt: skip

reference_list = Table(
    "reference_list", metadata, _id(),
    _ref("system_id", "system", index=True),
    Column("name", String(80), nullable=False), Column("code", String(200), nullable=False),
    Column("label", Text), Column("facts", JSON),
    Column("seen_from", UtcTime, nullable=False), Column("seen_until", UtcTime),
)  # fmt: skip

# --- complaints ----------------------------------------------------------------------------------

complaint = Table(
    "complaint", metadata, _id(),
    Column("hub_id", String(36), nullable=False, unique=True),
    Column("core_tracking_id", String(40), unique=True),
    Column("status", String(20)), Column("classification", String(30)), Column("urgency", String(10)),
    Column("channel", String(20)),
    Column("is_anonymous", String(8), nullable=False, server_default="unknown"),
    Column("is_confidential", String(8), nullable=False, server_default="unknown"),
    Column("agency_code", String(40), index=True),
    Column("region_code", String(13)),
    Column("received_at", UtcTime, index=True), Column("closed_at", UtcTime),
    Column("created_at", UtcTime, nullable=False), Column("updated_at", UtcTime, nullable=False, index=True),
    Column("rev", Integer, nullable=False, server_default=text("1")),
    Column("data_key", LargeBinary),  # wrapped by the installation's key; null = erased
    Column("box", LargeBinary),  # every canonical field
    Column("sources", JSON),  # canonical field → raw.id
    Column("erased_at", UtcTime),
    Column("merged_into", Id),  # two complaints proved to be one: the other's id; this one is history
)  # fmt: skip

record = Table(
    "record", metadata, _id(),
    _ref("system_id", "system"),
    Column("kind", String(20), nullable=False),  # complaint | event
    Column("key", String(200), nullable=False),  # the system's own number
    Column("number", String(200)),  # the number for people, where it differs
    Column("as_of", UtcTime),
    Column("first_seen", UtcTime, nullable=False), Column("last_seen", UtcTime, nullable=False),
    Column("gone_at", UtcTime), Column("same_as", String(200)),
    _ref("raw_id", "raw", nullable=True),
    UniqueConstraint("system_id", "kind", "key"),
)  # fmt: skip

seen = Table(
    # what a stream saw last of a record: the digest decides whether anything is done at all
    "seen", metadata,
    Column("stream_id", Id, ForeignKey("stream.id"), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("digest", LargeBinary(16), nullable=False),
    Column("effective", String(64), nullable=False),
    Column("run_id", Id, nullable=False),
    Column("open", Boolean, nullable=False, server_default=text("false")),  # something about it waits: read it again
)  # fmt: skip

raw = Table(
    "raw", metadata, _id(),
    Column("record_id", Id, nullable=False, index=True),
    Column("run_id", Id), Column("received_at", UtcTime, nullable=False), Column("as_of", UtcTime),
    Column("effective", String(64), nullable=False),
    Column("complaint_id", Id),  # under whose data key the box is
    Column("box", LargeBinary),
)  # fmt: skip

link = Table(
    "link", metadata, _id(),
    _ref("record_id", "record", index=True),
    _ref("complaint_id", "complaint", index=True),
    Column("system_id", Id, nullable=False),
    Column("role", String(20), nullable=False),  # origin | copy | duplicate_of | grouped_in | claim
    Column("valid_from", UtcTime, nullable=False), Column("valid_until", UtcTime),
    Column("status", String(20)), Column("status_raw", Text),
    Column("base", LargeBinary),  # box: what the peer showed when both sides last agreed
    Column("base_as_of", UtcTime), Column("base_version", String(200)),
    Index("uq_link_open", "record_id", "complaint_id", unique=True, sqlite_where=text("valid_until IS NULL"),
          postgresql_where=text("valid_until IS NULL")),
)  # fmt: skip

person = Table(
    "person", metadata, _id(),
    _ref("complaint_id", "complaint", index=True),
    Column("role", String(20), nullable=False, server_default="reporter"),
    Column("phone_hmac", LargeBinary, index=True), Column("email_hmac", LargeBinary, index=True),
    Column("nik_hmac", LargeBinary, index=True),
)  # fmt: skip

event = Table(
    "event", metadata, _id(),
    _ref("complaint_id", "complaint", index=True),
    Column("identity", String(64), nullable=False),  # digest of system, record and the event's own key
    Column("kind", String(24), nullable=False), Column("at", UtcTime), Column("actor_role", String(12)),
    Column("visible", String(8), nullable=False, server_default="unknown"),
    Column("text_hmac", LargeBinary),  # folded text: our own words coming back, or typed by hand
    Column("record_id", Id), Column("system_id", Id),  # where it was said first
    Column("state", String(20), nullable=False, server_default="kept"),  # kept | held (a twin) | ours | withdrawn
    Column("twin_id", Id), Column("box", LargeBinary), Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("complaint_id", "identity"),
)  # fmt: skip

event_link = Table(
    "event_link", metadata, _id(),
    _ref("event_id", "event", index=True),
    Column("system_id", Id, nullable=False), Column("record_id", Id), Column("key", String(200)),
    UniqueConstraint("event_id", "system_id", "record_id"),
)  # fmt: skip

attachment = Table(
    "attachment", metadata, _id(),
    _ref("complaint_id", "complaint", index=True), _ref("event_id", "event", nullable=True),
    Column("identity", String(64), nullable=False),
    Column("sha256", LargeBinary), Column("mime", String(100)), Column("size", BigInteger),
    Column("side", String(12)), Column("exif_stripped", Boolean), Column("state", String(20), nullable=False),
    Column("system_id", Id), Column("box", LargeBinary), Column("content", LargeBinary),
    UniqueConstraint("complaint_id", "identity"),
)  # fmt: skip

change = Table(
    "change", metadata, _id(),
    _ref("complaint_id", "complaint", index=True), Column("run_id", Id), Column("system_id", Id),
    Column("rev", Integer, nullable=False), Column("at", UtcTime, nullable=False),
    Column("fields", JSON, nullable=False), Column("box", LargeBinary),
)  # fmt: skip

# --- moving --------------------------------------------------------------------------------------

run = Table(
    "run", metadata, _id(),
    _ref("connector_id", "connector", index=True),
    Column("stream", String(80), nullable=False), Column("direction", String(10), nullable=False),
    Column("started_at", UtcTime, nullable=False, index=True), Column("ended_at", UtcTime),
    Column("outcome", String(12)),  # ok | partial | failed | observed | stopped ; null = running
    Column("counts", JSON, nullable=False), Column("full", Boolean, nullable=False, server_default=text("false")),
    Column("fence", Integer), Column("code", String(80)), Column("facts", JSON), Column("by", String(80)),
)  # fmt: skip

outbox = Table(
    "outbox", metadata, _id(),
    _ref("complaint_id", "complaint", index=True),
    _ref("connector_id", "connector", nullable=True, index=True),  # null: no route
    Column("target_agency", String(40)),
    Column("kind", String(12), nullable=False),  # create | update | comment | attach | verify
    Column("event_id", Id), Column("attachment_id", Id), Column("record_id", Id),
    Column("fields", JSON),  # canonical names that made an update necessary
    # waiting sending unknown sent delivered handed_over refused no_route held dropped
    Column("state", String(14), nullable=False),
    Column("urgent", Boolean, nullable=False, server_default=text("false")),
    Column("key", String(80)),  # the key by which the peer can be asked
    Column("payload", LargeBinary),  # box: the rendered Change, written before it is tried
    Column("effective", String(64)), Column("fence", Integer),
    Column("attempts", Integer, nullable=False, server_default=text("0")), Column("not_before", UtcTime),
    Column("absent", Integer, nullable=False, server_default=text("0")),  # verified look-ups that found nothing
    Column("code", String(80)), Column("facts", JSON),
    Column("created_at", UtcTime, nullable=False), Column("updated_at", UtcTime, nullable=False),
    Index("ix_outbox_open", "connector_id", "complaint_id", "id",
          sqlite_where=text("state IN ('waiting','sending','unknown')"),
          postgresql_where=text("state IN ('waiting','sending','unknown')")),
    Index("ix_outbox_state", "state"),
)  # fmt: skip

delivery = Table(
    "delivery", metadata, _id(),
    _ref("outbox_id", "outbox", index=True), Column("run_id", Id), Column("fence", Integer),
    Column("started_at", UtcTime, nullable=False), Column("ended_at", UtcTime),
    Column("state", String(14), nullable=False), Column("steps", JSON, nullable=False),  # names and times only
    Column("box", LargeBinary),  # results of steps and the peer's answer
    Column("code", String(80)), Column("facts", JSON),
)  # fmt: skip

inbox = Table(
    # what came before it could be used: a call by the peer, an event whose complaint is not known yet
    "inbox", metadata, _id(),
    _ref("connector_id", "connector", index=True),
    Column("kind", String(12), nullable=False),  # record | event
    Column("key", String(200)), Column("of", String(200), index=True),
    Column("received_at", UtcTime, nullable=False), Column("state", String(12), nullable=False),
    Column("box", LargeBinary, nullable=False),
    UniqueConstraint("connector_id", "kind", "key"),
)  # fmt: skip

quarantine = Table(
    "quarantine", metadata, _id(),
    _ref("connector_id", "connector", index=True), Column("stream", String(80), nullable=False),
    Column("run_id", Id), Column("key", String(200)), Column("position", String(120)),
    Column("cause", String(80), nullable=False, index=True),  # sentence in hub/language; groups
    Column("field", String(80)), Column("rule", String(200)), Column("facts", JSON),
    Column("effective", String(64)), Column("at", UtcTime, nullable=False),
    Column("state", String(12), nullable=False),  # open | replayed | dismissed
    Column("tries", Integer, nullable=False, server_default=text("0")), Column("ended_at", UtcTime),
    Column("box", LargeBinary),
)  # fmt: skip

issue = Table(
    "issue", metadata, _id(),
    _ref("connector_id", "connector", index=True), _ref("record_id", "record", nullable=True, index=True),
    _ref("complaint_id", "complaint", nullable=True, index=True),
    Column("run_id", Id), Column("field", String(80), nullable=False), Column("path", Text),
    Column("rule", String(200)), Column("code", String(80), nullable=False), Column("facts", JSON),
    Column("effective", String(64)), Column("at", UtcTime, nullable=False),
    Column("state", String(12), nullable=False),  # open | closed
    Column("box", LargeBinary),  # the raw text
)  # fmt: skip

finding = Table(
    "finding", metadata, _id(),
    Column("connector_id", Id), Column("run_id", Id), Column("complaint_id", Id), Column("record_id", Id),
    Column("kind", String(40), nullable=False),  # missing_here missing_there differs altered_by_peer not_owner …
    Column("field", String(80)), Column("code", String(80)), Column("facts", JSON),
    Column("state", String(12), nullable=False), Column("at", UtcTime, nullable=False), Column("ended_at", UtcTime),
    Column("box", LargeBinary),
)  # fmt: skip

# --- people and switches -------------------------------------------------------------------------

user = Table(
    "user", metadata, _id(),
    Column("name", String(80), nullable=False, unique=True), Column("password", Text, nullable=False),
    Column("role", String(20), nullable=False),  # administrator | operator | viewer
    Column("agencies", JSON), Column("language", String(5)), Column("created_at", UtcTime, nullable=False),
    Column("last_login", UtcTime), Column("disabled_at", UtcTime),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("locked_until", UtcTime), Column("generation", Integer, nullable=False, server_default=text("1")),
)  # fmt: skip

token = Table(
    "token", metadata, _id(),
    Column("name", String(80), nullable=False, unique=True), Column("hash", LargeBinary, nullable=False, unique=True),
    _ref("system_id", "system", nullable=True), Column("scopes", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False), Column("expires_at", UtcTime), Column("revoked_at", UtcTime),
    Column("last_used", UtcTime),
)  # fmt: skip

switch = Table(
    # installation-wide facts: pushes_stopped, installation id, sandbox or live
    "switch", metadata,
    Column("name", String(60), primary_key=True), Column("value", JSON),
    Column("by", String(80)), Column("at", UtcTime, nullable=False),
)  # fmt: skip

audit = Table(
    "audit", metadata, _id(),
    Column("at", UtcTime, nullable=False, index=True), Column("who", String(80), nullable=False),
    Column("what", String(60), nullable=False), Column("object", String(200)), Column("facts", JSON),
)  # fmt: skip
