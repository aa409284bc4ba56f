"""Whether an installation is at rest, and when it will next do something by itself.

Asked by the sandbox's clock before it moves on (`GET /readyz?quiet=1`) and by tests. Quiet means: no unpublished outbox
row, no stream behind a cursor, no notice or card sendable now, no update unhandled, no deadline due; and nothing of it
in the hands of this process (an answer that is being given, a message being taken in).

Everything is asked in one statement. What is in motion goes from table to table: one question after the other, each
with its own view of the database, found each table empty while something passed between them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text

from models.database import Transaction, UtcDateTime

# All read a partial index or an almost empty table.
_WAITING = {
    "outbox rows at the relay": "SELECT 1 FROM outbox",
    "streams behind a cursor": (
        "SELECT 1 FROM cursors c LEFT JOIN failures f ON f.stream = c.stream AND f.consumer = c.consumer "
        "WHERE c.wanted > c.done AND (f.stream IS NULL OR f.next_at <= :now)"
    ),
    "deadlines that are due": "SELECT 1 FROM summaries WHERE due <= :now",
    "a round that is due": "SELECT 1 FROM settings WHERE key LIKE 'round:%' AND value <= :text",
    "notices to be sent": "SELECT 1 FROM notices WHERE state IN ('waiting', 'retry') AND next_at <= :now",
    "notices on their way": "SELECT 1 FROM deliveries WHERE state = 'sending'",
    "cards to be changed": "SELECT 1 FROM cards WHERE wanted_version > shown_version AND next_at <= :now",
    "updates to be handled": "SELECT 1 FROM updates WHERE handled_at IS NULL",
}

_NEXT = (
    "SELECT min(due) FROM summaries WHERE due > :now",
    "SELECT min(next_at) FROM notices WHERE state IN ('waiting', 'retry') AND next_at > :now",
    "SELECT min(next_at) FROM cards WHERE wanted_version > shown_version AND next_at > :now",
    "SELECT min(next_at) FROM failures WHERE next_at > :now",
    "SELECT min(value) FROM settings WHERE key = 'round:readiness' AND value > :text",
    # The end of a shift matters only to what somebody has.
    "SELECT min(value) FROM settings WHERE key = 'round:shifts' AND value > :text AND EXISTS "
    "(SELECT 1 FROM summaries WHERE open AND kind = 'referral' AND holder_person IS NOT NULL AND situation IN "
    "('offered', 'held', 'accepted', 'confirmed', 'on_the_way', 'time_passed'))",
)


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is being waited for (None at rest), and the next instant at which something happens by itself."""

    waiting_for: str | None
    next_due: datetime | None

    @property
    def quiet(self) -> bool:
        """Whether nothing is in motion."""
        return self.waiting_for is None

    def as_dict(self) -> dict[str, object]:
        """As `/readyz?quiet=1` answers."""
        answer: dict[str, object] = {"quiet": self.quiet, "next_due": self.next_due and self.next_due.isoformat()}
        return answer if self.quiet else answer | {"waiting_for": self.waiting_for}


async def look(transaction: Transaction, now: datetime) -> Quiet:
    """Look at everything in the database that could be in motion, as it was at one moment."""
    row = (await transaction.execute(_ASKED, {"now": now, "text": now.isoformat()})).one()
    waiting = next((words for words, found in zip(_WAITING, row, strict=False) if found), None)
    instants = row[len(_WAITING) :]
    known = [datetime.fromisoformat(each) if isinstance(each, str) else each for each in instants if each]
    return Quiet(waiting, min(known, default=None))


def in_hand(looks: Iterable[Callable[[], str | None]]) -> str | None:
    """What this process is in the middle of, in words; to be asked before and after the database.

    Before: what was being taken in until then is committed when the database is looked at. After: what is being given
    to somebody stands in no table any more.
    """
    return next((words for each in looks if (words := each()) is not None), None)


_QUESTIONS = [*(f"EXISTS ({question})" for question in _WAITING.values()), *(f"({question})" for question in _NEXT)]
# `:text` is the same instant as the settings keep it.
_ASKED = text(f"SELECT {', '.join(_QUESTIONS)}").bindparams(bindparam("now", type_=UtcDateTime()), bindparam("text"))
