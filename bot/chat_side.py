"""What the parts of the chat side share: one bundle, put together where the role is wired."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.channel import Channel
from bot.limits import Limiter
from events.handling import Journal
from models.clock import Clock
from models.database import Database
from models.directory import Directory
from models.directory_cache import DirectoryCache
from models.sealed import Keyring
from workers.rules.in_force import InForce, as_shipped
from workers.rules.pack import Pack


@dataclass(frozen=True, slots=True)
class ChatSide:
    """One bot's side of the installation."""

    bot: str
    database: Database
    journal: Journal
    channel: Channel
    limiter: Limiter
    keyring: Keyring
    clock: Clock
    directories: DirectoryCache
    rules: Callable[[], InForce] = as_shipped

    def directory(self) -> Directory:
        """The staff side as last seen; `directories.refresh()` at the start of each piece of work looks for changes."""
        return self.directories.current()

    def pack(self, name: str, facility: str | None = None) -> Pack:
        """The rules of that name that count now, as they hold at a facility."""
        return self.rules().around(name, self.directory(), facility)
