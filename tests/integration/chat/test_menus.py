"""The list of commands in a chat: by role and language, and every command in it is understood."""

from functools import partial
from typing import Any

import pytest

from bot import menus
from bot.inbound import ALLOWED_UPDATES
from bot.texts import plain
from models.values import Language
from tests.integration.chat.stage import Stage
from tests.phones import Phone


async def listed(stage: Stage, phone: Phone) -> list[str]:
    shown: dict[str, Any] = await stage.world.get(f"/people/{phone.key}/transcript")
    return [f"{each['command']}: {each['description']}" for each in shown["commands"]]


async def shows(stage: Stage, phone: Phone, wanted: list[str]) -> bool:
    return await listed(stage, phone) == wanted


def words(language: Language, *commands: str) -> list[str]:
    return [f"{each}: {plain(language, f'command-{each}')}" for each in commands]


@pytest.mark.parametrize("language", list(Language))
async def test_a_patient_sees_the_few_commands_there_are_for_patients(stage: Stage, language: Language) -> None:
    await stage.start("updates")
    li = await stage.phone("li", language)
    await stage.until(lambda: listed(stage, li))
    assert await listed(stage, li) == words(language, *menus.EVERYBODY)


async def test_another_language_than_the_phones_is_kept_for_the_chat(stage: Stage) -> None:
    await stage.start("updates")
    li = await stage.phone("li", Language.en)
    await li.say("/language")
    await (await li.expect("choose a language")).press("中文")
    await li.expect("")
    wanted = words(Language.zh, *menus.EVERYBODY)

    async def changed() -> bool:
        return await listed(stage, li) == wanted

    await stage.until(changed)


@pytest.mark.parametrize("key", ["lin", "chen", "li"])
async def test_every_command_in_the_list_is_understood(stage: Stage, key: str) -> None:
    await stage.start("updates")
    phone = await stage.phone(key)
    more = {"lin": menus.STAFF, "chen": (*menus.STAFF, *menus.COORDINATORS), "li": ()}[key]
    commands = (*more, *menus.EVERYBODY)
    await stage.until(partial(shows, stage, phone, words(Language.en, *commands)))
    lost = plain(Language.en, "not-understood-patient" if key == "li" else "not-understood")
    for command in commands:
        await phone.say(f"/{command}")
        answer = await phone.expect()
        assert answer.text != lost, command


async def test_a_coordinator_sees_more_than_a_doctor_and_a_doctor_more_than_a_patient(stage: Stage) -> None:
    await stage.start("updates")
    for key, more in (("li", ()), ("lin", menus.STAFF), ("chen", (*menus.STAFF, *menus.COORDINATORS))):
        phone = await stage.phone(key)
        wanted = words(Language.en, *more, *menus.EVERYBODY)
        await stage.until(partial(shows, stage, phone, wanted))


def test_a_block_is_heard_of() -> None:
    """my_chat_member comes only to those who ask for it by name."""
    assert "my_chat_member" in ALLOWED_UPDATES
