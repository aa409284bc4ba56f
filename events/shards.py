"""A look at a part of the log: the streams between two ids, each with its chain and its summary.

Silent by construction, as everything that reads the log again (N6).
"""

import gc
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from events.catalog import Held, Unreadable
from events.projections import summary
from events.rereading import (
    Head,
    Plain,
    as_stored,
    chain_holds,
    folded,
    plain_heads,
    plain_rows_between,
    plain_summaries_between,
)
from events.summary_digest import stored_digest
from models.database import Transaction
from models.values import kind_of

PAGE = 500  # streams at a time
PER_PROCESS = 8  # shards at least: so that there is progress, and nobody waits long for the last
PART = 5_000  # streams of a shard at most, about
# SQLite stores anything anywhere: a cell that is no value of its column.
NO_VALUE = (ValueError, TypeError, AttributeError)
# Or one that is not even text: the driver gives up on all rows of the statement.
UNREADABLE = (*NO_VALUE, OperationalError)
NOT_FOLDED = (Held, Unreadable, *NO_VALUE)


@dataclass(frozen=True, slots=True)
class Shard:
    """The streams whose id comes after `after` and not after `until` (None: up to the last)."""

    after: str = ""
    until: str | None = None


@dataclass(slots=True)
class Looked:
    """What a look at streams showed: how many, the digests of what was well, and what was not.

    `doubted`: heads of streams with which something is wrong. `right`: for those whose rows are whole, the summary that
    the log gives, by stream with the head's hash.
    """

    streams: int = 0
    events: int = 0
    digest: int = 0
    doubted: list[Head] = field(default_factory=list)
    right: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    def add(self, other: "Looked") -> None:
        """Count in another look."""
        self.streams += other.streams
        self.events += other.events
        self.digest += other.digest
        self.doubted += other.doubted
        self.right |= other.right


async def look(transaction: Transaction, shard: Shard, into: Looked) -> AsyncIterator[int]:
    """Look at the streams of a shard, page by page; the number of streams seen so far after each."""
    async for heads in pages(transaction, shard):
        await look_at(transaction, heads, into)
        yield into.streams


async def look_at(transaction: Transaction, heads: Sequence[Head], into: Looked) -> None:
    """Check the chains of these streams (one behind the other) and compare their summaries with what the log gives."""
    first, last = heads[0].id, heads[-1].id
    with _no_collecting():
        try:
            there = await plain_summaries_between(transaction, first, last)
            rows = await plain_rows_between(transaction, first, last)
        except sqlite3.OperationalError:  # a cell is not even text; whose it is is found one by one
            into.streams += len(heads)
            into.doubted += heads
            return
        for head in heads:
            _compare(head, rows.get(head.id, []), there.get(head.id), transaction.dialect, into)


def _compare(head: Head, own: Sequence[Plain], there: Plain | None, dialect: str, into: Looked) -> None:
    row, stored, well = None, None, False
    try:
        if chain_holds(head.version, head.hash, own):
            if kind_of(head.id).in_loops:
                row = summary(folded(own))
                stored = as_stored(row, dialect)
            well = there == stored
    except NOT_FOLDED:
        row = None
    into.streams += 1
    if well:
        into.events += len(own)
        if stored is not None:
            into.digest += stored_digest(stored)
        return
    into.doubted.append(head)
    if row is not None:
        into.right[head.id] = (head.hash, row)
        into.events += len(own)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """What is made meanwhile is no ring, it goes by itself; looking for rings in it takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


async def pages(transaction: Transaction, shard: Shard = Shard()) -> AsyncIterator[Sequence[Head]]:
    """The heads of the streams of a shard, a page at a time, in id order."""
    last = shard.after
    while heads := await plain_heads(transaction, last, shard.until, PAGE):
        yield heads
        last = heads[-1].id


# Where the streams are cut so that each part is about the same work: an event of a loop is read, hashed and folded, one
# of a notice is only hashed, and the ids of a kind stand together.
_ENDS = """
SELECT max(id) AS until FROM (
  SELECT id, CAST(sum(work) OVER (ORDER BY id) - 1 AS bigint) * :number / CAST(sum(work) OVER () AS bigint) AS part
  FROM (
    SELECT id, CASE WHEN kind IN ('notice', 'pack') THEN 2 + version ELSE 2 + 4 * version END AS work
    FROM streams WHERE id > :after
  ) AS weighed
) AS cut GROUP BY part ORDER BY until
"""


async def shards_of(transaction: Transaction, processes: int, streams: int, after: str = "") -> list[Shard]:
    """Shards of about the same work, several for each process, for so many streams: those after `after`."""
    wanted = {"number": max(processes * PER_PROCESS, streams // PART), "after": after}
    ends = list((await transaction.execute(text(_ENDS), wanted)).scalars())
    bounds = [after, *ends[:-1]]
    return [Shard(after, until) for after, until in zip(bounds, [*bounds[1:], None], strict=True)]
