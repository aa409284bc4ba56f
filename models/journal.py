"""The tables that are the truth: the log, its streams, who has read how far, what is on its way, what came in.

The log is append only: database triggers refuse UPDATE and DELETE (models/migrations/append_only.py).
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.database import NAMING, UtcDateTime

SQLModel.metadata.naming_convention = NAMING

# SQLite gives rows a number of their own only for INTEGER keys.
BigSerial = BigInteger().with_variant(Integer, "sqlite")


class LogRow(SQLModel, table=True):
    """One event. `data` is the JSON text as written; `hash` chains it to the stream's previous row."""

    __tablename__ = "log"
    __table_args__ = (UniqueConstraint("stream", "version"), UniqueConstraint("id"))

    position: int | None = Field(default=None, sa_column=Column(BigSerial, primary_key=True, autoincrement=True))
    id: str
    stream: str
    version: int
    type: str
    schema_version: int = 1
    loop: str
    caused_by: str
    actor: str
    on_behalf_of: str | None = None
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    data: str
    hash: str


class StreamRow(SQLModel, table=True):
    """The head of a stream: the version check and the hash of its last row."""

    __tablename__ = "streams"
    __table_args__ = (Index(None, "loop"),)

    id: str = Field(primary_key=True)
    kind: str
    loop: str
    version: int
    hash: str
    patient_key: str | None = None


class CursorRow(SQLModel, table=True):
    """How far a consumer has come in a stream, and how far it should.

    `since` is when it last went from up to date to behind.
    """

    __tablename__ = "cursors"
    __table_args__ = (
        Index(
            "ix_cursors_behind",
            "since",
            postgresql_where=text("wanted > done"),
            sqlite_where=text("wanted > done"),
        ),
    )

    stream: str = Field(primary_key=True)
    consumer: str = Field(primary_key=True)
    done: int
    wanted: int
    since: datetime = Field(sa_type=UtcDateTime)


class OutboxRow(SQLModel, table=True):
    """A nudge that is not yet at the broker: stream S has reached version v."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "lane", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigSerial, primary_key=True, autoincrement=True))
    stream: str
    version: int
    lane: str
    types: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class FailureRow(SQLModel, table=True):
    """A consumer that failed on a stream: when it is tried again, or that it is parked."""

    __tablename__ = "failures"
    __table_args__ = (Index(None, "next_at"),)

    consumer: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    version: int
    attempts: int
    reason: str
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    parked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ParkedRow(SQLModel, table=True):
    """A message that nobody could read, kept sealed until somebody looks at it.

    Once somebody has edited it, `payload` is the edited message and `original` the one that came.
    """

    __tablename__ = "parked"

    id: str = Field(primary_key=True)
    queue: str
    reason: str
    payload: str
    headers: str = "{}"
    parked_at: datetime = Field(sa_type=UtcDateTime)
    redriven_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    original: str | None = None
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    edited_by: str | None = None


class InboxRow(SQLModel, table=True):
    """A message of a source that was answered: the same id gets the same answer for ever."""

    __tablename__ = "inbox"

    source: str = Field(primary_key=True)
    message: str = Field(primary_key=True)
    body_hash: str
    status: int
    answer: str
    received_at: datetime = Field(sa_type=UtcDateTime)


class BusinessKeyRow(SQLModel, table=True):
    """What a source calls something of ours: the same key in a new message is an update of it."""

    __tablename__ = "business_keys"

    source: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    stream: str


class IntakeRow(SQLModel, table=True):
    """One thing that came in and what became of it; the body sealed under the site key and purged after 90 days."""

    __tablename__ = "intake"
    __table_args__ = (Index(None, "received_at"),)

    id: str = Field(primary_key=True)
    source: str | None = None
    channel: str
    message: str | None = None
    status: int
    reason: str | None = None
    code: str | None = None
    stream: str | None = None
    body: str | None = None
    received_at: datetime = Field(sa_type=UtcDateTime)


class LeaseRow(SQLModel, table=True):
    """Who does what only one may do; `beat` moves while they live, `fence` with every new owner."""

    __tablename__ = "leases"

    name: str = Field(primary_key=True)
    owner: str
    fence: int
    beat: int


class SettingRow(SQLModel, table=True):
    """What this installation remembers about itself (its epoch, whether it is a demo)."""

    __tablename__ = "settings"

    key: str = Field(primary_key=True)
    value: str
