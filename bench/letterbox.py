"""The chat side of a bench: notices pass the same looks, budgets and merging as in life, into a box that counts."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, cast

from bot.channel import Channel, Sent
from bot.chat_side import ChatSide
from bot.limits import Limiter
from bot.sending.outcomes import Finished, record
from bot.sending.queue import addressed, load_readers, sendable, write_intents
from events.handling import Journal
from events.purposes import PURPOSES, Purpose
from models.clock import Clock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.sealed import Keyring

_WEEK = timedelta(days=7)


class Letterbox:
    """Takes every message at once; keeps when each patient got one that counts against the budget, and what it was."""

    def __init__(
        self, database: Database, journal: Journal, keyring: Keyring, clock: Clock, directory: DirectoryCache
    ) -> None:
        self._side = ChatSide(
            "1", database, journal, cast(Channel, None), Limiter(clock.monotonic), keyring, clock, directory
        )
        self.messages = 0
        self.told: Counter[tuple[Any, ...]] = Counter()
        self.times: dict[str, list[datetime]] = {}

    async def post(self) -> bool:
        """Send all that may go now; whether there was anything."""
        side, any_ = self._side, False
        while True:
            async with side.database.reading() as tx:
                rows = await sendable(tx, side.clock.now(), ())
                if not rows:
                    return any_
                found = addressed(
                    rows, await load_readers(tx, {r["recipient"] for r in rows}, side.directory(), side.clock.now())
                )
            any_ = True
            async with side.database.transaction() as tx:
                letters, stale, _ = await write_intents(tx, side, found.waiting, 1)
                by_notice = {each.row["stream"]: each.row for each in found.waiting}
                done: list[Finished] = []
                for letter in letters:
                    self.messages += 1
                    sent = Sent(self.messages)
                    done += [Finished.of(letter, sent), *(Finished(*each, letter.chat, sent) for each in letter.also)]
                    self._count(by_notice[letter.notice])
                await record(tx, side, done, [*found.settled, *stale])

    def _count(self, row: Any) -> None:
        said = (row["recipient"], row["about"], row["purpose"], row["step"], row["params"])
        self.told[said] += 1
        if PURPOSES[Purpose(row["purpose"])].budget:
            self.times.setdefault(row["recipient"], []).append(self._side.clock.now())

    def most_in_a_week(self) -> int:
        """The most that any patient got within seven days."""
        return max(
            (sum(at - _WEEK < other <= at for other in times) for times in self.times.values() for at in times),
            default=0,
        )

    def twice(self) -> list[str]:
        """What was said twice: the same step of the same thing to the same person."""
        return [json.dumps(said) for said, count in self.told.items() if count > 1]
