"""How often people are disturbed: counted on their phones, over the whole loop up to the patient's arrival."""

from tests.journeys.house import House
from tests.journeys.roads import at_home


async def test_a_loop_up_to_arrival_stays_within_everybodys_budget(home: House) -> None:
    he, lin, patient, clock = home.community_doctor, home.hospital_doctor, home.patient, home.world.clock
    before = {phone.key: phone.pushes for phone in home.phones.values()}
    code = await home.refer(reason="血压控制不佳,请调整用药", vitals={"sbp": 162, "dbp": 98})
    own = await he.expect(code)
    offer = await lin.expect(code)
    await offer.press("接收 · 11:30")
    await he.expect("已有人接收")
    await (await patient.expect("11:30")).press("能来")
    await own.edited("病人已确认")
    await clock.to((await clock.now()).replace(hour=3, minute=10))
    await (await patient.expect_edit("11:30")).press("我出发了")
    await clock.to((await clock.now()).replace(hour=3, minute=40))
    await offer.press("已到院")
    await own.edited("已到")
    await home.quiet()
    await home.world.catch_up()
    disturbed = {phone.key: phone.pushes - before[phone.key] for phone in home.phones.values()}
    assert disturbed["community_doctor"] <= 4, disturbed
    assert disturbed["hospital_doctor"] <= 3, disturbed
    assert disturbed["patient"] <= 4, disturbed
    assert disturbed["coordinator"] == 0, disturbed
    for phone in home.phones.values():
        phone.skim()
    await home.proven()


async def test_three_routine_referrals_come_as_one_digest_at_noon(home: House) -> None:
    he, lin, clock = home.community_doctor, home.hospital_doctor, home.world.clock
    codes = [await home.refer(id=f"routine-{n}", priority="routine") for n in range(2)]
    await home.quiet()
    assert lin.skim() == [], "nothing routine between the digests"
    await clock.to((await clock.now()).replace(hour=4, minute=15))
    digest = await lin.expect("2 份转诊等待回复")
    assert all(code in digest.text for code in codes)
    await digest.press("打开")
    cards = [await lin.expect(code) for code in codes]
    assert all(card.silent for card in cards)
    await cards[0].press("不能接收")
    await cards[0].edited("为什么不能接收")
    await cards[0].press("没有床位或号")
    await home.quiet()
    he.skim()
    lin.skim()
    await home.proven()


async def test_nothing_routine_at_night(home: House) -> None:
    lin, clock = home.hospital_doctor, home.world.clock
    await clock.to((await clock.now()).replace(hour=13, minute=0))  # 21:00
    code = await home.refer(priority="routine")
    await clock.forward(hours=9)
    assert lin.skim() == []
    await clock.forward(hours=2)  # 08:00 the next day
    await lin.expect(code)
    home.community_doctor.skim()
    await home.proven()


async def test_a_patient_opts_out_somebody_calls_and_the_patient_comes_back_in(home: House) -> None:
    he, patient = home.community_doctor, home.patient
    await at_home(home)
    await patient.say("退订。")
    await patient.expect("不再发普通提醒")
    await home.world.clock.forward(days=3)
    asked = [card.text for phone in (patient, home.daughter) for card in phone.skim() if "身体怎么样" in card.text]
    assert asked == [], "neither the patient nor anybody in their place"
    call = await he.expect("不想在这里被问")
    await call.press("已联系,都好")
    await patient.say("/stop")
    choice = await patient.expect("随访提问（身体怎么样、量血压血糖）：已停")
    await choice.press("恢复随访提问")
    await choice.edited("量血压血糖）：照常发")
    await home.world.clock.forward(days=8)
    assert [card for card in patient.skim() if "身体怎么样" in card.text]
    for phone in home.phones.values():
        phone.skim()
    await home.proven()
