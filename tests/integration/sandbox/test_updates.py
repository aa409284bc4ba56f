"""Updates and getUpdates: what people do, as the bot hears of it."""

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox.core import Core
from tests.integration.sandbox.conftest import Api, turn_until
from tests.phones import Phone, Sandbox

BUTTON = {"inline_keyboard": [[{"text": "Accept", "callback_data": "a"}]]}


async def test_a_text_names_its_command_and_what_it_replies_to(api: Api, lin: Phone) -> None:
    asked = (await api("sendMessage", chat_id=lin.id, text="How is she?")).result
    await lin.world.post("/people/lin/say", text="/note better now", reply_to=asked["message_id"])

    (update,) = await api.updates()
    message = update["message"]
    assert message["text"] == "/note better now"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 5}]
    assert message["reply_to_message"]["message_id"] == asked["message_id"]
    assert message["chat"] == {"id": lin.id, "type": "private", "first_name": "Lin Yue"}
    assert message["from"]["id"] == lin.id


async def test_a_deep_link_starts_with_its_payload(api: Api, world: Sandbox) -> None:
    mei = await world.person("mei", name="Mei")
    await mei.start("Ab_-9" * 12 + "1234")
    (update,) = await api.updates()
    assert update["message"]["text"] == "/start " + "Ab_-9" * 12 + "1234"


@pytest.mark.parametrize("payload", ["x" * 65, "a b", "é", "a=b"])
async def test_a_payload_outside_the_rules_cannot_be_sent(world: Sandbox, payload: str) -> None:
    mei = await world.person("mei", name="Mei")
    with pytest.raises(Exception, match="payload: at most 64"):
        await mei.start(payload)


async def test_contact_location_photo_and_document_arrive(api: Api, lin: Phone) -> None:
    await lin.share_contact()
    await lin.share_contact(phone="+8613900000009", name="A neighbour")
    await lin.share_location(23.02, 113.75)
    await lin.send_photo("the letter")
    await lin.send_document(data=b"%PDF-1.4 fictional", file_name="letter.pdf")

    own, other, place, photo, document = [update["message"] for update in await api.updates()]
    assert own["contact"] == {"phone_number": "+8613900000001", "first_name": "Lin Yue", "user_id": lin.id}
    assert "user_id" not in other["contact"]
    assert place["location"] == {"latitude": 23.02, "longitude": 113.75}
    assert photo["caption"] == "the letter"
    assert photo["photo"][-1]["width"] == 160
    assert document["document"]["file_name"] == "letter.pdf"
    assert document["document"]["file_size"] == 18


async def test_an_edited_text_is_an_edited_message(api: Api, lin: Phone) -> None:
    said = await lin.say("145/29")
    await lin.edit(said["id"], "145/92")
    _, edited = await api.updates()
    assert edited["edited_message"]["text"] == "145/92"
    assert edited["edited_message"]["edit_date"] >= edited["edited_message"]["date"]


async def test_a_press_carries_the_message_as_it_is_now(api: Api, lin: Phone) -> None:
    sent = (await api("sendMessage", chat_id=lin.id, text="Offer", reply_markup=BUTTON)).result
    where = {"chat_id": lin.id, "message_id": sent["message_id"]}
    await api("editMessageText", **where, text="Offer, 5 min left", reply_markup=BUTTON)
    await lin.world.post("/people/lin/press", label="Accept")

    (update,) = await api.updates()
    query = update["callback_query"]
    assert query["data"] == "a"
    assert query["from"]["id"] == lin.id
    assert query["message"]["text"] == "Offer, 5 min left"
    assert query["message"]["reply_markup"] == BUTTON
    assert query["chat_instance"]


async def test_a_thumb_on_its_way_presses_the_button_that_was_there(api: Api, lin: Phone) -> None:
    sent = (await api("sendMessage", chat_id=lin.id, text="Offer", reply_markup=BUTTON)).result
    await api("editMessageText", chat_id=lin.id, message_id=sent["message_id"], text="Taken by Dr Wang")
    with pytest.raises(Exception, match="there are: none"):
        await lin.world.post("/people/lin/press", label="Accept")
    await lin.world.post("/people/lin/press", label="Accept", old=True)
    (update,) = await api.updates()
    assert update["callback_query"]["data"] == "a"
    assert "reply_markup" not in update["callback_query"]["message"]


async def test_blocking_and_unblocking_are_my_chat_member(api: Api, lin: Phone) -> None:
    await lin.block()
    await lin.unblock()
    blocked, unblocked = [update["my_chat_member"] for update in await api.updates()]
    assert (blocked["old_chat_member"]["status"], blocked["new_chat_member"]["status"]) == (
        "member",
        "kicked",
    )
    assert (unblocked["old_chat_member"]["status"], unblocked["new_chat_member"]["status"]) == (
        "kicked",
        "member",
    )
    assert blocked["new_chat_member"]["user"]["is_bot"] is True


async def test_in_a_group_the_bot_is_told_and_hears_commands_only(api: Api, lin: Phone) -> None:
    group = await lin.world.post("/groups", title="Ward 3", kind="supergroup", members=["lin"])
    assert group["id"] < 0
    await lin.world.post("/people/lin/say", text="lunch?", chat=group["id"])
    await lin.world.post("/people/lin/say", text="/board", chat=group["id"])

    joined, command = await api.updates()
    assert joined["my_chat_member"]["chat"] == {"id": group["id"], "type": "supergroup", "title": "Ward 3"}
    assert command["message"]["text"] == "/board"

    assert (await api("leaveChat", chat_id=group["id"])).result is True
    answer = await api("sendMessage", chat_id=group["id"], text="hello?")
    assert answer.refusal == (403, "Forbidden: bot is not a member of the supergroup chat")


