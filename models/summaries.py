"""Derived rows: what lists, boards, the ticker and the auditor read; a rebuild from the log gives the same (N5).

One row per referral, discharge or plan. Its deadline is a column, not a row of another table: an open stream has
exactly one holder and one deadline by construction (N4).
"""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

import models.journal  # noqa: F401 - sets the naming convention first
from models.database import UtcDateTime

_HAS_DUE = text("due IS NOT NULL")
_OPEN = text("open")


class SummaryRow(SQLModel, table=True):
    """`summary(state)` of one stream. No sealed or personal value; people, facilities and patients by id."""

    __tablename__ = "summaries"
    __table_args__ = (
        Index("ix_summaries_due", "due", postgresql_where=_HAS_DUE, sqlite_where=_HAS_DUE),
        Index("ix_summaries_open", "loop", postgresql_where=_OPEN, sqlite_where=_OPEN),  # the auditor's
        Index(None, "loop"),
        Index(None, "patient"),
        Index(None, "recipient_facility", "status"),
        Index(None, "initiator_facility", "status"),
        Index(None, "holder_facility", "holder_person"),
    )

    stream: str = Field(primary_key=True)
    kind: str
    loop: str
    version: int
    code: str | None = Field(default=None, unique=True)
    status: str
    situation: str | None = None
    open: bool
    priority: str
    direction: str | None = None
    patient: str
    initiator: str | None = None
    initiator_facility: str | None = None
    recipient_facility: str | None = None
    department: str | None = None
    source: str | None = None
    holder_role: str | None = None
    holder_facility: str | None = None
    holder_department: str | None = None
    holder_person: str | None = None
    step: int = 0
    since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    begun_at: datetime = Field(sa_type=UtcDateTime)
