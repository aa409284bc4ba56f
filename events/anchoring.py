"""An anchor: one hash over the heads of all streams at a moment, kept outside (T15).

The chains show that nobody changed a row without its hash. Whoever rewrites rows and hashes and heads alike, or removes
whole streams, is found by an anchor that was written to another place before. The hash is the root of a Merkle tree
(RFC 6962 in form: leaves and inner nodes are hashed with different first bytes) over (stream, version, hash) in the
order of the stream ids, for the rows up to a position of the log.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from events.log import settled_position
from events.replay import Finding
from models.database import Database, Transaction, instant_text
from models.installation import EPOCH, remembered

FORMAT = "refloop-anchor-1"
_NAMED = 20  # at most so many findings; the first is what matters


class AnchorRefused(Exception):
    """A file that is no anchor of this log; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stood."""

    stream: str
    version: int
    hash: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The root over all heads at a position of the log; `heads` names each, so that what was changed can be named."""

    made_at: str
    epoch: str
    position: int
    root: str
    heads: tuple[Head, ...]

    @property
    def events(self) -> int:
        """How many events it covers."""
        return sum(head.version for head in self.heads)

    def lines(self) -> Iterator[str]:
        """The file: a line about the whole, then a line a stream."""
        yield f"{FORMAT} {self.made_at} {self.epoch} {self.position} {len(self.heads)} {self.root}"
        for head in self.heads:
            yield f"{head.stream} {head.version} {head.hash}"

    @classmethod
    def parse(cls, lines: Sequence[str]) -> "Anchor":
        """The anchor that `lines()` wrote; AnchorRefused names what is wrong with it."""
        try:
            form, made_at, epoch, position, count, root = lines[0].split(" ")
            heads = tuple(
                Head(stream, int(version), digest)
                for stream, version, digest in (line.split(" ") for line in lines[1:] if line)
            )
            anchor = cls(made_at, epoch, int(position), root, heads)
        except (ValueError, IndexError):
            raise AnchorRefused("this is no anchor; refloop events anchor FILE writes one") from None
        if form != FORMAT:
            raise AnchorRefused(f"an anchor of format {form!r}; right is {FORMAT}")
        if len(heads) != int(count) or root_of(heads) != root:
            raise AnchorRefused("the anchor itself was changed or cut off: its heads do not give its root")
        return anchor


def root_of(heads: Sequence[Head]) -> str:
    """The root of the tree (64 hexadecimal characters); of no head, the hash of nothing."""
    level = [hashlib.sha256(f"\x00{head.stream}\x1f{head.version}\x1f{head.hash}".encode()).digest() for head in heads]
    if not level:
        return hashlib.sha256().hexdigest()
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0].hex()


async def anchor(database: Database, now: datetime) -> Anchor:
    """The anchor of what is in the log now; nobody is held up."""
    position = await settled_position(database)
    async with database.reading() as transaction:
        heads = await _heads(transaction, position)
        epoch = await remembered(transaction, EPOCH) or "unnamed"
    return Anchor(instant_text(now), epoch, position, root_of(heads), heads)


_HEADS = text(
    "SELECT l.stream, l.version, l.hash FROM log l JOIN "
    "(SELECT stream, max(version) AS version FROM log WHERE position <= :position GROUP BY stream) AS h "
    "ON h.stream = l.stream AND h.version = l.version"
)


async def _heads(transaction: Transaction, position: int) -> tuple[Head, ...]:
    rows = await transaction.execute(_HEADS, {"position": position})
    # Here, not in SQL: databases sort text in different ways.
    return tuple(sorted((Head(row.stream, row.version, row.hash) for row in rows), key=lambda head: head.stream))


@dataclass(frozen=True, slots=True)
class Checked:
    """What comparing the log with an anchor showed: the root it gives now, and every stream that is another."""

    anchor: Anchor
    root: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether what was in the log then is in it now, unchanged."""
        return not self.findings and self.root == self.anchor.root

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "ok": self.ok, "made_at": self.anchor.made_at, "events": self.anchor.events, "root": self.anchor.root,
            "root_now": self.root,
            "findings": [{"stream": f.stream, "version": f.version, "what": f.what} for f in self.findings],
        }  # fmt: skip


async def check(database: Database, against: Anchor) -> Checked:
    """Compare the log up to the anchor's position with it. AnchorRefused for the anchor of another installation's log.

    A restored backup has another epoch and the same log, so the epoch alone is no reason to refuse: no stream in common
    is.
    """
    async with database.reading() as transaction:
        heads = await _heads(transaction, against.position)
        epoch = await remembered(transaction, EPOCH) or "unnamed"
    known = {head.stream: head for head in heads}
    if against.heads and epoch != against.epoch and not any(head.stream in known for head in against.heads):
        raise AnchorRefused(f"the anchor is of another installation ({against.epoch}), this is {epoch}")
    findings = _different(against.heads, known)
    return Checked(against, root_of(heads), tuple(findings[:_NAMED]))


def _different(then: Sequence[Head], known: dict[str, Head]) -> list[Finding]:
    found = []
    for head in then:
        now = known.pop(head.stream, None)
        if now is None:
            found.append(Finding(head.stream, head.version, "is not in the log any more"))
        elif now.version != head.version:
            what = f"had version {head.version} when it was anchored, and has {now.version} up to there now"
            found.append(Finding(head.stream, now.version, what))
        elif now.hash != head.hash:
            found.append(Finding(head.stream, head.version, "has another history than when it was anchored"))
    found += [Finding(extra, head.version, "was put into the log afterwards") for extra, head in sorted(known.items())]
    return found
