"""Declined, redirected, two at once, by phone, a patient nobody can write to: a human way out of each."""

import asyncio

from sqlalchemy import text

from tests.journeys.house import House

CHEN_LAOGEN = {"identifiers": [{"system": "id-card", "value": "00000019430115003X"}]}


async def test_declined_and_sent_on_to_another_hospital(home: House) -> None:
    he, lin = home.community_doctor, home.hospital_doctor
    wang = await home.join("wang-lei", "Wang Lei")
    code = await home.refer()
    own = await he.expect(code)
    offer = await lin.expect(code)
    await offer.press("不能接收")
    await offer.edited("为什么不能接收")
    await offer.press("没有床位或号")
    declined = await he.expect("不能接收")
    assert await home.status(code) == "declined", "a decline never closes"
    await declined.press("改送别处")
    await declined.edited("改送哪里")
    await declined.press("澄溪县第二人民医院 心内科")
    again = await wang.expect(code)
    await again.press("我来处理")
    await he.expect("已有人接收")
    await again.press("接收 · ")
    await home.patient.expect("澄溪县第二人民医院")
    await own.edited("王磊")
    loop = (await home.get("liantang", f"/referrals/{code}")).json()
    assert loop["status"] == "scheduled"
    await home.proven()


async def test_two_doctors_press_at_the_same_moment(home: House) -> None:
    lin, zhou = home.hospital_doctor, home.second_hospital_doctor
    code = await home.refer(reason="胸痛1小时,大汗", vitals={"sbp": 92, "dbp": 60}, priority="stat")
    await lin.expect("STAT")
    await home.world.clock.forward(minutes=2)
    second = await zhou.expect("STAT")
    first = lin.skim()[-1]
    await asyncio.gather(first.press("接收,立即来"), second.press("Accept, come now"))
    await home.quiet()
    assert await home.status(code) == "accepted"
    told = [first.text, second.text]
    assert sum("无需处理" in text or "Nothing to do" in text for text in told) == 1, told
    assert len(home.community_doctor.skim()) == 2, "the initiator's card, and once that somebody has it"
    assert len(home.patient.skim()) == 1, "one effect: the patient is told once"
    assert [card.silent for card in home.coordinator.skim()] == [True], "who sees it is not asked any more"
    await home.proven()


async def test_a_patient_nobody_can_write_to_is_called(home: House) -> None:
    he, lin = home.community_doctor, home.hospital_doctor
    fang = await home.join("fang-lan", "Fang Lan")
    code = await home.refer(patient=CHEN_LAOGEN)
    await he.expect(code)
    offer = await lin.expect(code)
    await offer.press("接收 · 11:30")
    await he.expect("已有人接收")
    call = await fang.expect("打电话")
    await call.press("能来")
    await offer.edited("登记）")
    assert (await home.get("liantang", f"/referrals/{code}")).json()["status"] == "scheduled"
    await home.proven()


async def test_answered_by_phone_and_recorded_by_the_coordinator(home: House) -> None:
    he, lin, chen = home.community_doctor, home.hospital_doctor, home.coordinator
    code = await home.refer(reason="胸痛1小时,大汗", vitals={"sbp": 92, "dbp": 60}, priority="stat")
    own = await he.expect(code)
    await lin.expect("STAT")
    assert (await chen.expect(code)).silent, "who only sees it answers for it all the same"
    await chen.say(f"{code} 电话 林浩 接")
    await chen.expect("已记下")
    await he.expect("已有人接收")
    await own.edited("林浩医生电话答复，陈瑜")
    await home.patient.expect("请现在")
    assert await home.status(code) == "accepted"
    async with home.database() as database, database.reading() as transaction:
        query = text("SELECT actor, on_behalf_of, data FROM log WHERE type = 'ReferralAccepted'")
        [accepted] = (await transaction.execute(query)).all()
    assert (accepted.actor, accepted.on_behalf_of) == ("person:chen-yu", "lin-hao")
    await home.proven()
