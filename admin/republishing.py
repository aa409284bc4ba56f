"""`refloop events republish`: events handed to one consumer once more."""

from typing import Any

from sqlalchemy import select

from admin.refusals import CommandRefused
from admin.settings import Settings
from events.exporting import Selection
from events.handling import Journal
from models.audit import write_audit
from models.clock import Clock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.history import table_of
from models.journal import LogRow
from models.sealed import Keyring
from models.values import new_id
from workers.deadlines import Deadlines
from workers.loading import FactLoader
from workers.packs_in_force import PacksInForce
from workers.reactions import CONSUMERS, SUBSCRIBERS
from workers.republishing import republish

_LOG = table_of(LogRow)


async def republish_to(
    settings: Settings, database: Database, keyring: Keyring, clock: Clock, consumer: str, chosen: Selection,
    limit: int | None, really: bool, reason: str | None, actor: str,
) -> dict[str, Any]:  # fmt: skip
    """Hand the streams of the chosen events, at most `limit`, to a consumer; what it makes of them has one effect.

    CommandRefused for a consumer that is none, and for the sender, to which nothing is ever handed again.
    """
    if consumer == "sender":
        raise CommandRefused("--to: the sender is given nothing again; refloop notices retell tells again, marked")
    if consumer not in CONSUMERS:
        raise CommandRefused(f"--to: no consumer is called {consumer!r}; right is one of {', '.join(CONSUMERS)}")
    if chosen.everything and limit is None:
        raise CommandRefused("say which events: by the options of events list, or --limit")
    rules = PacksInForce(clock, settings.zone)
    directory = DirectoryCache(database, clock)
    directory.also.append(rules)
    await directory.refresh()
    deadlines = Deadlines(rules.current, directory.current)
    journal = Journal(keyring, clock, deadlines.due, SUBSCRIBERS, outbox=not settings.embedded)
    loader = FactLoader(clock, keyring, directory, rules.current)
    async with database.reading() as tx:
        query = select(_LOG.c.stream).where(*chosen.conditions()).distinct().order_by(_LOG.c.stream).limit(limit)
        streams = list((await tx.execute(query)).scalars())
    unique = new_id()[:8]
    done = await republish(database, journal, loader, CONSUMERS[consumer], streams, unique, really)
    if really:
        async with database.transaction() as tx:
            what = f"{unique} to {consumer}: {done.streams} streams"
            await write_audit(tx, clock.now(), actor, "events republish", what, reason)
    return {"replay": unique, "to": consumer, "dry_run": not really, **done.as_dict()}
