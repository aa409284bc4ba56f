"""Where torture happens: a network whose people have phones on a real sandbox, and a database, ready for processes.

The sandbox runs in the process of the test. It is never killed and is therefore the witness of who was told what.
"""

import shutil
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from admin.demo.network import PERSONAS, load_demo, read_demo
from admin.servers.provide import Broker
from admin.servers.provide import Database as Server
from admin.settings import Settings
from bot.sandbox.app import SandboxConfig, serve
from bot.sandbox.bot_face import CORE
from bot.sandbox.core import Core
from models.database import Database
from models.history import table_of
from models.migrations.schema import migrate
from models.parties import PartyKind, bind_chat
from models.registry import RoleRow
from models.sealed import Keyring
from models.sources import add_source
from tests.journeys.house import SITE_KEY, START, TOKEN, environment, free_port

_ROLES = table_of(RoleRow)
VILLAGES = {"liantang": "he-ping", "hekeng": "qiu-xiang", "shijing": "hou-zhi", "liuwan": "fang-lan"}
HOSPITAL = "chengxi-1"
DEPARTMENTS = ("cardiology", "neurology", "internal", "surgery")
FIRST_CHAT = 2001
ROLES = ("gateway", "relay", "workers", "ticker", "bot")


@dataclass(frozen=True)
class Template:
    """A database that is ready: the keys of its sources, and whose phone is which chat."""

    database: str
    keys: Mapping[str, str]
    chats: Mapping[str, int]


async def prepare(url: str) -> Template:
    """The demo network, in which all staff have a chat; four village clinics and their hospital have a system."""
    database = Database(url)
    try:
        await migrate(database)
        async with database.transaction() as transaction:
            await load_demo(transaction, read_demo(), Keyring(b"k" * 32), START)
            keys = {
                facility: await add_source(transaction, f"system-of-{facility}", facility, START, "person:tests")
                for facility in (*VILLAGES, HOSPITAL)
            }
        chats = {party: each.chat for each in PERSONAS for party in each.parties}
        async with database.reading() as transaction:
            staff = sorted(set((await transaction.execute(select(_ROLES.c.person))).scalars()) - chats.keys())
        bound = {person: FIRST_CHAT + number for number, person in enumerate(staff)}
        async with database.transaction() as transaction:
            for person, chat in bound.items():
                await bind_chat(transaction, person, PartyKind.practitioner, str(chat), START, "person:tests")
        return Template(url, keys, chats | bound)
    finally:
        await database.close()


@dataclass
class Ground:
    """One installation under torture. `commands` are the processes it is made of, by name."""

    kind: str
    directory: Path
    settings: Settings
    keys: Mapping[str, str]
    chats: Mapping[str, int]
    core: Core
    sandbox: str
    commands: dict[str, Sequence[str]]
    broker: Broker | None = None
    vhost: str = ""
    ports: dict[str, int] = field(default_factory=dict)

    def environment(self, name: str, **more: str) -> dict[str, str]:
        """The variables of a process; the second and third of a role have a data directory and a port of their own."""
        number = name.partition(".")[2]
        settings = self.settings
        if number:
            port = self.ports.setdefault(name, free_port())
            settings = settings.model_copy(update={"data_dir": self.directory / f"data-{number}", "port": port})
        return environment(settings) | more

    @property
    def address(self) -> str:
        """Where the (first) gateway listens."""
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def addresses(self) -> list[str]:
        """Where all gateways listen that have been started."""
        others = [port for name, port in self.ports.items() if name.startswith("gateway")]
        return [self.address, *(f"http://127.0.0.1:{port}" for port in others)]

    def later(self, by: timedelta) -> None:
        """Move the clock of all at once; nobody is waited for."""
        self.core.clock.advance_to(self.core.clock.now() + by)

    async def waiting_for(self, client: httpx.AsyncClient) -> str | None:
        """What is still in motion, in words; None when all is quiet."""
        try:
            answer = await client.get(f"{self.address}/readyz", params={"quiet": "1"})
        except httpx.HTTPError as error:
            return f"the gateway ({type(error).__name__})"
        if answer.status_code != 200:
            return str(answer.json().get("waiting_for"))
        return self.core.unconfirmed()


async def _phones(core: Core, api: str, chats: Mapping[str, int]) -> None:
    """A phone for every chat, on which Start has been pressed long ago."""
    keys = {chat: party for party, chat in reversed(list(chats.items()))}
    account = core.world.accounts[0]
    async with httpx.AsyncClient(base_url=f"{api}/sandbox/api") as client:
        for chat, key in keys.items():
            made = await client.post("/people", json={"key": key, "id": chat, "name": key, "language": "zh"})
            made.raise_for_status()
            (await client.post(f"/people/{key}/start", json={})).raise_for_status()
    account.queue.clear()


@asynccontextmanager
async def _ground(
    kind: str, directory: Path, template: Template, commands: dict[str, Sequence[str]], broker: str | None
) -> AsyncIterator[Ground]:
    clock_file = directory / "clock"
    clock_file.write_text(f"{START.timestamp() - time.time()}\n")
    sandbox = await serve(SandboxConfig(clock_file=clock_file, rates=False))
    try:
        core = sandbox.runner.app[CORE]
        api = f"http://127.0.0.1:{sandbox.port}"
        settings = Settings.model_validate(
            {
                "database_url": template.database, "broker_url": broker, "telegram_token": TOKEN,
                "telegram_api_url": api, "data_dir": directory / "data", "port": free_port(),
                "clock_file": clock_file, "site_key": SITE_KEY, "flood_least": 1_000_000,  # a week of load in minutes
            }
        )  # fmt: skip
        await _phones(core, api, template.chats)
        yield Ground(kind, directory, settings, template.keys, template.chats, core, api, commands)
    finally:
        await sandbox.close()


@asynccontextmanager
async def embedded(directory: Path, template: Template) -> AsyncIterator[Ground]:
    """Everything in one process, on a copy of a SQLite file."""
    file = directory / "refloop.db"
    shutil.copy(template.database.removeprefix("sqlite+aiosqlite:///"), file)
    copy = replace(template, database=f"sqlite+aiosqlite:///{file}")
    async with _ground("embedded", directory, copy, {"up": ("up",)}, None) as ground:
        yield ground


@asynccontextmanager
async def full(
    directory: Path,
    template: Template,
    server: Server,
    broker: Broker,
    name: str,
    each: Mapping[str, int] | None = None,
) -> AsyncIterator[Ground]:
    """Every role as a process of its own, on copies of the servers' own. `each`: how many of a role, 1 unless said."""
    copy = replace(template, database=server.create(name, template=template.database.rpartition("/")[2]))
    commands: dict[str, Sequence[str]] = {
        role if number == 0 else f"{role}.{number}": ("run", role)
        for role in ROLES
        for number in range((each or {}).get(role, 1))
    }
    vhost = broker.create_vhost(name)
    async with _ground("full", directory, copy, commands, vhost) as ground:
        ground.broker, ground.vhost = broker, name
        yield ground


def value(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer."""
    found: dict[str, Any] = answer.json()
    return found
