"""Empties the broker's parking queue into the table that people look at: `refloop parking list`.

What lies there could not be read (a nudge that is no nudge) or killed whoever read it twenty times. A lost nudge is no
loss, the sweep repeats it; a message of a hospital is kept whole, to be taken in again.
"""

from collections.abc import Awaitable, Callable

from sqlalchemy.dialects.postgresql import insert

from events.intake.bodies import parked_row
from events.intake.translating import Body
from models.clock import Clock
from models.database import Database
from models.journal import ParkedRow
from models.sealed import Keyring

Keep = Callable[[bytes, str | None, str, str], Awaitable[None]]


def keeper(database: Database, keyring: Keyring, clock: Clock) -> Keep:
    """A function that keeps one message: its body, content type, the queue it was in and why it left it.

    The same message kept twice is one row, so a message may be acknowledged after it was kept.
    """

    async def keep(body: bytes, content_type: str | None, queue: str, reason: str) -> None:
        row = parked_row(keyring, None, queue, Body(body, content_type, {}), None, reason, clock.now())
        async with database.transaction() as transaction:
            await transaction.execute(insert(ParkedRow).values(row | {"queue": queue}).on_conflict_do_nothing())

    return keep
