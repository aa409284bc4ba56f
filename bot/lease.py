"""A lease on something only one process may do at a time: sending for a bot, polling its updates.

The owner moves `beat`; another takes over when it has not seen the beat move for `patience` seconds of its own
monotonic clock, so that clocks of two machines are never compared. Every new owner gets a higher `fence`.
"""

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.clock import Clock
from models.database import Database, Transaction
from models.journal import LeaseRow

_LEASES = LeaseRow.__table__  # type: ignore[attr-defined]
RENEW_EVERY = 5.0
PATIENCE = 15.0


class LostLease(Exception):
    """Somebody else has taken over."""


class Lease:
    """One process's claim to the lease called `name`.

    `alone`: nobody else can be alive (the embedded deployment holds an OS lock on its data), so a lease left behind by
    a crash is taken over at once.
    """

    def __init__(self, database: Database, name: str, owner: str, clock: Clock, alone: bool = False) -> None:
        self._database = database
        self._name = name
        self._owner = owner
        self._clock = clock
        self._alone = alone
        self._seen: tuple[int, int] | None = None
        self._seen_at = 0.0
        self.fence: int | None = None

    async def take(self) -> bool:
        """Try to become the owner, or stay it; whether this process is the owner now."""
        if self.fence is not None:
            return await self._renew()
        try:
            async with self._database.transaction() as transaction:
                self.fence = await self._claim(transaction)
        except IntegrityError:  # another was first to make the row
            return False
        return self.fence is not None

    async def _claim(self, transaction: Transaction) -> int | None:
        query = select(_LEASES).where(_LEASES.c.name == self._name).with_for_update()
        row = (await transaction.execute(query)).mappings().first()
        if row is None:
            first = {"name": self._name, "owner": self._owner, "fence": 1, "beat": 1}
            await transaction.execute(insert(_LEASES), [first])
            return 1
        if not (self._alone or row["owner"] in ("", self._owner) or self._silent(row["fence"], row["beat"])):
            return None
        fence: int = row["fence"] + 1
        taken = {"owner": self._owner, "fence": fence, "beat": row["beat"] + 1}
        await transaction.execute(update(_LEASES).where(_LEASES.c.name == self._name).values(taken))
        return fence

    def _silent(self, fence: int, beat: int) -> bool:
        now = self._clock.monotonic()
        if self._seen != (fence, beat):
            self._seen, self._seen_at = (fence, beat), now
        return now - self._seen_at >= PATIENCE

    async def _renew(self) -> bool:
        async with self._database.transaction() as transaction:
            renewed = await transaction.execute(update(_LEASES).where(self._mine()).values(beat=_LEASES.c.beat + 1))
        if renewed.rowcount != 1:
            self.fence = None
        return self.fence is not None

    async def check(self, transaction: Transaction) -> int:
        """The fence, while this transaction keeps others from taking over; LostLease when one has."""
        query = select(_LEASES.c.fence).where(self._mine()).with_for_update()
        if self.fence is None or (await transaction.execute(query)).first() is None:
            self.fence = None
            raise LostLease(self._name)
        return self.fence

    async def release(self) -> None:
        """Let another begin at once."""
        if self.fence is not None:
            async with self._database.transaction() as transaction:
                await transaction.execute(update(_LEASES).where(self._mine()).values(owner=""))
            self.fence = None

    def _mine(self) -> ColumnElement[bool]:
        mine: ColumnElement[bool] = (
            (_LEASES.c.name == self._name) & (_LEASES.c.owner == self._owner) & (_LEASES.c.fence == self.fence)
        )
        return mine
