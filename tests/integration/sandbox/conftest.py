"""A sandbox of its own for every test, and the ways to talk to it: raw HTTP and aiogram."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.sandbox.app import SandboxConfig, Served, serve
from tests.phones import Sandbox

TOKEN = "4200000001:AAtestTESTtestTESTtestTESTtestTESTte"


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

    async def __call__(self, method: str, **arguments: Any) -> Answer:
        async with self.session.post(f"{self.url}/bot{self.token}/{method}", json=arguments) as response:
            return Answer(response.status, await response.json(), dict(response.headers))


@pytest.fixture
async def sandbox() -> AsyncIterator[Served]:
    served = await serve(SandboxConfig(rates=False, webhook_retry_seconds=0.05))
    yield served
    await served.close()


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
async def bot(sandbox: Served) -> AsyncIterator[Bot]:
    """aiogram as it is, with another address."""
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url)))
    yield bot
    await bot.session.close()
