"""The phones of the tests, over a bot made with unmodified aiogram."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.filters import CommandStart
from aiogram.filters.command import CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.sandbox.app import Served
from tests.phones import PhoneError, Sandbox

ASK = InlineKeyboardMarkup(
    inline_keyboard=[
        [InlineKeyboardButton(text="Accept", callback_data="yes")],
        [InlineKeyboardButton(text="Cannot take", callback_data="no")],
    ]
)


@pytest.fixture
async def desk(bot: Bot) -> AsyncIterator[Dispatcher]:
    """A small bot: greets, offers a referral, takes the answer."""
    desk = Dispatcher()

    @desk.message(CommandStart())
    async def greet(message: Message, command: CommandObject) -> None:
        await message.answer(f"Welcome <b>{command.args}</b>", parse_mode="HTML")

    @desk.message(F.text == "offer")
    async def offer(message: Message) -> None:
        await message.answer("Referral R-7K2F4", reply_markup=ASK)

    @desk.message(F.text == "whisper")
    async def whisper(message: Message) -> None:
        await message.answer("by the way", disable_notification=True)

    @desk.callback_query()
    async def take(query: CallbackQuery) -> None:
        await query.answer("Taken", show_alert=query.data == "no")
        assert isinstance(query.message, Message)
        await query.message.edit_text(f"Answered: {query.data}")

    polling = asyncio.create_task(desk.start_polling(bot, handle_signals=False, close_bot_session=False))
    yield desk
    with suppress(RuntimeError):
        await desk.stop_polling()
    await polling


async def test_a_doctor_starts_reads_presses_and_sees_the_card_change(desk: Dispatcher, world: Sandbox) -> None:
    lin = await world.person("lin", name="Lin Yue", phone="+8613900000001")
    await lin.start("invite-1")
    await lin.expect("Welcome invite-1")
    await lin.say("offer")

    card = await lin.expect("R-7K2F4")
    assert card.labels == ["Accept", "Cannot take"]
    answer = await card.press("Accept")

    assert (answer.text, answer.alert) == ("Taken", False)
    await card.edited("Answered: yes")
    assert card.labels == []
    assert card.view["edits"] == 1
    assert card.view["history"][0]["text"] == "Referral R-7K2F4"
    await world.finish()


async def test_a_press_finds_the_newest_button_by_part_of_its_label(desk: Dispatcher, world: Sandbox) -> None:
    lin = await world.person("lin", name="Lin Yue")
    await lin.say("offer")
    await lin.expect("R-7K2F4")

    answer = await lin.press("cannot")

    assert answer.alert is True
    await lin.expect_edit("Answered: no")


async def test_pressing_what_is_not_there_says_what_is(desk: Dispatcher, world: Sandbox) -> None:
    lin = await world.person("lin", name="Lin Yue")
    await lin.say("offer")
    await lin.expect("R-7K2F4")

    with pytest.raises(PhoneError, match=r"no button 'Decline'.*there are: Accept, Cannot take"):
        await lin.press("Decline", within=0.1)


async def test_a_button_that_is_on_its_way_is_waited_for(desk: Dispatcher, world: Sandbox) -> None:
    lin = await world.person("lin", name="Lin Yue")
    pressing = asyncio.create_task(lin.press("Accept"))
    await world.wait_for(lambda: pressing.done(), 0.1)
    await lin.say("offer")
    await pressing
    lin.skim()


async def test_a_message_nobody_expected_fails_the_test(desk: Dispatcher, sandbox: Served) -> None:
    world = await Sandbox.connect(sandbox.url)
    lin = await world.person("lin", name="Lin Yue")
    await lin.say("offer")
    await world.wait_for(lambda: lin.news, 60)

    with pytest.raises(AssertionError, match=r"unexpected messages:\n  lin: #2 bot: 'Referral R-7K2F4' \[Accept\]"):
        await world.finish()


async def test_waiting_in_vain_shows_what_the_phone_has(desk: Dispatcher, world: Sandbox) -> None:
    lin = await world.person("lin", name="Lin Yue")
    await lin.start("a")
    await lin.expect("Welcome")

    with pytest.raises(AssertionError, match=r"no new message with 'Farewell'[^#]*#1 lin: '/start a'\n  #2 bot: 'Welc"):
        await lin.expect("Farewell", within=0.1)


async def test_pushes_count_new_messages_that_make_a_sound(desk: Dispatcher, world: Sandbox) -> None:
    lin = await world.person("lin", name="Lin Yue")
    await lin.say("offer")
    await lin.say("whisper")
    await lin.expect("R-7K2F4")
    quiet = await lin.expect("by the way")

    assert quiet.silent
    assert lin.pushes == 1


async def test_the_unexpected_can_be_skimmed(desk: Dispatcher, sandbox: Served) -> None:
    async with await Sandbox.connect(sandbox.url) as world:
        lin = await world.person("lin", name="Lin Yue")
        await lin.say("offer")
        await world.wait_for(lambda: lin.news, 60)
        assert [card.text for card in lin.skim()] == ["Referral R-7K2F4"]
