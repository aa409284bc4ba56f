"""A limiter for outgoing messages that stands alone: standard library only, nothing of ours.

GCRA (the virtual scheduling form of the leaky bucket) overall and per chat. One number per bucket is kept: the
*theoretical arrival time*, the instant at which the bucket would be full again. A message may go when that instant is
no more than `burst - 1` intervals ahead; sending moves it one interval on. So a small burst passes at once and the rate
holds over every longer stretch. A plain leaky bucket of size 25 lets 50 through in its first second, which is what gets
a bot throttled.

- `pause(chat, seconds)` obeys a 429: that chat is silent until then. `pause(None, seconds)` silences everything. A 429
  in a second chat while another is paused means that the bot as a whole is too fast: everything pauses.
- One token of the overall bucket is kept back for what is urgent, so that an emergency never waits behind the last
  routine message.
- Buckets that are full again are forgotten; memory follows the chats of the last seconds, not all chats ever.

Time is passed in: seconds of a monotonic clock. `Limits` is pure; `Limiter` adds the waiting.

    limiter = Limiter(time.monotonic)
    await limiter.acquire(chat)
    ...send; on 429: limiter.limits.pause(chat, retry_after, time.monotonic())
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

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


class Limits:
    """The buckets; pure. `now` in seconds, never going back."""

    def __init__(self, overall: Rate = OVERALL, per_chat: Rate = PER_CHAT) -> None:
        if overall.burst < 2:
            raise ValueError("overall.burst: at least 2, one of them is kept for what is urgent")
        self._overall_rate = overall
        self._chat_rate = per_chat
        self._overall = 0.0
        self._chats: dict[int, float] = {}
        self._paused: dict[int, float] = {}
        self._silent_until = 0.0

    def ready_at(self, chat: int, now: float, urgent: bool = False) -> float:
        """The earliest instant at which a message to `chat` may go; `now` when it may go at once."""
        kept = self._overall_rate.burst - (1 if urgent else 2)
        overall = self._overall - kept * self._overall_rate.interval
        return max(now, overall, self._silent_until, self._chat_ready(chat))

    def chat_ready_at(self, chat: int, now: float) -> float:
        """As `ready_at`, for the chat alone."""
        return max(now, self._chat_ready(chat))

    def _chat_ready(self, chat: int) -> float:
        free = self._chats.get(chat, 0.0) - (self._chat_rate.burst - 1) * self._chat_rate.interval
        return max(free, self._paused.get(chat, 0.0))

    def room(self, now: float, urgent: bool = False) -> int:
        """How many messages (to different chats) may go at once."""
        if now < self._silent_until:
            return 0
        used = max(0.0, self._overall - now) / self._overall_rate.interval
        return max(0, int(self._overall_rate.burst - used + 1e-6) - (0 if urgent else 1))

    def take(self, chat: int, now: float) -> None:
        """A message goes to `chat` now."""
        self._overall = max(self._overall, now) + self._overall_rate.interval
        self._chats[chat] = max(self._chats.get(chat, 0.0), now) + self._chat_rate.interval
        if len(self._chats) > _FORGET_ABOVE:
            self._chats = {each: full for each, full in self._chats.items() if full > now}
            self._paused = {each: until for each, until in self._paused.items() if until > now}

    def pause(self, chat: int | None, seconds: float, now: float) -> None:
        """Be silent for so long, in one chat or (None) everywhere."""
        until = now + seconds
        if chat is None:
            self._silent_until = max(self._silent_until, until)
            return
        if any(other != chat and end > now for other, end in self._paused.items()):
            self._silent_until = max(self._silent_until, until)
        self._paused[chat] = max(self._paused.get(chat, 0.0), until)


class Limiter:
    """`Limits` with a clock and the patience to wait."""

    def __init__(self, monotonic: Callable[[], float], limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._monotonic = monotonic

    async def acquire(self, chat: int, urgent: bool = False) -> None:
        """Return when a message may go to `chat`; it counts as sent from then on."""
        # Time itself is what is waited for, and it may get longer meanwhile: a 429, an urgent message that went first.
        while (wait := self.limits.ready_at(chat, now := self._monotonic(), urgent) - now) > 0:  # noqa: ASYNC110
            await asyncio.sleep(wait)
        self.take(chat)

    def take(self, chat: int) -> None:
        """Count a message to `chat` that goes now; the caller has looked whether it may."""
        self.limits.take(chat, self._monotonic())

    def pause(self, chat: int | None, seconds: float) -> None:
        """Obey a 429."""
        self.limits.pause(chat, seconds, self._monotonic())
