"""Writing summaries anew from the log while live traffic goes on: all of them, of one kind, or of one stream.

What a page should say is worked out beside the live rows, with its stream heads locked, so that both are of the same
position; only what differs is written. Interrupted, it goes on where it was: each page says in its own transaction how
far it came. Silent by construction, as everything that reads the log again (N6).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sqlalchemy import select, text

from events import log, shard_processes, shards
from events.projections import write_packs, write_summaries, write_summary_rows
from events.replay import Progress, no_progress
from events.rereading import Head, folded, plain_rows
from events.shards import PAGE, Looked
from models.database import Database, Transaction, chunks
from models.history import table_of
from models.installation import forget, remember, remembered
from models.journal import StreamRow
from models.values import StreamKind, kind_of

REACHED = "rebuild_reached"
_STREAMS = table_of(StreamRow)
_ADVISORY_LOCK = 7_356_674
_running: set[str] = set()
# NOT IN would look through all streams for each summary, once they do not fit into PostgreSQL's work_mem.
_REMOVE_INVENTED = text(
    "DELETE FROM summaries WHERE NOT EXISTS (SELECT 1 FROM streams WHERE streams.id = summaries.stream)"
)


class AlreadyRebuilding(Exception):
    """Another rebuild of this database is under way; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("another rebuild of this database is under way: wait for it, or stop it")


@dataclass(slots=True)
class RebuildReport:
    """What a rebuild wrote: streams read, summaries that had been different, summaries of no stream removed.

    `skipped`: streams that an interrupted rebuild had done before.
    """

    streams: int = 0
    events: int = 0
    changed: int = 0
    removed: int = 0
    skipped: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


async def rebuild(
    database: Database, progress: Progress = no_progress, kind: StreamKind | None = None, stream: str | None = None,
    processes: int | None = None,
) -> RebuildReport:  # fmt: skip
    """Write the summaries anew from the log, page by page. AlreadyRebuilding when somebody else does.

    Of everything, or of one kind, or of one stream. A rebuild of everything that was cut short goes on where it was; a
    long one is read by as many `processes` as there are cores, unless another number is given.
    """
    whole, report = kind is None and stream is None, RebuildReport()
    async with _alone(database):
        async with database.reading() as transaction:
            reached = await remembered(transaction, REACHED) if whole else None
            query = select(_STREAMS.c.id)
            if kind is not None:
                query = query.where(_STREAMS.c.kind == kind)
            if stream is not None:
                query = query.where(_STREAMS.c.id == stream)
            streams = sorted((await transaction.execute(query)).scalars())
        left = [each for each in streams if reached is None or each > reached]
        report.skipped = len(streams) - len(left)
        number = shard_processes.processes() if processes is None else processes
        if whole and number > 1 and (processes is not None or len(left) >= shard_processes.ALONE):
            await _in_processes(database, left, reached or "", number, report, progress)
        else:
            for page in chunks(left, PAGE):
                await database.repeated(partial(_page, page=page, report=report, whole=whole))
                progress(report.skipped + report.streams, len(streams))
        if whole:
            async with database.transaction() as transaction:
                report.removed = await remove_invented(transaction)
                await forget(transaction, REACHED)
    return report


async def remove_invented(transaction: Transaction) -> int:
    """Remove the summaries of no stream; how many there were."""
    return (await transaction.execute(_REMOVE_INVENTED)).rowcount


async def _in_processes(
    database: Database, left: Sequence[str], reached: str, number: int, report: RebuildReport, progress: Progress
) -> None:
    """Other processes find out what should be written; only that is written here, shard after shard."""
    packs = [each for each in left if kind_of(each) is StreamKind.pack]
    for some in chunks(packs, PAGE):
        await database.repeated(partial(_page, page=some, report=RebuildReport(), whole=False))
    total = report.skipped + len(left)
    async with database.reading() as transaction:
        parts = await shards.shards_of(transaction, number, len(left), after=reached)
    ends = iter(parts)
    async with aclosing(shard_processes.look_in_processes(database, parts, None, number)) as looked:
        async for found in looked:
            for doubted in chunks(sorted(found.doubted), PAGE):
                await database.repeated(partial(_write, doubted=doubted, found=found, report=report))
            async with database.transaction() as transaction:
                await remember(transaction, REACHED, next(ends).until or left[-1])
            report.streams += found.streams
            report.events += found.events
            progress(report.skipped + report.streams, total)


async def _write(transaction: Transaction, doubted: Sequence[Head], found: Looked, report: RebuildReport) -> None:
    """Write what another process found to be right of these streams, unless they have moved on since."""
    heads = await log.lock_heads(transaction, [each.id for each in doubted])
    rows, again = [], []
    for stream, *_ in doubted:
        seen = found.right.get(stream)
        if seen is not None and stream in heads and heads[stream].hash == seen[0]:
            rows.append(seen[1])
        else:
            again.append(stream)
    await write_summary_rows(transaction, rows)

    def count() -> None:
        report.changed += len(rows)

    transaction.after_commit(count)
    if again:
        further = RebuildReport()
        await _page(transaction, again, further, whole=False)
        transaction.after_commit(lambda: _count(report, further))


def _count(report: RebuildReport, further: RebuildReport) -> None:
    report.changed += further.changed


async def _page(transaction: Transaction, page: Sequence[str], report: RebuildReport, whole: bool) -> None:
    """Look at these streams with their heads locked, and write what differs."""
    locked, found = await log.lock_heads(transaction, page), Looked()
    heads = [Head(each.stream, each.loop, each.version, each.hash) for each in locked.values()]
    await shards.look_at(transaction, heads, found)
    await write_summary_rows(transaction, [row for _, row in found.right.values()])
    # Also what a broken chain gives: verify names it, a list without it would help nobody.
    broken = [head.id for head in found.doubted if head.id not in found.right]
    packs = [head.id for head in heads if kind_of(head.id) is StreamKind.pack]
    rows = await plain_rows(transaction, {*broken, *packs})
    await write_packs(transaction, [folded(rows[pack]) for pack in packs])
    states = [folded(own) for stream, own in rows.items() if stream in broken and kind_of(stream).in_loops]
    await write_summaries(transaction, states)
    if whole:
        await remember(transaction, REACHED, page[-1])

    def count() -> None:
        report.streams += len(page)
        report.events += found.events + sum(len(rows[stream]) for stream in broken)
        report.changed += len(found.right) + len(states)

    transaction.after_commit(count)


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    """Nobody else rebuilds meanwhile: in this process, and on PostgreSQL in any."""
    name = str(database.url)
    if name in _running:
        raise AlreadyRebuilding
    _running.add(name)
    try:
        if database.is_sqlite:  # whoever writes holds the data directory's lock
            yield
            return
        async with database.reading() as transaction:
            key = {"key": _ADVISORY_LOCK}
            if not (await transaction.execute(text("SELECT pg_try_advisory_lock(:key)"), key)).scalar_one():
                raise AlreadyRebuilding
            try:
                yield
            finally:
                await transaction.execute(text("SELECT pg_advisory_unlock(:key)"), key)
    finally:
        _running.discard(name)
