"""What every measurement stands on: a clock, the machine, empty databases and virtual hosts, and our parts on them."""

import os
import platform
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import text

import admin.demo
from admin.network.load import load_network
from admin.network.reading import read_files
from admin.parts import Parts
from admin.servers.provide import Broker, open_broker, open_database
from admin.servers.provide import Database as DatabaseServer
from admin.settings import Settings
from events import broker, embedded, rabbit
from events.handling import Journal
from models.clock import Clock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.migrations.schema import migrate
from models.sealed import Keyring
from workers.deadlines import Deadlines
from workers.packs_in_force import PacksInForce
from workers.reactions import SUBSCRIBERS

Kind = Literal["full", "embedded"]
ZONE = ZoneInfo("Asia/Shanghai")
NETWORK = Path(admin.demo.__file__).parent / "network.yaml"
SITE_KEY = b"b" * 32


class WednesdayMorning:
    """A clock that starts on a working Wednesday at ten: the desks are open whenever the bench runs."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Wednesday, 10:00 in Shanghai, and what has passed since."""
        return datetime(2026, 3, 4, 2, 0, tzinfo=UTC) + timedelta(seconds=self.monotonic() - self._began)

    def monotonic(self) -> float:
        """Seconds."""
        return time.monotonic()


class Ground:
    """`with Ground(directory) as ground:` private servers, and as many empty deployments as wanted."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._count = 0
        self._database: DatabaseServer = open_database()
        self._broker: Broker = open_broker()

    def __enter__(self) -> "Ground":
        self._database.__enter__()
        try:
            self._broker.__enter__()
        except BaseException:
            self._database.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._broker.__exit__(None, None, None)
        self._database.__exit__(None, None, None)

    async def prepare(self) -> None:
        """Make the templates: our tables with the demo network, on both engines."""
        for url in (self._database.create("template_ours"), self._file("template_ours")):
            database = Database(url)
            try:
                await migrate(database)
                async with database.transaction() as transaction:
                    network = read_files(NETWORK)
                    await load_network(
                        transaction, network, Keyring(SITE_KEY), WednesdayMorning().now(), "person:bench"
                    )
            finally:
                await database.close()

    def _file(self, name: str) -> str:
        return f"sqlite+aiosqlite:///{self._directory / name}.db"

    def database(self, kind: Kind, template: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of a template."""
        self._count += 1
        name = f"bench_{self._count}"
        if kind == "full":
            return self._database.create(name, template)
        if template is not None:
            shutil.copy(self._directory / f"{template}.db", self._directory / f"{name}.db")
        return self._file(name)

    def broker(self) -> str:
        """The URL of a new virtual host."""
        self._count += 1
        return self._broker.create_vhost(f"bench_{self._count}")

    @asynccontextmanager
    async def parts(
        self, kind: Kind, consumers: Mapping[str, frozenset[str]],
        subscribers: Mapping[str, tuple[str, ...]] = SUBSCRIBERS, parts_of: type[Parts] = Parts,
    ) -> AsyncIterator[Parts]:  # fmt: skip
        """The parts of one process on a fresh deployment with the demo network, put together as admin/parts.py does."""
        url = self.database(kind, "template_ours")
        broker_url = self.broker() if kind == "full" else None
        settings = Settings.model_validate({"database_url": url, "broker_url": broker_url, "data_dir": self._directory})
        clock: Clock = WednesdayMorning()
        database = Database(url)
        keyring = Keyring(SITE_KEY)
        directory = DirectoryCache(database, clock)
        in_force = PacksInForce(clock, ZONE)
        deadlines = Deadlines(in_force.current, directory.current)
        journal = Journal(keyring, clock, deadlines.due, subscribers)
        carrier: broker.Broker
        if broker_url is None:
            carrier = inside = embedded.EmbeddedBroker()
            journal.wake = inside.wake
        else:
            carrier = rabbit.RabbitBroker(broker_url, consumers)
            journal.outbox = True
            await rabbit.declare_topology(broker_url, consumers)
        await directory.refresh()
        parts = parts_of(settings, clock, database, keyring, directory, in_force, deadlines, journal, carrier, ZONE)
        try:
            yield parts
        finally:
            await parts.close()


@dataclass(frozen=True)
class Machine:
    """The facts without which a figure says nothing."""

    cores: int
    cpu: str
    system: str
    python: str
    loop: str
    postgresql: str
    sqlite: str
    load_before: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON wants it."""
        return dict(vars(self))


async def machine(ground: Ground, loop: str) -> Machine:
    """Ask the machine and its servers."""
    versions = []
    for kind, question in (("full", "SHOW server_version"), ("embedded", "SELECT sqlite_version()")):
        database = Database(ground.database(kind))  # type: ignore[arg-type]
        async with database.reading() as transaction:
            versions.append(str((await transaction.execute(text(question))).scalar_one()))
        await database.close()
    return Machine(
        cores=os.cpu_count() or 1, cpu=_cpu(), system=platform.platform(), python=platform.python_version(), loop=loop,
        postgresql=versions[0], sqlite=versions[1], load_before=round(os.getloadavg()[0], 2),
    )  # fmt: skip


def _cpu() -> str:
    known = Path("/proc/cpuinfo")
    if known.exists():
        for line in known.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
