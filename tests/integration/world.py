"""A small network and all the parts of the core on a fresh database, for tests that need no chat."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

import admin.demo
from admin.network.load import load_network
from admin.network.reading import read_files
from admin.parts import rules_in_force
from events.base import Actor, Cause, Command
from events.embedded import EmbeddedBroker
from events.handling import Handled, Journal
from events.referral_commands import RequestReferral
from events.replay import verify
from events.rule_pack import ActivatePack, ApprovePack, DraftPack
from models.clock import DrivenClock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.history import Origin, change
from models.migrations.schema import migrate
from models.patient_reading import patients
from models.registry import RoleRow
from models.sealed import Keyring
from models.summaries import SummaryRow
from models.values import ActorKind, Direction, Priority, Role, StreamKind, new_id, referral_code, stream_id
from workers.deadlines import Deadlines
from workers.engine import Engine
from workers.loading import FactLoader
from workers.reactions import CONSUMERS, SUBSCRIBERS
from workers.rules.pack import parse_pack
from workers.rules.yaml_lines import Document
from workers.ticker import Ticker

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Shanghai
NETWORK = Path(admin.demo.__file__).parent / "network.yaml"
_BEHIND = text("SELECT consumer, stream FROM cursors WHERE wanted > done ORDER BY stream")


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

    async def do(self, command: Command, cause: str | None = None) -> Handled:
        """Handle a command and let the reactions run."""
        why = Cause(cause or new_id(), Actor(ActorKind.person, "somebody"), self.clock.now())
        handled = await self.journal.handle_alone(self.database, command, why)
        await self.settle()
        return handled

    async def forward(self, by: timedelta) -> None:
        """Let time pass, deadline by deadline, and the reactions run after each."""
        until = self.clock.now() + by
        while (due := await self._next_due()) is not None and due <= until:
            self.clock.forward(max(due - self.clock.now(), timedelta(0)))
            await self.ticker.pass_deadlines()
            await self.settle()
        self.clock.forward(until - self.clock.now())

    async def _next_due(self) -> datetime | None:
        async with self.database.reading() as transaction:
            return (await transaction.execute(select(func.min(SummaryRow.due)))).scalar()

    async def request(self, **changes: Any) -> Handled:
        """He Ping of Liantang refers Li Xiuying to the county's cardiology; `changes` to that."""
        async with self.database.reading() as transaction:
            known = await patients(transaction, ["li-xiuying"], self.clock.now())
        unique = new_id()
        fields: dict[str, Any] = {
            "stream": stream_id(StreamKind.referral, unique), "code": referral_code(int(unique[:10], 16)),
            "direction": Direction.up, "patient": "li-xiuying", "patient_key": known["li-xiuying"].key_id,
            "initiator": "he-ping", "initiator_facility": "liantang", "patient_centre": "liantang",
            "recipient_facility": "chengxi-1", "department": "cardiology", "asked_priority": Priority.urgent,
        }  # fmt: skip
        return await self.do(RequestReferral(**{**fields, **changes}))

    async def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """What a query finds."""
        async with self.database.reading() as transaction:
            return list((await transaction.execute(text(statement), parameters)).all())

    async def notices(self) -> list[tuple[str, str, str]]:
        """Every notice asked for, oldest first: purpose, recipient, lane."""
        found = await self.rows(
            "SELECT purpose, recipient, lane FROM notices ORDER BY requested_at, purpose, recipient"
        )
        return [tuple(row) for row in found]

    async def verified(self) -> None:
        """Rebuild = live, and the chain is whole (N5)."""
        report = await verify(self.database)
        assert report.ok, report.findings
        assert report.events > 0


async def second_admin(database: Database, now: datetime) -> None:
    """Chen Yu is an admin as well; the demo network has one, Liu Yang."""
    role = {"id": "chen-admin", "person": "chen-yu", "facility": "chengxi-1", "role": Role.admin}
    async with database.transaction() as transaction:
        await change(transaction, RoleRow, [role], now, "tests", Origin.command)


async def activate(world: Core, content: str) -> str:
    """Let a pack count from today on, as two admins do it; its stream. The parts of `core` itself go on as they are."""
    pack, stream = parse_pack(Document(content, "pack.yaml")), stream_id(StreamKind.pack, new_id())
    today = world.clock.now().astimezone(ZONE).date()
    drafted = DraftPack(
        stream=stream, by="liu-yang", name=pack.name, pack_version=pack.version, hash=pack.hash, text=content
    )
    agreed = [ApprovePack(stream=stream, by=admin, hash=pack.hash) for admin in ("liu-yang", "chen-yu")]
    for step in (drafted, *agreed, ActivatePack(stream=stream, by="chen-yu", active_from=today, today=today)):
        await world.do(step)
    return stream


KEYRING = Keyring(b"k" * 32)


async def prepare(url: str, now: datetime = START) -> None:
    """Make the tables and load the demo network."""
    database = Database(url)
    try:
        await migrate(database)
        async with database.transaction() as transaction:
            await load_network(transaction, read_files(NETWORK), KEYRING, now, "person:tests")
    finally:
        await database.close()


@asynccontextmanager
async def core(url: str, now: datetime = START) -> AsyncIterator[Core]:
    """All parts on a database that `prepare` made ready."""
    clock = DrivenClock(now)
    database = Database(url)
    keyring = Keyring(b"k" * 32)
    directory = DirectoryCache(database, clock)
    broker = EmbeddedBroker()
    in_force = rules_in_force(ZONE)
    deadlines = Deadlines(lambda: in_force, directory.current)
    journal = Journal(keyring, clock, deadlines.due, SUBSCRIBERS, wake=broker.wake)
    engine = Engine(database, journal, FactLoader(clock, keyring, directory, in_force), CONSUMERS)
    ticker = Ticker(database, journal, deadlines, broker, directory)
    await directory.refresh()
    try:
        yield Core(clock, database, keyring, directory, broker, journal, engine, ticker)
    finally:
        await database.close()
