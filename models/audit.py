"""What people did that changes nothing in a loop but must be answered for: admin acts, opened details.

Append only, as the log (models/migrations/append_only.py). No patient data: ids, codes and coded reasons.
"""

from datetime import datetime

from sqlalchemy import Index, insert
from sqlmodel import Field, SQLModel

from models.database import Transaction, UtcDateTime
from models.values import new_id

NOBODY_LETS_IN = "nobody lets in"  # somebody shared their number, and nobody who may say yes has a chat


class AuditRow(SQLModel, table=True):
    """Who did what to which thing, when and why."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "at"), Index(None, "subject"))

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    subject: str
    reason: str | None = None


async def write_audit(
    tx: Transaction, now: datetime, actor: str, action: str, subject: str, reason: str | None = None
) -> None:
    """Write down that `actor` did `action` to `subject`; commits with the transaction it is part of."""
    row = {"id": new_id(), "at": now, "actor": actor, "action": action, "subject": subject, "reason": reason}
    await tx.execute(insert(AuditRow), [row])
