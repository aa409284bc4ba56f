"""The hot queries use an index on both engines, also where the planner knows nothing yet (no statistics).

The statements are those that the code sends, caught on their way; each is explained as it was sent.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select, text

from admin.looking import tail
from bot.sending.card_rows import changed, untouched
from bot.sending.queue import sendable
from events import log
from events.base import Actor, Cause
from events.outbox import Relay
from events.rebuilding import remove_invented
from events.referral_commands import AcceptReferral
from models.database import Transaction
from models.deliveries import UpdateRow
from models.values import ActorKind
from tests.integration.world import Core, core
from tests.unit.events.story import LIN
from workers.auditor import audit
from workers.failures import behind, to_try_again
from workers.reactions import CONSUMERS, SUBSCRIBERS

# Tables that grow with every referral; the others stay small.
GROWING = ("log", "streams", "summaries", "notices", "cursors", "outbox", "cards", "updates", "deliveries")
MANY = 12_000
_AT = "2026-03-01T00:00:00.000000+00:00"
_LATER = "2027-03-01T00:00:00.000000+00:00"

# Table → a row of number n, as years of use would leave them: done, sent, closed.
FILLING = {
    "log": "'x' || n, 'referral-x' || (n / 8), 1 + n % 8, 'ReferralSeen', 1, 'x', 'x', 'rule:x', {at}, {at}, "
    "'{long}', 'x'",
    "streams": "'referral-x' || n, 'referral', 'x' || n, 1, 'x'",
    "summaries": "'referral-x' || n, 'referral', 'x' || n, 1, 'closed', {no}, 'routine', 'p' || n, 0, {at}",
    "notices": "'notice-x' || n, 'x', 'x' || n, 'sent', 'routine', 4, 'p' || n, 0, '{{}}', {no}, 'sent', 1, 1, {at}, "
    "{at}, {no}",
    "cursors": "'referral-x' || n, 'telling', 1, 1, {at}",
    "cards": "'c' || n, 'x' || n, 'x', 'sent', 'p', n, n, 1, 1, 'x', {no}, {at}",
    "updates": "'bot', n, 'x', 'x' || n, {at}, {at}, 1",
    "deliveries": "'d' || n, 'notice-x' || n, 1, 'telegram:1', 1, 'sent', 1, {at}",
}
COLUMNS = {
    "log": "id, stream, version, type, schema_version, loop, caused_by, actor, occurred_at, recorded_at, data, hash",
    "streams": "id, kind, loop, version, hash",
    "summaries": "stream, kind, loop, version, status, open, priority, patient, step, begun_at",
    "notices": "stream, loop, about, purpose, lane, lane_rank, recipient, step, params, silent, state, attempts, "
    "addresses_tried, requested_at, next_at, marked",
    "cursors": "stream, consumer, done, wanted, since",
    "cards": "id, about, notice, purpose, recipient, chat, message, shown_version, wanted_version, shown_hash, opened, "
    "next_at",
    "updates": "bot, update_id, payload, payload_hash, received_at, handled_at, attempts",
    "deliveries": "id, notice, attempt, address, chat, state, fence, started_at",
}


@pytest.fixture
async def world(network_url: str) -> AsyncIterator[Core]:
    async with core(network_url) as parts:
        for _ in range(3):
            await parts.request()
        yield parts


async def grow(world: Core) -> None:
    """Fill the tables, and let nobody count them."""
    at = f"'{_AT}'" if world.database.is_sqlite else f"CAST('{_AT}' AS timestamptz)"
    no = "0" if world.database.is_sqlite else "false"
    async with world.database.transaction() as transaction:
        for table, row in FILLING.items():
            values = row.format(at=at, no=no, long="d" * 300)
            await transaction.execute(
                text(
                    f"INSERT INTO {table} ({COLUMNS[table]}) WITH RECURSIVE g(n) AS "
                    f"(SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {MANY}) SELECT {values} FROM g"
                )
            )


async def statements(work: Callable[[], Awaitable[Any]]) -> list[tuple[str, Any]]:
    """The SELECTs, UPDATEs and DELETEs that this work sends, with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if re.match(r"\s*(SELECT|WITH|UPDATE|DELETE)", statement):
            sent.append((statement, parameters[0] if many else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await work()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert sent, "nothing was asked"
    return sent


async def explained(world: Core, statement: str, parameters: Any) -> list[str]:
    """The engine's plan, a line for each step."""
    prefix = "EXPLAIN QUERY PLAN " if world.database.is_sqlite else "EXPLAIN "

    def explain(connection: Connection) -> list[str]:
        return [str(row[-1]).strip() for row in connection.exec_driver_sql(prefix + statement, parameters)]

    async with world.database.reading() as transaction:
        found: list[str] = await transaction.run_sync(explain)
    return found


async def scans(world: Core, sent: list[tuple[str, Any]]) -> list[str]:
    """Where the engine reads the whole of a growing table to answer."""
    found = []
    for statement, parameters in sent:
        lines = [f"{line}: {statement}" for line in await explained(world, statement, parameters)]
        found += [line for line in lines if _whole(line)]
    return found


def _whole(line: str) -> bool:
    table = re.search(r"^(?:-> +)?(?:Seq Scan on|SCAN) (\w+)", line)
    # SQLite's "SCAN ... USING INDEX" walks a whole index: all right where it is one of few rows.
    few = re.search(r"INDEX ix_\w+_(?:due|open|behind|sendable|changed|unhandled):", line)
    return bool(table and table[1] in {*GROWING, *ALIASES} and not few and "VIRTUAL TABLE" not in line)


# As bot/updates.py asks.
_UPDATES = UpdateRow.__table__  # type: ignore[attr-defined]
_UNHANDLED = (
    select(_UPDATES).where(_UPDATES.c.handled_at.is_(None), _UPDATES.c.bot == "bot").order_by(_UPDATES.c.id).limit(500)
)
ALIASES = ("l", "c", "s", "t", "newer", "repeat")


async def test_what_is_asked_all_day_reads_no_whole_table(world: Core) -> None:
    await grow(world)
    streams = [row.stream for row in await world.rows("SELECT stream FROM summaries WHERE open = true")]
    now = world.clock.now()
    questions: dict[str, Callable[[Transaction], Awaitable[Any]]] = {
        "read streams": lambda tx: log.read_streams(tx, streams),
        "lock heads": lambda tx: log.lock_heads(tx, streams),
        "cursors behind": lambda tx: behind(tx, now),
        "to try again": lambda tx: to_try_again(tx, now),
        "sendable notices": lambda tx: sendable(tx, now, ("lin-hao",)),
        "cards to change": lambda tx: changed(tx, now, 10, (1, 2)),
        "cards as they are": lambda tx: untouched(tx, ("card-1", "card-2")),
        "unhandled updates": lambda tx: tx.execute(_UNHANDLED),
    }
    found = {}
    for name, ask in questions.items():

        async def work(ask: Callable[[Transaction], Awaitable[Any]] = ask) -> None:
            async with world.database.transaction() as transaction:
                await ask(transaction)

        if whole := await scans(world, await statements(work)):
            found[name] = whole
    assert found == {}


async def test_the_auditor_reads_what_is_open_and_not_what_was(world: Core) -> None:
    """Once the tables have been counted: before, half of all loops are taken to be open."""
    await grow(world)
    async with world.database.transaction() as transaction:
        await transaction.execute(text("ANALYZE summaries"))
        await transaction.execute(text("ANALYZE cursors"))

    async def work() -> None:
        async with world.database.reading() as transaction:
            assert (await audit(transaction, world.clock.now())).open_loops == 3

    assert await scans(world, await statements(work)) == []


async def test_a_command_and_its_reactions_read_no_whole_table(world: Core) -> None:
    await grow(world)
    [stream, *_] = [row.stream for row in await world.rows("SELECT stream FROM summaries WHERE open = true")]

    async def work() -> None:
        await world.journal.handle_alone(world.database, AcceptReferral(stream=stream, by=LIN), _press(world))
        for consumer in CONSUMERS:
            await world.engine.work(consumer, [stream])
        await world.ticker.pass_deadlines()

    assert await scans(world, await statements(work)) == []


async def test_the_relay_reads_no_whole_outbox(world: Core) -> None:
    world.journal.outbox = True
    await grow(world)
    for _ in range(3):
        await world.request()

    async def work() -> None:
        assert await Relay(world.database, world.broker, SUBSCRIBERS, "rest").carry() > 0

    assert await scans(world, await statements(work)) == []


async def test_who_follows_the_log_reads_only_what_is_new(world: Core) -> None:
    await grow(world)

    async def work() -> None:
        assert (await anext(tail(world.database, 1)))["position"] > 0

    assert await scans(world, await statements(work)) == []


async def test_what_was_invented_is_removed_by_one_look_at_either_table(world: Core) -> None:
    await grow(world)
    async with world.database.transaction() as transaction:
        await transaction.execute(text("DELETE FROM streams WHERE id IN ('referral-x1', 'referral-x7')"))

    async def work() -> None:
        async with world.database.transaction() as transaction:
            assert await remove_invented(transaction) == 2

    [(statement, parameters)] = await statements(work)
    assert await world.rows("SELECT stream FROM summaries WHERE stream IN ('referral-x1', 'referral-x7')") == []
    assert len(await world.rows("SELECT stream FROM summaries")) == MANY - 2 + 3
    plan = await explained(world, statement, parameters)
    # A question asked for each summary is one for each stream as well, unless it goes by an index.
    asked_for_each = [line for line in plan if "SubPlan" in line or re.search(r"^SCAN streams", line)]
    assert asked_for_each == [], plan


def _press(world: Core) -> Cause:
    return Cause("a press", Actor(ActorKind.person, LIN.id), world.clock.now())
