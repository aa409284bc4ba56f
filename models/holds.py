"""Holds: notices that may not go out until a person has looked. What is held waits in its row, whole.

A hold is matched where the sender is about to write an intent, so that nothing slips by, and once when it is made, so
that the number is known. A stat notice is held only by a hold that names stat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, and_, exists, func, insert, or_, select, text, true, update
from sqlmodel import Field, SQLModel

from models.database import Transaction, UtcDateTime
from models.deliveries import NoticeRow
from models.history import table_of
from models.journal import LogRow
from models.summaries import SummaryRow
from models.values import Lane, new_id

HELD = "held"
_RUNNING = text("ended_at IS NULL")


class HoldRow(SQLModel, table=True):
    """What is held: notices of a purpose, about loops of a facility, decided by a pack; all that is given must fit."""

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_running", "id", postgresql_where=_RUNNING, sqlite_where=_RUNNING),)

    id: str = Field(primary_key=True)
    purpose: str | None = None
    facility: str | None = None
    pack: str | None = None  # a version, or the beginning of a hash
    stat: bool = False
    reason: str
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None
    ended_how: str | None = None


_HOLDS, _NOTICES = table_of(HoldRow), table_of(NoticeRow)
_LOG, _SUMMARIES = table_of(LogRow), table_of(SummaryRow)
_WAITING = ("waiting", "retry")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which notices are to be held; nothing given means all of them, but stat only where it is named."""

    purpose: str | None = None
    facility: str | None = None
    pack: str | None = None
    stat: bool = False


async def running(tx: Transaction) -> list[dict[str, Any]]:
    """The holds in force, oldest first."""
    rows = await tx.execute(select(_HOLDS).where(_HOLDS.c.ended_at.is_(None)).order_by(_HOLDS.c.at, _HOLDS.c.id))
    return [dict(row) for row in rows.mappings()]


async def hold(tx: Transaction, wish: Wish, reason: str, by: str, now: datetime) -> tuple[str, dict[str, int]]:
    """Hold these notices from now on; the hold's id and how many wait already, by purpose."""
    row = {
        "id": new_id()[:8], "purpose": wish.purpose, "facility": wish.facility, "pack": wish.pack, "stat": wish.stat,
        "reason": reason, "by": by, "at": now,
    }  # fmt: skip
    await tx.execute(insert(_HOLDS), [row])
    await _mark(tx, row)
    return str(row["id"]), await count(tx, str(row["id"]))


async def count(tx: Transaction, unique: str) -> dict[str, int]:
    """How many notices a hold keeps, by purpose."""
    held = (_NOTICES.c.state == HELD) & (_NOTICES.c.held_by == unique)
    query = select(_NOTICES.c.purpose, func.count().label("number")).where(held).group_by(_NOTICES.c.purpose)
    return {row.purpose: row.number for row in await tx.execute(query.order_by(_NOTICES.c.purpose))}


async def hold_back(tx: Transaction, notices: Sequence[str]) -> None:
    """Mark those of these notices that a hold in force keeps."""
    for row in await running(tx):
        await _mark(tx, row, _NOTICES.c.stream.in_(notices))


async def _mark(tx: Transaction, row: dict[str, Any], among: ColumnElement[bool] | None = None) -> None:
    waiting = _NOTICES.c.state.in_(_WAITING)
    statement = update(_NOTICES).where(waiting, _matches(row), true() if among is None else among)
    await tx.execute(statement.values(state=HELD, held_by=row["id"]))


def _matches(row: dict[str, Any]) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = []
    if not row["stat"]:
        wanted.append(_NOTICES.c.lane != Lane.stat)
    if row["purpose"] is not None:
        wanted.append(_NOTICES.c.purpose == row["purpose"])
    if row["facility"] is not None:
        places = (_SUMMARIES.c[name] == row["facility"] for name in ("initiator_facility", "recipient_facility"))
        wanted.append(_NOTICES.c.loop.in_(select(_SUMMARIES.c.loop).where(or_(*places))))
    if row["pack"] is not None:
        decided = _LOG.c.type.in_(("ReferralTriaged", "FollowUpPlanned"))
        own = _LOG.c.stream.in_((_NOTICES.c.loop, _NOTICES.c.about))
        by = or_(*(_LOG.c.data.contains(f'"{name}":"{row["pack"]}', autoescape=True) for name in _PACK_FIELDS))
        wanted.append(exists().where(own, decided, by))
    return and_(true(), *wanted)


_PACK_FIELDS = ("pack_version", "pack_hash")


async def release(tx: Transaction, unique: str, by: str, now: datetime) -> int | None:
    """Let what a hold kept go out; how many, or None when no such hold is in force."""
    if not await _end(tx, unique, by, now, "released"):
        return None
    held = (_NOTICES.c.state == HELD) & (_NOTICES.c.held_by == unique)
    return (await tx.execute(update(_NOTICES).where(held).values(state="waiting", held_by=None))).rowcount


async def kept(tx: Transaction, unique: str) -> list[str]:
    """The streams of the notices that a hold keeps."""
    held = (_NOTICES.c.state == HELD) & (_NOTICES.c.held_by == unique)
    return list((await tx.execute(select(_NOTICES.c.stream).where(held).order_by(_NOTICES.c.stream))).scalars())


async def end_dropped(tx: Transaction, unique: str, by: str, now: datetime) -> bool:
    """End a hold whose notices are being dropped; False when it is not in force."""
    return await _end(tx, unique, by, now, "dropped")


async def _end(tx: Transaction, unique: str, by: str, now: datetime, how: str) -> bool:
    ending = update(_HOLDS).where(_HOLDS.c.id == unique, _HOLDS.c.ended_at.is_(None))
    return bool((await tx.execute(ending.values(ended_at=now, ended_by=by, ended_how=how))).rowcount)
