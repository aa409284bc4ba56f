"""What Telegram refuses, in its own words: one test per refusal."""

from datetime import timedelta
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramForbiddenError, TelegramRetryAfter

from bot.sandbox.core import Core
from tests.integration.sandbox.conftest import Api
from tests.phones import Phone, Sandbox

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the"
    " same as a current content and reply markup of the message"
)
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
UNKNOWN_PERSON = 5_999_999_999


def keyboard(data: str = "a", text: str = "Accept") -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": text, "callback_data": data}]]}


async def press(lin: Phone, api: Api, offset: int = 0) -> str:
    await api("sendMessage", chat_id=lin.id, text="Offer", reply_markup=keyboard())
    await lin.world.post("/people/lin/press", label="Accept")
    return str((await api.updates(offset=-1))[0]["callback_query"]["id"])


async def test_an_edit_that_changes_nothing(api: Api, lin: Phone) -> None:
    sent = (await api("sendMessage", chat_id=lin.id, text="<b>Same</b>", parse_mode="HTML")).result
    where = {"chat_id": lin.id, "message_id": sent["message_id"]}
    same = await api("editMessageText", **where, text="<strong>Same</strong>", parse_mode="HTML")
    assert same.refusal == (400, NOT_MODIFIED)
    assert (await api("editMessageText", **where, text="Same")).result["text"] == "Same"
    assert (await api("editMessageReplyMarkup", **where)).refusal == (400, NOT_MODIFIED)


async def test_an_edit_without_reply_markup_takes_the_keyboard_away(api: Api, lin: Phone) -> None:
    sent = (await api("sendMessage", chat_id=lin.id, text="Offer", reply_markup=keyboard())).result
    edited = await api("editMessageText", chat_id=lin.id, message_id=sent["message_id"], text="Offer")
    assert "reply_markup" not in edited.result


async def test_edit_delete_reply_and_pin_of_the_unknown(api: Api, lin: Phone) -> None:
    nowhere = {"chat_id": lin.id, "message_id": 999}
    edit = await api("editMessageText", **nowhere, text="x")
    assert edit.refusal == (400, "Bad Request: message to edit not found")
    delete = await api("deleteMessage", **nowhere)
    assert delete.refusal == (400, "Bad Request: message to delete not found")
    reply = await api("sendMessage", chat_id=lin.id, text="x", reply_parameters={"message_id": 999})
    assert reply.refusal == (400, "Bad Request: message to be replied not found")
    pin = await api("pinChatMessage", **nowhere)
    assert pin.refusal == (400, "Bad Request: message to pin not found")


async def test_a_reply_may_go_without_the_message_it_is_to(api: Api, lin: Phone) -> None:
    wanted = {"message_id": 999, "allow_sending_without_reply": True}
    sent = await api("sendMessage", chat_id=lin.id, text="x", reply_parameters=wanted)
    assert "reply_to_message" not in sent.result


async def test_what_was_deleted_is_unknown(api: Api, lin: Phone) -> None:
    sent = (await api("sendMessage", chat_id=lin.id, text="x")).result
    where = {"chat_id": lin.id, "message_id": sent["message_id"]}
    assert (await api("deleteMessage", **where)).result is True
    edit = await api("editMessageText", **where, text="y")
    assert edit.refusal == (400, "Bad Request: message to edit not found")


async def test_a_person_message_can_be_deleted_but_not_edited(api: Api, lin: Phone) -> None:
    said = await lin.say("patient 李秀英")
    where = {"chat_id": lin.id, "message_id": said["id"]}
    edit = await api("editMessageText", **where, text="y")
    assert edit.refusal == (400, "Bad Request: message can't be edited")
    assert (await api("deleteMessage", **where)).result is True
    assert (await lin.transcript())["messages"][-1]["deleted"] is True


async def test_after_two_days_a_message_stays(api: Api, lin: Phone, core: Core) -> None:
    said = await lin.say("old")
    core.clock.advance_to(core.clock.now() + timedelta(hours=49))
    delete = await api("deleteMessage", chat_id=lin.id, message_id=said["id"])
    assert delete.refusal == (400, "Bad Request: message can't be deleted for everyone")


