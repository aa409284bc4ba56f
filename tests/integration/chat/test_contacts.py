"""What a contact hears and may answer: by scope, consent, and whether they may answer at all (flows: people)."""

from datetime import timedelta
from typing import Any

from events.purposes import Purpose
from events.referral import Appointment
from events.referral_commands import AcceptReferral
from models.deliveries import NoticeRow
from models.history import Dated, Origin, change, open_rows
from models.patients import ContactRow
from models.values import Lane
from tests.integration.chat.stage import Stage, both_engines, party

LI, FANG = "li-xiuying", "wang-fang-of-li"  # the mother has no chat: her daughter hears


async def contact(stage: Stage, **changes: Any) -> None:
    """The daughter of Li Xiuying as the registry has her now, with these changes."""
    async with stage.database.transaction() as tx:
        row = (await open_rows(tx, ContactRow, [FANG]))[FANG]
        values = {name: row[name] for name in ("id", *ContactRow.model_fields.keys() - Dated.model_fields.keys())}
        await change(tx, ContactRow, [values | changes], stage.clock.now(), "test", Origin.chat)


async def given_a_time(stage: Stage) -> str:
    referral = await stage.referral()
    appointment = Appointment(at=stage.clock.now() + timedelta(days=2))
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "lin-hao"), appointment=appointment))
    return referral


async def settled(stage: Stage, notice: str) -> str:
    async def look() -> str | None:
        [row] = await stage.rows(NoticeRow, stream=notice)
        return str(row["state"]) if row["state"] in ("sent", "failed", "withdrawn") else None

    return str(await stage.until(look))


@both_engines
async def test_times_and_places_only_is_never_asked_how_the_patient_is(stage: Stage) -> None:
    fang = await stage.phone("fang")
    referral, plan = await given_a_time(stage), await stage.plan()
    await stage.start()
    await contact(stage, scope=["times"], consented=True, guardian=False)
    health = await stage.tell(Purpose.patient_follow_up, LI, plan, Lane.routine, row="0")
    assert await settled(stage, health) == "failed"
    time = await stage.tell(Purpose.patient_time, LI, referral)
    assert await settled(stage, time) == "sent"
    await fang.expect("For your mother")
    await contact(stage, scope=["times", "readings"], consented=True)
    again = await stage.tell(Purpose.patient_follow_up, LI, plan, Lane.routine, row="0")
    assert await settled(stage, again) == "sent"
    await fang.expect("For your mother")


async def test_without_the_patients_consent_a_contact_hears_nothing(stage: Stage) -> None:
    fang = await stage.phone("fang")
    referral = await given_a_time(stage)
    await stage.start()
    await contact(stage, consented=False, guardian=False)
    assert await settled(stage, await stage.tell(Purpose.patient_time, LI, referral)) == "failed"
    assert fang.news == []


async def test_who_may_only_listen_answers_nothing(stage: Stage) -> None:
    fang = await stage.phone("fang")
    referral = await given_a_time(stage)
    await stage.start()
    await stage.tell(Purpose.patient_time, LI, referral)
    card = await fang.expect("For your mother")
    await contact(stage, may_answer=False)
    answer = await card.press("I will come")
    assert answer.alert, answer.text
    assert "TimeConfirmed" not in await stage.types(referral)
    await stage.tell(Purpose.patient_time, LI, referral)
    assert (await fang.expect("For your mother")).labels == [], "and is offered none"
