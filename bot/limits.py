"""A limiter for outgoing messages that stands alone: standard library only, nothing of ours. Its page: docs/limiter.md.

GCRA (the virtual scheduling form of the leaky bucket) overall and per chat. One number per bucket is kept: the
*theoretical arrival time*, the instant at which the bucket would be full again. A message may go when that instant is
no more than `burst - 1` intervals ahead; sending moves it one interval on. So a small burst passes at once and the rate
holds over every longer stretch. A plain leaky bucket of size 25 lets 50 through in its first second, which is what gets
a bot throttled.

- Who waits, waits in a lane: urgent ones strictly first, the others by weights, oldest first within a lane; a chat that
  must wait holds up no other.
- Of edits of one message that wait only the newest goes (`key`).
- `pause(chat, seconds)` obeys a 429: that chat is silent until then. `pause(None, seconds)` silences everything. A 429
  in a second chat while another is paused means that the bot as a whole is too fast: everything pauses.
- One token of the overall bucket is kept back for what is urgent, so that an emergency never waits behind the last
  routine message.
- Buckets that are full again are forgotten; memory follows the chats of the last seconds, not all chats ever.

Time is passed in: seconds of a monotonic clock. `Limits` and `Turns` are pure; `Limiter` adds the waiting.

    limiter = Limiter(time.monotonic)
    await limiter.acquire(chat)
    ...send; on 429: limiter.pause(chat, retry_after)
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_FORGET_ABOVE = 1000  # chats remembered before the full ones are dropped


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` messages in the long run, at most `burst` at once."""

    per_second: float
    burst: int

    @property
    def interval(self) -> float:
        """Seconds between two messages in the long run."""
        return 1 / self.per_second


OVERALL = Rate(per_second=28, burst=5)
PER_CHAT = Rate(per_second=1, burst=2)
PER_GROUP = Rate(per_second=20 / 60, burst=2)

Chat = Hashable  # Telegram's ids are numbers, or "@name" for channels
L = TypeVar("L", bound=Hashable)
T = TypeVar("T")


class Limits:
    """The buckets; pure. `now` in seconds, never going back."""

    def __init__(self, overall: Rate = OVERALL, per_chat: Rate = PER_CHAT, per_group: Rate = PER_GROUP) -> None:
        if overall.burst < 2:
            raise ValueError("overall.burst: at least 2, one of them is kept for what is urgent")
        self._overall_rate = overall
        self._chat_rate = per_chat
        self._group_rate = per_group
        self._overall = 0.0
        self._chats: dict[Chat, float] = {}
        self._paused: dict[Chat, float] = {}
        self._silent_until = 0.0

    def ready_at(self, chat: Chat, now: float, urgent: bool = False) -> float:
        """The earliest instant at which a message to `chat` may go; `now` when it may go at once."""
        return max(self.overall_ready_at(now, urgent), self._chat_ready(chat))

    def overall_ready_at(self, now: float, urgent: bool = False, count: int = 1) -> float:
        """As `ready_at`, for a chat that has had nothing lately; for `count` of them at once."""
        kept = self._overall_rate.burst - count - (0 if urgent else 1)
        return max(now, self._overall - kept * self._overall_rate.interval, self._silent_until)

    def chat_ready_at(self, chat: Chat, now: float) -> float:
        """As `ready_at`, for the chat alone."""
        return max(now, self._chat_ready(chat))

    def paused_until(self, chat: Chat) -> float:
        """Until when the last 429s silence this chat; an instant of the past when they no longer do."""
        return max(self._silent_until, self._paused.get(chat, 0.0))

    def _chat_ready(self, chat: Chat) -> float:
        rate = self._rate(chat)
        free = self._chats.get(chat, 0.0) - (rate.burst - 1) * rate.interval
        return max(free, self._paused.get(chat, 0.0))

    def _rate(self, chat: Chat) -> Rate:
        """Groups and channels have ids below zero, or names."""
        return self._group_rate if isinstance(chat, str) or (isinstance(chat, int) and chat < 0) else self._chat_rate

    def room(self, now: float, urgent: bool = False) -> int:
        """How many messages (to different chats) may go at once."""
        if now < self._silent_until:
            return 0
        used = max(0.0, self._overall - now) / self._overall_rate.interval
        return max(0, int(self._overall_rate.burst - used + 1e-6) - (0 if urgent else 1))

    def take(self, chat: Chat, now: float) -> None:
        """A message goes to `chat` now."""
        self._overall = max(self._overall, now) + self._overall_rate.interval
        self._chats[chat] = max(self._chats.get(chat, 0.0), now) + self._rate(chat).interval
        if len(self._chats) > _FORGET_ABOVE:
            self._chats = {each: full for each, full in self._chats.items() if full > now}
            self._paused = {each: until for each, until in self._paused.items() if until > now}

    def pause(self, chat: Chat | None, seconds: float, now: float) -> None:
        """Be silent for so long, in one chat or (None) everywhere."""
        until = now + seconds
        if chat is None:
            self._silent_until = max(self._silent_until, until)
            return
        if any(other != chat and end > now for other, end in self._paused.items()):
            self._silent_until = max(self._silent_until, until)
        self._paused[chat] = max(self._paused.get(chat, 0.0), until)


