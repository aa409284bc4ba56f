"""A year after a stroke: papers pulled, reminders, a bad night, a referral and the way back, and the loop closed."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from models.summaries import SummaryRow
from models.values import StreamKind
from tests.journeys.house import LI, START, House
from tests.journeys.roads import no_shifts


async def discharged(home: House, **more: object) -> None:
    """The county hospital tells of the stay, or of its papers."""
    stay = {
        "id": "stay-of-the-stroke", "patient": LI, "discharged_at": START.isoformat(),
        "conditions": ["stroke", "hypertension"], **more,
    }  # fmt: skip
    answer = await home.post("chengxi-1", "refloop.discharge.v1", stay)
    assert answer.status_code in (200, 201), answer.text
    await home.quiet()


async def types_of_the_year(home: House) -> Counter[str]:
    """How often each thing has happened."""
    async with home.database() as database, database.reading() as transaction:
        return Counter((await transaction.execute(text("SELECT type FROM log"))).scalars())


async def live(home: House, until: datetime) -> None:
    """Whenever something of the plan is due the patient says how it is, and the team telephones and visits."""
    patient, he = home.patient, home.community_doctor
    while (due := await _next_due(home)) is not None and due < until:
        await home.world.clock.to(due + timedelta(hours=1))
        asked = [card for card in patient.skim() if "都好" in card.labels]
        if asked:
            await asked[-1].press("都好")
        for card in he.skim():
            done = next((label for label in card.labels if label in ("已联系,都好", "已看过")), None)
            if done:
                await card.press(done)
        home.coordinator.skim()
        await home.quiet()
    await home.world.clock.to(until)


async def _next_due(home: House) -> datetime | None:
    query = select(func.min(SummaryRow.due)).where(SummaryRow.kind == StreamKind.plan)  # type: ignore[arg-type]
    async with home.database() as database, database.reading() as transaction:
        return (await transaction.execute(query)).scalar()


async def test_a_year_after_a_stroke_with_hypertension(home: House) -> None:
    he, chen, patient, clock = home.community_doctor, home.coordinator, home.patient, home.world.clock
    await no_shifts(home)

    await discharged(home)
    await he.say("/papers")
    missing = await he.expect("没有回转单")
    await missing.press(missing.labels[0])
    await chen.expect("请发回转单")
    await clock.forward(hours=25)
    await chen.expect("再次:请发回转单")
    chen.skim()
    await discharged(home, form={"diagnosis": "脑梗死", "medicines": "氨氯地平 5 mg"})
    form = await he.expect("回转单")
    await form.press("已收到")
    await clock.forward(days=1)
    await (await patient.expect("身体怎么样")).press("都好")

    await clock.to(START.replace(day=9, hour=14, minute=30))  # 22:30
    he.skim()
    await patient.say("血压 195/115")
    await patient.expect("已记录 195/115")
    question = await patient.expect("有下面的情况吗")
    await question.press("剧烈头痛或头晕")
    await question.edited("请立即拨打 120")
    alarm = await he.expect("病人说不舒服")
    await alarm.press("详情")
    await alarm.edited("李秀英")
    assert "氨氯地平" in alarm.text, "the medicines of the return form"
    await he.reply(alarm, "195/115 规律 无")
    draft = await he.expect("危急")
    await draft.press("记下")
    advised = await he.expect("建议转诊")
    await advised.press(next(label for label in advised.labels if label.startswith("发出")))
    await advised.edited("已转上级 R-")
    offer = await chen.expect("加急转诊 ASAP")
    await offer.press("接收,立即来")
    await patient.expect("请现在就去")
    await clock.forward(minutes=40)
    await offer.press("已到院")
    await offer.edited("已到")
    await clock.forward(hours=20)
    await offer.press("报结果")
    await offer.edited("结果是什么")
    await offer.press("已诊治")
    await home.quiet()
    kinds = await types_of_the_year(home)
    assert kinds["UpReferralSent"] == kinds["UpReferralEnded"] == kinds["PlanPaused"] == kinds["PlanResumed"] == 1
    assert kinds["FollowUpAdded"] >= 1, "somebody looks what came of it, within two weeks"

    for phone in (patient, he, chen, home.daughter):
        phone.skim()
    pushes = patient.pushes
    # The whole year where a day costs least; on the other deployment until somebody has looked what came of it.
    whole_year = home.processes is None
    await live(home, START + timedelta(days=380 if whole_year else 40))
    await home.quiet()
    kinds = await types_of_the_year(home)
    assert kinds["FollowUpDone"] >= (8 if whole_year else 3)
    assert kinds["PlanCompleted"] == whole_year
    assert kinds["LoopClosed"] == 1 + whole_year, "the referral, and the stay with its plan"
    assert kinds["FollowUpLost"] == 0
    assert patient.pushes - pushes <= 20, "a year far within the budget"
    patient.skim()
    await home.proven()
