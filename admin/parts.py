"""What every role is made of: one clock, database, keyring, directory, set of rules and journal per process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from admin.keys import keyring_for
from admin.settings import Settings
from events.base import Waiting
from events.broker import Broker
from events.embedded import EmbeddedBroker
from events.handling import Journal
from models import failpoints
from models.clock import Clock, SystemClock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.sealed import Keyring
from workers.deadlines import Deadlines
from workers.engine import Engine
from workers.facts import Rules
from workers.loading import FactLoader
from workers.packs_in_force import PacksInForce, rules_of
from workers.reactions import CONSUMERS, KINDS, SUBSCRIBERS


@dataclass(slots=True)
class Parts:
    """The parts of one process."""

    settings: Settings
    clock: Clock
    database: Database
    keyring: Keyring
    directory: DirectoryCache
    in_force: PacksInForce
    deadlines: Deadlines
    journal: Journal
    broker: Broker
    zone: ZoneInfo
    # Each says in words what it is in the middle of, if anything: asked by admin.readiness.
    at_work: list[Callable[[], str | None]] = field(default_factory=list)
    # Told when somebody moves the clock: what is due now need not wait for the next beat.
    on_clock_moved: list[Callable[[], None]] = field(default_factory=list)
    # Told when cards are to show something new: the sender, where it is in this process.
    cards_behind: Callable[[], None] = lambda: None

    @property
    def rules(self) -> Rules:
        """The rules in force now."""
        return self.in_force.current()

    def engine(self) -> Engine:
        """The engine of the workers."""
        loader = FactLoader(self.clock, self.keyring, self.directory, self.in_force.current)
        return Engine(self.database, self.journal, loader, CONSUMERS, lambda: self.cards_behind())

    async def close(self) -> None:
        """Give everything back."""
        await self.broker.close()
        await self.database.close()


def rules_in_force(zone: ZoneInfo) -> Rules:
    """The built-in packs, made ready."""
    return rules_of(zone)


def quiet_journal(settings: Settings, keyring: Keyring, clock: Clock) -> Journal:
    """A journal for acts on notices, which have no deadlines: the sweep finds what came of them."""

    def no_deadline(state: Waiting, at: datetime) -> datetime:
        raise TypeError("only notices are recorded here, and they have no deadline")

    return Journal(keyring, clock, no_deadline, SUBSCRIBERS, outbox=not settings.embedded)


async def build(settings: Settings) -> Parts:
    """Put the parts of a process together, on a migrated database. KeyRefused when the site key is wrong."""
    failpoints.arm(settings.failpoint)
    clock = SystemClock(Path(settings.clock_file) if settings.clock_file else None)
    database = Database(settings.database)
    keyring = await keyring_for(settings, database)
    directory = DirectoryCache(database, clock)
    zone = ZoneInfo(settings.timezone)
    in_force = PacksInForce(clock, zone)
    directory.also.append(in_force)
    deadlines = Deadlines(in_force.current, directory.current)
    journal = Journal(keyring, clock, deadlines.due, SUBSCRIBERS)
    broker: Broker
    if settings.broker is None:
        broker = embedded = EmbeddedBroker()
        journal.wake = embedded.wake
    else:
        # The library is heavy to import and the embedded deployment has no use for it.
        from events.rabbit import RabbitBroker

        broker = RabbitBroker(settings.broker, KINDS)
        journal.outbox = True
    return Parts(settings, clock, database, keyring, directory, in_force, deadlines, journal, broker, zone)
