"""Cards that are behind, brought up to date for the sender: several together, and not for every event of a moment."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

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
    """Which cards are being edited, and when the next may be.

    `wake`: it is time to look at those that are behind. `ended`: some are done with.
    """

    def __init__(
        self, side: ChatSide, changes: Changes, wake: Callable[[], None], ended: Callable[[], None]
    ) -> None:  # fmt: skip
        self._side = side
        self._changes = changes
        self._wake = wake
        self._tell_ended = ended
        self._tasks = TaskSet()
        self._chats: dict[str, int] = {}  # card -> chat
        self._stumbled: dict[str, int] = {}  # card -> how often in a row it could not be shown
        self._behind_since: float | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._left_alone = False  # a card that somebody was just showing
        changes.freed = self._freed

    @property
    def editing(self) -> Collection[int]:
        """The chats in which a card is being edited, once for each card."""
        return self._chats.values()

    def expect(self) -> None:
        """Cards have fallen behind: wake the sender when they may be edited."""
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(_SETTLED_S, self._due)

    def _due(self) -> None:
        self._alarm = None
        self._wake()

    def _freed(self) -> None:
        if self._left_alone:
            self._wake()

    def rest(self, behind: Sequence[RowMapping]) -> float:
        """The seconds until what is behind may be edited, by whichever clock they have waited longer.

        The installation's may stand still, or have been moved since.
        """
        now = asyncio.get_running_loop().time()
        if not behind:
            self._behind_since = None
            return 0.0
        self._behind_since = self._behind_since or now
        since: datetime = min(row["next_at"] for row in behind)
        waited = max(now - self._behind_since, (self._side.clock.now() - since).total_seconds())
        return max(0.0, _SETTLED_S - waited)

    def begin(self, cards: Sequence[RowMapping], room: int, busy: Collection[int]) -> int:
        """Begin to edit as many as there is room for, but none in busy chats; how many."""
        limits, now = self._side.limiter.limits, self._side.clock.monotonic()
        chosen: dict[str, int] = {}
        self._left_alone = False
        for card in cards:
            chat = card["chat"]
            showing = self._changes.is_showing(card["id"])
            self._left_alone |= showing
            waits = showing or chat in busy or card["id"] in self._chats or limits.chat_ready_at(chat, now) > now
            if len(chosen) < room and not waits and list(chosen.values()).count(chat) < _OF_ONE_CHAT:
                chosen[card["id"]] = chat
        if chosen:
            self._behind_since = None
            self._chats |= chosen
            self._tasks.start(self._edit(chosen), f"edit {len(chosen)} cards")
        return len(chosen)

    async def stop(self) -> None:
        """Let go of what is being edited."""
        if self._alarm is not None:
            self._alarm.cancel()
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
            self._tell_ended()
