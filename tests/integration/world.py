"""A small network and all the parts of the core on a fresh database, for tests that need no chat."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel

#from admin.network.load import load_network
from events.base import Actor, Cause
from events.embedded import EmbeddedBroker
from events.handling import Handled, Journal
from events.referral import ClinicalPicture, Vitals
from events.referral_decider import RequestReferral
from models.clock import DrivenClock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.patient_reading import find_patient
from models.sealed import Keyring
from models.values import ActorKind, Direction, Priority, StreamKind, new_id, referral_code, stream_id
from workers.deadlines import Deadlines
from workers.engine import Engine
from workers.facts import Rules
from workers.loading import FactLoader
from workers.reactions import CONSUMERS, SUBSCRIBERS
from workers.rules.calendar import WorkCalendar
from workers.rules.pack import packs
from workers.rules.quiet_hours import MessagePolicy
from workers.rules.silence import SilenceTable
from workers.ticker import Ticker

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Shanghai
NETWORK = Path(__file__).parent.parent / "data" / "network.yaml"


def rules() -> Rules:
    """The built-in packs."""
    built_in = packs()
    return Rules(
        silence=SilenceTable(built_in["silence"]), triage=built_in["triage"], follow_up=built_in["follow_up"],
        messages=MessagePolicy(built_in["messages"], ZONE), calendar=WorkCalendar(ZONE), zone=ZONE,
    )  # fmt: skip


@dataclass
class Core:
    """The parts, and what tests do with them."""

    clock: DrivenClock
    database: Database
    keyring: Keyring
    directory: DirectoryCache
    broker: EmbeddedBroker
    journal: Journal
    engine: Engine
    ticker: Ticker

    async def settle(self) -> None:
        """Let the reactions run until nothing is behind."""
        for _ in range(20):
            async with self.database.reading() as transaction:
                rows = await transaction.execute(_BEHIND)
                behind = [(row.consumer, row.stream) for row in rows]
            if not behind:
                return
            for consumer in CONSUMERS:
                streams = [stream for name, stream in behind if name == consumer]
                if streams:
                    await self.engine.work(consumer, streams)
        raise AssertionError(f"still behind: {behind}")

    async def do(self, command: object, person: str = "somebody", **more: object) -> Handled:
        """Handle a command and let the reactions run."""
        cause = Cause(new_id(), Actor(ActorKind.person, person), self.clock.now())
        handled = await self.journal.handle_alone(self.database, command, cause)  # type: ignore[arg-type]
        await self.settle()
        return handled


from sqlalchemy import text  # noqa: E402

_BEHIND = text("SELECT consumer, stream FROM cursors WHERE wanted > done ORDER BY stream")


@asynccontextmanager
async def core(url: str, now: datetime = START) -> AsyncIterator[Core]:
    """All parts on a fresh database with the tests' network."""
    clock = DrivenClock(now)
    database = Database(url)
    await database.create_tables(SQLModel.metadata)
    keyring = Keyring(b"k" * 32)
    directory = DirectoryCache(database, clock)
    broker = EmbeddedBroker()
    in_force = rules()
    deadlines = Deadlines(lambda: in_force, directory.current)
    journal = Journal(keyring, clock, deadlines.due, SUBSCRIBERS, wake=broker.wake)
    engine = Engine(database, journal, FactLoader(clock, keyring, directory, in_force), CONSUMERS)
    ticker = Ticker(database, journal, deadlines, broker, directory)
    try:
        yield Core(clock, database, keyring, directory, broker, journal, engine, ticker)
    finally:
        await database.close()


__all__ = [
    "ClinicalPicture", "Core", "Direction", "Priority", "RequestReferral", "StreamKind", "Vitals", "core", "find_patient",
    "referral_code", "stream_id",
]  # fmt: skip
