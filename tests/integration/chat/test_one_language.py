"""The demo's switch of the language: every card shows the new one in the end, whatever was going on meanwhile."""

import asyncio

import pytest

from admin.demo.network import speak_to_all
from bot.channel import NotSent, Outgoing, Sent, Unknown
from events.purposes import Purpose
from models.deliveries import CardRow
from models.directory import Directory
from models.values import Lane, Language
from tests.integration.chat.stage import Stage, both_engines, offered
from tests.phones import Card, Phone


async def speak(stage: Stage, language: Language) -> None:
    await speak_to_all(stage.database, stage.directories, stage.clock, language)


async def reads(phone: Phone, card: Card, words: str) -> None:
    """Wait until a card says this."""
    await phone.world.wait_for(lambda: words in phone.messages[card.id]["text"], 20)
    assert words in phone.messages[card.id]["text"]


@both_engines
async def test_a_card_drawn_before_the_choice_was_known_is_drawn_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender looks between the choice in the database and the directory that knows of it."""
    _, lin, card = await offered(stage)
    await stage.stop()
    refresh = stage.directories.refresh

    async def later() -> Directory:
        for row in await stage.rows(CardRow):
            await stage.changes.catch_up(row["id"])
        return await refresh()

    monkeypatch.setattr(stage.directories, "refresh", later)
    await speak(stage, Language.zh)
    await stage.start("sender")
    await reads(lin, card, "急诊转诊")


@both_engines
async def test_a_message_on_its_way_is_shown_in_the_new_language_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was put into words before the choice and becomes a card after it."""
    lin = await stage.phone("lin")
    referral = await stage.referral()
    send, choices = stage.channel.send, []

    async def meanwhile(chat: int, outgoing: Outgoing, silent: bool = False) -> Sent | NotSent | Unknown:
        assert "referral" in outgoing.text
        choices.append(asyncio.create_task(speak(stage, Language.zh)))

        async def chosen() -> bool:
            person = stage.directories.current().person("lin-hao")
            return person is not None and person.language is Language.zh

        await stage.until(chosen)
        return await send(chat, outgoing, silent)

    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.urgent)
    await stage.start("updates")
    monkeypatch.setattr(stage.channel, "send", meanwhile)
    await stage.start("sender")
    card = await lin.expect((await stage.state(referral)).code)
    await reads(lin, card, "紧急转诊")
    await asyncio.gather(*choices)
