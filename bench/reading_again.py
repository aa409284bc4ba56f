"""How fast the log is read again: verify, rebuild, export and import over up to a million events, on both engines.

`python -m bench.replay` runs it.

The events are whole loops as the demo network plays them (from the request to the last follow-up), copied under new ids
with their chains made anew; so the mix of types and sizes is that of life. Medians of several runs in events per second
of wall-clock time; beside them the plainest way to prove the same, on the same machine in the same minutes.
"""

import asyncio
import json
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select, text

from admin.looking import tail
from bench.ground import Ground, Kind, WednesdayMorning, machine
from events import catalog, log, shard_processes
from events.anchoring import anchor
from events.base import Recorded
from events.exporting import Selection, export_jsonl
from events.projections import summary, write_summary_rows
from events.rebuilding import rebuild
from events.replay import check_chain, summaries_of, verify
from models.database import Database, chunks
from models.history import table_of
from models.journal import LogRow, StreamRow
from models.values import kind_of, referral_code

_LOG, _STREAMS = table_of(LogRow), table_of(StreamRow)
_AT_ONCE = 5000
_ID = re.compile(r"[0-9a-f]{32}")


async def template(database: Database) -> list[dict[str, Any]]:
    """The rows of one whole loop, in the order they were recorded."""
    from tests.integration.road import whole_road
    from tests.integration.world import core, prepare

    url = database.url.render_as_string(hide_password=False)
    await prepare(url)
    async with core(url) as world:
        await whole_road(world)
    async with database.reading() as transaction:
        rows = await transaction.execute(select(_LOG).order_by(_LOG.c.position))
        return [{name: value for name, value in row.items() if name != "position"} for row in rows.mappings()]


def copies(rows: Sequence[dict[str, Any]], count: int) -> Iterator[list[dict[str, Any]]]:
    """The loop again and again, each time under ids of its own, chained."""
    code = _code_of(rows)
    prepared = [_prepared(row, code) for row in rows]
    for number in range(count):
        heads: dict[str, str] = {}
        made = []
        for row in prepared:
            copy = _copied(row, number)
            copy["hash"] = log.row_hash(heads.get(copy["stream"], ""), copy)
            heads[copy["stream"]] = copy["hash"]
            made.append(copy)
        yield made


_NUMBER, _CODE = "\x01", "\x02"
# A row with the names of what differs from copy to copy.
Prepared = tuple[dict[str, Any], list[str]]


def _code_of(rows: Sequence[dict[str, Any]]) -> str:
    return str(next(json.loads(row["data"])["code"] for row in rows if row["type"] == "ReferralRequested"))


def _prepared(row: dict[str, Any], code: str) -> Prepared:
    marked = {
        name: _ID.sub(lambda found: _NUMBER + found.group()[8:], value).replace(code, _CODE)
        if isinstance(value, str)
        else value
        for name, value in row.items()
    }
    return marked, [name for name, value in marked.items() if value != row[name]]


def _copied(prepared: Prepared, number: int) -> dict[str, Any]:
    row, varying = prepared
    copy, unique, code = dict(row), f"{number:08x}", referral_code(number, 8)
    for name in varying:
        copy[name] = copy[name].replace(_NUMBER, unique).replace(_CODE, code)
    return copy


