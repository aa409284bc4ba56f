"""What became of a source's own referrals, told to its queue refloop.out.SOURCE as it happens (flows: what goes in).

The same object as GET /referrals/CODE: state and ids, nothing personal. At least once, in the order of the log; whoever
reads compares code and version. Only for sources that have a user of the broker; a queue that nobody reads forgets its
oldest, and GET /referrals?since= gives those again.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import orjson
import structlog
from sqlalchemy import select

from events.intake.reading_api import changed_referrals
from events.log import settled_position
from models.database import Database, Transaction
from models.directory_cache import DirectoryCache
from models.history import table_of
from models.installation import remember, remembered
from models.journal import LogRow, SettingRow
from models.places import Source
from models.values import StreamKind, kind_of

POSITION = "outgoing_position"
PAGE = 500  # log rows at a time
PAUSE = 1.0

_LOG, _SETTINGS = table_of(LogRow), table_of(SettingRow)
_log = structlog.get_logger("outgoing")


class Queues(Protocol):
    """Where it goes: one queue for each source."""

    async def declare(self, sources: Sequence[str]) -> None:
        """Make the queues that are missing; raises when the broker is away."""
        ...

    async def publish(self, source: str, bodies: Sequence[bytes]) -> None:
        """Hand these over in order; returns when they are safe, raises when nobody can say so."""
        ...


class Outgoing:
    """Follows the log and tells each source what changed in its own referrals."""

    def __init__(self, database: Database, directory: DirectoryCache, queues: Queues) -> None:
        self._database = database
        self._directory = directory
        self._queues = queues

    async def run(self) -> None:
        """Until cancelled; a broker or a database that is away is tried again."""
        while True:
            try:
                while await self.round():
                    pass
            except Exception as error:  # noqa: BLE001 - a broker that comes and goes refuses in many ways
                _log.warning("sources not told, trying again", error=type(error).__name__)
            await asyncio.sleep(PAUSE)

    async def round(self) -> bool:
        """Tell what changed since the last round; whether there is more. It begins with what happens from now on."""
        known = (await self._directory.refresh()).sources()
        receivers = [each for each in known if each.active and each.amqp_user]
        if not receivers:
            return False
        await self._queues.declare([each.id for each in receivers])
        until = await settled_position(self._database)
        async with self._database.transaction() as tx:
            if await remembered(tx, POSITION) is None:
                await remember(tx, POSITION, str(until))
                return False
            position = await _locked_position(tx)
            if position is None or position >= until:
                return False
            found = select(_LOG.c.position, _LOG.c.stream).where(_LOG.c.position > position, _LOG.c.position <= until)
            rows = (await tx.execute(found.order_by(_LOG.c.position).limit(PAGE))).all()
            await self._tell(tx, receivers, list(dict.fromkeys(row.stream for row in rows)))
            await remember(tx, POSITION, str(rows[-1].position if rows else until))
        return len(rows) == PAGE

    async def _tell(self, tx: Transaction, receivers: Sequence[Source], streams: Sequence[str]) -> None:
        referrals = [stream for stream in streams if kind_of(stream) is StreamKind.referral]
        changed = await changed_referrals(tx, referrals) if referrals else []
        for source in receivers:
            own = [
                orjson.dumps(row) for row in changed
                if source.facility in (row["initiator_facility"], row["recipient_facility"])
            ]  # fmt: skip
            if own:
                await self._queues.publish(source.id, own)


async def _locked_position(tx: Transaction) -> int | None:
    """How far it has come; None while another gateway is at it."""
    query = select(_SETTINGS.c.value).where(_SETTINGS.c.key == POSITION).with_for_update(skip_locked=True)
    row = (await tx.execute(query)).first()
    return None if row is None else int(row.value)