async def test_text_and_caption_are_edited_by_their_own_methods(api: Api, lin: Phone) -> None:
    sent = (await api("sendMessage", chat_id=lin.id, text="x")).result
    caption = await api("editMessageCaption", chat_id=lin.id, message_id=sent["message_id"], caption="y")
    assert caption.refusal == (400, "Bad Request: there is no caption in the message to edit")
    photo = await lin.send_photo()
    text = await api("editMessageText", chat_id=lin.id, message_id=photo["id"], text="y")
    assert text.refusal == (400, "Bad Request: message can't be edited")


@pytest.mark.parametrize("method", ["sendMessage", "getChat"])
@pytest.mark.parametrize("chat", [UNKNOWN_PERSON, -100123, "@nobody_here", "nonsense"])
async def test_an_unknown_chat(api: Api, method: str, chat: object) -> None:
    answer = await api(method, chat_id=chat, text="x")
    assert answer.refusal == (400, "Bad Request: chat not found")


async def test_no_chat_named(api: Api) -> None:
    assert (await api("sendMessage", text="x")).refusal == (400, "Bad Request: chat_id is empty")


async def test_a_person_who_never_started_the_bot(api: Api, world: Sandbox) -> None:
    mei = await world.person("mei", name="Mei")
    answer = await api("sendMessage", chat_id=mei.id, text="x")
    assert answer.refusal == (403, "Forbidden: bot can't initiate conversation with a user")


async def test_a_person_who_blocked_the_bot(bot: Bot, api: Api, lin: Phone) -> None:
    await lin.block()
    answer = await api("sendMessage", chat_id=lin.id, text="x")
    assert answer.refusal == (403, "Forbidden: bot was blocked by the user")
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(lin.id, "x")
    await lin.unblock()
    assert (await bot.send_message(lin.id, "x")).text == "x"


async def test_a_person_whose_account_is_gone(api: Api, lin: Phone) -> None:
    await lin.delete_account()
    answer = await api("sendMessage", chat_id=lin.id, text="x")
    assert answer.refusal == (403, "Forbidden: user is deactivated")


async def test_a_press_answered_twice(api: Api, lin: Phone) -> None:
    query = await press(lin, api)
    assert (await api("answerCallbackQuery", callback_query_id=query, text="ok")).result is True
    assert (await api("answerCallbackQuery", callback_query_id=query)).refusal == (400, TOO_OLD)


async def test_a_press_answered_late(api: Api, lin: Phone, core: Core) -> None:
    query = await press(lin, api)
    core.clock.advance_to(core.clock.now() + timedelta(seconds=151))
    assert (await api("answerCallbackQuery", callback_query_id=query)).refusal == (400, TOO_OLD)


@pytest.mark.parametrize("query", ["", "12345", "nonsense"])
async def test_a_press_nobody_made(api: Api, query: str) -> None:
    assert (await api("answerCallbackQuery", callback_query_id=query)).refusal == (400, TOO_OLD)


@pytest.mark.parametrize("data, fits", [("x" * 64, True), ("x" * 65, False), ("李" * 21, True), ("李" * 22, False)])
async def test_callback_data_is_1_to_64_bytes(api: Api, lin: Phone, data: str, fits: bool) -> None:
    answer = await api("sendMessage", chat_id=lin.id, text="x", reply_markup=keyboard(data))
    if fits:
        assert answer.result["reply_markup"] == keyboard(data)
    else:
        assert answer.refusal == (400, "Bad Request: BUTTON_DATA_INVALID")


async def test_empty_callback_data(api: Api, lin: Phone) -> None:
    answer = await api("sendMessage", chat_id=lin.id, text="x", reply_markup=keyboard(""))
    assert answer.refusal == (400, "Bad Request: BUTTON_DATA_INVALID")


async def test_a_button_that_does_nothing(api: Api, lin: Phone) -> None:
    markup = {"inline_keyboard": [[{"text": "Accept"}]]}
    answer = await api("sendMessage", chat_id=lin.id, text="x", reply_markup=markup)
    assert answer.refusal == (
        400,
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    )


@pytest.mark.parametrize("text", ["", "   \n ", "<b></b>"])
async def test_an_empty_text(api: Api, lin: Phone, text: str) -> None:
    answer = await api("sendMessage", chat_id=lin.id, text=text, parse_mode="HTML")
    assert answer.refusal == (400, "Bad Request: message text is empty")


