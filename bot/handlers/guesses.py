"""How often somebody may try a code: five wrong ones a minute, then a pause; a hundred an hour by everybody together.

Pure; a code has 128 random bits, so this is about noise and load, not about luck (T4). Seconds of a monotonic clock.
"""

from collections import deque
from math import ceil

PER_USER, USER_WINDOW = 5, 60.0
LOCKED = 900.0
OVERALL, OVERALL_WINDOW = 100, 3600.0


class Guesses:
    """The wrong tries of the last hour."""

    def __init__(self) -> None:
        self._by_user: dict[int, deque[float]] = {}
        self._locked: dict[int, float] = {}
        self._all: deque[float] = deque()

    def locked_minutes(self, user: int, now: float) -> int:
        """How many minutes this user must still wait; 0 when they may try."""
        return max(0, ceil((self._locked.get(user, now) - now) / 60))

    def busy(self, now: float) -> bool:
        """Whether too many are guessing altogether."""
        while self._all and self._all[0] <= now - OVERALL_WINDOW:
            self._all.popleft()
        return len(self._all) >= OVERALL

    def wrong(self, user: int, now: float) -> None:
        """A wrong code or second factor."""
        self._all.append(now)
        mine = self._by_user.setdefault(user, deque())
        mine.append(now)
        while mine[0] <= now - USER_WINDOW:
            mine.popleft()
        if len(mine) >= PER_USER:
            self._locked[user] = now + LOCKED
            del self._by_user[user]
        self._forget(now)

    def right(self, user: int) -> None:
        """They have it: what went before was a slip."""
        self._by_user.pop(user, None)

    def _forget(self, now: float) -> None:
        self._locked = {user: until for user, until in self._locked.items() if until > now}
        self._by_user = {user: tries for user, tries in self._by_user.items() if tries[-1] > now - USER_WINDOW}
