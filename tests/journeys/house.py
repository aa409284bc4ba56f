"""A whole installation for journeys: the demo network, phones on a real sandbox, and the roles as they run in life."""

import asyncio
import json
import os
import re
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from admin.demo.network import PERSONAS
from admin.settings import Settings
from bot.identity import issue_invite
from bot.sandbox.app import SandboxConfig, serve
from events.replay import verify
from models.database import Database
from models.directory import load_directory
from models.sealed import Keyring
from models.values import new_id
from tests import forked
from tests.phones import Phone, Sandbox
from workers.auditor import audit

TOKEN = "1000001:journeys-only-fictional-token-000000"
START = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Shanghai
LI = {"identifiers": [{"system": "id-card", "value": "00000019550308001X"}]}
DUTY = re.compile(r"联系不上|cannot be reached now")
SITE_KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="  # the tests' keyring, as 32 bytes in base64


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class House:
    """The installation: phones by persona, its HTTP side, its database."""

    settings: Settings
    address: str
    world: Sandbox
    keys: dict[str, str]
    http: httpx.AsyncClient
    phones: dict[str, Phone] = field(default_factory=dict)
    own_database: Database | None = None  # of the process under test, when that is this one
    processes: Sequence[Sequence[str]] | None = None  # the refloop commands, None: all roles inside this process
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """Start what this house runs, and wait until it is at rest."""
        if self.processes is None:
            from admin.wiring import all_roles

            running = await self._running.enter_async_context(all_roles(self.settings))
            self.own_database = running.parts.database
        else:
            for command in self.processes:
                await self._running.enter_async_context(refloop(command, self.settings))
        await self._answering()

    async def stop(self) -> None:
        """Stop it as an operator does; it must end well."""
        await self._running.aclose()

    def __getattr__(self, name: str) -> Phone:
        try:
            return self.phones[name]
        except KeyError:
            raise AttributeError(name) from None

    async def post(self, source: str, type_: str, data: dict[str, Any], unique: str | None = None) -> httpx.Response:
        """Post one of our flat events as a source (the facility's id)."""
        event = {
            "specversion": "1.0", "id": unique or new_id(), "source": "//tests", "type": type_,
            "datacontenttype": "application/json", "data": data,
        }  # fmt: skip
        headers = {"authorization": f"Bearer {self.keys[source]}", "content-type": "application/cloudevents+json"}
        return await self.http.post(f"{self.address}/events", content=json.dumps(event), headers=headers)

    async def get(self, source: str, path: str) -> httpx.Response:
        """Read as a source."""
        return await self.http.get(f"{self.address}{path}", headers={"authorization": f"Bearer {self.keys[source]}"})

    async def refer(self, **changes: Any) -> str:
        """Liantang's system refers Li Xiuying to the county's cardiology; the code."""
        data: dict[str, Any] = {
            "id": new_id(), "patient": LI,
            "to": {"facility": "chengxi-1", "department": "cardiology"}, "priority": "urgent",
            "initiator": {"system": "demo-staff", "value": "he-ping"}, "consent": "given",
        }  # fmt: skip
        answer = await self.post("liantang", "refloop.referral.request.v1", data | changes)
        assert answer.status_code == 201, answer.text
        code: str = answer.headers["location"].rpartition("/")[2]
        return code

    async def status(self, code: str) -> str:
        """Where a referral stands, as its initiator's system sees it."""
        answer = await self.get("liantang", f"/referrals/{code}")
        assert answer.status_code == 200, answer.text
        status: str = answer.json()["status"]
        return status

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The database: SQLite through the one writer there is, PostgreSQL by a connection of our own."""
        if self.own_database is not None:
            yield self.own_database
            return
        database = Database(self.settings.database)
        try:
            yield database
        finally:
            await database.close()

    async def join(self, party: str, name: str, language: str = "zh") -> Phone:
        """Somebody joins by a one-time code, as `refloop invite` makes them."""
        keyring, now = Keyring(b"k" * 32), await self.world.clock.now()
        async with self.database() as database, database.transaction() as transaction:
            directory = await load_directory(transaction, now)
            code = await issue_invite(transaction, keyring, party, directory, now, "person:tests")
        phone = await self.world.person(party.replace("-", "_"), name=name, language=language)
        await phone.start(code.text)
        await phone.expect()
        self.phones[phone.key] = phone
        return phone

    async def quiet(self) -> None:
        """Wait until nothing is in motion, at the bot or on the way to it, and the phones show all there is."""
        await self.world.settle()

    async def _answering(self, within: float = 240) -> None:
        """Wait until it listens and is at rest."""
        ends = time.monotonic() + within
        while True:
            try:
                answer = await self.http.get(f"{self.address}/readyz", params={"quiet": "1"})
            except httpx.TransportError as error:  # it has not begun to listen yet
                found = repr(error)
            else:
                found = answer.text
                if answer.status_code == 200:
                    return
            assert time.monotonic() < ends, f"not quiet: {found}"
            await asyncio.sleep(0.02)

    async def proven(self) -> None:
        """The end of every journey: rebuild = live (N5), nobody forgotten (N4), nothing unexpected told (N2)."""
        await self.quiet()
        async with self.database() as database:
            report = await verify(database)
            assert report.ok, report.findings
            async with database.reading() as transaction:
                found = await audit(transaction, await self.world.clock.now())
            assert found.orphaned == 0, found
        for phone in self.phones.values():
            # Every evening the demo's coordinators hear who has no chat: half the network has none on purpose.
            phone.news[:] = [each for each in phone.news if not DUTY.search(phone.messages[each]["text"])]
        await self.world.finish()


@asynccontextmanager
async def house(
    directory: Path,
    database_url: str,
    broker_url: str | None,
    keys: dict[str, str],
    processes: Sequence[Sequence[str]] | None,
) -> AsyncIterator[House]:
    """Open a house. `processes`: the `refloop` commands to start, or None for all roles inside this process."""
    clock_file = directory / "clock"
    clock_file.write_text(f"{START.timestamp() - time.time()}\n")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        sandbox = await serve(SandboxConfig(clock_file=clock_file, app_urls=(address,), rates=False))
        stack.push_async_callback(sandbox.close)
        api = f"http://127.0.0.1:{sandbox.port}"
        world = await stack.enter_async_context(_closing(await Sandbox.connect(api)))
        settings = Settings.model_validate(
            {
                "database_url": database_url, "broker_url": broker_url, "telegram_token": TOKEN,
                "telegram_api_url": api, "data_dir": directory / "data", "port": port, "clock_file": clock_file,
                "site_key": SITE_KEY,
            }
        )  # fmt: skip
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        opened = House(settings, address, world, keys, http)
        for persona in PERSONAS:
            key = persona.key.replace("-", "_")
            await world.post("/people", key=key, id=persona.chat, name=persona.name_en, language=persona.language)
            opened.phones[key] = await world.person(key)
        opened.processes = processes
        stack.push_async_callback(opened.stop)
        await opened.start()
        await asyncio.gather(*(phone.start() for phone in opened.phones.values()))
        await asyncio.gather(*(phone.expect(within=240) for phone in opened.phones.values()))  # the bot is up last
        yield opened


@asynccontextmanager
async def refloop(command: Sequence[str], settings: Settings, **more: str) -> AsyncIterator[forked.Forked]:
    """A `refloop` process with these settings; ended with SIGTERM, and it must end well."""
    process = await forked.refloop(command, environment(settings) | more)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 60)
            except TimeoutError:
                process.kill()
                raise
    assert process.returncode == 0, f"refloop {' '.join(command)} ended with {process.returncode}"


def environment(settings: Settings) -> dict[str, str]:
    """The variables a process needs to run with these settings."""
    known = {
        "REFLOOP_DATABASE_URL": settings.database, "REFLOOP_TELEGRAM_TOKEN": TOKEN,
        "REFLOOP_TELEGRAM_API_URL": settings.telegram_api, "REFLOOP_DATA_DIR": str(settings.data_dir),
        "REFLOOP_PORT": str(settings.port), "REFLOOP_CLOCK_FILE": str(settings.clock_file),
        "REFLOOP_SITE_KEY": SITE_KEY, "REFLOOP_BROKER_URL": settings.broker or "",
        "REFLOOP_FLOOD_LEAST": str(settings.flood_least),
    }  # fmt: skip
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **{k: v for k, v in known.items() if v}}


@asynccontextmanager
async def _closing(world: Sandbox) -> AsyncIterator[Sandbox]:
    try:
        yield world
    finally:
        await world.close()
