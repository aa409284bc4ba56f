"""The chat side of a bench: notices pass the same looks, budgets and merging as in life, into a box that counts."""

import json
from collections import Counter
from datetime import date, datetime
from itertools import pairwise
from typing import Any, cast

from sqlalchemy import bindparam, text

from bot.channel import Channel, Sent
from bot.chat_side import ChatSide
from bot.limits import Limiter
from bot.sending.outcomes import Finished, record
from bot.sending.queue import addressed, load_readers, sendable, write_intents
from events.follow_up_decider import LATER
from events.handling import Journal
from events.purposes import PURPOSES, Audience, Purpose
from models.clock import Clock
from models.database import Database, UtcDateTime
from models.directory_cache import DirectoryCache
from models.sealed import Keyring

# A call that puts a follow-up off does so for a week at least: then it is asked about anew.
PUT_OFF = min(LATER.values())


class Letterbox:
    """Takes every message at once; keeps on which day each patient got one, counted by the budget or outside of it."""

    def __init__(
        self, database: Database, journal: Journal, keyring: Keyring, clock: Clock, directory: DirectoryCache
    ) -> None:
        self._side = ChatSide(
            "1", database, journal, cast(Channel, None), Limiter(clock.monotonic), keyring, clock, directory
        )
        self.messages = 0
        self.told: dict[tuple[Any, ...], list[datetime]] = {}
        self.days: dict[str, list[date]] = {}  # of the site, one for each message that counts against the budget
        self.outside = Counter[str]()  # messages to patients that do not, by purpose

    async def post(self) -> bool:
        """Send all that may go now; whether there was anything."""
        side, any_ = self._side, False
        due = text("SELECT 1 FROM notices WHERE state IN ('waiting', 'retry') AND next_at <= :now LIMIT 1")
        asked = due.bindparams(bindparam("now", type_=UtcDateTime()))
        while True:
            async with side.database.reading() as tx:
                if (await tx.execute(asked, {"now": side.clock.now()})).first() is None:
                    return any_
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
        self.told.setdefault(said, []).append(self._side.clock.now())
        rule = PURPOSES[Purpose(row["purpose"])]
        if rule.budget:
            day = self._side.clock.now().astimezone(self._side.directory().site_zone).date()
            self.days.setdefault(row["recipient"], []).append(day)
        elif rule.audience is Audience.patient:
            self.outside[row["purpose"]] += 1

    def most_within(self, days: int) -> int:
        """The most that count against the budget that any patient got within so many days of the calendar."""
        return max(
            (sum(0 <= (day - other).days < days for other in found) for found in self.days.values() for day in found),
            default=0,
        )

    def twice(self) -> list[str]:
        """What was said twice: the same step of the same thing to the same person, and no call had put it off."""
        return [
            json.dumps(said)
            for said, times in self.told.items()
            if any(after - before < PUT_OFF for before, after in pairwise(times))
        ]
