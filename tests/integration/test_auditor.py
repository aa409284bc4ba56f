"""N4: every open loop has one holder and a deadline; the auditor finds those that have not, the roads leave none."""

from datetime import timedelta
from typing import cast

from prometheus_client import CollectorRegistry
from sqlalchemy import text

from admin.metrics import Figures
from admin.parts import Parts
from events.discharge import Disposition
from events.discharge_decider import RecordDischarge, VoidDischarge
from events.referral import ClinicalPicture, OutcomeKind, Vitals
from events.referral_commands import AcceptReferral, AmendReferral, RecordArrival, ReportOutcome
from models.patient_reading import patients
from tests.integration.world import Core
from tests.unit.events.story import DESK, HE, HOSPITAL, LIN
from workers.auditor import Audit, audit
from workers.orphans import orphans, tell_orphans


async def audited(world: Core) -> Audit:
    async with world.database.reading() as transaction:
        return await audit(transaction, world.clock.now())


async def spoilt(world: Core, statement: str, stream: str) -> Audit:
    async with world.database.transaction() as transaction:
        await transaction.execute(text(statement), {"s": stream})
    return await audited(world)


async def went_home(world: Core) -> str:
    """A referral whose patient has been treated and discharged."""
    stream: str = (await world.request()).state.id
    await world.do(AcceptReferral(stream=stream, by=LIN, come_now=True))
    await world.do(RecordArrival(stream=stream, by=LIN))
    await world.do(ReportOutcome(stream=stream, by=LIN, kind=OutcomeKind.discharged))
    return stream


async def test_a_loop_without_a_holder_or_a_deadline_is_named(world: Core) -> None:
    one, two = (await world.request()).state.id, (await world.request()).state.id
    assert await audited(world) == Audit(2, (), ())
    assert (await spoilt(world, "UPDATE summaries SET due = NULL WHERE stream = :s", one)).unheld == (one,)
    found = await spoilt(world, "UPDATE summaries SET holder_facility = NULL WHERE stream = :s", two)
    assert set(found.unheld) == {one, two}
    assert found.orphaned == 2


async def test_the_admin_is_told_once_of_what_is_found_and_the_heartbeat_stops(world: Core) -> None:
    async def told() -> list[str]:
        async with world.database.transaction() as tx:
            if found := await orphans(tx, world.clock.now()):
                await tell_orphans(tx, world.journal, world.directory.current(), found)
        return [who for purpose, who, _ in await world.notices() if purpose == "parked"]

    registry = CollectorRegistry()
    figures, parts = Figures(registry), cast("Parts", world)

    async def beat() -> float | None:
        await figures.count(parts)
        return registry.get_sample_value("refloop_audit_at_seconds")

    stream = (await world.request()).state.id
    assert await told() == []
    before = await beat()
    world.clock.forward(timedelta(seconds=30))
    assert await beat() == (before or 0) + 30
    await spoilt(world, "UPDATE summaries SET due = NULL WHERE stream = :s", stream)
    world.clock.forward(timedelta(seconds=30))
    assert await beat() == (before or 0) + 30
    assert registry.get_sample_value("refloop_orphaned_loops") == 1
    assert [await told() for _ in range(2)] == [["liu-yang"], ["liu-yang"]]


async def test_a_deadline_that_nobody_noticed_is_named(world: Core) -> None:
    stream = (await world.request()).state.id
    world.clock.forward(timedelta(hours=2, minutes=3))
    assert (await audited(world)).overdue == (stream,)
    await world.ticker.pass_deadlines()
    assert (await audited(world)).overdue == ()


async def test_what_is_still_being_worked_on_is_not_counted(world: Core) -> None:
    stream = (await world.request()).state.id
    async with world.database.transaction() as transaction:
        await transaction.execute(text("UPDATE cursors SET done = 0 WHERE consumer = 'deciding'"))
    assert (await spoilt(world, "UPDATE summaries SET due = NULL WHERE stream = :s", stream)).unheld == ()


async def test_after_a_discharge_its_papers_and_its_plan_carry_the_loop(world: Core) -> None:
    await went_home(world)
    assert await audited(world) == Audit(1, (), ())
    waiting = {row.kind for row in await world.rows("SELECT kind FROM summaries WHERE due IS NOT NULL")}
    assert waiting == {"discharge", "plan"}


async def test_after_a_discharge_entered_in_error_the_patient_is_still_there(world: Core) -> None:
    await went_home(world)
    [papers] = await world.rows("SELECT stream FROM summaries WHERE kind = 'discharge'")
    await world.do(VoidDischarge(stream=papers.stream, by=DESK))
    statuses = {row.kind: row.status for row in await world.rows("SELECT kind, status FROM summaries")}
    assert statuses == {"referral": "arrived", "discharge": "voided", "plan": "ended"}
    assert await audited(world) == Audit(1, (), ())
    await world.forward(timedelta(days=10))
    assert "outcome_due" in [purpose for purpose, _, _ in await world.notices()], "nobody was asked what came of it"
    assert [purpose for purpose, _, _ in await world.notices() if purpose == "patient_follow_up"] == []
    await world.verified()


async def test_nobody_is_asked_for_the_papers_of_a_patient_who_died(world: Core) -> None:
    async with world.database.reading() as transaction:
        key = (await patients(transaction, ["li-xiuying"], world.clock.now()))["li-xiuying"].key_id
    await world.do(
        RecordDischarge(
            stream="discharge-1", by=DESK, patient="li-xiuying", patient_key=key, facility=HOSPITAL, centre="liantang",
            discharged_at=world.clock.now(), disposition=Disposition.expired,
        )
    )  # fmt: skip
    assert await audited(world) == Audit(0, (), ())
    await world.forward(timedelta(days=3))
    assert await world.notices() == []


async def test_an_amendment_asks_the_doctor_once(world: Core) -> None:
    stream = (await world.request()).state.id
    await world.do(AmendReferral(stream=stream, by=HE, picture=ClinicalPicture(age=71)))
    told = [(purpose, who) for purpose, who, _ in await world.notices()]
    assert told.count(("offer", "lin-hao")) == 1
    assert told.count(("amended", "lin-hao")) == 1


async def test_an_amendment_that_makes_it_an_emergency_asks_at_once(world: Core) -> None:
    stream = (await world.request()).state.id
    worse = ClinicalPicture(age=71, vitals=Vitals(sbp=186, dbp=112), symptoms=("chest_pain",))
    await world.do(AmendReferral(stream=stream, by=HE, picture=worse))
    offers = [(who, lane) for purpose, who, lane in await world.notices() if purpose == "offer"]
    assert sorted(offers) == [("lin-hao", "stat"), ("lin-hao", "urgent")]


async def test_who_is_asked_at_a_step_is_asked_once_at_that_step(world: Core) -> None:
    await world.request(picture=ClinicalPicture(age=71, vitals=Vitals(sbp=186, dbp=112), symptoms=("chest_pain",)))
    await world.forward(timedelta(minutes=2, seconds=30))
    rows = await world.rows("SELECT recipient, step FROM notices WHERE purpose = 'offer' ORDER BY recipient, step")
    assert [tuple(row) for row in rows] == [("lin-hao", 0), ("lin-hao", 1), ("lin-hao", 2), ("zhou-min", 2)]
