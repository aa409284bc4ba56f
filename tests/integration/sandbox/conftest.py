"""A sandbox of its own for every test, and the ways to talk to it: raw HTTP and aiogram."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.sandbox.app import SandboxConfig, Served, serve
from bot.sandbox.bot_face import CORE
from bot.sandbox.core import Core
from tests.handset import PATIENCE_SECONDS
from tests.phones import Phone, Sandbox

TOKEN = "4200000001:AAtestTESTtestTESTtestTESTtestTESTte"


async def turn_until(true: Callable[[], object]) -> None:
    """Lets the event loop turn until something is so (the sandbox runs in the same one)."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110  a handler ending on its own sets no event
            await asyncio.sleep(0)


@dataclass(frozen=True)
class Answer:
    """What the Bot API said."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def result(self) -> Any:
        assert self.body["ok"] is True, self.body
        return self.body["result"]

    @property
    def refusal(self) -> tuple[int, str]:
        assert self.body["ok"] is False, self.body
        assert self.body["error_code"] == self.status
        return self.status, self.body["description"]


class Api:
    """Raw calls, as any library could make them."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str = TOKEN) -> None:
        self.session = session
        self.url = url
        self.token = token

    async def updates(self, offset: int = 0, **arguments: Any) -> list[dict[str, Any]]:
        updates: list[dict[str, Any]] = (await self("getUpdates", offset=offset, **arguments)).result
        return updates

    async def __call__(self, method: str, **arguments: Any) -> Answer:
        async with self.session.post(f"{self.url}/bot{self.token}/{method}", json=arguments) as response:
            return Answer(response.status, await response.json(), dict(response.headers))


@pytest.fixture
async def sandbox() -> AsyncIterator[Served]:
    served = await serve(SandboxConfig(rates=False, webhook_retry_seconds=0.05))
    yield served
    await served.close()


@pytest.fixture
def core(sandbox: Served) -> Core:
    """The sandbox's inside, to move its clock without waiting for anybody."""
    return sandbox.runner.app[CORE]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def api(sandbox: Served, session: aiohttp.ClientSession) -> Api:
    return Api(session, sandbox.url)


@pytest.fixture
async def world(sandbox: Served) -> AsyncIterator[Sandbox]:
    world = await Sandbox.connect(sandbox.url)
    yield world
    await world.close()


@pytest.fixture
async def lin(world: Sandbox, api: Api) -> Phone:
    """A doctor who has started the bot; the bot knows it."""
    lin = await world.person("lin", name="Lin Yue", phone="+8613900000001")
    await lin.start()
    (update,) = await api.updates()
    await api.updates(offset=update["update_id"] + 1)
    return lin


@pytest.fixture
async def bot(sandbox: Served) -> AsyncIterator[Bot]:
    """aiogram as it is, with another address."""
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url)))
    yield bot
    await bot.session.close()
