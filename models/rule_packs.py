"""Rule packs that were drafted here, as derived from their streams: what is in force is read from these few rows."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

import models.journal  # noqa: F401 - sets the naming convention first
from models.database import UtcDateTime


class RulePackRow(SQLModel, table=True):
    """One drafted pack. approvals: persons, separated by spaces. text: the YAML as drafted."""

    __tablename__ = "rule_packs"

    stream: str = Field(primary_key=True)
    version: int
    name: str
    pack_version: str
    hash: str
    place: str | None = None
    status: str
    approvals: str
    active_from: date | None = None
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    drafted_by: str
    drafted_at: datetime = Field(sa_type=UtcDateTime)
    text: str