async def test_unconfirmed_updates_come_again_and_an_offset_forgets_all_below(api: Api, lin: Phone) -> None:
    for number in range(3):
        await lin.say(f"text {number}")
    first = await api.updates()
    assert await api.updates() == first
    rest = await api.updates(offset=first[1]["update_id"])
    assert rest == first[1:]
    assert await api.updates() == first[1:]
    assert await api.updates(offset=first[-1]["update_id"] + 1) == []


async def test_numbers_of_updates_count_up_by_one(api: Api, lin: Phone) -> None:
    for number in range(3):
        await lin.say(f"text {number}")
    numbers = [update["update_id"] for update in await api.updates()]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


@pytest.mark.parametrize("limit, given", [(1, 1), (2, 2), (0, 1), (1000, 3), (100, 3)])
async def test_limit_is_1_to_100(api: Api, lin: Phone, limit: int, given: int) -> None:
    for number in range(3):
        await lin.say(f"text {number}")
    assert len(await api.updates(limit=limit)) == given


async def test_a_negative_offset_keeps_the_last(api: Api, lin: Phone) -> None:
    for number in range(3):
        await lin.say(f"text {number}")
    (last,) = await api.updates(offset=-1)
    assert last["message"]["text"] == "text 2"
    assert await api.updates() == [last]


async def test_allowed_updates_apply_when_an_update_is_made(api: Api, lin: Phone) -> None:
    await lin.say("before")
    assert len(await api.updates(allowed_updates=["callback_query"])) == 1
    await lin.say("not asked for")
    assert len(await api.updates()) == 1, "what was queued before stays, what is not allowed never comes"
    await api.updates(allowed_updates=[])
    await lin.say("after")
    assert [update["message"]["text"] for update in await api.updates()] == ["before", "after"]


async def test_a_long_poll_wakes_at_once(api: Api, lin: Phone) -> None:
    poll = asyncio.create_task(api.updates(timeout=30))
    await lin.world.wait_for(lambda: False, 0.1)
    assert not poll.done()
    await lin.say("wake up")
    async with asyncio.timeout(20):  # of thirty
        (update,) = await poll
    assert update["message"]["text"] == "wake up"


async def test_a_long_poll_without_news_ends_empty(api: Api, lin: Phone) -> None:
    assert await api.updates(timeout=1) == []


async def test_a_second_poller_ends_the_older_one(api: Api, lin: Phone, core: Core) -> None:
    older = asyncio.create_task(api("getUpdates", timeout=30))
    await until_polling(core)
    newer = asyncio.create_task(api("getUpdates", timeout=30))
    assert (await older).refusal == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    await lin.say("still here")
    assert len((await newer).result) == 1


async def test_polling_while_a_webhook_is_set_is_a_conflict(api: Api, lin: Phone, core: Core) -> None:
    older = asyncio.create_task(api("getUpdates", timeout=30))
    await until_polling(core)
    await api("setWebhook", url="http://127.0.0.1:9/hook")
    assert (await older).refusal == (409, "Conflict: terminated by setWebhook request")
    assert (await api("getUpdates")).refusal == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    await api("deleteWebhook")
    assert await api.updates() == []


async def test_a_poller_that_went_away_is_no_second_poller(api: Api, lin: Phone, core: Core) -> None:
    gone = asyncio.create_task(api("getUpdates", timeout=30))
    await until_polling(core)
    gone.cancel()
    await turn_until(lambda: core.line(core.world.accounts[0]).waiting is None)
    await lin.say("hello again")
    assert len(await api.updates(timeout=5)) == 1


async def test_updates_live_24_hours_of_the_sandbox_clock(api: Api, lin: Phone, core: Core) -> None:
    await lin.say("read me today")
    core.clock.advance_to(core.clock.now() + timedelta(hours=23, minutes=59))
    assert len(await api.updates()) == 1
    core.clock.advance_to(core.clock.now() + timedelta(minutes=1))
    assert await api.updates() == []


async def test_presses_live_150_seconds(api: Api, lin: Phone, core: Core) -> None:
    await api("sendMessage", chat_id=lin.id, text="Offer", reply_markup=BUTTON)
    await lin.world.post("/people/lin/press", label="Accept")
    core.clock.advance_to(core.clock.now() + timedelta(seconds=149))
    assert len(await api.updates()) == 1
    core.clock.advance_to(core.clock.now() + timedelta(seconds=2))
    assert await api.updates() == []


async def test_numbers_are_random_after_a_week_of_silence(api: Api, lin: Phone, core: Core) -> None:
    await lin.say("before the holiday")
    (before,) = await api.updates()
    core.clock.advance_to(core.clock.now() + timedelta(days=7))
    await lin.say("after it")
    (after,) = await api.updates(offset=-1)
    assert after["update_id"] != before["update_id"] + 1


async def until_polling(core: Core) -> None:
    await turn_until(lambda: core.line(core.world.accounts[0]).waiting is not None)
