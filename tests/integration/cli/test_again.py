"""`refloop intake replay`, `refloop parking groups|redrive`: what was refused or set aside, taken again once."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import insert

from admin.intake_again import take_refused_again
from admin.refusals import CommandRefused
from admin.settings import Settings
from events.intake.answers import Answer
from events.intake.bodies import intake_row
from events.intake.problems import Problem
from events.intake.translating import Body
from models.database import Database
from models.history import table_of
from models.journal import FailureRow, IntakeRow
from models.sources import add_source
from tests.integration.cli.command_line import Terminal
from tests.integration.world import START, core

EVENT = {
    "specversion": "1.0", "id": "m-1", "source": "//tests", "type": "refloop.referral.request.v1",
    "data": {
        "id": "r-1", "patient": {"identifiers": [{"system": "id-card", "value": "00000019550308001X"}]},
        "to": {"facility": "chengxi-1", "department": "cardiology"}, "priority": "urgent",
    },
}  # fmt: skip


async def test_what_was_refused_by_mistake_is_taken_once(network_url: str, tmp_path: object) -> None:
    settings = Settings.model_validate({"database_url": network_url, "data_dir": str(tmp_path)})
    async with core(network_url) as world:
        body = Body(json.dumps(EVENT).encode(), "application/cloudevents+json", {})
        refused = Answer(422, problems=(Problem("nobody knew this department"),))
        async with world.database.transaction() as tx:
            await add_source(tx, "his", "liantang", START, "person:tests")
            row = intake_row(world.keyring, "his", "http:/events", "m-1", refused, body, START)
            await tx.execute(insert(table_of(IntakeRow)), [row])
        world.clock.forward(timedelta(minutes=1))

        async def again(really: bool) -> list[list[int]]:
            given = (settings, world.database, world.keyring, world.clock, "his", START, START + timedelta(hours=1))
            return [each["now"] for each in await take_refused_again(*given, really)]

        async def referrals() -> int:
            return len(await world.rows("SELECT stream FROM summaries"))

        assert (await again(False), await referrals()) == ([[201]], 0)
        assert (await again(True), await referrals()) == ([[201]], 1)
        assert await again(True) == [[200]]
        assert await referrals() == 1
        with pytest.raises(CommandRefused, match="no active source"):
            await take_refused_again(
                settings, world.database, world.keyring, world.clock, "nobody", START, START, really=False
            )


def test_what_is_parked_is_grouped_by_cause_and_tried_again_in_part(installed: Terminal, network_url: str) -> None:
    async def park() -> None:
        database = Database(network_url)
        rows = [
            {
                "consumer": "telling", "stream": f"referral-{n}", "version": 1, "attempts": 6,
                "reason": "KeyError: x" if n < 3 else "TimeoutError: y", "first_at": START + timedelta(minutes=n),
                "last_at": START + timedelta(hours=1), "next_at": None, "parked_at": START + timedelta(hours=1),
            }
            for n in range(5)
        ]  # fmt: skip
        async with database.transaction() as tx:
            await tx.execute(insert(table_of(FailureRow)), rows)
        await database.close()

    asyncio.run(park())
    groups = installed("parking", "groups", "--json").json
    assert [(group["cause"], group["count"]) for group in groups] == [("KeyError", 3), ("TimeoutError", 2)]
    dry = installed("parking", "redrive", "--all", "--cause", "KeyError", "--limit", 2)
    assert dry.out.split() == ["telling/referral-0", "telling/referral-1"]
    done = installed("parking", "redrive", "--all", "--cause", "KeyError", "--limit", 2, "--yes", "--reason", "mended")
    assert (done.code, len(done.out.split())) == (0, 2)
    assert [group["count"] for group in installed("parking", "groups", "--json").json] == [2, 1]
