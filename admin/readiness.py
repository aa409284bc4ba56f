"""Whether an installation is at rest, and when it will next do something by itself.

Asked by the sandbox's clock before it moves on (`GET /readyz?quiet=1`) and by tests. Quiet means: no unpublished outbox
row, no stream behind a cursor, no notice or card sendable now, no update unhandled, no deadline due.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, bindparam, text

from models.database import Transaction, UtcDateTime

# One question each, cheapest first; all read a partial index or an almost empty table.
_WAITING = {
    "outbox rows at the relay": "SELECT 1 FROM outbox LIMIT 1",
    "streams behind a cursor": (
        "SELECT 1 FROM cursors c LEFT JOIN failures f ON f.stream = c.stream AND f.consumer = c.consumer "
        "WHERE c.wanted > c.done AND (f.stream IS NULL OR f.next_at <= :now) LIMIT 1"
    ),
    "deadlines that are due": "SELECT 1 FROM summaries WHERE due <= :now LIMIT 1",
    "a round that is due": "SELECT 1 FROM settings WHERE key LIKE 'round:%' AND value <= :text LIMIT 1",
    "notices to be sent": "SELECT 1 FROM notices WHERE state IN ('waiting', 'retry') AND next_at <= :now LIMIT 1",
    "notices on their way": "SELECT 1 FROM deliveries WHERE state = 'sending' LIMIT 1",
    "cards to be changed": "SELECT 1 FROM cards WHERE wanted_version > shown_version AND next_at <= :now LIMIT 1",
    "updates to be handled": "SELECT 1 FROM updates WHERE handled_at IS NULL LIMIT 1",
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
    """Look at everything that could be in motion."""
    waiting = None
    for words, question in _WAITING.items():
        if (await transaction.execute(_asked(question, now))).first():
            waiting = words
            break
    instants = [(await transaction.execute(_asked(question, now))).scalar() for question in _NEXT]
    known = [datetime.fromisoformat(each) if isinstance(each, str) else each for each in instants if each]
    return Quiet(waiting, min(known, default=None))


def _asked(question: str, now: datetime) -> TextClause:
    """The question for an instant; `:text` is the same instant as the settings keep it."""
    given = {"now": bindparam("now", now, type_=UtcDateTime()), "text": bindparam("text", now.isoformat())}
    return text(question).bindparams(*(each for name, each in given.items() if f":{name}" in question))
