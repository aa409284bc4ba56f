"""What somebody gets back for what they did: decided inside the transaction, given after its commit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy.engine import RowMapping

from bot.channel import Inbound, InboundKind, Outgoing
from bot.chat_side import ChatSide
from bot.sending.changes import Changes


@dataclass(frozen=True, slots=True)
class Say:
    """A message of its own, sent at once. `politely`: left out when the chat has just had one (strangers).

    `over`: the message it takes the place of, which must be one of ours in that chat.
    """

    chat: int
    outgoing: Outgoing
    politely: bool = False
    over: int | None = None


@dataclass(frozen=True, slots=True)
class FileOut:
    """A file that somebody asked to see. `photo`: shown at once, at the cost of its detail."""

    chat: int
    name: str
    data: bytes
    photo: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """The card that was pressed on, as its reader wants to see it now."""

    card: RowMapping
    opened: bool = False
    menu: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one update: what pops up for a press, messages, the card, a group to leave.

    `stands_anew`: who the chat stands for, or the language it is written to in, has changed by it.
    `remove` takes messages of this chat away. `later` is looked up after the commit: what takes long holds no lock.
    """

    toast: str = ""
    alert: bool = False
    says: tuple[Say, ...] = field(default=())
    show: Show | None = None
    leave: int | None = None
    stands_anew: bool = False
    remove: tuple[int, ...] = ()
    files: tuple[FileOut, ...] = ()
    later: Callable[[], Awaitable[Say]] | None = None


NOTHING = Answer()


class Giver:
    """Gives answers through the limiter. An answer is given at most once: what it tells stands on the card too."""

    def __init__(self, side: ChatSide, changes: Changes) -> None:
        self._side = side
        self._changes = changes

    async def give(self, inbound: Inbound, answer: Answer, acknowledged: bool) -> None:
        """`acknowledged`: the press has been answered already, so what would pop up becomes a message."""
        channel = self._side.channel
        if inbound.kind is InboundKind.press and not acknowledged:
            await channel.acknowledge(inbound.callback, answer.toast, answer.alert)
        elif answer.toast and answer.alert:
            await self._say(Say(inbound.chat, Outgoing(answer.toast)))
        for say in answer.says:
            await self._say(say)
        if answer.show is not None:
            show = answer.show
            await self._changes.show(show.card, show.opened, show.menu)
        if answer.later is not None:
            await self._say(await answer.later())
        for file in answer.files:
            await self._side.limiter.acquire(file.chat, "urgent")
            await channel.send_file(file.chat, file.name, file.data, file.photo)
        for message in answer.remove:
            await channel.delete(inbound.chat, message)
        if answer.leave is not None:
            await channel.leave(answer.leave)

    async def acknowledge(self, inbound: Inbound) -> None:
        """Answer a press before its work is done: it feels dead after a second."""
        await self._side.channel.acknowledge(inbound.callback)

    async def _say(self, say: Say) -> None:
        limiter, now = self._side.limiter, self._side.clock.monotonic()
        if say.politely and limiter.limits.chat_ready_at(say.chat, now) > now:
            return
        await limiter.acquire(say.chat, "plain" if say.politely else "urgent")
        if say.over is not None:
            await self._side.channel.update(say.chat, say.over, say.outgoing)
            return
        await self._side.channel.send(say.chat, say.outgoing)
