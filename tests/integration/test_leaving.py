"""Somebody has left: what they had goes at once to whoever is there, and their buttons do nothing (T7)."""

from datetime import time, timedelta

from events.base import Personal
from events.referral import DeclineReason
from events.referral_commands import AcceptReferral, AskInformation, DeclineReferral, RecordArrival
from models.history import Origin, end
from models.registry import RoleRow
from tests.integration.test_reviewed import LIN
from tests.integration.world import Core
from workers.rounds import Rounds


async def leaves(world: Core, person: str) -> None:
    """Their roles end in the registry now."""
    roles = await world.rows("SELECT id FROM practice_roles WHERE person = :p", p=person)
    async with world.database.transaction() as transaction:
        await end(
            transaction, RoleRow, [each.id for each in roles], world.clock.now(), "person:head", Origin.command
        )  # fmt: skip
    world.clock.forward(timedelta(seconds=1))


async def looked(world: Core) -> None:
    """The next beat of the heart."""
    await Rounds(world.database, world.journal, world.directory, time(17)).look()
    await world.settle()


async def told(world: Core, purpose: str) -> list[str]:
    """Who was told for this purpose, oldest first."""
    rows = await world.rows("SELECT recipient FROM notices WHERE purpose = :p ORDER BY requested_at", p=purpose)
    return [each.recipient for each in rows]


async def test_what_somebody_had_who_left_moves_at_once_and_asks_nobody_twice(world: Core) -> None:
    waits = (await world.request()).state
    taken = (await world.request()).state.id
    await world.do(AcceptReferral(stream=taken, by=LIN, come_now=True))
    assert waits.open
    await leaves(world, "lin-hao")
    for _ in range(2):
        await looked(world)
    [offered] = await world.rows("SELECT holder_person FROM summaries WHERE stream = :s", s=waits.id)
    assert offered.holder_person == "zhou-min", "asked anew"
    asked = await world.rows("SELECT data FROM log WHERE type = 'HandOverAsked' AND stream = :s", s=taken)
    assert ["zhou-min" in str(each.data) for each in asked] == [True]
    assert sorted(await told(world, "hand_over")) == ["chen-yu", "zhou-min"], "the coordinator half an hour later"
    await world.verified()


async def test_a_question_to_somebody_who_left_goes_to_the_coordinator_once(world: Core) -> None:
    declined, asked, arrived = [(await world.request()).state.id for _ in range(3)]
    await world.do(DeclineReferral(stream=declined, by=LIN, reason=DeclineReason.no_capacity))
    await world.do(AskInformation(stream=asked, by=LIN, question=Personal(text="ECG?")))
    await world.do(AcceptReferral(stream=arrived, by=LIN, come_now=True))
    await world.do(RecordArrival(stream=arrived, by=LIN))
    for person in ("he-ping", "lin-hao"):
        await leaves(world, person)
    for _ in range(2):
        await looked(world)
    coordinator = world.directory.current().coordinator("liantang", world.clock.now())
    assert coordinator not in (None, "he-ping")
    assert await told(world, "declined") == ["he-ping", coordinator]
    assert await told(world, "information_asked") == ["he-ping", coordinator]
    assert await told(world, "outcome_due") == ["chen-yu"]
    await world.verified()


async def test_who_coordinates_a_small_house_from_the_one_above_it_has_not_left(world: Core) -> None:
    await world.request(recipient_facility=None, department=None)
    [row] = await world.rows("SELECT holder_person, holder_facility FROM summaries")
    assert tuple(row) == ("fang-lan", "liantang")
    roles = world.directory.current().roles("fang-lan", world.clock.now())
    assert "liantang" not in {held.facility for held in roles}
    await looked(world)
    assert await told(world, "to_be_routed") == ["fang-lan"], "asked once"
    await world.forward(timedelta(hours=2))
    [row] = await world.rows("SELECT holder_person, holder_facility FROM summaries")
    assert tuple(row) == ("chen-yu", "liantang"), "the next tier's"
    before = await told(world, "to_be_routed")
    await looked(world)
    assert await told(world, "to_be_routed") == before


async def test_news_for_somebody_who_left_goes_to_their_coordinator(world: Core) -> None:
    referral = (await world.request()).state.id
    await leaves(world, "he-ping")
    await world.directory.refresh()
    await world.do(AcceptReferral(stream=referral, by=LIN, come_now=True))
    coordinator = world.directory.current().coordinator("liantang", world.clock.now())
    assert await told(world, "somebody_has_it") == [coordinator]


async def test_what_is_routine_waits_for_the_morning(world: Core) -> None:
    referral = (await world.request(asked_priority="routine")).state.id
    await world.do(AcceptReferral(stream=referral, by=LIN))
    await world.forward(timedelta(hours=13))  # 23:00
    await looked(world)
    await leaves(world, "lin-hao")
    await looked(world)
    assert await told(world, "hand_over") == []
    world.clock.forward(timedelta(hours=9, minutes=10))
    await looked(world)
    assert "zhou-min" in await told(world, "hand_over") or "chen-yu" in await told(world, "hand_over")
