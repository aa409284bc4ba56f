"""The faults of docs/sandbox.md: each acted out over the wire, seen by raw HTTP and by aiogram."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from bot.sandbox.core import Core
from tests.integration.sandbox.conftest import TOKEN, Api, turn_until
from tests.phones import Phone, PhoneError

BUTTON = {"inline_keyboard": [[{"text": "Accept", "callback_data": "a"}]]}


async def texts(lin: Phone) -> list[str]:
    return await lin.texts()


async def test_flood_once(bot: Bot, lin: Phone) -> None:
    await lin.world.fault("flood", seconds=7)
    with pytest.raises(TelegramRetryAfter) as flooded:
        await bot.send_message(lin.id, "first")
    assert flooded.value.retry_after == 7
    await bot.send_message(lin.id, "again")
    assert await texts(lin) == ["again"]


async def test_forbidden_from_now_on_for_one_person(api: Api, lin: Phone) -> None:
    mei = await lin.world.person("mei", name="Mei")
    await mei.start()
    await lin.world.fault("forbidden", person=mei)
    for _ in range(3):
        answer = await api("sendMessage", chat_id=mei.id, text="x")
        assert answer.refusal == (403, "Forbidden: bot was blocked by the user")
    assert (await api("sendMessage", chat_id=lin.id, text="x")).status == 200


async def test_restart(bot: Bot, api: Api, lin: Phone) -> None:
    await lin.world.fault("restart", count=2)
    answer = await api("sendMessage", chat_id=lin.id, text="x")
    assert answer.refusal == (500, "Internal Server Error: restart")
    with pytest.raises(TelegramServerError):
        await bot.send_message(lin.id, "x")
    await bot.send_message(lin.id, "third")
    assert await texts(lin) == ["third"]


async def test_bad_gateway_is_a_page_aiogram_cannot_read(bot: Bot, lin: Phone) -> None:
    await lin.world.fault("bad_gateway")
    with pytest.raises(ClientDecodeError):
        await bot.send_message(lin.id, "x")
    assert await texts(lin) == []


async def test_delay(api: Api, lin: Phone) -> None:
    await lin.world.fault("delay", seconds=0.2)
    began = asyncio.get_running_loop().time()
    await api("sendMessage", chat_id=lin.id, text="late")
    assert asyncio.get_running_loop().time() - began >= 0.2
    assert await texts(lin) == ["late"]


async def test_delivered_but_the_connection_dropped(bot: Bot, lin: Phone) -> None:
    await lin.world.fault("dropped", method="sendMessage")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(lin.id, "did it arrive?")
    assert await texts(lin) == ["did it arrive?"]
    (call,) = await lin.world.calls("sendMessage")
    assert call["fault"] == "dropped"


async def test_hang_before_receipt(bot: Bot, lin: Phone) -> None:
    await lin.world.fault("hang")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(lin.id, "lost", request_timeout=1)
    await bot.send_message(lin.id, "next")
    assert await texts(lin) == ["next"]


async def test_an_update_comes_twice(api: Api, lin: Phone) -> None:
    await lin.world.fault("duplicate_update")
    await lin.say("once")
    (first,) = await api.updates()
    (second,) = await api.updates(offset=first["update_id"] + 1)
    assert second == first
    assert await api.updates(offset=first["update_id"] + 1) == []


async def test_a_stale_press(api: Api, lin: Phone) -> None:
    await api("sendMessage", chat_id=lin.id, text="Offer", reply_markup=BUTTON)
    await lin.world.post("/people/lin/press", label="Accept")
    query = (await api.updates())[0]["callback_query"]["id"]
    await lin.world.fault("stale_callback")
    refused = (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    assert (await api("answerCallbackQuery", callback_query_id=query)).refusal == refused
    assert (await api("answerCallbackQuery", callback_query_id=query)).refusal == refused


async def test_a_second_poller(api: Api, lin: Phone) -> None:
    await lin.world.fault("second_poller")
    assert (await api("getUpdates", timeout=5)).refusal == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    assert await api.updates() == []


async def test_a_phone_offline_queues_texts_fails_presses_and_sees_nothing(api: Api, lin: Phone) -> None:
    card = (await api("sendMessage", chat_id=lin.id, text="Offer", reply_markup=BUTTON)).result
    await lin.expect("Offer")
    await lin.offline()

    assert await lin.say("145/92") == {"queued": True}
    with pytest.raises(PhoneError, match="offline: presses fail"):
        await lin.press("Accept")
    await api("sendMessage", chat_id=lin.id, text="Are you there?")
    await api("editMessageText", chat_id=lin.id, message_id=card["message_id"], text="Taken")
    assert await texts(lin) == ["Offer"]
    assert [one["text"] for one in (await lin.transcript(everything=True))["messages"][1:]] == [
        "Taken",
        "Are you there?",
    ]
    assert await api.updates() == []
    await lin.world.catch_up()
    assert lin.news == []

    await lin.online()
    await lin.expect("Are you there?")
    await lin.expect_edit("Taken")
    (update,) = await api.updates()
    assert update["message"]["text"] == "145/92"


async def test_faults_are_listed_scoped_counted_and_cleared(api: Api, lin: Phone) -> None:
    first = await lin.world.fault("restart", method="editMessageText", count=2)
    second = await lin.world.fault("flood", for_ever=True)
    assert [one["kind"] for one in (await lin.world.get("/faults"))["faults"]] == ["restart", "flood"]
    assert (await api("sendMessage", chat_id=lin.id, text="x")).status == 429
    assert (await api("editMessageText", chat_id=lin.id, message_id=1, text="x")).status == 500
    assert [(one["hits"], one["left"]) for one in (await lin.world.get("/faults"))["faults"]] == [
        (1, 1),
        (1, None),
    ]

    await lin.world.clear_faults(second["id"])
    assert [one["id"] for one in (await lin.world.get("/faults"))["faults"]] == [first["id"]]
    await lin.world.clear_faults()
    assert (await lin.world.get("/faults"))["faults"] == []


@pytest.mark.parametrize(
    "fault, why",
    [
        ({"kind": "earthquake"}, "kind: 'earthquake' is none of flood, forbidden"),
        ({"kind": "flood", "methods": ["sendTelepathy"]}, "methods: 'sendtelepathy' is no method"),
        ({"kind": "flood", "methods": "sendMessage"}, "methods: expected a list"),
        ({"kind": "flood", "count": 0}, "count: 0 should be at least 1"),
        ({"kind": "flood", "seconds": -1}, "seconds: -1 should be more than 0"),
        ({"kind": "flood", "seconds": "soon"}, "seconds: expected a number"),
        ({"kind": "flood", "person": "nobody"}, "person: nobody here is called 'nobody'"),
        ({}, "kind: 'None' is none of"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(lin: Phone, fault: dict[str, Any], why: str) -> None:
    with pytest.raises(PhoneError, match=why):
        await lin.world.post("/faults", **fault)


async def test_a_hanging_call_ends_when_the_caller_gives_up(lin: Phone, api: Api, core: Core) -> None:
    await lin.world.fault("hang")
    url = f"{api.url}/bot{TOKEN}/sendMessage"
    with pytest.raises(TimeoutError):
        await api.session.post(url, json={"chat_id": lin.id, "text": "x"}, timeout=aiohttp.ClientTimeout(total=0.2))
    await turn_until(lambda: core.calls and core.calls[-1]["fault"] == "hang")
    assert core.calls[-1]["status"] == 0
