"""The queue of updates of one bot: what getUpdates hands out and a webhook is sent. Pure; time comes in."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DAY = 24 * 3600
UPDATE_LIFE = DAY
CALLBACK_LIFE = 150
WEEK = 7 * DAY
FIRST_ID = 100_000_001

KINDS = (
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection",
    "business_message", "edited_business_message", "deleted_business_messages", "message_reaction",
    "message_reaction_count", "inline_query", "chosen_inline_result", "callback_query", "shipping_query",
    "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member",
    "chat_join_request", "chat_boost", "removed_chat_boost",
)  # fmt: skip
LEFT_OUT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
DEFAULT_KINDS = frozenset(KINDS) - LEFT_OUT_BY_DEFAULT


@dataclass
class Queued:
    """An update that is not confirmed yet."""

    id: int
    kind: str
    payload: dict[str, Any]
    expires: float
    repeat: bool = False

    def wire(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.payload}


class UpdateQueue:
    """Updates wait here until the bot confirms them by asking for a higher number."""

    def __init__(self) -> None:
        self.allowed: frozenset[str] = DEFAULT_KINDS
        self.on_new: Callable[[], None] = lambda: None
        self.expired = 0  # how many were thrown away because nobody asked for them in time
        self._waiting: list[Queued] = []
        self._repeats: list[Queued] = []
        self._next = FIRST_ID
        self._last_at: float | None = None

    @property
    def restricted(self) -> bool:
        return self.allowed != DEFAULT_KINDS

    def allow(self, kinds: list[str]) -> None:
        """From now on only `kinds` are queued; an empty list is the default set, as at Telegram."""
        self.allowed = frozenset(kinds) & frozenset(KINDS) if kinds else DEFAULT_KINDS

    def add(self, kind: str, payload: dict[str, Any], now: float, repeat: bool = False) -> bool:
        """Queues an update unless the bot did not ask for its kind. `repeat`: it will be handed out twice."""
        if kind not in self.allowed:
            return False
        if self._last_at is not None and now - self._last_at >= WEEK:
            self._next = FIRST_ID + secrets.randbelow(2**31 - 1_000_000 - FIRST_ID)
        self._last_at = now
        life = CALLBACK_LIFE if kind == "callback_query" else UPDATE_LIFE
        self._waiting.append(Queued(self._next, kind, payload, now + life, repeat))
        self._next += 1
        self.on_new()
        return True

    def pending(self, now: float) -> int:
        """How many updates wait for a confirmation."""
        self._expire(now)
        return len(self._waiting) + len(self._repeats)

    def take(self, offset: int, limit: int, now: float) -> list[Queued]:
        """What getUpdates answers: forgets what `offset` confirms and gives up to `limit` of the rest."""
        self._expire(now)
        if offset < 0:
            self._waiting = self._waiting[offset:]
        elif offset > 0:
            self._confirm(lambda update: update.id < offset)
        if self._repeats:
            given, self._repeats = self._repeats[:limit], self._repeats[limit:]
            return given
        return self._waiting[:limit]

    def waiting(self, now: float) -> list[Queued]:
        """Everything that waits, oldest first, for a webhook."""
        self._expire(now)
        return [*self._repeats, *self._waiting]

    def done(self, update: Queued) -> None:
        """A webhook took this one."""
        if update in self._repeats:
            self._repeats.remove(update)
        else:
            self._confirm(lambda waiting: waiting is update)

    def clear(self) -> None:
        self._waiting.clear()
        self._repeats.clear()

    def _confirm(self, confirmed: Callable[[Queued], bool]) -> None:
        kept = []
        for update in self._waiting:
            if not confirmed(update):
                kept.append(update)
            elif update.repeat:
                update.repeat = False
                self._repeats.append(update)
        self._waiting = kept

    def _expire(self, now: float) -> None:
        kept = [update for update in self._waiting if update.expires > now]
        self.expired += len(self._waiting) - len(kept)
        self._waiting = kept
