"""A purpose that tells far more than usual holds itself and calls the admin; others, and stat, go on."""

from datetime import timedelta

from sqlalchemy import insert

from events.purposes import Purpose
from models import holds
from models.deliveries import NoticeRow
from models.history import table_of
from models.values import Lane
from tests.integration.world import core
from workers.flood import LEAST, floods, hold_floods


async def test_a_flood_holds_itself_once_and_calls_the_admin(network_url: str) -> None:
    async with core(network_url) as world:
        loop = (await world.request()).state.id
        now = world.clock.now()

        def notice(number: int, purpose: Purpose, lane: Lane) -> dict[str, object]:
            return {
                "stream": f"notice-{purpose}-{lane}-{number}", "loop": loop, "about": loop, "purpose": purpose,
                "lane": lane, "lane_rank": list(Lane).index(lane), "recipient": "lin-hao", "step": number,
                "params": "{}", "silent": False, "state": "waiting", "attempts": 0, "addresses_tried": 0,
                "requested_at": now, "next_at": now, "expires_at": None, "marked": False, "held_by": None,
            }  # fmt: skip

        rows = [notice(n, Purpose.offer, Lane.stat) for n in range(3 * LEAST)]
        rows += [notice(n, Purpose.call_item, Lane.urgent) for n in range(LEAST - 5)]
        rows += [notice(n, Purpose.declined, Lane.urgent) for n in range(LEAST + 5)]
        async with world.database.transaction() as tx:
            await tx.execute(insert(table_of(NoticeRow)), rows)
        async with world.database.transaction() as tx:
            found = await hold_floods(tx, world.journal, world.directory.current())
            assert [flood.purpose for flood in found] == [Purpose.declined]
            assert await hold_floods(tx, world.journal, world.directory.current()) == []
            [row] = await holds.running(tx)
            assert await holds.count(tx, row["id"]) == {Purpose.declined: LEAST + 5}
        told = [(purpose, recipient) for purpose, recipient, _ in await world.notices() if purpose == Purpose.parked]
        assert told == [(Purpose.parked, "liu-yang")]
        # A week later it is what is usual.
        world.clock.forward(timedelta(days=8))


async def test_how_many_are_never_a_flood_is_the_sites_to_say(network_url: str) -> None:
    async with core(network_url) as world:
        loop = (await world.request()).state.id
        now = world.clock.now()
        rows = [
            {
                "stream": f"notice-{n}", "loop": loop, "about": loop, "purpose": Purpose.declined, "lane": Lane.urgent,
                "lane_rank": 2, "recipient": "lin-hao", "step": n, "params": "{}", "silent": False, "state": "waiting",
                "attempts": 0, "addresses_tried": 0, "requested_at": now, "next_at": now, "expires_at": None,
                "marked": False, "held_by": None,
            }
            for n in range(LEAST)
        ]  # fmt: skip
        async with world.database.transaction() as tx:
            await tx.execute(insert(table_of(NoticeRow)), rows)
            assert await floods(tx, now, least=LEAST + 1) == []
            assert [each.count for each in await floods(tx, now)] == [LEAST]
