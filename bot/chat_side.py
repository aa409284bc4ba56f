"""What the parts of the chat side share: one bundle, put together where the role is wired."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.channel import Channel
from bot.limits import Limiter
from events.handling import Journal
from models.clock import Clock
from models.database import Database
from models.directory import Directory
from models.sealed import Keyring


@dataclass(frozen=True, slots=True)
class ChatSide:
    """One bot's side of the installation. `directory` gives the staff side as it is now, from memory."""

    bot: str
    database: Database
    journal: Journal
    channel: Channel
    limiter: Limiter
    keyring: Keyring
    clock: Clock
    directory: Callable[[], Directory]
