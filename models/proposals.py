"""What one person proposes and another must carry out: repairs, and telling something again."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Field, SQLModel

from models.database import Transaction, UtcDateTime
from models.history import table_of
from models.values import new_id


class ProposalRow(SQLModel, table=True):
    """A proposal: its kind, what exactly is to be done, why, by whom; and who carried it out."""

    __tablename__ = "proposals"

    id: str = Field(primary_key=True)
    kind: str
    content: str
    reason: str
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    done_by: str | None = None
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_PROPOSALS = table_of(ProposalRow)


class ProposalRefused(Exception):
    """A proposal that cannot be carried out: unknown, done already, or by the person who made it."""


async def propose(tx: Transaction, kind: str, content: Any, reason: str, by: str, now: datetime) -> str:
    """Write a proposal down; its id."""
    unique = new_id()[:8]
    row = {"id": unique, "kind": kind, "content": json.dumps(content), "reason": reason, "by": by, "at": now}
    await tx.execute(insert(_PROPOSALS), [row])
    return unique


async def open_proposals(tx: Transaction, kind: str) -> list[dict[str, Any]]:
    """The proposals of a kind that wait for a second person, oldest first."""
    query = select(_PROPOSALS).where(_PROPOSALS.c.kind == kind, _PROPOSALS.c.done_at.is_(None))
    return [dict(row) for row in (await tx.execute(query.order_by(_PROPOSALS.c.at))).mappings()]


async def take(tx: Transaction, kind: str, unique: str, by: str, now: datetime) -> Any:
    """What is to be done by the second person, marked as done in this transaction. ProposalRefused says why not."""
    query = select(_PROPOSALS).where(_PROPOSALS.c.kind == kind, _PROPOSALS.c.id == unique).with_for_update()
    row = (await tx.execute(query)).mappings().first()
    if row is None or row["done_at"] is not None:
        raise ProposalRefused(f"no {kind} {unique!r} waits for a second person")
    if row["by"] == by:
        raise ProposalRefused(f"{by} proposed it: a second person must carry it out")
    await tx.execute(update(_PROPOSALS).where(_PROPOSALS.c.id == unique).values(done_by=by, done_at=now))
    return json.loads(row["content"])
