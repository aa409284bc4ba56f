"""Late news, second rounds, answers given twice, and workers that catch up: the loop stays whole."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from events.actions import Party, PartyKind, Position
from events.base import Actor, Cause, EndReason, Personal, Refused
from events.discharge import FormAnswer
from events.discharge_decider import AnswerReturnForm, NameCentre, RecordDischarge, SendReturnForm
from events.follow_up import AnswerFollowUp, CloseFollowUp, PlanState
from events.referral import OutcomeKind
from events.referral_commands import (
    AcceptReferral,
    AmendReferral,
    AskCancel,
    RecordArrival,
    RedirectReferral,
    RefuseCancel,
    ReopenReferral,
    ReportOutcome,
)
from models.patient_reading import patients
from models.values import ActorKind, Lane, Priority, Role, StreamKind, new_id, stream_id
from tests.integration.world import Core


def staff(person: str, *positions: Position) -> Party:
    return Party(kind=PartyKind.practitioner, id=person, positions=frozenset(positions))


LIN = staff("lin-hao", Position("chengxi-1", Role.doctor, "cardiology"))
DESK = staff("desk", Position("chengxi-1", Role.discharge_desk), Position("chengxi-1", Role.coordinator))
HE = staff("he-ping", Position("liantang", Role.family_doctor), Position("liantang", Role.doctor))
TAN = staff("tan-xue", Position("yanqiao", Role.family_doctor))
PATIENT = Party(PartyKind.patient, "li-xiuying", patients=frozenset({"li-xiuying"}))


async def discharged(world: Core, ago: timedelta = timedelta(0), settle: bool = True) -> str:
    """Li Xiuying leaves the county hospital, as its system says; the stream of her stay."""
    async with world.database.reading() as transaction:
        known = await patients(transaction, ["li-xiuying"], world.clock.now())
    stream = stream_id(StreamKind.discharge, new_id())
    command = RecordDischarge(
        stream=stream, by=DESK, patient="li-xiuying", patient_key=known["li-xiuying"].key_id, facility="chengxi-1",
        centre="liantang", discharged_at=world.clock.now() - ago,
    )  # fmt: skip
    if settle:
        await world.do(command)
    else:
        await quietly(world, command)
    return stream


async def quietly(world: Core, command: Any) -> None:
    """A command while the workers are away."""
    why = Cause(new_id(), Actor(ActorKind.person, "somebody"), world.clock.now())
    await world.journal.handle_alone(world.database, command, why)


async def plan_of(world: Core) -> PlanState:
    """The newest plan."""
    rows = await world.rows("SELECT stream FROM summaries WHERE kind = 'plan' ORDER BY begun_at DESC")
    async with world.database.transaction() as transaction:
        state: PlanState = (await world.journal.load(transaction, [rows[0].stream]))[rows[0].stream].state
    return state


async def open_without_holder(world: Core) -> list[Any]:
    """Roots that are open while nothing of their loop waits for anybody (N4)."""
    return await world.rows(
        "SELECT stream, status FROM summaries root WHERE root.open AND root.stream = root.loop AND NOT EXISTS "
        "(SELECT 1 FROM summaries s WHERE s.loop = root.loop AND s.situation IS NOT NULL AND s.due IS NOT NULL)"
    )


async def call_items(world: Core) -> list[str]:
    """Who was asked to telephone, oldest first."""
    rows = await world.rows("SELECT recipient FROM notices WHERE purpose = 'call_item' ORDER BY requested_at")
    return [row.recipient for row in rows]


async def test_a_plan_made_late_asks_before_it_gives_up(world: Core) -> None:
    """The message of a stay came forty days late: nobody has been asked, so nobody is lost yet."""
    await discharged(world, ago=timedelta(days=40))
    await world.ticker.pass_deadlines()
    await world.settle()
    plan = await plan_of(world)
    assert plan.lost == (), "lost to follow-up without ever having been asked"


async def test_after_an_outage_somebody_calls_before_anybody_is_lost(world: Core) -> None:
    await discharged(world)
    world.clock.forward(timedelta(days=60))  # nobody looked at the clock meanwhile
    await world.ticker.pass_deadlines()
    await world.settle()
    plan = await plan_of(world)
    assert (plan.lost, plan.calling) == ((), True), "lost to follow-up without ever having been asked"
    assert "call_item" in [purpose for purpose, _, _ in await world.notices()]
    await world.forward(timedelta(days=20))
    assert 0 in (await plan_of(world)).lost, "counted as lost in the end"
    await world.verified()


async def test_saying_fine_twice_answers_one_follow_up(world: Core) -> None:
    await discharged(world)
    await world.forward(timedelta(days=2, hours=8))
    plan = await plan_of(world)
    assert plan.reminded
    await world.do(AnswerFollowUp(stream=plan.id, by=PATIENT, row=plan.current, answer="fine"))
    await world.do(AnswerFollowUp(stream=plan.id, by=PATIENT, row=plan.current + 1, answer="fine"))
    assert (await plan_of(world)).done == (0,), "the check-in of day 7 was used up on day 2"


async def test_a_loop_that_was_opened_again_can_end_in_a_second_discharge(world: Core) -> None:
    referral = (await world.request()).state.id
    for again in (False, True):
        if again:
            await world.do(ReopenReferral(stream=referral, by=HE, reason=Personal(text="back again")))
            await world.do(RedirectReferral(stream=referral, by=HE, facility="chengxi-1", department="cardiology"))
        await world.do(AcceptReferral(stream=referral, by=LIN, come_now=True))
        await world.do(RecordArrival(stream=referral, by=LIN))
        await world.do(ReportOutcome(stream=referral, by=LIN, kind=OutcomeKind.discharged))
        assert await open_without_holder(world) == []
        [stay] = await world.rows(
            "SELECT stream FROM summaries WHERE kind = 'discharge' AND loop = :r AND open ORDER BY begun_at", r=referral
        )
        await world.do(SendReturnForm(stream=stay.stream, by=DESK, diagnosis=Personal(text="x")))
        await world.do(AnswerReturnForm(stream=stay.stream, by=HE, answer=FormAnswer.received))
        await world.forward(timedelta(days=60))
        [root] = await world.rows("SELECT status FROM summaries WHERE stream = :r", r=referral)
        assert root.status == "closed"
    await world.verified()


async def test_a_worker_that_catches_up_does_not_close_what_the_plan_carries(world: Core) -> None:
    stay = await discharged(world, settle=False)
    await quietly(world, SendReturnForm(stream=stay, by=DESK, diagnosis=Personal(text="x")))
    await quietly(world, AnswerReturnForm(stream=stay, by=HE, answer=FormAnswer.received))
    await world.settle()
    [root] = await world.rows("SELECT status FROM summaries WHERE stream = :s", s=stay)
    assert root.status == "form_received", "closed while its plan still runs"
    assert (await plan_of(world)).open


async def test_the_team_of_the_right_centre_follows_up_after_not_our_patient(world: Core) -> None:
    stay = await discharged(world)
    await world.do(SendReturnForm(stream=stay, by=DESK, diagnosis=Personal(text="x")))
    await world.forward(timedelta(days=2, hours=8))
    before = await plan_of(world)
    await world.do(AnswerReturnForm(stream=stay, by=HE, answer=FormAnswer.not_our_patient))
    await world.do(NameCentre(stream=stay, by=DESK, centre="yanqiao"))
    plan = await plan_of(world)
    assert (plan.centre, plan.holder.facility) == ("yanqiao", "yanqiao")
    assert (plan.current, plan.step) == (before.current, before.step), "the patient is not asked a second time"
    [row] = await world.rows("SELECT holder_facility, due FROM summaries WHERE stream = :p", p=plan.id)
    assert row.holder_facility == "yanqiao"
    assert row.due is not None
    former = await call_items(world)
    assert set(former) == {"he-ping"}
    await world.forward(timedelta(days=5))
    assert set((await call_items(world))[len(former) :]) == {"yao-jian"}
    with pytest.raises(Refused, match="not-yours"):
        await world.do(CloseFollowUp(stream=plan.id, by=HE, row=plan.current, outcome="reached"))
    await world.do(CloseFollowUp(stream=plan.id, by=TAN, row=plan.current, outcome="reached"))
    assert (await plan_of(world)).done == (0,)
    await world.verified()


async def test_a_centre_named_before_the_workers_came_is_the_plan_s_from_the_start(world: Core) -> None:
    stay = await discharged(world, settle=False)
    await quietly(world, NameCentre(stream=stay, by=DESK, centre="yanqiao"))
    await world.settle()
    assert (await plan_of(world)).centre == "yanqiao"


@pytest.mark.parametrize("network_url", ["postgresql"], indirect=True)
async def test_what_a_reaction_looks_at_stands_still_until_it_is_done(world: Core) -> None:
    """Else two streams that end at the same moment each see the other still open, and nobody closes the loop."""
    stay = await discharged(world)
    plan = (await plan_of(world)).id
    await quietly(world, SendReturnForm(stream=stay, by=DESK, diagnosis=Personal(text="x")))
    await quietly(world, AnswerReturnForm(stream=stay, by=HE, answer=FormAnswer.received))
    looked, go_on = asyncio.Event(), asyncio.Event()
    finish = world.engine._finish

    async def waiting(*arguments: Any) -> None:
        looked.set()
        await go_on.wait()
        await finish(*arguments)

    world.engine._finish = waiting  # type: ignore[method-assign,assignment]
    work = asyncio.create_task(world.engine.work("deciding", [stay]))
    await looked.wait()
    free = await world.rows("SELECT id FROM streams WHERE id = :p FOR UPDATE SKIP LOCKED", p=plan)
    go_on.set()
    await work
    assert free == [], "somebody else could end the plan while its loop was looked at"


async def test_what_was_amended_before_a_cancelling_was_refused_is_still_decided_on(world: Core) -> None:
    referral = (await world.request(asked_priority=Priority.routine)).state.id
    await world.do(AcceptReferral(stream=referral, by=LIN, come_now=True))
    await quietly(world, AmendReferral(stream=referral, by=HE, asked_priority=Priority.stat))
    await quietly(world, AskCancel(stream=referral, by=HE, reason=EndReason.resolved))
    await world.settle()
    await world.do(RefuseCancel(stream=referral, by=LIN))
    [row] = await world.rows("SELECT priority FROM summaries WHERE stream = :s", s=referral)
    assert row.priority == Priority.stat
    await world.verified()


async def test_a_step_parked_on_a_notice_is_told_about_its_loop(world: Core) -> None:
    """A notice has no card of its own: a parked one is shown as what it was about."""
    referral = (await world.request()).state.id
    [notice] = await world.rows("SELECT stream FROM notices WHERE purpose = 'offer'")
    await world.engine._tell_parked("deciding", notice.stream, "ValueError")
    [told] = await world.rows("SELECT about, recipient, lane FROM notices WHERE purpose = 'parked'")
    assert (told.about, told.recipient, told.lane) == (referral, "chen-yu", Lane.urgent)
