"""The list of commands that Telegram shows beside the text field: by who the chat stands for, in their language.

Patients and strangers get the list of every private chat, in the language of their phone. Staff, and whoever chose
another language than their phone's, get a list of their own chat. It is looked at when a chat is heard for the first
time since the start, when something changed it, and once an hour: a role that ended takes its commands away.
"""

from collections import OrderedDict
from collections.abc import Sequence

from bot.channel import Inbound, InboundKind
from bot.chat_side import ChatSide
from bot.identity import Standing, standings
from bot.texts import plain
from models.values import Language, Role

EVERYBODY = ("help", "language", "stop")
STAFF: tuple[str, ...] = ("refer", "sos", "today", "ask", "find", "papers", "invite")
TEAM: tuple[str, ...] = ("enrol", "cover", "handover", "alive")
SUPERVISORS: tuple[str, ...] = ("figures",)
COORDINATORS: tuple[str, ...] = ("board",)

_LOOK_AGAIN = 3600.0
_REMEMBERED = 5000  # chats
_COORDINATION = frozenset({Role.coordinator, Role.head})
_NO_PATIENTS = frozenset({Role.supervisor, Role.admin})
_NO_LOOK = frozenset({InboundKind.blocked, InboundKind.group})


def commands_for(known: Sequence[Standing]) -> tuple[str, ...]:
    """The commands, most used first, for a chat that stands for these parties."""
    roles = {position.role for each in known if each.staff for position in each.party.positions}
    of_staff = STAFF if roles - _NO_PATIENTS else ()
    of_team = TEAM if Role.family_doctor in roles else ()
    of_figures = SUPERVISORS if Role.supervisor in roles else ()
    return (*of_staff, *of_team, *(COORDINATORS if roles & _COORDINATION else ()), *of_figures, *EVERYBODY)


def described(language: Language, commands: Sequence[str]) -> dict[str, str]:
    """The commands with what they do, in words."""
    return {name: plain(language, f"command-{name}") for name in commands}


class Menus:
    """Keeps each chat's list what it should be; a list that was not taken is given again with the next look."""

    def __init__(self, side: ChatSide) -> None:
        self._side = side
        self._published = False
        self._looked: OrderedDict[int, tuple[float, tuple[str, ...] | None]] = OrderedDict()

    async def follow(self, inbound: Inbound, changed: bool) -> None:
        """Somebody was answered. `changed`: by that, who the chat stands for or its language may have changed."""
        now = self._side.clock.monotonic()
        at, shown = self._looked.get(inbound.chat, (float("-inf"), None))
        if inbound.kind in _NO_LOOK or not (changed or now - at >= _LOOK_AGAIN):
            return
        await self._publish()
        async with self._side.database.reading() as tx:
            known = await standings(tx, inbound.chat, self._side.clock.now(), self._side.directory())
        wanted = _own(known, inbound.language)
        if wanted != shown or changed:
            taken = await self._show(inbound.chat, wanted)
            shown = wanted if taken else shown
        self._looked[inbound.chat] = (now, shown)
        self._looked.move_to_end(inbound.chat)
        if len(self._looked) > _REMEMBERED:
            self._looked.popitem(last=False)

    async def _publish(self) -> None:
        """The lists of every private chat without its own, once after the start."""
        if not self._published:
            channel, commands = self._side.channel, commands_for(())
            taken = await channel.set_commands(None, described(Language.en, commands))
            self._published = taken and await channel.set_commands("zh", described(Language.zh, commands))

    async def _show(self, chat: int, wanted: tuple[str, ...] | None) -> bool:
        words = {} if wanted is None else described(Language(wanted[0]), wanted[1:])
        return await self._side.channel.set_commands(None, words, chat)


def _own(known: Sequence[Standing], phone: str | None) -> tuple[str, ...] | None:
    """The language and commands of a chat's own list; None where the list of all chats says the same."""
    if not known:
        return None
    language, commands = known[0].language, commands_for(known)
    of_phone = Language.zh if (phone or "").startswith("zh") else Language.en
    return None if commands == EVERYBODY and language is of_phone else (language, *commands)
