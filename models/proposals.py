"""What no single person may do: an admin's repairs and retellings, and undoing a death.

What is proposed at the machine is carried out only after two admins have said yes, each in their own chat: whoever has
the machine can propose, but an account of the machine is nobody's identity. What is proposed in a chat, another does.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import RowMapping
from sqlmodel import Field, SQLModel

from models.database import Transaction, UtcDateTime
from models.history import table_of
from models.values import new_id

NEEDED = 2  # different admins
# So long another may confirm that somebody recorded as dead lives; a proposal (evidence A).
UNDO_DEATH, UNDO_WITHIN = "undo_death", timedelta(hours=24)
# What two admins must approve at their chats: the dry run they have seen is of that day, and not of a later one.
BY_ADMINS, APPROVED_WITHIN = ("repair", "retell"), timedelta(hours=24)
LAPSED = "rule:lapsed"


class ProposalRow(SQLModel, table=True):
    """A proposal: its kind, what is to be done (`size` of it), why, by whom; who approved it; who carried it out.

    `approvals` are ids of people, separated by blanks.
    """

    __tablename__ = "proposals"

    id: str = Field(primary_key=True)
    kind: str
    content: str
    size: int
    reason: str
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    approvals: str = ""
    done_by: str | None = None
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_PROPOSALS = table_of(ProposalRow)


class ProposalRefused(Exception):
    """A proposal that cannot be carried out: unknown, done already, or a second person is missing."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal that waits, and who has approved it."""

    id: str
    kind: str
    size: int
    reason: str
    by: str
    approvals: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many admins must still approve it."""
        return max(0, NEEDED - len(self.approvals))


async def propose(tx: Transaction, kind: str, content: Any, reason: str, by: str, now: datetime, size: int = 1) -> str:
    """Write a proposal down; its id."""
    unique = new_id()[:8]
    row = {
        "id": unique, "kind": kind, "content": json.dumps(content), "size": size, "reason": reason, "by": by, "at": now,
        "approvals": "",
    }  # fmt: skip
    await tx.execute(insert(_PROPOSALS), [row])
    return unique


async def open_proposals(tx: Transaction, kind: str | None = None) -> list[dict[str, Any]]:
    """The proposals (of a kind) that are not carried out, oldest first."""
    query = select(_PROPOSALS).where(_PROPOSALS.c.done_at.is_(None))
    if kind is not None:
        query = query.where(_PROPOSALS.c.kind == kind)
    return [dict(row) for row in (await tx.execute(query.order_by(_PROPOSALS.c.at))).mappings()]


async def lapse(tx: Transaction, kind: str, before: datetime, now: datetime) -> list[RowMapping]:
    """End the proposals of a kind that were made before then and that nobody carried out; those that ended now."""
    old = (_PROPOSALS.c.kind == kind) & _PROPOSALS.c.done_at.is_(None) & (_PROPOSALS.c.at <= before)
    rows = (await tx.execute(select(_PROPOSALS).where(old).with_for_update())).mappings().all()
    for row in rows:
        await _done(tx, row, LAPSED, now)
    return list(rows)


async def approve(tx: Transaction, unique: str, person: str) -> Proposal | None:
    """Note that this admin says yes, once however often; None where nothing of this id waits any more."""
    query = select(_PROPOSALS).where(_PROPOSALS.c.id == unique, _PROPOSALS.c.done_at.is_(None)).with_for_update()
    row = (await tx.execute(query)).mappings().first()
    if row is None:
        return None
    said = tuple(dict.fromkeys([*row["approvals"].split(), person]))
    await tx.execute(update(_PROPOSALS).where(_PROPOSALS.c.id == unique).values(approvals=" ".join(said)))
    return Proposal(unique, row["kind"], row["size"], row["reason"], row["by"], said)


async def take(tx: Transaction, kind: str, unique: str, by: str, now: datetime) -> Any:
    """What is to be done by a second person whom their chat names, marked as done in this transaction.

    ProposalRefused says why not.
    """
    row = await _waiting(tx, kind, unique)
    if row["by"] == by:
        raise ProposalRefused(f"{by} proposed it: a second person must carry it out")
    return await _done(tx, row, by, now)


async def take_approved(
    tx: Transaction, kind: str, unique: str, admins: Collection[str], by: str, now: datetime
) -> Any:
    """What is to be done at the machine, marked as done in this transaction; `admins` are those of this moment.

    ProposalRefused says why not: only what two of them have approved is carried out, and once.
    """
    row = await _waiting(tx, kind, unique)
    valid = [person for person in row["approvals"].split() if person in admins]
    if len(valid) < NEEDED:
        said = f"approved by {', '.join(valid)}" if valid else "approved by nobody"
        raise ProposalRefused(f"{unique} is {said}: {NEEDED} different admins must press Approve in their chats")
    return await _done(tx, row, by, now)


async def _waiting(tx: Transaction, kind: str, unique: str) -> RowMapping:
    query = select(_PROPOSALS).where(_PROPOSALS.c.kind == kind, _PROPOSALS.c.id == unique).with_for_update()
    row = (await tx.execute(query)).mappings().first()
    if row is not None and row["done_by"] == LAPSED:
        raise ProposalRefused(
            f"{kind} {unique} was not approved and carried out in time and has lapsed: propose it anew"
        )
    if row is None or row["done_at"] is not None:
        raise ProposalRefused(f"no {kind} {unique!r} waits to be carried out")
    return row


async def _done(tx: Transaction, row: RowMapping, by: str, now: datetime) -> Any:
    await tx.execute(update(_PROPOSALS).where(_PROPOSALS.c.id == row["id"]).values(done_by=by, done_at=now))
    return json.loads(row["content"])
