"""Who may send: the key of a source, and how much one source may send.

A key is kept as its SHA-256 only (models/sources.py). A wrong key and an ended source look alike to the sender.
"""

from dataclasses import dataclass

from events.intake.problems import Problem, Unacceptable
from models.clock import Clock
from models.directory_cache import DirectoryCache
from models.places import Source
from models.sources import key_hash

_FRESH = 1.0  # seconds for which a directory is taken as it is


class Gatekeeper:
    """Knows sources by their keys, and holds each to its quota.

    `per_second` messages of one source on average, `burst` at once.
    """

    def __init__(self, directory: DirectoryCache, clock: Clock, per_second: float = 200.0, burst: int = 1000) -> None:
        self._directory = directory
        self._clock = clock
        self._per_second = per_second
        self._burst = burst
        self._buckets: dict[str, _Bucket] = {}
        self._looked = float("-inf")

    async def source_of(self, authorization: str | None) -> Source:
        """The source of an Authorization header. Unacceptable (401) without a key that counts now."""
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            text = "send Authorization: Bearer and the key of your source"
            raise Unacceptable(401, Problem(text, "Authorization", "login"))
        source = await self._known(key_hash(key.strip()))
        if source is None:
            raise Unacceptable(401, Problem("this key is not known, or counts no longer", "Authorization", "login"))
        return source

    async def _known(self, hashed: str) -> Source | None:
        now = self._clock.monotonic()
        if now - self._looked >= _FRESH:
            await self._directory.refresh()
            self._looked = now
        found = self._directory.current().source_of_key(hashed)
        # A key that was made a moment ago counts at once.
        return found or (await self._directory.refresh()).source_of_key(hashed)

    async def source_named(self, name: str) -> Source | None:
        """The active source of that name, or with that AMQP user."""
        directory = await self._directory.refresh()
        found = [each for each in directory.sources() if each.active and name in (each.id, each.amqp_user)]
        return found[0] if len(found) == 1 else None

    def admit(self, source: Source) -> int | None:
        """None where the source may send now, else the seconds after which it may."""
        bucket = self._buckets.setdefault(source.id, _Bucket(float(self._burst), self._clock.monotonic()))
        return bucket.take(self._clock.monotonic(), self._per_second, self._burst)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float

    def take(self, now: float, per_second: float, burst: int) -> int | None:
        self.tokens = min(float(burst), self.tokens + (now - self.at) * per_second)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return None
        return max(1, round((1 - self.tokens) / per_second + 0.5))
