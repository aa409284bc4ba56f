"""The port to a broker: nudges go out, batches of streams come in. Two brokers: in memory, and RabbitMQ.

A message is only a nudge (stream S has reached version v); the log is the truth. Losing one, doubling one or mixing
their order therefore changes nothing but the time.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from events.handling import Nudge

BATCH = 100


@dataclass(frozen=True, slots=True)
class Batch:
    """Streams to look at, each once. `done()` after the work is committed, `back()` to be given them again.

    `redelivered`: somebody had these before and did not finish; a message among them may be what killed them.
    """

    streams: tuple[str, ...]
    done: Callable[[], Awaitable[None]]
    back: Callable[[], Awaitable[None]]
    redelivered: bool = False


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message of the broker's parking queue: what it says, the queue it was in and why it left it, who sent it."""

    body: bytes
    content_type: str | None
    queue: str
    reason: str
    headers: Mapping[str, Any] = field(default_factory=dict)
    message_id: str | None = None
    user_id: str | None = None


Keep = Callable[[SetAside], Awaitable[None]]


class Broker(Protocol):
    """How nudges travel."""

    async def publish(self, nudges: Sequence[Nudge]) -> None:
        """Hand nudges over; returns when they are safe, raises when nobody can say so."""
        ...

    def batches(self, consumer: str, stat: bool) -> AsyncIterator[Batch]:
        """What a consumer is nudged about, up to BATCH streams at once, in a lane of its own for stat."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...
