"""A human way out of everything: weak signal, second thoughts, opened again, one daughter for two parents."""

import asyncio

from sqlalchemy import text

from tests.journeys.house import LI, House
from tests.journeys.roads import at_home, no_shifts

WANG = {"identifiers": [{"system": "id-card", "value": "00000019511021002X"}]}


async def recorded(home: House, type_: str) -> int:
    """How often that happened."""
    async with home.database() as database, database.reading() as transaction:
        found = await transaction.execute(text("SELECT count(*) FROM log WHERE type = :type"), {"type": type_})
        return int(found.scalar() or 0)


async def test_typed_is_pressed_and_a_loop_goes_on_after_second_thoughts(home: House) -> None:
    he, lin, patient = home.community_doctor, home.hospital_doctor, home.patient
    code = await home.refer()
    own = await he.expect(code)
    offer = await lin.expect(code)

    # Weak signal: the press and the word both arrive, in either order; one effect.
    await offer.press("接收 · 11:30")
    await lin.reply(offer, "接")
    await lin.expect("不能")
    appointment = await patient.expect("11:30")
    await asyncio.gather(appointment.press("能来"), patient.reply(appointment, "能来"))
    await own.edited("病人已确认")
    await patient.expect()
    assert (await recorded(home, "ReferralAccepted"), await recorded(home, "TimeConfirmed")) == (1, 1)
    await he.expect("已有人接收")

    # A patient who gives something up is asked once: sure?
    await patient.say("换时间")
    await patient.expect("确定吗")
    assert await recorded(home, "TimeRefused") == 0
    await patient.say("确定,换时间")
    await patient.expect("已记下")
    assert await recorded(home, "TimeRefused") == 1
    refused = await lin.expect("要另约时间")

    # Cancelled by both sides; opened again with a reason, and the chain goes on from the initiator.
    await he.say(f"{code} 取消")
    await he.expect("已记下")
    asked = await lin.expect("要求取消")
    await asked.press("同意取消")
    await he.expect("对方同意取消")
    assert await home.status(code) == "cancelled"
    await home.quiet()
    assert refused.labels == []
    await own.edited("已取消")
    await own.press("重新打开")
    await he.expect("请写下为什么重新打开")
    await he.say("病人又头痛了")
    await he.expect("已记下")
    opened = await lin.expect("重新打开了")
    assert "由转出方决定下一步" in opened.text
    assert "李秀英" not in opened.text, "who it was is no longer theirs to see"
    assert await home.status(code) == "declined"
    await he.say(f"{code} 改送 县医院 心内科")
    await he.expect("已记下")
    again = await lin.expect(code)
    await again.press("接收 · ")
    await he.expect("已有人接收")
    await patient.expect("请带身份证")
    assert await home.status(code) == "scheduled"
    await home.quiet()
    for phone in home.phones.values():
        phone.skim()
    await home.proven()


async def test_one_daughter_answers_for_two_parents_and_the_right_one_is_meant(home: House) -> None:
    lin, daughter, mother = home.hospital_doctor, home.daughter, home.patient
    codes = {}
    for who, name in ((LI, "mother"), (WANG, "father")):
        codes[name] = await home.refer(patient=who, id=name)
        offer = await lin.expect(codes[name])
        await offer.press("接收 · 11:30")
        await offer.edited("等病人确认")
    await mother.expect("11:30")
    for_father = await daughter.expect("11:30")
    assert "给您爸爸" in for_father.text
    # Two appointments could be meant: never guessed.
    await daughter.say("能来")
    await daughter.expect()
    assert await recorded(home, "TimeConfirmed") == 0
    await daughter.reply(for_father, "能来")
    await daughter.expect("已记下")
    await for_father.edited("好的")
    assert await recorded(home, "TimeConfirmed") == 1
    async with home.database() as database, database.reading() as transaction:
        query = text("SELECT actor, on_behalf_of FROM log WHERE type = 'TimeConfirmed'")
        [confirmed] = (await transaction.execute(query)).all()
    assert (confirmed.actor, confirmed.on_behalf_of) == ("person:wang-fang-of-wang", "wang-guohua")
    home.community_doctor.skim()
    await home.proven()


