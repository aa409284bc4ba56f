"""Somebody has left: what they had is offered to whoever is on duty, and their buttons do nothing (T7)."""

from collections.abc import AsyncIterator
from datetime import time, timedelta

import pytest

from events.referral_commands import AcceptReferral
from models.history import Origin, end
from models.registry import RoleRow
from tests.integration.test_reviewed import LIN
from tests.integration.world import Core, core
from workers.rounds import Rounds


@pytest.fixture
async def world(network_url: str) -> AsyncIterator[Core]:
    """The parts on a database with the demo network."""
    async with core(network_url) as parts:
        yield parts


async def test_what_somebody_had_who_left_is_handed_over_with_the_next_shift(world: Core) -> None:
    rounds = Rounds(world.database, world.journal, world.directory, time(17))
    referral = (await world.request()).state.id
    await world.do(AcceptReferral(stream=referral, by=LIN, come_now=True))
    await rounds.look()
    roles = await world.rows("SELECT id FROM practice_roles WHERE person = 'lin-hao'")
    async with world.database.transaction() as transaction:
        ids = [each.id for each in roles]
        await end(transaction, RoleRow, ids, world.clock.now(), "person:head", Origin.command)
    await world.forward(timedelta(hours=8))  # past half past five, when shifts change
    await rounds.look()
    asked = await world.rows("SELECT data FROM log WHERE type = 'HandOverAsked' AND stream = :s", s=referral)
    assert ["zhou-min" in str(each.data) for each in asked] == [True]
    lists = await world.rows("SELECT recipient FROM notices WHERE purpose = 'hand_over' ORDER BY recipient")
    assert [each.recipient for each in lists] == ["chen-yu", "zhou-min"], "the coordinator too, half an hour later"
    await world.verified()
