"""The bot's role: the sender, and the updates with what handles them. The messaging library is imported only here."""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from admin import roles
from admin.parts import Parts
from models.tasks import TaskSet
from models.values import new_id

if TYPE_CHECKING:
    from fastapi import APIRouter

    from bot.updates import Hearing

# With a clock that is moved by hand, a press is answered with what became of it, however busy the machine is.
ANSWER_WITHIN_IN_PLAY = 20.0


async def start_bot(stack: AsyncExitStack, parts: Parts, tasks: TaskSet, alone: bool) -> "APIRouter | None":
    """Start sending and listening for the bot of the settings. `alone`: no other process can be alive.

    `stack` ends what is started here, then closes the channel. Gives the route that receives updates, for a webhook.
    """
    from bot.chat_side import ChatSide
    from bot.earlier_texts import remember_texts
    from bot.handlers.router import ANSWER_WITHIN, Handlers
    from bot.limits import Limiter, Limits, Rate
    from bot.menus import Menus
    from bot.polling import Poller
    from bot.sender import Sender
    from bot.sending.changes import Changes
    from bot.telegram import TelegramChannel
    from bot.updates import Updates
    from bot.webhook import Registration, webhook_router

    settings = parts.settings
    if settings.telegram_token is None:
        raise ValueError("a bot needs REFLOOP_TELEGRAM_TOKEN")
    # Where days pass in seconds, so do the waits between messages; only a sandbox can be at the other end.
    limits = Limits(Rate(500, 100), Rate(50, 20)) if settings.clock_file else Limits()
    answer_within = ANSWER_WITHIN_IN_PLAY if settings.clock_file else ANSWER_WITHIN
    channel = TelegramChannel(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
    side = ChatSide(
        bot=channel.bot_id, database=parts.database, journal=parts.journal, channel=channel,
        limiter=Limiter(parts.clock.monotonic, limits), keyring=parts.keyring, clock=parts.clock,
        directories=parts.directory, rules=lambda: parts.in_force.current().in_force,
    )  # fmt: skip
    async with parts.database.transaction() as tx:
        await remember_texts(tx, parts.clock.now())
    changes = Changes(side)
    owner = new_id()
    sender = Sender(side, changes, owner, alone)
    sending = tasks.start(sender.run(), "sender")
    handlers = Handlers(side, changes, Menus(side), answer_within)
    hearing: Hearing = Poller(side, channel)
    url, secret = settings.telegram_webhook_url, settings.telegram_webhook_secret
    if url is not None and secret is not None:
        hearing = Registration(side, channel, url, secret.get_secret_value())
    updates = Updates(side, hearing, handlers.handle, owner, alone, handlers.give_up)
    listening = tasks.start(updates.run(), "updates")
    parts.at_work.append(lambda: "answers to be given" if updates.busy else None)
    parts.at_work.append(lambda: "messages being sent" if sender.busy else None)
    parts.cards_behind = sender.cards_behind
    roles.start_chat_wakeups(parts, sender.wake, updates.wake, tasks)
    roles.start_directory(parts, tasks)

    async def ended() -> None:
        # Both finish what they have begun, and for that they need the channel.
        for task in (sending, listening):
            task.cancel()
        await asyncio.gather(sending, listening, return_exceptions=True)
        await channel.close()

    stack.push_async_callback(ended)
    return None if url is None or secret is None else webhook_router(side, secret.get_secret_value(), updates.wake)
