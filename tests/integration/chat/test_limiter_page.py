"""docs/limiter.md: what it tells users of aiogram to write works as it stands, at Telegram's rates."""

import asyncio
import re
from pathlib import Path
from typing import Any

from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer

from bot.sandbox.app import SandboxConfig, serve
from tests.phones import Sandbox

PAGE = Path(__file__).resolve().parents[3] / "docs" / "limiter.md"
TOKEN = "4200000001:AAtestTESTtestTESTtestTESTtestTESTte"


def the_page() -> dict[str, Any]:
    """What the code on the page defines, with a token of ours."""
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    defined: dict[str, Any] = {}
    exec(block.replace("123456:token", TOKEN), defined)
    return defined


async def test_the_middleware_on_the_page_is_never_refused_and_the_newest_edit_wins() -> None:
    sandbox = await serve(SandboxConfig(rates=True))
    world = await Sandbox.connect(sandbox.url)
    page = the_page()
    bot: Bot = page["bot"]
    bot.session.api = TelegramAPIServer.from_base(sandbox.url)
    try:
        phones = [await world.person(f"p{number}", name=f"P{number}") for number in range(40)]
        await bot.get_me()
        for phone in phones:
            await phone.start()
        sent = await asyncio.gather(*(bot.send_message(phone.id, "hello") for phone in phones for _ in range(2)))
        assert len({(message.chat.id, message.message_id) for message in sent}) == 80
        edits = [
            bot.edit_message_text(f"edit {n}", chat_id=phones[0].id, message_id=sent[0].message_id) for n in range(9)
        ]
        await asyncio.gather(*edits)
        calls = await world.calls("editMessageText")
        assert len(calls) < 5
        assert calls[-1]["params"]["text"] == "edit 8"
        every = await world.calls()
        assert [call for call in every if call["status"] == 429] == []
    finally:
        await bot.session.close()
        await world.close()
        await sandbox.close()
