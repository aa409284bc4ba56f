"""The commands beside the text field of the demo's phones, in the language the page was just switched to.

Elsewhere a chat's list follows when its owner is heard next (bot/menus.py); here nobody need say anything first.
"""

from admin.demo.network import PERSONAS
from admin.parts import Parts
from bot.identity import standings
from bot.menus import commands_for, described
from bot.telegram import TelegramChannel


async def show_menus(parts: Parts) -> None:
    """Give each phone of the page its list. One that is not taken stays as it was."""
    token = parts.settings.telegram_token
    if token is None:
        return
    channel = TelegramChannel(token.get_secret_value(), parts.settings.telegram_api_url)
    try:
        for persona in PERSONAS:
            async with parts.database.reading() as tx:
                known = await standings(tx, persona.chat, parts.clock.now(), parts.directory.current())
            if known:
                words = described(known[0].language, commands_for(known))
                await channel.set_commands(None, words, persona.chat)
    finally:
        await channel.close()
