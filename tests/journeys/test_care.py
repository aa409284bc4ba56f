"""Follow-up care as people live it: plans, reminders, readings, visits, calls, a referral up and back."""

from sqlalchemy import text

from tests.journeys.house import LI, House
from tests.journeys.roads import no_shifts

WANG = {"identifiers": [{"system": "id-card", "value": "00000019511021002X"}]}
_ENROL = "refloop.enrolment.v1"


async def enrol(home: House, **data: object) -> None:
    """Liantang's system takes Li Xiuying into a programme."""
    given = {"patient": LI, "programme": "hypertension", **data}
    answer = await home.post("liantang", _ENROL, given)
    assert answer.status_code == 201, answer.text
    await home.quiet()


async def test_a_death_told_in_chat_stops_everything_at_once(home: House) -> None:
    lin, patient, clock = home.hospital_doctor, home.patient, home.world.clock
    await enrol(home)
    code = await home.refer()
    offer = await lin.expect(code)
    await offer.press("接收 · 11:30")
    await patient.expect("11:30")
    await clock.to((await clock.now()).replace(hour=3, minute=40))
    await offer.press("已到院")
    await offer.edited("已到")
    patient.skim()
    await offer.press("报结果")
    await offer.edited("结果是什么")
    await offer.press("去世")
    await home.quiet()
    async with home.database() as database, database.reading() as transaction:
        plans = (await transaction.execute(text("SELECT status FROM summaries WHERE kind = 'plan'"))).scalars().all()
        waiting = await transaction.execute(
            text("SELECT count(*) FROM notices WHERE recipient = 'li-xiuying' AND state IN ('waiting', 'retry')")
        )
        assert set(plans) <= {"ended", "closed"}
        assert waiting.scalar() == 0
    before = len(await patient.texts())
    await no_shifts(home)
    for _ in range(4):
        await clock.forward(days=30)
    assert len(await patient.texts()) == before
    assert (await home.post("liantang", _ENROL, {"patient": LI, "programme": "diabetes"})).status_code == 409
    home.community_doctor.skim()
    await home.proven()


async def test_a_daughter_sends_the_values_of_two_parents_and_none_is_guessed(home: House) -> None:
    daughter, mother = home.daughter, home.patient
    await enrol(home)
    assert (await home.post("liantang", _ENROL, {"patient": WANG, "programme": "diabetes"})).status_code == 201
    await home.quiet()

    await daughter.say("妈妈 145/92 空腹 6.1")
    await daughter.expect("已记录 145/92")
    wrong = await daughter.expect("已记录 血糖 6.1")
    await wrong.press("写错了")
    await daughter.expect("已取消 血糖 6.1")

    await daughter.say("138/84")
    await (await daughter.expect("这是谁的")).press("爸爸")
    await daughter.expect("已记录 138/84")

    await daughter.say("妈妈145/92 爸爸130/80")
    await daughter.expect("两个人的数值")
    await daughter.say("2月30日 妈妈 145/92")
    await daughter.expect("没有这一天")
    await mother.say("爸爸 150/90")
    await mother.expect("这里只登记了")
    async with home.database() as database, database.reading() as transaction:
        rows = await transaction.execute(
            text("SELECT stream FROM log WHERE type = 'ReadingRecorded' ORDER BY position")
        )
        streams = list(rows.scalars())
    assert len(streams) == 3
    assert streams[0] == streams[1] != streams[2]
    await home.proven()
