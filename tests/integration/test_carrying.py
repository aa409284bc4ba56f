"""An export taken into an empty database gives the same digests; a file that is not whole is refused (T15, T17)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import text

from events.anchoring import Anchor, AnchorRefused, anchor, check
from events.base import Personal
from events.exporting import Selection, export_csv, export_jsonl, safe_cell
from events.importing import ImportRefused, import_jsonl
from events.referral_commands import AcceptReferral, AmendReferral
from events.replay import verify
from models.database import Database
from models.installation import sender_held
from tests.integration.road import TRAVELLED
from tests.integration.world import START, Core, core
from tests.unit.events.story import HE, LIN


@pytest.fixture
async def world(road_url: str) -> AsyncIterator[Core]:
    async with core(road_url, TRAVELLED) as parts:
        await parts.request(reason=Personal(text="=HYPERLINK(1)"))
        yield parts


@pytest.fixture
async def empty(sqlite_tables_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_tables_url)
    yield database
    await database.close()


async def exported(world: Core) -> str:
    file = StringIO()
    await export_jsonl(world.database, file, Selection(), START)
    return file.getvalue()


def lines_of(content: str) -> Callable[[], StringIO]:
    return lambda: StringIO(content)


async def test_export_and_import_give_the_same_digests(world: Core, empty: Database) -> None:
    before = await verify(world.database)
    done = await import_jsonl(empty, lines_of(await exported(world)))
    after = await verify(empty)
    assert after.ok, after.findings
    assert (after.live, after.events, after.streams) == (before.live, before.events, before.streams)
    assert done.events == before.events
    assert await heads(empty) == await heads(world.database)


async def heads(database: Database) -> set[tuple[object, ...]]:
    async with database.reading() as transaction:
        return {tuple(row) for row in await transaction.execute(text("SELECT * FROM streams"))}


async def test_an_import_tells_nobody_anything(world: Core, empty: Database) -> None:
    await import_jsonl(empty, lines_of(await exported(world)))
    async with empty.reading() as transaction:
        assert await sender_held(transaction) is not None
        for table in ("notices", "outbox", "cursors", "deliveries"):
            assert (await transaction.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0


@pytest.mark.parametrize(
    "spoil, reason",
    [
        (lambda lines: lines[: len(lines) // 2], "cut off"),
        (lambda lines: [*lines[:1], *lines[2:]], "version 1 should come here"),
        (lambda lines: [lines[0], lines[1].replace("liantang", "elsewher", 1), *lines[2:]], "it was changed"),
        (lambda lines: [lines[0], lines[1].replace('"schemaversion": 1', '"schemaversion": 99'), *lines[2:]], "line 2"),
        (lambda lines: [*lines[:2], "{", *lines[3:]], "line 3: no JSON"),
        (lambda lines: lines[1:], "line 1: no export"),
        (lambda lines: [*lines, lines[-2]], "something follows"),
        (lambda lines: [*lines[:-2], lines[-1]], "does not fit"),
    ],
)
async def test_a_file_that_is_not_whole_is_refused_whole(
    world: Core, empty: Database, spoil: Callable[[list[str]], list[str]], reason: str
) -> None:
    content = "\n".join(spoil((await exported(world)).splitlines())) + "\n"
    with pytest.raises(ImportRefused, match=reason):
        await import_jsonl(empty, lines_of(content))
    assert await heads(empty) == set()


async def test_events_of_a_newer_version_are_refused_with_the_advice_to_upgrade(world: Core, empty: Database) -> None:
    """Also where the hash is right: a newer installation wrote it so."""
    from events import log
    from events.importing import _row
    from models.database import instant_text

    lines = (await exported(world)).splitlines()
    event = json.loads(lines[1])
    event["schemaversion"] = 99
    row = _row(event, 2)
    assert instant_text(row["occurred_at"]) == event["time"]
    event["hash"] = log.row_hash("", row)
    with pytest.raises(ImportRefused, match="newer than this installation: upgrade"):
        await import_jsonl(empty, lines_of("\n".join([lines[0], json.dumps(event), *lines[2:]])))


async def test_a_selection_is_not_taken_for_a_log(world: Core, empty: Database) -> None:
    file = StringIO()
    await export_jsonl(world.database, file, Selection(type="ReferralRequested"), START)
    assert len(file.getvalue().splitlines()) == 2 + 2
    with pytest.raises(ImportRefused, match="selection"):
        await import_jsonl(empty, lines_of(file.getvalue()))


async def test_events_are_not_imported_among_others(world: Core) -> None:
    with pytest.raises(ImportRefused, match="has events already"):
        await import_jsonl(world.database, lines_of(await exported(world)))


async def test_events_are_chosen_by_facility_priority_and_holder(world: Core) -> None:
    async def count(chosen: Selection) -> int:
        return (await export_jsonl(world.database, StringIO(), chosen, START)).events

    assert await count(Selection(facility="chengxi-2")) == 0
    every = await count(Selection())
    assert await count(Selection(facility="liantang")) == every
    assert 0 < await count(Selection(holder="lin-hao")) < every
    assert 0 < await count(Selection(since=START + timedelta(days=1))) < every
    assert await count(Selection(priority="stat")) == 0


async def test_no_cell_of_a_table_is_a_formula(world: Core) -> None:
    file = StringIO()
    done = await export_csv(world.database, file, Selection())
    assert done.events > 10
    assert "HYPERLINK" not in file.getvalue()  # sealed, and named so
    assert "[sealed]" in file.getvalue()
    for bad in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"):
        assert safe_cell(bad) == f"'{bad}"
    assert safe_cell("R-7K2F4") == "R-7K2F4"


async def test_an_anchor_holds_while_the_log_goes_on(world: Core) -> None:
    made = Anchor.parse(list((await anchor(world.database, START)).lines()))
    stream = (await world.request()).state.id
    await world.do(AcceptReferral(stream=stream, by=LIN, come_now=True))
    checked = await check(world.database, made)
    assert checked.ok
    assert made.events < (await verify(world.database)).events


async def test_a_history_rewritten_with_all_its_hashes_is_found_by_the_anchor_alone(world: Core) -> None:
    stream = (await world.request()).state.id
    made = await anchor(world.database, START)
    async with world.database.transaction() as transaction:
        if transaction.dialect == "sqlite":
            for name in ("update", "delete", "replace"):
                await transaction.execute(text(f"DROP TRIGGER log_append_only_{name}"))
        else:
            await transaction.execute(text("ALTER TABLE log DISABLE TRIGGER ALL"))
            await transaction.execute(text("GRANT ALL ON log TO CURRENT_USER"))
        for table, column in (("log", "stream"), ("streams", "id"), ("summaries", "stream"), ("cursors", "stream")):
            await transaction.execute(text(f"DELETE FROM {table} WHERE {column} = :s"), {"s": stream})
    assert (await verify(world.database)).ok  # no chain is broken: a whole stream is gone
    checked = await check(world.database, made)
    assert not checked.ok
    assert [(finding.stream, finding.what) for finding in checked.findings] == [(stream, "is not in the log any more")]


async def test_an_anchor_that_was_edited_is_no_anchor(world: Core) -> None:
    lines = list((await anchor(world.database, START)).lines())
    with pytest.raises(AnchorRefused, match="changed or cut off"):
        Anchor.parse(lines[:-1])
    with pytest.raises(AnchorRefused, match="no anchor"):
        Anchor.parse(["something else"])


async def test_an_anchor_is_right_whoever_writes_meanwhile(world: Core) -> None:
    async def traffic() -> None:
        for _ in range(5):
            stream = (await world.request()).state.id
            await world.do(AmendReferral(stream=stream, by=HE, recipient_facility="chengxi-1"))

    made: list[Anchor] = []

    async def anchoring() -> None:
        made.extend([await anchor(world.database, START) for _ in range(5)])

    await asyncio.gather(traffic(), anchoring())
    for each in made:
        assert (await check(world.database, each)).ok
