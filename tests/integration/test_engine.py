"""The core on both engines: a referral is decided, asked and escalated; nothing twice, nothing lost, nothing stuck."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from events.actions import Party, PartyKind, Position
from events.base import Recorded
from events.referral import Appointment, ClinicalPicture, OutcomeKind, Vitals
from events.referral_commands import AcceptReferral, ChangePriority, RecordArrival, ReportOutcome
from events.referral_state import ReferralState
from models.history import Origin, change
from models.registry import ClosedRow
from models.values import Priority, Role
from tests.integration.world import Core
from workers.facts import Facts
from workers.failures import redrive
from workers.outcomes import Outcome, Reaction
from workers.reactions import CONSUMERS

LIN = Party(
    kind=PartyKind.practitioner, id="lin-hao", positions=frozenset({Position("chengxi-1", Role.doctor, "cardiology")})
)
CHEST_PAIN = ClinicalPicture(age=71, vitals=Vitals(sbp=186, dbp=112), symptoms=("chest_pain",))


async def test_a_referral_is_triaged_and_the_doctor_on_duty_is_asked(world: Core) -> None:
    handled = await world.request(picture=CHEST_PAIN)
    [summary] = await world.rows("SELECT status, priority, holder_person, due FROM summaries")
    assert (summary.status, summary.priority, summary.holder_person) == ("offered", "stat", "lin-hao")
    assert ("offer", "lin-hao", "stat") in await world.notices()
    types = [
        row.type
        for row in await world.rows("SELECT type FROM log WHERE stream = :s ORDER BY version", s=handled.state.id)
    ]
    assert types == ["ReferralRequested", "ReferralTriaged", "ReferralOffered"]
    await world.verified()


async def test_what_nobody_answers_goes_from_duty_to_coordinator_to_everybody(world: Core) -> None:
    await world.request(picture=CHEST_PAIN)
    await world.forward(timedelta(minutes=1, seconds=59))
    asked = [who for purpose, who, _ in await world.notices() if purpose == "offer"]
    assert asked == ["lin-hao", "lin-hao"], "asked, and asked again after a minute"
    await world.forward(timedelta(minutes=1))
    assert "zhou-min" in [who for purpose, who, _ in await world.notices() if purpose == "offer"]
    await world.forward(timedelta(minutes=3))
    notices = await world.notices()
    assert ("coordinator_asked", "chen-yu", "stat") in notices
    assert ("nobody_yet", "he-ping", "stat") in notices, "the initiator hears at five minutes that nobody has it yet"
    await world.forward(timedelta(minutes=6))
    assert "sun-guoliang" in [who for purpose, who, _ in await world.notices() if purpose == "offer"]
    await world.verified()


async def test_a_department_that_another_process_has_just_closed_is_not_asked(world: Core) -> None:
    """Nobody told this process: the engine looks at the registry with every batch."""
    now = world.clock.now()
    closed = {"id": "full", "facility": "chengxi-1", "department": "cardiology", "since": now, "reason": "no bed"}
    async with world.database.transaction() as tx:
        await change(tx, ClosedRow, [closed], now, "tests", Origin.chat)
    await world.request(picture=CHEST_PAIN)
    told = {(purpose, who) for purpose, who, _ in await world.notices()}
    assert ("coordinator_asked", "chen-yu") in told
    assert "lin-hao" not in {who for _, who in told}


async def test_whoever_answered_is_left_alone(world: Core) -> None:
    handled = await world.request(picture=CHEST_PAIN)
    await world.do(AcceptReferral(stream=handled.state.id, by=LIN, come_now=True))
    before = [n for n in await world.notices() if n[0] == "offer"]
    await world.forward(timedelta(minutes=20))
    assert [n for n in await world.notices() if n[0] == "offer"] == before
    assert ("somebody_has_it", "he-ping", "stat") in await world.notices()


async def test_the_same_cause_twice_is_one_effect(world: Core) -> None:
    handled = await world.request()
    command = AcceptReferral(
        stream=handled.state.id, by=LIN, appointment=Appointment(at=world.clock.now() + timedelta(days=1))
    )
    await world.do(command, cause="press-1")
    with pytest.raises(Exception, match="not-now"):
        await world.do(command, cause="press-1")
    rows = await world.rows("SELECT count(*) AS n FROM log WHERE type = 'ReferralAccepted'")
    assert rows[0].n == 1


async def test_nudges_again_and_in_any_order_change_nothing(world: Core) -> None:
    handled = await world.request(picture=CHEST_PAIN)
    before = await world.rows("SELECT id FROM log ORDER BY id")
    for consumer in ("telling", "deciding", "telling"):
        await world.engine.work(consumer, [handled.state.id])
    assert await world.rows("SELECT id FROM log ORDER BY id") == before


async def test_two_workers_at_once_react_once(world: Core) -> None:
    # Nothing reacts while they are begun.
    world.engine.consumers = {name: {} for name in CONSUMERS}  # reactions held back
    world.settle = _nothing  # type: ignore[method-assign]
    streams: list[str] = [(await world.request(picture=CHEST_PAIN)).state.id for _ in range(6)]
    world.engine.consumers = CONSUMERS
    del world.settle
    await asyncio.gather(*(world.engine.work("deciding", streams) for _ in range(4)))
    rows = await world.rows("SELECT stream, count(*) AS n FROM log WHERE type = 'ReferralTriaged' GROUP BY stream")
    assert [row.n for row in rows] == [1] * 6
    await world.settle()
    await world.verified()


async def _nothing() -> None:
    pass


async def test_a_cursor_several_events_behind_catches_up_with_the_state_at_the_head(world: Core) -> None:
    world.engine.consumers = {**CONSUMERS, "telling": {}}  # telling is away
    handled = await world.request(picture=CHEST_PAIN)
    await world.do(AcceptReferral(stream=handled.state.id, by=LIN, come_now=True))
    await world.rows("SELECT 1")
    async with world.database.transaction() as transaction:
        from sqlalchemy import text

        await transaction.execute(text("UPDATE cursors SET done = 0 WHERE consumer = 'telling'"))
    world.engine.consumers = CONSUMERS
    await world.settle()
    purposes = [purpose for purpose, _, _ in await world.notices()]
    assert purposes.count("offer") == 1
    assert purposes.count("somebody_has_it") == 1


async def test_a_poisoned_reaction_is_parked_alone_and_redriven_once(world: Core) -> None:
    def broken(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
        if state.asked_priority is Priority.asap:
            raise ValueError("a bug")
        return ()

    poisoned = {
        "deciding": {**CONSUMERS["deciding"], "ReferralOffered": [Reaction(broken)]},
        "telling": CONSUMERS["telling"],
    }
    world.engine.consumers = poisoned  # a bug in one reaction
    bad = (await _requested(world, Priority.asap)).state.id
    good = (await _requested(world, Priority.urgent)).state.id
    for _ in range(8):
        await world.engine.work("deciding", [bad, good])
        world.clock.forward(timedelta(minutes=8))
    [failure] = await world.rows("SELECT stream, attempts, parked_at, reason FROM failures")
    assert (failure.stream, failure.attempts, failure.reason) == (bad, 6, "ValueError")
    assert failure.parked_at is not None
    statuses = {row.stream: row.status for row in await world.rows("SELECT stream, status FROM summaries")}
    assert statuses[good] == "offered"
    world.engine.consumers = CONSUMERS  # mended
    assert await redrive(world.database, stream=bad) == [("deciding", bad)]
    await world.engine.work("deciding", [bad])
    await world.settle()
    assert [
        row.n
        for row in await world.rows(
            "SELECT count(*) AS n FROM log WHERE type = 'ReferralOffered' AND stream = :s", s=bad
        )
    ] == [1]
    assert await world.rows("SELECT 1 FROM failures") == []


async def test_what_went_well_later_leaves_no_failure_behind(world: Core) -> None:
    def broken(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
        raise ValueError("a bug")

    world.engine.consumers = {"deciding": {"ReferralRequested": [Reaction(broken)]}, "telling": {}}
    stream = (await _requested(world, Priority.urgent)).state.id
    await world.engine.work("deciding", [stream])
    assert len(await world.rows("SELECT 1 FROM failures")) == 1
    world.engine.consumers = CONSUMERS  # mended
    await world.engine.work("deciding", [stream])  # too early: left alone, and not forgotten
    assert len(await world.rows("SELECT 1 FROM failures")) == 1
    world.clock.forward(timedelta(seconds=3))
    await world.engine.work("deciding", [stream])
    assert await world.rows("SELECT 1 FROM failures") == []
    # Killed between the commit and the note that it went well: nothing is behind, and nothing is failing.
    assert await world.engine.failures.note_attempt("deciding", stream) == "go"
    world.clock.forward(timedelta(seconds=3))
    await world.engine.work("deciding", [stream])
    assert await world.rows("SELECT 1 FROM failures") == []


async def _requested(world: Core, priority: Priority) -> Any:
    settle, world.settle = world.settle, _nothing  # type: ignore[method-assign]
    handled = await world.request(asked_priority=priority)
    world.settle = settle  # type: ignore[method-assign]
    return handled


async def test_from_the_request_to_a_closed_loop(world: Core) -> None:
    handled = await world.request()
    stream = handled.state.id
    await world.do(AcceptReferral(stream=stream, by=LIN, come_now=True))
    await world.do(RecordArrival(stream=stream, by=LIN))
    await world.do(ReportOutcome(stream=stream, by=LIN, kind=OutcomeKind.treated))
    [summary] = await world.rows("SELECT status, open, due FROM summaries")
    assert (summary.status, bool(summary.open), summary.due) == ("closed", False, None)
    await world.verified()


async def test_what_kills_the_process_is_parked_alone_after_six_times_and_told(world: Core) -> None:
    class Killed(BaseException):
        """As if the process had gone."""

    def deadly(recorded: Recorded, state: ReferralState, facts: Facts) -> Sequence[Outcome]:
        raise Killed

    world.engine.consumers = {"deciding": {"ReferralRequested": [Reaction(deadly)]}, "telling": {}}
    stream = (await _requested(world, Priority.urgent)).state.id
    for _ in range(5):
        with pytest.raises(Killed):
            await world.engine.work("deciding", [stream], cautious=True)
        await world.engine.work("deciding", [stream], cautious=True)  # too early: left alone
        world.clock.forward(timedelta(minutes=8))
    await world.engine.work("deciding", [stream], cautious=True)
    [failure] = await world.rows("SELECT attempts, parked_at, version FROM failures")
    assert (failure.attempts, failure.version) == (6, 1)
    assert failure.parked_at is not None
    assert ("parked", "chen-yu", "urgent") in await world.notices(), "the coordinator of whoever holds it is told"


async def test_whoever_has_it_hears_that_it_became_more_urgent(world: Core) -> None:
    stream = (await world.request()).state.id
    await world.do(AcceptReferral(stream=stream, by=LIN))
    he = Party(PartyKind.practitioner, "he-ping", frozenset({Position("liantang", Role.family_doctor)}))
    await world.do(ChangePriority(stream=stream, by=he, priority=Priority.stat))
    assert ("amended", "lin-hao", "stat") in await world.notices()
    await world.verified()
