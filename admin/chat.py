"""The bot's role: the sender, and the updates with what handles them. The messaging library is imported only here."""

from admin import roles
from admin.parts import Parts
from models.tasks import TaskSet
from models.values import new_id


async def start_bot(parts: Parts, tasks: TaskSet, alone: bool) -> None:
    """Start sending and listening for the bot of the settings. `alone`: no other process can be alive."""
    from bot.chat_side import ChatSide
    from bot.handlers.router import Handlers
    from bot.limits import Limiter
    from bot.sender import Sender
    from bot.sending.changes import Changes
    from bot.telegram import TelegramChannel
    from bot.updates import Updates

    settings = parts.settings
    if settings.telegram_token is None:
        raise ValueError("a bot needs REFLOOP_TELEGRAM_TOKEN")
    channel = TelegramChannel(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
    side = ChatSide(
        bot=channel.bot_id, database=parts.database, journal=parts.journal, channel=channel,
        limiter=Limiter(parts.clock.monotonic), keyring=parts.keyring, clock=parts.clock,
        directory=parts.directory.current,
    )  # fmt: skip
    changes = Changes(side)
    owner = new_id()
    sender = Sender(side, changes, owner, alone)
    roles.start_notice_wakeups(parts, sender.wake, tasks)
    tasks.start(sender.run(), "sender")
    handlers = Handlers(side, changes)
    tasks.start(Updates(side, channel, handlers.handle, owner, alone).run(), "updates")
    roles.start_directory(parts, tasks)
