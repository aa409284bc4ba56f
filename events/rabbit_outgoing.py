"""The queues refloop.out.SOURCE at the broker: what became of the referrals of those who send to us."""

from collections.abc import Sequence
from typing import Any

from events.rabbit import TIMEOUT, connect, json_message

# For somebody else to read: whoever does not, loses the oldest and never holds us up.
_OUT: dict[str, Any] = {"x-queue-type": "quorum", "x-max-length": 100_000, "x-overflow": "drop-head"}


def outgoing_queue(source: str) -> str:
    """Where a source reads what became of its referrals."""
    return f"refloop.out.{source}"


class OutgoingQueues:
    """Publishes to them. Connects when first used."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None
        self._channel: Any = None
        self._declared: set[str] = set()

    async def declare(self, sources: Sequence[str]) -> None:
        """Make the queues that are missing."""
        if self._connection is None:
            self._connection = await connect(self._url)
        if self._channel is None:
            self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        for source in sources:
            if source not in self._declared:
                await self._channel.declare_queue(outgoing_queue(source), durable=True, arguments=_OUT)
                self._declared.add(source)

    async def publish(self, source: str, bodies: Sequence[bytes]) -> None:
        """With confirms, in order; any error means that nobody can say."""
        try:
            for body in bodies:
                await self._channel.default_exchange.publish(
                    json_message(body), routing_key=outgoing_queue(source), mandatory=True, timeout=TIMEOUT
                )
        except Exception:
            self._declared.clear()  # one may have been deleted: made anew before the next attempt
            raise

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()