async def fill(database: Database, rows: Sequence[dict[str, Any]], events: int) -> None:
    """So many events, with heads and summaries."""
    # Personal text in the copies is sealed for the place it came from: it does not open, and nobody opens it here.
    summaries, number = _summaries(rows), 0
    for some in chunks(copies(rows, -(-events // len(rows))), _AT_ONCE // len(rows)):
        flat = [row for loop in some for row in loop]
        ends = {row["stream"]: row for row in flat}
        async with database.transaction() as transaction:
            await log.begin_streams(transaction, [_head(row) for row in ends.values()])
            await log.write_rows(transaction, flat)
            numbers = range(number, number + len(some))
            await write_summary_rows(transaction, [_copied(each, copy) for copy in numbers for each in summaries])
        number += len(some)
    async with database.transaction() as transaction:
        await transaction.execute(text("ANALYZE"))


def _summaries(rows: Sequence[dict[str, Any]]) -> list[Prepared]:
    """The summaries that the loop gives; those of a copy differ by the copy's ids, which `verify` proves afterwards."""
    histories: dict[str, list[Recorded]] = {}
    for row in rows:
        if kind_of(row["stream"]).in_loops:
            histories.setdefault(row["stream"], []).append(log.recorded(SimpleNamespace(**row)))
    return [_prepared(summary(catalog.fold(history)), _code_of(rows)) for history in histories.values()]


def _head(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["stream"], "kind": kind_of(row["stream"]), "loop": row["loop"], "version": row["version"],
        "hash": row["hash"], "patient_key": None,
    }  # fmt: skip


async def raw(database: Database) -> int:
    """The log read as rows and nothing done with it: what a reading could be at best."""
    last, count = 0, 0
    async with database.reading() as transaction:
        while True:
            query = select(_LOG).where(_LOG.c.position > last).order_by(_LOG.c.position).limit(_AT_ONCE)
            rows = (await transaction.execute(query)).all()
            if not rows:
                return count
            count += len(rows)
            last = rows[-1].position


async def seen_after(database: Database, times: int = 20) -> dict[str, float]:
    """Seconds from the commit of an event until `events tail` shows it: the middle and the longest of so many."""
    seen: asyncio.Queue[float] = asyncio.Queue()

    async def follow() -> None:
        async for _ in tail(database, 0):
            seen.put_nowait(time.monotonic())

    async with database.reading() as transaction:
        query = select(_LOG).order_by(_LOG.c.position).limit(1)
        first = dict((await transaction.execute(query)).mappings().one())
    rows = [{name: value for name, value in first.items() if name != "position"}]
    following, waits = asyncio.ensure_future(follow()), []
    await asyncio.sleep(1.0)
    for number in range(times):
        row = rows[0] | {"id": f"tail-{number}", "stream": f"notice-tail-{number}"}
        async with database.transaction() as transaction:
            await log.write_rows(transaction, [row])
        committed = time.monotonic()
        waits.append(await asyncio.wait_for(seen.get(), 30) - committed)
        await asyncio.sleep(0.137)  # not in step with the tail's looks
    following.cancel()
    return {"p50": round(statistics.median(waits), 3), "longest": round(max(waits), 3)}


async def usual(database: Database, events: int) -> int:
    """The same proof in the plainest way, over at least so many events: what the reading is compared with.

    A stream's rows as row objects, each hashed and decoded, folded, and the summary compared with the one read.
    """
    done, last = 0, ""
    async with database.reading() as transaction:
        while done < events:
            query = select(_STREAMS).where(_STREAMS.c.id > last).order_by(_STREAMS.c.id).limit(500)
            heads = (await transaction.execute(query)).all()
            if not heads:
                break
            ids = [head.id for head in heads]
            there = await summaries_of(transaction, ids)
            rows: dict[str, list[Any]] = {}
            for row in await transaction.execute(log.reading(transaction), log.id_list(transaction, ids)):
                rows.setdefault(row.stream, []).append(row)
            for head in heads:
                own = rows[head.id]
                state = catalog.fold([log.recorded(row) for row in own])
                given = summary(state) if kind_of(head.id).in_loops else None
                if check_chain(head, own) or given != there.get(head.id):
                    raise RuntimeError(head.id)
                done += len(own)
            last = ids[-1]
    return done


Work = Callable[[], Awaitable[int]]


async def median_rate(work: Work, runs: int, before: Callable[[], Awaitable[None]] | None = None) -> dict[str, int]:
    """Events per second of `work` (which says how many they were): the median, the slowest and the fastest."""
    rates = []
    for _ in range(runs):
        if before is not None:
            await before()
        began = time.monotonic()
        done = await work()
        rates.append(done / (time.monotonic() - began))
    return {"median": round(statistics.median(rates)), "slowest": round(min(rates)), "fastest": round(max(rates))}


async def measure(ground: Ground, kind: Kind, events: int, runs: int) -> dict[str, Any]:
    """Events per second of each kind of reading."""
    source = Database(ground.database(kind))
    database = Database(ground.database(kind, "template_ours"))
    all_cores = shard_processes.processes()

    async def verified(processes: int) -> int:
        report = await verify(database, processes=processes)
        if not report.ok:
            raise RuntimeError(report.findings[:3])
        return report.events

    async def rebuilt() -> int:
        return (await rebuild(database, processes=all_cores)).events

    async def without_summaries() -> None:
        async with database.transaction() as transaction:
            await transaction.execute(text("DELETE FROM summaries"))

    async def anchored() -> int:
        return (await anchor(database, WednesdayMorning().now())).events

    async def exported() -> int:
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            return (await export_jsonl(database, file, Selection(), WednesdayMorning().now())).events

    try:
        rows = await template(source)
        began = time.monotonic()
        await fill(database, rows, events)
        figures: dict[str, Any] = {"fill_seconds": round(time.monotonic() - began, 1), "processes": all_cores}
        report = await verify(database)
        figures |= {"events": report.events, "streams": report.streams, "runs": runs}
        figures["verify_in_one_process"] = await median_rate(lambda: verified(1), runs)
        figures["verify"] = await median_rate(lambda: verified(all_cores), runs)
        figures["usual_way_in_one_process"] = await median_rate(lambda: usual(database, min(events, 60_000)), runs)
        figures["raw_read"] = await median_rate(lambda: raw(database), 1)
        plain = figures["usual_way_in_one_process"]["median"]
        figures["verify_to_usual_way"] = {
            "one_process": round(figures["verify_in_one_process"]["median"] / plain, 2),
            "all": round(figures["verify"]["median"] / plain, 2),
        }
        figures["rebuild_nothing_different"] = await median_rate(rebuilt, runs)
        figures["rebuild_from_nothing"] = await median_rate(rebuilt, runs, without_summaries)
        figures["anchor"] = await median_rate(anchored, 1)
        figures["export"] = await median_rate(exported, 1)
        figures["tail_seconds"] = await seen_after(database)
        figures["largest_mb"] = {
            "this_process": round(getrusage(RUSAGE_SELF).ru_maxrss / 1024),
            "one_that_reads": round(getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024),
        }
        return figures
    finally:
        await source.close()
        await database.close()


async def main(events: int, kinds: Sequence[Kind], runs: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory, Ground(Path(directory)) as ground:
        await ground.prepare()
        about = await machine(ground, "asyncio")
        for kind in kinds:
            found = await measure(ground, kind, events, runs)
            print(
                json.dumps({"machine": about.as_dict(), "deployment": kind, "per_second": found}, indent=2), flush=True
            )