async def test_a_text_is_measured_after_parsing(api: Api, lin: Phone) -> None:
    fits = await api("sendMessage", chat_id=lin.id, text=f"<b>{'&amp;' * 4096}</b>", parse_mode="HTML")
    assert len(fits.result["text"]) == 4096
    long = await api("sendMessage", chat_id=lin.id, text="x" * 4097)
    assert long.refusal == (400, "Bad Request: message is too long")


async def test_a_caption_is_measured_after_parsing(api: Api, lin: Phone) -> None:
    photo = (await lin.send_photo())["attachment"]["file_id"]
    fits = await api("sendPhoto", chat_id=lin.id, photo=photo, caption=f"<i>{'x' * 1024}</i>", parse_mode="HTML")
    assert len(fits.result["caption"]) == 1024
    long = await api("sendPhoto", chat_id=lin.id, photo=photo, caption="x" * 1025)
    assert long.refusal == (400, "Bad Request: message caption is too long")


@pytest.mark.parametrize(
    "text, why",
    [
        ("BP <90", "Unclosed start tag at byte offset 3"),
        ("BP <x>90", 'Unsupported start tag "x" at byte offset 3'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ],
)
async def test_bad_html(api: Api, lin: Phone, text: str, why: str) -> None:
    refused = (400, f"Bad Request: can't parse entities: {why}")
    assert (await api("sendMessage", chat_id=lin.id, text=text, parse_mode="HTML")).refusal == refused
    sent = (await api("sendMessage", chat_id=lin.id, text="x")).result
    where = {"chat_id": lin.id, "message_id": sent["message_id"]}
    assert (await api("editMessageText", **where, text=text, parse_mode="HTML")).refusal == refused


async def test_text_that_is_no_unicode(api: Api, lin: Phone) -> None:
    answer = await api("sendMessage", chat_id=lin.id, text="half a surrogate \ud800")
    assert answer.refusal == (400, "Bad Request: strings must be encoded in UTF-8")


async def test_other_ways_of_marking_up(api: Api, lin: Phone) -> None:
    answer = await api("sendMessage", chat_id=lin.id, text="*x*", parse_mode="BBCode")
    assert answer.refusal == (400, "Bad Request: unsupported parse_mode")
    assert (await api("sendMessage", chat_id=lin.id, text="*x*", parse_mode="MarkdownV2")).status == 501


async def test_flood(api: Api, lin: Phone, bot: Bot) -> None:
    await lin.world.rates(True)
    answers = [await api("sendMessage", chat_id=lin.id, text=f"{number}") for number in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    last = answers[-1]
    assert last.refusal == (429, "Too Many Requests: retry after 1")
    assert last.body["parameters"] == {"retry_after": 1}
    assert last.headers["Retry-After"] == "1"
    with pytest.raises(TelegramRetryAfter) as flooded:
        await bot.send_message(lin.id, "x")
    assert flooded.value.retry_after == 1
    await lin.world.rates(False)
    assert (await bot.send_message(lin.id, "x")).text == "x"


async def test_files_nobody_has(api: Api, lin: Phone) -> None:
    assert (await api("getFile", file_id="nonsense")).refusal == (400, "Bad Request: invalid file_id")
    answer = await api("sendDocument", chat_id=lin.id, document="nonsense")
    assert answer.refusal == (400, "Bad Request: wrong file identifier/HTTP URL specified")
    answer = await api("sendPhoto", chat_id=lin.id, photo="https://example.org/a.png")
    assert answer.refusal == (400, "Bad Request: failed to get HTTP URL content")


async def test_commands_have_rules(api: Api) -> None:
    bad = await api("setMyCommands", commands=[{"command": "Über", "description": "x"}])
    assert bad.refusal == (400, "Bad Request: BOT_COMMAND_INVALID")


@pytest.mark.parametrize(
    "secret, why",
    [("has space", "secret token contains unallowed characters"), ("x" * 257, "secret token is too long")],
)
async def test_a_webhook_secret_has_rules(api: Api, secret: str, why: str) -> None:
    answer = await api("setWebhook", url="http://127.0.0.1:9/hook", secret_token=secret)
    assert answer.refusal == (400, f"Bad Request: {why}")


async def test_a_webhook_stays_on_this_machine(api: Api) -> None:
    answer = await api("setWebhook", url="https://example.org/hook")
    assert answer.refusal == (400, "Bad Request: bad webhook: IP address is reserved")
