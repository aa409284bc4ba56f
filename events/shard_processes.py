"""The log read again in several processes at once: this one and others beside it, each taking the next part.

One Python process is what holds a rereading up, not the database. This process does not wait for the others to start (a
second of importing each): it begins, and they take what is left. Every process looks at one moment of the database; on
PostgreSQL it is the same moment for all, on SQLite a stream and its summary are of the same moment as each other, which
is what is compared. Silent by construction, as everything that reads the log again (N6).
"""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from multiprocessing import active_children, get_context

from sqlalchemy import text

from events.shards import Looked, Shard, look
from models.database import Database, Transaction
from models.tasks import TaskSet

ALONE = 60_000  # fewer streams are read faster in this process than others are started


def processes() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def moment_of(transaction: Transaction) -> str | None:
    """On PostgreSQL a name by which others join the one moment that this transaction reads."""
    if transaction.dialect != "postgresql":
        return None
    return str((await transaction.execute(text("SELECT pg_export_snapshot()"))).scalar_one())


async def look_in_processes(
    database: Database, shards: Sequence[Shard], moment: str | None, number: int
) -> AsyncGenerator[Looked]:
    """What each shard showed, in their order, found by so many processes, this one among them.

    Whoever named the `moment` must keep their transaction open. Close it (aclosing): until then the others are there.
    """
    loop, url = asyncio.get_running_loop(), database.url.render_as_string(hide_password=False)
    found: list[asyncio.Future[Looked]] = [loop.create_future() for _ in shards]
    left = iter(zip(shards, found, strict=True))
    with _pool(number - 1) as pool:

        def there(shard: Shard) -> Awaitable[Looked]:
            with without_interrupts():  # handing over may start a process
                return loop.run_in_executor(pool, _look_alone, url, moment, shard)

        tasks = TaskSet()
        try:
            tasks.start(_take(left, partial(_look, database, moment)), "here")
            for another in range(number - 1):
                tasks.start(_take(left, there), f"there-{another}")
            for each in found:
                yield await each
        finally:
            await tasks.stop()


async def _take(
    left: Iterator[tuple[Shard, asyncio.Future[Looked]]], look_at: Callable[[Shard], Awaitable[Looked]]
) -> None:
    """Do one shard after another of those that nobody has taken."""
    for shard, result in left:
        try:
            result.set_result(await look_at(shard))
        except Exception as error:  # noqa: BLE001 - whoever waits for the result gets it
            result.set_exception(error)
            return


async def _look(database: Database, moment: str | None, shard: Shard) -> Looked:
    found = Looked()
    async with database.reading(one_moment=True) as transaction:
        if moment is not None:
            # A name that PostgreSQL gave (hexadecimal groups); this statement takes no parameters.
            await transaction.execute(text(f"SET TRANSACTION SNAPSHOT '{moment}'"))
        async for _ in look(transaction, shard, found):
            pass
    return found


@contextmanager
def _pool(number: int) -> Iterator[ProcessPoolExecutor | None]:
    """So many others; none where this process is alone."""
    if number < 1:
        yield None
        return
    there = set(active_children())
    pool = ProcessPoolExecutor(number, get_context("spawn"), initializer=_begin)
    try:
        yield pool
    except BaseException:
        for other in set(active_children()) - there:  # nobody waits for what they look at
            other.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Ctrl-C is for this process: one that is started meanwhile never hears it, not even while it still imports."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """In a new process: what is made here is short-lived or kept."""
    gc.disable()


@cache
def _connected(url: str) -> tuple[asyncio.Runner, Database]:
    """Kept from shard to shard: connecting takes a tenth of a second."""
    return asyncio.Runner(), Database(url, pool_size=1)


def _look_alone(url: str, moment: str | None, shard: Shard) -> Looked:
    runner, database = _connected(url)
    return runner.run(_look(database, moment, shard))
