"""Cards that are behind, brought up to date for the sender: several together, and not for every event of a moment."""

import asyncio
from collections.abc import Callable, Collection, Sequence

import structlog
from sqlalchemy.engine import RowMapping

from bot.chat_side import ChatSide
from bot.sending.changes import Changes
from models.tasks import TaskSet

_log = structlog.get_logger("sender")

_SETTLED_S = 0.05  # one event follows another: a card waits so long, and is edited once
_OF_ONE_CHAT = 3  # at once: more than a chat may get would be drawn for nothing
_EDIT_AGAIN, _LONGEST_REST = 5.0, 600.0  # seconds


class CatchingUp:
    """Which cards are being edited, and when the next may be. `wake` is called when some are done with."""

    def __init__(self, side: ChatSide, changes: Changes, wake: Callable[[], None]) -> None:
        self._side = side
        self._changes = changes
        self._wake = wake
        self._tasks = TaskSet()
        self._chats: dict[str, int] = {}  # card -> chat
        self._stumbled: dict[str, int] = {}  # card -> how often in a row it could not be shown
        self._behind_since: float | None = None
        changes.freed = wake

    @property
    def editing(self) -> Collection[int]:
        """The chats in which a card is being edited, once for each card."""
        return self._chats.values()

    def rest(self, behind: bool) -> float:
        """The seconds until what is behind may be edited. The loop's time: nobody moves that."""
        now = asyncio.get_running_loop().time()
        if not behind:
            self._behind_since = None
            return 0.0
        self._behind_since = self._behind_since or now
        return max(0.0, self._behind_since + _SETTLED_S - now)

    def begin(self, cards: Sequence[RowMapping], room: int, busy: Collection[int]) -> bool:
        """Begin to edit as many as there is room for, but none in busy chats; whether there was any."""
        limits, now = self._side.limiter.limits, self._side.clock.monotonic()
        chosen: dict[str, int] = {}
        for card in cards:
            chat = card["chat"]
            waits = chat in busy or card["id"] in self._chats or limits.chat_ready_at(chat, now) > now
            if len(chosen) < room and not waits and list(chosen.values()).count(chat) < _OF_ONE_CHAT:
                chosen[card["id"]] = chat
        if chosen:
            self._behind_since = None
            self._chats |= chosen
            self._tasks.start(self._edit(chosen), f"edit {len(chosen)} cards")
        return bool(chosen)

    async def stop(self) -> None:
        """Let go of what is being edited."""
        await self._tasks.stop()

    async def _edit(self, cards: dict[str, int]) -> None:
        try:
            await self._changes.catch_up(*cards, ended=self._ended)
        except Exception as error:  # noqa: BLE001 - found out one by one
            if len(cards) > 1:
                _log.warning("editing one by one", error=type(error).__name__)
                for card, chat in cards.items():
                    self._chats[card] = chat
                    await self._edit({card: chat})
                return
            [card] = cards
            # This card alone waits, longer each time.
            times = self._stumbled[card] = self._stumbled.get(card, 0) + 1
            _log.error("card cannot be shown", card=card, times=times, error=type(error).__name__, exc_info=error)
            await self._changes.put_off(card, min(_LONGEST_REST, _EDIT_AGAIN * 2 ** (times - 1)))
        else:
            for card in cards:
                self._stumbled.pop(card, None)

    def _ended(self, cards: Collection[str]) -> None:
        for card in cards:
            self._chats.pop(card, None)
        if cards:
            self._wake()  # what waited for this chat need not wait for the next look
