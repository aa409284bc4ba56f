"""Telegram's rates as three token buckets, on real time: the sandbox clock may jump, a limiter may not.

About 30 messages a second overall, one a second in a chat with short bursts, 20 a minute in a group. The true
limits are unspecified; what counts is that a bot obeys `retry_after`.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """`per_second` tokens flow in, at most `burst` are kept."""

    per_second: float
    burst: float


OVERALL = Rate(30, 30)
CHAT = Rate(1, 5)
GROUP = Rate(20 / 60, 20)


@dataclass
class _Bucket:
    rate: Rate
    level: float
    at: float

    def fill(self, now: float) -> None:
        self.level = min(self.rate.burst, self.level + (now - self.at) * self.rate.per_second)
        self.at = now

    def wait(self) -> float:
        return max(0.0, (1 - self.level) / self.rate.per_second)


class Rates:
    """The buckets of one bot. Time is a monotonic clock's, in seconds."""

    def __init__(self) -> None:
        self._overall: _Bucket | None = None
        self._chats: dict[int, _Bucket] = {}

    def take(self, chat_id: int, now: float) -> int | None:
        """None when the message may pass; else after how many whole seconds to try again."""
        if self._overall is None:
            self._overall = _Bucket(OVERALL, OVERALL.burst, now)
        rate = GROUP if chat_id < 0 else CHAT
        chat = self._chats.setdefault(chat_id, _Bucket(rate, rate.burst, now))
        buckets = (self._overall, chat)
        for bucket in buckets:
            bucket.fill(now)
        wait = max(bucket.wait() for bucket in buckets)
        if wait > 0:
            return math.ceil(wait)
        for bucket in buckets:
            bucket.level -= 1
        return None
