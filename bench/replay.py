"""How fast the log is read again: verify, rebuild, export and import over up to a million events, on both engines.

    python -m bench.replay [--events 1000000] [--engine full|embedded]

The events are whole loops as the demo network plays them (from the request to the last follow-up), copied under new ids
with their chains made anew; so the mix of types and sizes is that of life.
"""

import argparse
import asyncio
import json
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from admin.looking import tail
from bench.ground import Ground, Kind, WednesdayMorning, machine
from events import catalog, log, shards
from events.anchoring import anchor
from events.exporting import Selection, export_jsonl
from events.projections import write_summaries
from events.rebuilding import rebuild
from events.replay import verify
from models.database import Database, Transaction, chunks
from models.history import table_of
from models.journal import LogRow
from models.values import StreamKind, kind_of, referral_code

_LOG = table_of(LogRow)
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
        return [
            {name: value for name, value in row.items() if name not in ("position", "transaction")}
            for row in rows.mappings()
        ]


def copies(rows: Sequence[dict[str, Any]], count: int) -> Iterator[list[dict[str, Any]]]:
    """The loop again and again, each time under ids of its own, chained."""
    code = next(json.loads(row["data"])["code"] for row in rows if row["type"] == "ReferralRequested")
    for number in range(count):
        rename = partial(_ID.sub, lambda found, number=number: f"{number:08x}{found.group()[8:]}")
        heads: dict[str, str] = {}
        made = []
        for row in rows:
            copy = {name: rename(value) if isinstance(value, str) else value for name, value in row.items()}
            copy["data"] = copy["data"].replace(code, referral_code(number, 8))
            copy["hash"] = log.row_hash(heads.get(copy["stream"], ""), copy)
            heads[copy["stream"]] = copy["hash"]
            made.append(copy)
        yield made


async def fill(database: Database, rows: Sequence[dict[str, Any]], events: int) -> None:
    """So many events, with heads and summaries."""
    # Personal text in the copies is sealed for the place it came from: it does not open, and nobody opens it here.
    for some in chunks(copies(rows, -(-events // len(rows))), _AT_ONCE // len(rows)):
        flat = [row for loop in some for row in loop]
        ends = {row["stream"]: row for row in flat}
        async with database.transaction() as transaction:
            await log.begin_streams(transaction, [_head(row) for row in ends.values()])
            await log.write_rows(transaction, flat)
            await _summaries(transaction, [stream for stream in ends if kind_of(stream) is not StreamKind.notice])
    async with database.transaction() as transaction:
        await transaction.execute(text("ANALYZE"))


def _head(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["stream"], "kind": kind_of(row["stream"]), "loop": row["loop"], "version": row["version"],
        "hash": row["hash"], "patient_key": None,
    }  # fmt: skip


async def _summaries(transaction: Transaction, streams: Sequence[str]) -> None:
    histories = await log.read_streams(transaction, streams)
    await write_summaries(transaction, [catalog.fold(history) for history in histories.values()])


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
    rows = [{name: value for name, value in first.items() if name not in ("position", "transaction")}]
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


async def measure(ground: Ground, kind: Kind, events: int) -> dict[str, Any]:
    """Events per second of each kind of reading."""
    figures: dict[str, Any] = {}
    source = Database(ground.database(kind))
    database = Database(ground.database(kind, "template_ours"))
    try:
        began = time.monotonic()
        await fill(database, await template(source), events)
        figures["fill_seconds"] = round(time.monotonic() - began, 1)
        for processes in (1, shards.processes()):
            began = time.monotonic()
            report = await verify(database, processes=processes)
            if not report.ok:
                raise RuntimeError(report.findings[:3])
            figures["events"], figures["streams"] = report.events, report.streams
            figures[f"verify_per_second_in_{processes}"] = round(report.events / (time.monotonic() - began))
        began = time.monotonic()
        read = await raw(database)
        figures["raw_read_per_second"] = round(read / (time.monotonic() - began))
        began = time.monotonic()
        rebuilt = await rebuild(database)
        figures["rebuild_nothing_different_per_second"] = round(rebuilt.events / (time.monotonic() - began))
        async with database.transaction() as transaction:
            await transaction.execute(text("DELETE FROM summaries"))
        began = time.monotonic()
        rebuilt = await rebuild(database)
        figures["rebuild_from_nothing_per_second"] = round(rebuilt.events / (time.monotonic() - began))
        began = time.monotonic()
        made = await anchor(database, WednesdayMorning().now())
        figures["anchor_per_second"] = round(made.events / (time.monotonic() - began))
        began = time.monotonic()
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            done = await export_jsonl(database, file, Selection(), WednesdayMorning().now())
        figures["export_per_second"] = round(done.events / (time.monotonic() - began))
        figures["tail_seconds"] = await seen_after(database)
        return figures
    finally:
        await source.close()
        await database.close()


async def main(events: int, kinds: Sequence[Kind]) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory, Ground(Path(directory)) as ground:
        await ground.prepare()
        found = {kind: await measure(ground, kind, events) for kind in kinds}
        about = await machine(ground, "asyncio")
        print(json.dumps({"machine": about.as_dict(), "replay": found}, indent=2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=["full", "embedded"], action="append")
    given = parser.parse_args()
    asyncio.run(main(given.events, given.engine or ["embedded", "full"]))
