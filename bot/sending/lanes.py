"""Which notice goes next: stat strictly first, then replies, then the other lanes by weights; pure.

Smooth weighted round robin: each lane that has something waiting gains its weight, the richest is served and pays the
sum. So asap : urgent : routine : bulk is 8 : 4 : 2 : 1 over any stretch, and no lane starves.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from models.values import Lane

STRICT = (Lane.stat, Lane.reply)
WEIGHTS = {Lane.asap: 8, Lane.urgent: 4, Lane.routine: 2, Lane.bulk: 1}

T = TypeVar("T")


class Lanes:
    """Remembers whose turn it is."""

    def __init__(self) -> None:
        self._credit = dict.fromkeys(WEIGHTS, 0)

    def pick(self, waiting: Mapping[Lane, Sequence[T]], room: int) -> list[T]:
        """At most `room` of what waits, in the order to send; each lane's sequence is oldest first."""
        chosen: list[T] = []
        for strict in STRICT:
            chosen += waiting.get(strict, ())[: room - len(chosen)]
        left = {lane: list(waiting.get(lane, ())) for lane in WEIGHTS}
        while len(chosen) < room and (lane := self._next(left)) is not None:
            chosen.append(left[lane].pop(0))
        return chosen

    def _next(self, left: Mapping[Lane, Sequence[object]]) -> Lane | None:
        ready = [lane for lane in WEIGHTS if left[lane]]
        if not ready:
            return None
        for lane in ready:
            self._credit[lane] += WEIGHTS[lane]
        richest = max(ready, key=lambda lane: self._credit[lane])
        self._credit[richest] -= sum(WEIGHTS[lane] for lane in ready)
        return richest
