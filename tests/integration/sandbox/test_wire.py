"""The wire and the methods: how calls come in and what is answered to what is not there."""

import json
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.types import BotCommand, BufferedInputFile, InputMediaPhoto

from bot.sandbox.files import sample_photo
from tests.integration.sandbox.conftest import TOKEN, Api
from tests.phones import Phone


async def send(api: Api, how: str, **fields: Any) -> aiohttp.ClientResponse:
    url = f"{api.url}/bot{TOKEN}/sendMessage"
    match how:
        case "GET":
            return await api.session.get(url, params=fields)
        case "query of a POST":
            return await api.session.post(url, params=fields)
        case "urlencoded":
            return await api.session.post(url, data=fields)
        case "JSON":
            return await api.session.post(url, json=fields)
        case _:
            form = aiohttp.FormData(default_to_multipart=True)
            for name, value in fields.items():
                form.add_field(name, str(value))
            return await api.session.post(url, data=form)


@pytest.mark.parametrize("how", ["GET", "query of a POST", "urlencoded", "JSON", "multipart"])
async def test_arguments_come_in_every_way_telegram_takes(api: Api, lin: Phone, how: str) -> None:
    async with await send(api, how, chat_id=lin.id, text="你好 & more") as response:
        body = await response.json()
    assert response.status == 200
    assert body["ok"] is True
    assert body["result"]["text"] == "你好 & more"


async def test_method_names_are_case_insensitive(api: Api) -> None:
    assert (await api("GETME")).result == (await api("getMe")).result


@pytest.mark.parametrize("token", ["nonsense", "12", "0:abcdefgh", ":", "12:a/b"])
async def test_a_token_of_another_shape_is_unauthorized(api: Api, token: str) -> None:
    answer = await Api(api.session, api.url, token.replace("/", "%2F"))("getMe")
    assert answer.refusal == (401, "Unauthorized")


async def test_any_token_of_the_right_shape_is_a_bot_of_its_own(api: Api) -> None:
    other = Api(api.session, api.url, "777:another-secret")
    assert (await other("getMe")).result["id"] == 777
    assert (await api("getMe")).result["id"] == int(TOKEN.split(":")[0])


@pytest.mark.parametrize("path", ["/nowhere", "/bot", "/bot1:abcd/", "/sandbox/api/nowhere"])
async def test_a_path_that_is_none_is_not_found(api: Api, path: str) -> None:
    async with api.session.get(api.url + path) as response:
        assert response.status == 404
        assert await response.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_a_method_unknown_to_telegram_is_not_found(api: Api) -> None:
    assert (await api("sendTelepathy")).refusal == (404, "Not Found")


@pytest.mark.parametrize("method", ["sendPoll", "forwardMessage", "sendVoice", "getMyName", "close", "banChatMember"])
async def test_telegrams_other_methods_are_a_loud_501(api: Api, method: str) -> None:
    answer = await api(method)
    assert answer.refusal == (501, f"Not Implemented: the sandbox has no method {method.lower()}")


async def test_broken_json_is_refused(api: Api) -> None:
    url = f"{api.url}/bot{TOKEN}/sendMessage"
    async with api.session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
        assert (await response.json())["ok"] is False


async def test_broken_reply_markup_is_refused(api: Api, lin: Phone) -> None:
    answer = await api("sendMessage", chat_id=lin.id, text="x", reply_markup="{")
    assert answer.refusal == (400, "Bad Request: can't parse reply keyboard markup JSON object")


async def test_aiogram_uploads_files_with_attach_and_gets_them_back(bot: Bot, lin: Phone) -> None:
    picture = sample_photo().data
    sent = await bot.send_photo(lin.id, BufferedInputFile(picture, "wound.png"), caption="<b>left</b> hand")
    assert sent.photo is not None
    assert (sent.photo[-1].width, sent.photo[-1].height) == (160, 120)
    document = await bot.send_document(lin.id, BufferedInputFile(b"%PDF-1.4", "letter.pdf"))
    assert document.document is not None
    assert document.document.file_name == "letter.pdf"

    file = await bot.get_file(sent.photo[-1].file_id)
    assert file.file_path is not None
    url = bot.session.api.file_url(bot.token, file.file_path)
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert await response.read() == picture

    again = await bot.send_photo(lin.id, sent.photo[-1].file_id)
    assert again.photo is not None
    changed = await bot.edit_message_media(
        InputMediaPhoto(media=BufferedInputFile(picture, "other.png"), caption="right"),
        chat_id=lin.id,
        message_id=again.message_id,
    )
    assert not isinstance(changed, bool)
    assert changed.caption == "right"


async def test_aiogram_sends_places_contacts_and_actions(bot: Bot, lin: Phone) -> None:
    place = await bot.send_location(lin.id, latitude=23.02, longitude=113.75)
    assert place.location is not None
    assert place.location.latitude == 23.02
    contact = await bot.send_contact(lin.id, phone_number="+8676900000000", first_name="Duty desk")
    assert contact.contact is not None
    assert contact.contact.phone_number == "+8676900000000"
    assert await bot.send_chat_action(lin.id, "typing") is True


async def test_the_bots_commands_show_on_the_phone_in_its_language(bot: Bot, lin: Phone) -> None:
    await bot.set_my_commands([BotCommand(command="help", description="Help")])
    await bot.set_my_commands([BotCommand(command="help", description="帮助")], language_code="zh")
    assert (await lin.transcript())["commands"] == [{"command": "help", "description": "Help"}]

    await lin.world.post("/people", key="lin", name="Lin Yue", language="zh")
    assert (await lin.transcript())["commands"] == [{"command": "help", "description": "帮助"}]
    assert [one.description for one in await bot.get_my_commands(language_code="zh")] == ["帮助"]

    await bot.delete_my_commands(language_code="zh")
    assert (await lin.transcript())["commands"] == [{"command": "help", "description": "Help"}]


async def test_the_bot_names_and_describes_itself(bot: Bot, lin: Phone) -> None:
    assert await bot.set_my_name("Referral desk")
    assert await bot.set_my_description("Closes the loop.")
    assert await bot.set_my_short_description("Loops.")
    assert await bot.set_chat_menu_button()
    assert (await bot.me()).first_name == "Referral desk"


async def test_a_pinned_message_is_found_with_the_chat(bot: Bot, lin: Phone) -> None:
    sent = await bot.send_message(lin.id, "keep this")
    assert await bot.pin_chat_message(lin.id, sent.message_id)
    chat = await bot.get_chat(lin.id)
    assert chat.type == "private"
    assert chat.pinned_message is not None
    assert chat.pinned_message.message_id == sent.message_id


async def test_only_inline_keyboards_are_echoed(api: Api, lin: Phone) -> None:
    keyboard = {"keyboard": [[{"text": "Share my number", "request_contact": True}]]}
    inline = {"inline_keyboard": [[{"text": "Accept", "callback_data": "a"}]]}
    assert "reply_markup" not in (await api("sendMessage", chat_id=lin.id, text="x", reply_markup=keyboard)).result
    assert (await lin.transcript())["keyboard"] == keyboard
    as_text = json.dumps(inline)
    sent = (await api("sendMessage", chat_id=lin.id, text="x", reply_markup=as_text)).result
    assert sent["reply_markup"] == inline
    await api("sendMessage", chat_id=lin.id, text="x", reply_markup={"remove_keyboard": True})
    assert (await lin.transcript())["keyboard"] is None
