"""Updates by webhook: the secret is asked for first, and the 200 is said after they are stored (N1, T2)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import aiohttp
import pytest
from fastapi import FastAPI

from admin.serving import address_of, listening_socket, serve
from bot.handlers.router import Handlers
from bot.menus import Menus
from bot.updates import Updates
from bot.webhook import LARGEST, PATH, SECRET_HEADER, Registration, webhook_router
from events.purposes import Purpose
from models.database import Database
from models.deliveries import CardRow, UpdateRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, both_engines

SECRET = "a-secret_of-Refloops-own"
AN_UPDATE = {"update_id": 7, "message": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "x"}}


class Door:
    """Where updates are posted: up and down as a test says, at one address."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.socket = listening_socket("127.0.0.1", 0)
        self.url = address_of(self.socket) + PATH
        self.updates: Updates | None = None
        self._serving: asyncio.Task[None] | None = None

    def open(self, heard: Callable[[], None] = lambda: None) -> None:
        app = FastAPI()
        app.include_router(webhook_router(self.stage.side, SECRET, heard))
        self._serving = asyncio.create_task(serve(app, self.socket))

    async def post(self, body: bytes | str, secret: str | None = SECRET) -> int:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, data=body, headers=headers, skip_auto_headers=["Content-Type"]) as answer,
        ):
            return answer.status

    async def bot(self) -> None:
        """A bot that hears by webhook, in place of the stage's poller."""
        stage = self.stage
        handlers = Handlers(stage.side, stage.changes, Menus(stage.side))
        hearing = Registration(stage.side, stage.channel, self.url, SECRET)
        stage.updates = Updates(stage.side, hearing, handlers.handle, "hook", alone=True)
        self.open(stage.updates.wake)
        await stage.start()

    async def close(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)
        self.socket.close()


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[Door]:
    door = Door(stage)
    yield door
    await stage.stop()
    await door.close()


@both_engines
async def test_a_press_by_webhook_is_answered_and_done(stage: Stage, door: Door) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral(Priority.stat)
    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.stat)
    await door.bot()
    card = await lin.expect("STAT")
    await stage.until(lambda: stage.rows(CardRow, about=referral))
    await card.press("Accept, come now")
    await card.edited("Lin Hao")
    assert "ReferralAccepted" in await stage.types(referral)
    told = (await stage.world.calls("setWebhook"))[-1]["params"]
    assert told["secret_token"] == SECRET
    assert "my_chat_member" in told["allowed_updates"]


@pytest.mark.parametrize("secret", [None, "", "a-secret_of-Refloops-owN", SECRET + "x", SECRET[:-1], "秘密"])
async def test_whoever_does_not_know_the_secret_is_turned_away(stage: Stage, door: Door, secret: str | None) -> None:
    door.open()
    forged = json.dumps(AN_UPDATE)
    if secret is not None and not secret.isascii():
        secret = secret.encode().decode("latin-1")
    assert await door.post(forged, secret) == 401
    assert await stage.rows(UpdateRow) == []


@pytest.mark.parametrize(
    "body",
    ["", "no JSON", "[]", "7", "{}", '{"update_id": "7"}', '{"update_id": true}', '{"update_id": 1e3}',
     '{"update_id": 99999999999999999999}', '{"update_id": 1, "x": "\\ud800"}', "[" * 100_000, b"\xff\xfe"],
)  # fmt: skip
async def test_what_is_no_update_is_refused_and_never_an_error(stage: Stage, door: Door, body: str | bytes) -> None:
    door.open()
    assert await door.post(body) == 400
    assert await stage.rows(UpdateRow) == []


async def test_a_body_may_only_be_so_long(stage: Stage, door: Door) -> None:
    door.open()
    assert await door.post(b" " * (LARGEST + 1)) == 413
    assert await door.post(json.dumps(AN_UPDATE)) == 200


async def test_the_200_comes_after_the_update_is_stored_and_once(stage: Stage, door: Door) -> None:
    door.open()
    assert await door.post(json.dumps(AN_UPDATE)) == 200
    assert len(await stage.rows(UpdateRow)) == 1
    assert await door.post(json.dumps(AN_UPDATE)) == 200
    assert len(await stage.rows(UpdateRow)) == 1


async def test_without_a_database_telegram_is_asked_to_send_it_again(stage: Stage, door: Door) -> None:
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    door.stage = replace(stage, side=replace(stage.side, database=away))
    door.open()
    assert await door.post(json.dumps(AN_UPDATE)) == 503
    await away.close()


async def test_what_was_said_while_nobody_listened_comes_later_once(stage: Stage, door: Door) -> None:
    """Telegram keeps trying: a bot that is down for a moment loses nothing."""
    li = await stage.phone("li")
    plan = await stage.plan()
    await door.bot()
    assert door._serving is not None
    door._serving.cancel()
    await asyncio.gather(door._serving, return_exceptions=True)
    # The port is closed with the server; the same address opens again.
    port = int(door.url.rpartition(":")[2].removesuffix(PATH))
    await li.say("145/92")
    door.socket = listening_socket("127.0.0.1", port)
    door.open(stage.updates.wake)
    await li.expect("Recorded 145/92")
    assert (await stage.types(plan)).count("ReadingRecorded") == 1


async def test_one_that_polls_again_after_a_webhook_takes_it_away(stage: Stage, door: Door) -> None:
    li = await stage.phone("li")
    await stage.plan()
    assert await stage.channel.set_webhook(door.url, SECRET) is None
    await stage.start()
    await li.say("145/92")
    await li.expect("Recorded 145/92")
    hook = await stage.channel.webhook()
    assert hook is not None
    assert hook.url == ""
