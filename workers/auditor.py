"""N4: every open loop has exactly one accountable holder and a deadline that has not passed unnoticed.

A loop's holder is that of its first open stream that waits for somebody (referral, then discharge, then plan). What is
still being worked on (a stream behind its cursor) is not counted against it yet.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, text

from models.database import Transaction, UtcDateTime

# A deadline this long in the past means that the ticker does not come round.
OVERDUE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Audit:
    """Open loops, and those that nobody holds, that have no deadline, or whose deadline nobody noticed."""

    open_loops: int
    unheld: tuple[str, ...]
    overdue: tuple[str, ...]

    @property
    def orphaned(self) -> int:
        """The figure that must be 0."""
        return len(self.unheld) + len(self.overdue)


_OPEN = text("SELECT count(DISTINCT loop) FROM summaries WHERE open")

_UNHELD = text(
    "SELECT s.loop FROM summaries s WHERE s.open "
    "AND NOT EXISTS (SELECT 1 FROM streams t JOIN cursors c ON c.stream = t.id "
    "WHERE t.loop = s.loop AND c.wanted > c.done) "
    "GROUP BY s.loop HAVING count(CASE WHEN s.holder_facility IS NOT NULL AND s.due IS NOT NULL THEN 1 END) = 0 "
    "ORDER BY s.loop LIMIT 100"
)

_OVERDUE = text(
    "SELECT stream FROM summaries WHERE due < :limit ORDER BY due LIMIT 100"
).bindparams(bindparam("limit", type_=UtcDateTime()))  # fmt: skip


async def audit(transaction: Transaction, now: datetime) -> Audit:
    """Look at every open loop."""
    loops = (await transaction.execute(_OPEN)).scalar_one()
    unheld = (await transaction.execute(_UNHELD)).scalars().all()
    overdue = (await transaction.execute(_OVERDUE, {"limit": now - OVERDUE})).scalars().all()
    return Audit(loops, tuple(unheld), tuple(overdue))
