"""Plans of programmes, a referral up and back, a stay in hospital, and what stops at once; on both databases."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from events import follow_up as f
from events.actions import Party, PartyKind, Position
from events.base import Actor, Cause, Command, EndReason
from events.discharge import Disposition
from events.discharge_decider import RecordDischarge
from events.referral import OutcomeKind, Vitals
from events.referral_commands import AcceptReferral, RecordArrival, ReportCondition, ReportOutcome, SendDown
from models.history import Origin, change
from models.parties import PartyKind as Chat
from models.parties import bind_chat
from models.patient_reading import patients
from models.registry import DayOverrideRow
from models.values import ActorKind, Priority, Role, Sex, new_id
from tests.integration.world import Core, core
from tests.unit.events.story import HOSPITAL_SYSTEM, LIN

HE = Party(PartyKind.practitioner, "he-ping", frozenset({Position("liantang", Role.family_doctor)}))
LI = "li-xiuying"
MONTHS = timedelta(days=93)


@pytest.fixture
async def world(network_url: str) -> AsyncIterator[Core]:
    async with core(network_url) as parts:
        async with parts.database.transaction() as tx:
            await bind_chat(tx, LI, Chat.patient, "105", parts.clock.now(), "tests")
        yield parts


async def enrol(world: Core, programme: f.Programme = f.Programme.hypertension, begins: date = date(2026, 3, 4)) -> str:
    async with world.database.reading() as tx:
        key = (await patients(tx, [LI], world.clock.now()))[LI].key_id
    stream = f"plan-{new_id()}"
    command = f.EnrolPatient(
        stream=stream, by=HE, patient=LI, patient_key=key, centre="liantang", programme=programme, begins_on=begins
    )
    await world.do(command)
    return stream


async def plan(world: Core, stream: str) -> f.PlanState:
    async with world.database.transaction() as tx:
        state: f.PlanState = (await world.journal.load(tx, [stream]))[stream].state
    return state


async def only_record(world: Core, command: Command) -> None:
    """Handle a command and nothing after it: what is so now was written in its transaction."""
    why = Cause(new_id(), Actor(ActorKind.person, "somebody"), world.clock.now())
    await world.journal.handle_alone(world.database, command, why)


async def waiting(world: Core) -> list[Any]:
    return await world.rows(
        "SELECT purpose FROM notices WHERE recipient = 'li-xiuying' AND state IN ('waiting', 'retry') ORDER BY purpose"
    )


async def test_a_year_of_hypertension_has_four_visits_on_working_days_by_a_pack_that_is_kept(world: Core) -> None:
    # Counted from 27 June: three months later is a Sunday after Mid-Autumn Friday; the limit is not passed.
    state = await plan(world, await enrol(world, begins=date(2026, 6, 27)))
    days = [row.due_at.date() for row in state.rows]
    assert days == [date(2026, 9, 24), date(2026, 12, 25), date(2027, 3, 26), date(2027, 6, 25)]
    assert {row.kind for row in state.rows} == {"visit"}
    assert state.pack.startswith("follow_up 20")
    [begun] = await world.rows("SELECT data FROM log WHERE type = 'FollowUpPlanned'")
    assert '"pack_hash"' in begun.data


async def test_the_site_says_which_days_are_worked(world: Core) -> None:
    async with world.database.transaction() as tx:
        row = {"id": "2026-06-04", "day": date(2026, 6, 4), "working": False}
        await change(tx, DayOverrideRow, [row], world.clock.now(), "tests", Origin.file)
    await world.directory.refresh()
    state = await plan(world, await enrol(world))
    assert state.rows[0].due_at.date() == date(2026, 6, 3)


async def test_a_death_told_by_a_doctor_ends_plans_and_queued_messages_with_the_same_event(world: Core) -> None:
    stream = await enrol(world)
    await world.forward(timedelta(days=91))
    assert await waiting(world)
    handled = await world.request()
    referral = handled.state.id
    await world.do(AcceptReferral(stream=referral, by=LIN, come_now=True))
    await world.do(RecordArrival(stream=referral, by=LIN))
    await only_record(world, ReportOutcome(stream=referral, by=LIN, kind=OutcomeKind.died))
    assert (await plan(world, stream)).ended_reason is EndReason.died
    assert await waiting(world) == []
    assert len(await world.rows("SELECT id FROM deaths WHERE id = 'li-xiuying'")) == 1
    await world.settle()
    await world.forward(timedelta(days=400))
    assert await waiting(world) == []
    await world.verified()


async def test_a_discharge_by_death_does_the_same(world: Core) -> None:
    stream = await enrol(world)
    state = await plan(world, stream)
    gone = RecordDischarge(
        stream="discharge-x", by=HOSPITAL_SYSTEM, patient=LI, patient_key=state.patient_key, facility="chengxi-1",
        centre="liantang", discharged_at=world.clock.now(), disposition=Disposition.expired,
    )  # fmt: skip
    await only_record(world, gone)
    assert (await plan(world, stream)).ended_reason is EndReason.died
    await world.settle()
    await world.verified()


async def test_whoever_is_dead_gets_no_plan(world: Core) -> None:
    stream = await enrol(world)
    await world.do(f.EndPlan(stream=stream, by=HE, reason=EndReason.died))
    again = await plan(world, await enrol(world, f.Programme.diabetes))
    assert again.ended_reason is EndReason.died
    assert again.rows == () or not again.open


async def test_no_word_about_a_child_that_died(world: Core) -> None:
    stream = await enrol(world, f.Programme.birth)
    await world.forward(timedelta(days=6))
    assert await waiting(world)
    await only_record(world, f.EndPlan(stream=stream, by=HE, reason=EndReason.newborn_died))
    assert await waiting(world) == []


async def test_a_stillbirth_ends_the_plan_of_the_birth_and_the_mother_is_still_followed_up(world: Core) -> None:
    mother = await enrol(world, f.Programme.hypertension)
    birth = await enrol(world, f.Programme.birth)
    await world.forward(timedelta(days=6))
    assert await waiting(world)
    await only_record(world, f.EndPlan(stream=birth, by=HE, reason=EndReason.stillbirth))
    assert (await plan(world, birth)).ended_reason is EndReason.stillbirth
    assert (await plan(world, mother)).open
    still = await world.rows("SELECT purpose, about FROM notices WHERE recipient = 'li-xiuying' AND state = 'waiting'")
    assert birth not in {row.about for row in still}, still


@pytest.mark.parametrize("command", [f.MutePlan, f.PausePlan, f.EndPlan])
async def test_what_was_still_to_be_said_is_taken_back_at_once(world: Core, command: type[Command]) -> None:
    stream = await enrol(world)
    assert [row.purpose for row in await waiting(world)] == ["patient_visit_soon"]
    more: dict[type[Command], dict[str, Any]] = {
        f.PausePlan: {"reason": f.PauseReason.away}, f.EndPlan: {"reason": EndReason.patient_refused},
    }  # fmt: skip
    await only_record(world, command.model_validate({"stream": stream, "by": HE, **more.get(command, {})}))
    assert await waiting(world) == []


async def test_an_up_referral_is_sent_once_checked_within_two_weeks_and_ends_with_the_return(world: Core) -> None:
    stream = await enrol(world)
    bad = f.Findings(sbp=168, dbp=100)
    for _ in range(2):
        await world.do(
            f.RecordVisit(
                stream=stream, by=HE, findings=bad, visit_class="unsatisfactory_again", unsatisfactory=True,
                refer=Priority.routine,
            )
        )  # fmt: skip
    assert ("refer_up", "he-ping", "reply") in await world.notices()
    send = f.SendUp(stream=stream, by=HE, unique="ab" * 16, facility="chengxi-1", priority=Priority.routine)
    await world.do(send)
    with pytest.raises(Exception, match="already-referred"):
        await world.do(send.model_copy(update={"unique": "cd" * 16}))
    assert len(await world.rows("SELECT stream FROM summaries WHERE kind = 'referral'")) == 1
    state = await plan(world, stream)
    [check] = [row for row in state.rows if row.kind == "outcome_check"]
    assert timedelta(0) < check.due_at.date() - world.clock.now().date() <= timedelta(days=14)
    referral = state.referral or ""
    async with world.database.transaction() as tx:
        picture = (await world.journal.load(tx, [referral]))[referral].state.picture
    assert (picture.age, picture.sex, picture.vitals.sbp) == (70, Sex.female, 168), "the card and the rules need them"
    await world.do(RecordArrival(stream=referral, by=HOSPITAL_SYSTEM))
    assert (await plan(world, stream)).pause_reason is f.PauseReason.in_hospital
    await world.do(ReportOutcome(stream=referral, by=HOSPITAL_SYSTEM, kind=OutcomeKind.treated))
    back = await plan(world, stream)
    assert (back.paused, back.referral) == (False, None)
    await world.verified()


async def test_a_stable_patient_goes_down_with_one_press_and_the_loop_above_is_closed(world: Core) -> None:
    asked = await world.request()
    stream = asked.state.id
    await world.do(AcceptReferral(stream=stream, by=LIN, come_now=True))
    await world.do(RecordArrival(stream=stream, by=LIN))
    await world.do(ReportCondition(stream=stream, by=LIN, met=("stable", "diagnosis_clear")))
    send = SendDown(stream=stream, by=LIN, unique="ef" * 16, facility="liantang")
    with pytest.raises(Exception, match="same-recipient"):
        await world.do(send.model_copy(update={"facility": "chengxi-1"}))
    await world.do(send)
    with pytest.raises(Exception, match="not-now"):
        await world.do(send.model_copy(update={"unique": "cd" * 16}))
    async with world.database.transaction() as tx:
        loaded = await world.journal.load(tx, [stream, "referral-" + "ef" * 16])
    above, below = loaded[stream].state, loaded["referral-" + "ef" * 16].state
    assert (above.status, above.outcome, above.sent_down) == ("closed", OutcomeKind.treated, below.code)
    assert (below.direction, below.facility, below.initiator) == ("down", "liantang", LIN.id)
    assert (below.return_of, below.priority, below.picture.vitals) == (stream, Priority.routine, Vitals())
    assert below.open
    await world.verified()


async def test_a_call_that_waits_moves_with_the_patient(world: Core) -> None:
    stream = await enrol(world)
    await world.forward(MONTHS + timedelta(days=3))
    assert (await plan(world, stream)).calling
    await world.do(f.MovePlan(stream=stream, by=HE, centre="yanqiao", consent=True))
    assert ("call_item", "yao-jian", "routine") in await world.notices()


async def test_who_never_answers_is_called_then_lost_and_counted(world: Core) -> None:
    stream = await enrol(world, f.Programme.diabetes)
    await world.forward(timedelta(days=120))
    state = await plan(world, stream)
    assert state.lost == (0,)
    assert state.current == 1
    assert "call_item" in {purpose for purpose, _, _ in await world.notices()}
