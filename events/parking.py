"""Empties the broker's parking queue into the table that people look at: `refloop parking list`.

What lies there could not be read (a nudge that is no nudge) or killed whoever read it twenty times. A lost nudge is no
loss, the sweep repeats it; a message of a hospital is kept whole under its source, to be put right and taken in again.
"""

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert

from events.broker import Keep, SetAside
from events.intake.amqp import CHANNEL, plain_headers, sender
from events.intake.bodies import parked_row
from events.intake.problems import Unacceptable
from events.intake.sources import Gatekeeper
from events.intake.translating import Body
from events.parked_nudges import INTAKE
from models.clock import Clock
from models.database import Database
from models.journal import ParkedRow
from models.sealed import Keyring


def keeper(database: Database, keyring: Keyring, clock: Clock, gatekeeper: Gatekeeper) -> Keep:
    """A function that keeps one message.

    The same message kept twice is one row, so a message may be acknowledged after it was kept.
    """

    async def keep(message: SetAside) -> None:
        headers = plain_headers(message.headers, message.message_id) if message.queue == INTAKE else {}
        body = Body(message.body, message.content_type, headers)
        source = await _source(headers, message.user_id) if message.queue == INTAKE else None
        if source is not None:
            row = parked_row(keyring, source, CHANNEL, body, message.message_id, message.reason, clock.now())
        else:
            row = parked_row(keyring, None, message.queue, body, None, message.reason, clock.now())
            row["queue"] = message.queue
        async with database.transaction() as transaction:
            await transaction.execute(insert(ParkedRow).values(row).on_conflict_do_nothing())

    async def _source(headers: Mapping[str, str], user_id: str | None) -> str | None:
        try:
            return (await sender(gatekeeper, headers, user_id)).id
        except Unacceptable:
            return None

    return keep
