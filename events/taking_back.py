"""Taking back what somebody should never have been told: what waits is not sent, what was sent says so in place.

After a repair of wrong rules, and when two people who were taken for one are two again. Its buttons end; the log keeps
that it was taken back (TakeBackNotice). The sender edits the card when it is next free (bot/sending/changes.py).
"""

from collections.abc import Collection

from sqlalchemy import update

from events.base import Cause
from events.handling import Journal
from events.notice import NoticeState, TakeBackNotice
from models.database import Transaction
from models.deliveries import ActionTokenRow, CardRow
from models.history import table_of

_CARDS, _TOKENS = table_of(CardRow), table_of(ActionTokenRow)


async def take_back(tx: Transaction, journal: Journal, notices: Collection[str], cause: Cause, reason: str) -> None:
    """Take these notices (streams) back, whether they have gone out or not."""
    await tx.execute(
        update(_CARDS)
        .where(_CARDS.c.notice.in_(notices))
        .values(withdrawn_by=cause.id, wanted_version=_CARDS.c.wanted_version + 1, next_at=cause.at)
    )
    unused = (_TOKENS.c.notice.in_(notices), _TOKENS.c.used_at.is_(None))
    await tx.execute(update(_TOKENS).where(*unused).values(expires_at=cause.at))
    for working in (await journal.load(tx, notices)).values():
        if isinstance(working.state, NoticeState):
            journal.decide(working, TakeBackNotice(stream=working.stream, reason=reason), cause)
            await journal.record(tx, [working])
