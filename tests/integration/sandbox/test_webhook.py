"""The webhook: delivery with the secret, again until 2xx, answers carried out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.methods import SendMessage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.sandbox.core import Core
from tests.handset import PATIENCE_SECONDS
from tests.integration.sandbox.conftest import Api
from tests.phones import Phone

SECRET = "a-Secret_1"


class Hook:
    """A bot's end of a webhook: answers as the test says and keeps what came."""

    def __init__(self) -> None:
        self.got: list[tuple[str | None, dict[str, object]]] = []
        self.answer: Callable[[dict[str, object]], web.Response] = lambda update: web.Response()
        self.arrived = asyncio.Event()

    async def receive(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), update))
        self.arrived.set()
        return self.answer(update)

    async def wait(self, count: int) -> list[str]:
        """The texts that came, once there are `count`."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.got) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return [update["message"]["text"] for _, update in self.got]  # type: ignore[index]


@pytest.fixture
async def hook() -> Hook:
    return Hook()


@pytest.fixture
async def url(hook: Hook) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", hook.receive)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/hook"))


async def test_updates_come_with_the_secret(api: Api, lin: Phone, hook: Hook, url: str) -> None:
    await api("setWebhook", url=url, secret_token=SECRET)
    await lin.say("hello")
    assert await hook.wait(1) == ["hello"]
    assert hook.got[0][0] == SECRET


async def test_what_waited_before_the_webhook_is_delivered_too(api: Api, lin: Phone, hook: Hook, url: str) -> None:
    await lin.say("early")
    await api("setWebhook", url=url)
    assert await hook.wait(1) == ["early"]
    assert hook.got[0][0] is None


async def test_dropping_what_waited(api: Api, lin: Phone, hook: Hook, url: str) -> None:
    await lin.say("early")
    await api("setWebhook", url=url, drop_pending_updates=True)
    await lin.say("late")
    assert await hook.wait(1) == ["late"]


async def test_an_error_is_tried_again_in_order_and_reported(api: Api, lin: Phone, hook: Hook, url: str) -> None:
    failures = iter([500, 503, 404])
    hook.answer = lambda update: web.Response(status=next(failures, 200))
    await api("setWebhook", url=url)
    await lin.say("one")
    await lin.say("two")
    assert await hook.wait(5) == ["one", "one", "one", "one", "two"]
    info = (await api("getWebhookInfo")).result
    assert info["url"] == url
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found"


async def test_one_chat_in_trouble_does_not_hold_up_another(api: Api, lin: Phone, hook: Hook, url: str) -> None:
    mei = await lin.world.person("mei", name="Mei")
    hook.answer = lambda update: web.Response(status=500 if "lin" in str(update) else 200)
    await api("setWebhook", url=url)
    await lin.say("from lin")
    await hook.wait(1)
    await mei.say("from mei")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "from mei" not in await hook.wait(len(hook.got) + 1):
            pass


async def test_an_update_too_old_is_dropped(api: Api, lin: Phone, hook: Hook, url: str, core: Core) -> None:
    hook.answer = lambda update: web.Response(status=500)
    await api("setWebhook", url=url)
    await lin.say("never taken")
    await hook.wait(2)
    assert (await api("getWebhookInfo")).result["pending_update_count"] == 1
    core.clock.advance_to(core.clock.now() + timedelta(hours=24))
    assert (await api("getWebhookInfo")).result["pending_update_count"] == 0


async def test_a_method_in_the_answer_is_carried_out(api: Api, lin: Phone, hook: Hook, url: str) -> None:
    hook.answer = lambda update: web.json_response(
        {"method": "sendMessage", "chat_id": lin.id, "text": "straight back"}
    )
    await api("setWebhook", url=url)
    await lin.say("hello")
    await lin.expect("straight back")


async def test_some_methods_are_not_taken_from_an_answer(api: Api, lin: Phone, hook: Hook, url: str) -> None:
    hook.answer = lambda update: web.json_response({"method": "deleteWebhook"})
    await api("setWebhook", url=url)
    await lin.say("one")
    await lin.say("two")
    assert await hook.wait(2) == ["one", "two"]
    assert (await api("getWebhookInfo")).result["url"] == url


async def test_deleting_the_webhook_stops_delivery(api: Api, lin: Phone, hook: Hook, url: str) -> None:
    await api("setWebhook", url=url)
    await api("deleteWebhook")
    await lin.say("for getUpdates")
    (update,) = await api.updates()
    assert update["message"]["text"] == "for getUpdates"
    assert hook.got == []


async def test_aiogram_serves_the_webhook_and_answers_in_multipart(bot: Bot, api: Api, lin: Phone) -> None:
    desk = Dispatcher()

    @desk.message(F.text)
    async def echo(message: Message) -> SendMessage:
        return SendMessage(chat_id=message.chat.id, text=f"<i>{message.text}</i>", parse_mode="HTML")

    app = web.Application()
    handler = SimpleRequestHandler(desk, bot, handle_in_background=False, secret_token=SECRET)
    handler.register(app, path="/hook")
    async with TestServer(app, host="127.0.0.1") as server:
        await bot.set_webhook(str(server.make_url("/hook")), secret_token=SECRET)
        await lin.say("echo me")
        card = await lin.expect("echo me")
        assert card.view["entities"] == [{"type": "italic", "offset": 0, "length": 7}]

        await bot.set_webhook(str(server.make_url("/hook")), secret_token="wrong")
        await lin.say("not let in")
        await lin.world.wait_for(lambda: False, 0.3)
        info = await bot.get_webhook_info()
        assert info.last_error_message == "Wrong response from the webhook: 401 Unauthorized"
        assert info.pending_update_count == 1
