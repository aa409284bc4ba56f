"""The broker of the embedded deployment: sets in memory. A crash forgets them, the cursor sweep finds them."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from events.broker import BATCH, Batch
from events.handling import Nudge


class _Lane:
    """The streams that one consumer is to look at, in order of arrival."""

    def __init__(self) -> None:
        self._streams: dict[str, None] = {}
        self._some = asyncio.Event()

    def add(self, streams: Sequence[str]) -> None:
        self._streams.update(dict.fromkeys(streams))
        if self._streams:
            self._some.set()

    async def take(self) -> tuple[str, ...]:
        await self._some.wait()
        taken = tuple(self._streams)[:BATCH]
        for stream in taken:
            del self._streams[stream]
        if not self._streams:
            self._some.clear()
        return taken


class EmbeddedBroker:
    """Nudges within one process."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, bool], _Lane] = {}

    def _lane(self, consumer: str, stat: bool) -> _Lane:
        return self._lanes.setdefault((consumer, stat), _Lane())

    def wake(self, nudges: Sequence[Nudge]) -> None:
        """Note the nudges; nothing waits for them."""
        for nudge in nudges:
            for consumer in nudge.consumers:
                self._lane(consumer, nudge.stat).add([nudge.stream])

    async def publish(self, nudges: Sequence[Nudge]) -> None:
        """The same, for the sweep."""
        self.wake(nudges)

    async def batches(self, consumer: str, stat: bool) -> AsyncIterator[Batch]:
        """What a consumer is nudged about."""
        lane = self._lane(consumer, stat)
        while True:
            streams = await lane.take()

            async def done() -> None:
                pass

            async def back(streams: tuple[str, ...] = streams) -> None:
                lane.add(streams)

            yield Batch(streams, done, back)

    async def close(self) -> None:
        """Nothing to let go of."""
