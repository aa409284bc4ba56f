"""What a coordinator answers for: the open loops of their houses, who cannot be placed, who cannot be identified.

Read from the summaries; names nobody. Follow-ups are counts, never one by one, but for somebody who feels worse.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.engine import RowMapping

from bot.identity import Standing
from events.base import Situation
from events.purposes import PURPOSES, OnUnknown
from models.database import Transaction
from models.deliveries import NoticeRow
from models.patients import PatientRow
from models.summaries import SummaryRow
from models.values import Priority, Role, StreamKind

_S = SummaryRow.__table__  # type: ignore[attr-defined]
_N = NoticeRow.__table__  # type: ignore[attr-defined]
_P = PatientRow.__table__  # type: ignore[attr-defined]

PAGE = 8
_COORDINATION = frozenset({Role.coordinator, Role.head})
_DANGER = (Situation.danger_asked, Situation.danger_unseen)
# An emergency that nobody has taken yet.
_UNTAKEN = (
    Situation.to_be_routed, Situation.offered, Situation.held, Situation.information_asked, Situation.declined,
)  # fmt: skip
_SHOWN = tuple(sorted(purpose for purpose, rule in PURPOSES.items() if rule.on_unknown is OnUnknown.show))


@dataclass(frozen=True, slots=True)
class Board:
    """One page of it, with the counts of the whole."""

    rows: tuple[RowMapping, ...]
    page: int
    pages: int
    by_priority: dict[Priority, int]
    to_route: int
    overdue: int
    follow_ups: int
    lost: tuple[str, ...]  # streams of which a message may not have arrived
    unidentified: int

    @property
    def total(self) -> int:
        """How many loops are open."""
        return sum(self.by_priority.values())


def houses(standing: Standing) -> frozenset[str]:
    """The facilities somebody coordinates."""
    return frozenset(each.facility for each in standing.party.positions if each.role in _COORDINATION)


async def load_board(tx: Transaction, places: Collection[str], now: datetime, page: int = 0) -> Board:
    """The open loops of these facilities, oldest first: whoever has waited longest where they are now (flows).

    An emergency that nobody has taken stands above all of them: it must not wait on a later page.
    """
    ours = _of(places)
    listed = and_(ours, or_(_S.c.kind != StreamKind.plan, _S.c.situation.in_(_DANGER)), _S.c.situation.is_not(None))
    counted = await tx.execute(select(_S.c.priority, func.count().label("loops")).where(listed).group_by(_S.c.priority))
    by_priority = {Priority(row.priority): int(row.loops) for row in counted}
    pages = max(1, -(-sum(by_priority.values()) // PAGE))
    page = min(max(page, 0), pages - 1)
    alone = and_(_S.c.priority == Priority.stat, _S.c.situation.in_(_UNTAKEN))
    emergency = case((or_(alone, _S.c.situation.in_(_DANGER)), 0), else_=1)
    ordered = select(_S).where(listed).order_by(emergency, _S.c.since, _S.c.stream)
    found = await tx.execute(ordered.limit(PAGE).offset(page * PAGE))
    sums = select(
        func.count(case((_S.c.situation == Situation.to_be_routed, 1))).label("to_route"),
        func.count(case((and_(_S.c.kind != StreamKind.plan, _S.c.step > 0), 1))).label("overdue"),
        func.count(case((and_(_S.c.kind == StreamKind.plan, _S.c.situation.not_in(_DANGER)), 1))).label("follow_ups"),
    ).where(ours)
    counts = (await tx.execute(sums)).mappings().one()
    return Board(
        rows=tuple(found.mappings()),
        page=page,
        pages=pages,
        by_priority=by_priority,
        to_route=counts["to_route"],
        overdue=counts["overdue"],
        follow_ups=counts["follow_ups"],
        lost=await _lost(tx, places),
        unidentified=len(await unidentified(tx, places)),
    )


def _of(places: Collection[str]) -> ColumnElement[bool]:
    known = sorted(places)
    here = or_(_S.c.holder_facility.in_(known), _S.c.recipient_facility.in_(known), _S.c.initiator_facility.in_(known))
    return and_(_S.c.open, here)


async def _lost(tx: Transaction, places: Collection[str]) -> tuple[str, ...]:
    """Loops of which nobody knows whether some news arrived, until its reader presses anything later."""
    known = select(_S.c.stream).where(_of(places))
    query = select(_N.c.about).where(_N.c.state == "unknown", _N.c.purpose.in_(_SHOWN), _N.c.about.in_(known))
    return tuple(sorted(set((await tx.execute(query)).scalars())))


async def unidentified(tx: Transaction, places: Collection[str]) -> list[str]:
    """Patients of open loops here of whom it is not known who they are: provisional, or with a doubt."""
    here = select(_S.c.patient).where(_of(places))
    query = select(_P.c.id, _P.c.provisional, _P.c.doubts).where(
        _P.c.id.in_(here), _P.c.valid_to.is_(None), _P.c.merged_into.is_(None)
    )
    rows = (await tx.execute(query.order_by(_P.c.id))).all()
    return [row.id for row in rows if row.provisional or row.doubts]