class Turns(Generic[L]):
    """Whose turn it is; pure. `strict` lanes go first, in this order; `weights` says how the others share.

    Smooth weighted round robin: each lane that has something waiting gains its weight, the richest is served and pays
    the sum. So weights of 8 and 4 are served 2 : 1 over any stretch, and no lane starves.
    """

    def __init__(self, strict: Iterable[L], weights: Mapping[L, int]) -> None:
        self.strict = tuple(strict)
        self.weights = dict(weights)
        self._credit = dict.fromkeys(self.weights, 0)

    def pick(self, waiting: Mapping[L, Sequence[T]], room: int) -> list[T]:
        """At most `room` of what waits, in the order to send; each lane's sequence is oldest first."""
        chosen: list[T] = []
        for strict in self.strict:
            chosen += waiting.get(strict, ())[: room - len(chosen)]
        left = {lane: list(waiting.get(lane, ())) for lane in self.weights}
        while len(chosen) < room and (lane := self._next(left)) is not None:
            chosen.append(left[lane].pop(0))
        return chosen

    def _next(self, left: Mapping[L, Sequence[object]]) -> L | None:
        ready = [lane for lane in self.weights if left[lane]]
        if not ready:
            return None
        for lane in ready:
            self._credit[lane] += self.weights[lane]
        richest = max(ready, key=lambda lane: self._credit[lane])
        self._credit[richest] -= sum(self.weights[lane] for lane in ready)
        return richest


@dataclass(slots=True, eq=False)
class _Waiter:
    chat: Chat
    key: Hashable
    turn: "asyncio.Future[bool]"


class Limiter:
    """`Limits` with a clock, and a queue for whoever must wait. It starts no task and needs no closing."""

    def __init__(
        self, monotonic: Callable[[], float], limits: Limits | None = None, turns: Turns[str] | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._monotonic = monotonic
        self._turns = turns or Turns(("urgent",), {"plain": 1})
        self._lanes: dict[str, deque[_Waiter]] = {each: deque() for each in (*self._turns.strict, *self._turns.weights)}
        self._alarm: asyncio.TimerHandle | None = None

    async def acquire(self, chat: Chat, lane: str = "plain", key: Hashable = None) -> bool:
        """Return when a message may go to `chat`; it counts as sent from then on. KeyError for an unknown lane.

        `key` names what is changed, such as (chat, message), in one lane: while two wait for the same, the newer takes
        the older one's place, and the older one gets False: it is not to be sent.
        """
        queue = self._lanes[lane]
        waiter = _Waiter(chat, key, asyncio.get_running_loop().create_future())
        older = next((each for each in queue if key is not None and each.key == key), None)
        if older is None:
            queue.append(waiter)
        else:
            queue[queue.index(older)] = waiter
            if not older.turn.done():
                older.turn.set_result(False)
        self._serve()
        try:
            return await waiter.turn
        finally:
            if waiter in queue:  # cancelled while it waited
                queue.remove(waiter)

    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._lanes.values()))

    def take(self, chat: Chat) -> None:
        """Count a message to `chat` that goes now; the caller has looked whether it may."""
        self.limits.take(chat, self._monotonic())

    def pause(self, chat: Chat | None, seconds: float) -> None:
        """Obey a 429."""
        self.limits.pause(chat, seconds, self._monotonic())

    def _serve(self) -> None:
        """Let go whoever may; then sleep until somebody else may."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        while True:
            now = self._monotonic()
            ready: dict[str, list[_Waiter]] = {}
            soonest = float("inf")
            for lane, queue in self._lanes.items():
                found, at = self._first(queue, now, lane in self._turns.strict)
                soonest = min(soonest, at)
                if found is not None:
                    ready[lane] = [found]
            chosen = self._turns.pick(ready, 1)
            if not chosen:
                break
            for lane in ready:
                if chosen[0] in ready[lane]:
                    self._lanes[lane].remove(chosen[0])
            if not chosen[0].turn.done():
                self.limits.take(chosen[0].chat, now)
                chosen[0].turn.set_result(True)
        if soonest < float("inf"):
            self._alarm = asyncio.get_running_loop().call_later(max(0.001, soonest - now), self._serve)

    def _first(self, queue: deque[_Waiter], now: float, urgent: bool) -> tuple[_Waiter | None, float]:
        """The oldest of a lane that may go now, if any; and when to look again."""
        if not queue:
            return None, float("inf")
        overall = self.limits.overall_ready_at(now, urgent)
        if overall > now:
            return None, overall
        soonest = float("inf")
        for each in queue:
            at = self.limits.chat_ready_at(each.chat, now)
            if at <= now:
                return each, now
            soonest = min(soonest, at)
        return None, soonest