async def test_a_newer_version_is_shown_to_the_holder_and_decided_on_again(home: House) -> None:
    he, lin, patient = home.community_doctor, home.hospital_doctor, home.patient
    code = await home.refer(id="t-7", vitals={"sbp": 162, "dbp": 98})
    await he.expect(code)
    offer = await lin.expect(code)
    await offer.press("接收 · 11:30")
    await he.expect("已有人接收")
    await patient.expect("11:30")
    data = {
        "id": "t-7", "patient": LI, "to": {"facility": "chengxi-1", "department": "cardiology"}, "priority": "urgent",
        "initiator": {"system": "demo-staff", "value": "he-ping"}, "consent": "given",
        "reason": "胸痛1小时,大汗", "vitals": {"sbp": 92, "dbp": 60},
    }  # fmt: skip
    answer = await home.post("liantang", "refloop.referral.request.v1", data)
    assert answer.status_code == 200, answer.text
    changed = await lin.expect("有更新")
    assert "病情资料" in changed.text
    await home.quiet()
    assert await recorded(home, "ReferralAmended") == 1
    assert await recorded(home, "ReferralTriaged") == 2
    async with home.database() as database, database.reading() as transaction:
        query = text("SELECT priority FROM summaries WHERE code = :code")
        assert (await transaction.execute(query, {"code": code})).scalar() == "stat"
    for phone in home.phones.values():
        phone.skim()
    await home.proven()


async def test_an_emergency_typed_by_a_phone_that_was_offline_for_ten_minutes(home: House) -> None:
    he, lin = home.community_doctor, home.hospital_doctor
    await he.offline()
    await he.say("/sos 李秀英 71女 心内 胸痛30分钟,大汗 BP 92/60")
    await home.world.clock.forward(minutes=10)
    assert lin.skim() == []
    await he.online()
    draft = await he.expect("转诊草稿")
    await he.offline()
    await home.world.clock.forward(minutes=1)
    await he.online()
    await draft.press("发送,急诊先送,同意后补")
    await draft.edited("已发送")
    code = draft.text.split()[0]
    offer = await lin.expect("急诊转诊 STAT")
    assert code in offer.text
    assert "起病" in offer.text
    # The phone is away again: who has it is seen as soon as it is back, once.
    await he.offline()
    await offer.press("接收,立即来")
    await home.quiet()
    await home.world.clock.forward(minutes=10)
    await he.online()
    await he.expect("已有人接收")
    assert await home.status(code) == "accepted"
    assert await recorded(home, "ReferralRequested") == 1
    for phone in home.phones.values():
        phone.skim()
    await home.proven()


async def test_a_death_between_queueing_and_sending_leaves_nothing_in_the_transcript(home: House) -> None:
    lin, patient, clock = home.hospital_doctor, home.patient, home.world.clock
    await at_home(home)
    code = await home.refer()
    await (await lin.expect(code)).press("接收 · 11:30")
    await patient.expect("11:30")
    await clock.to((await clock.now()).replace(hour=14, minute=0))  # 22:00: patients are not written to
    for phone in home.phones.values():
        phone.skim()
    before = await home.patient.texts(), await home.daughter.texts()
    await lin.say(code)
    card = await lin.expect(code)
    await card.press("更多")
    await card.edited("还要做什么")
    await card.press("约时间")
    await card.edited("给病人哪个时间")
    await card.press(card.labels[-2])
    await home.quiet()
    queued = "SELECT count(*) FROM notices WHERE recipient = 'li-xiuying' AND state IN ('waiting', 'retry')"
    async with home.database() as database, database.reading() as transaction:
        assert (await transaction.execute(text(queued))).scalar() == 1
    died = {"id": "stay-9", "patient": LI, "discharged_at": (await clock.now()).isoformat(), "disposition": "expired"}
    assert (await home.post("chengxi-1", "refloop.discharge.v1", died)).status_code == 201
    await no_shifts(home)
    await clock.forward(days=40)
    assert (await home.patient.texts(), await home.daughter.texts()) == before
    async with home.database() as database, database.reading() as transaction:
        assert (await transaction.execute(text(queued))).scalar() == 0
    for phone in home.phones.values():
        phone.skim()
    await home.proven()
