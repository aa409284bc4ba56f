"""A patient at home feels worse: one question, whoever covers is asked, and nobody is left to silence."""

from tests.journeys.house import House
from tests.journeys.roads import at_home, next_reminder


async def test_a_danger_sign_brings_the_emergency_text_and_the_team(home: House) -> None:
    he, patient = home.community_doctor, home.patient
    await at_home(home)
    await (await next_reminder(home)).press("不舒服")
    question = await patient.expect("有下面的情况吗")
    assert "120" in question.text
    assert he.skim() == [], "first the question"
    await question.press("胸闷胸痛")
    await question.edited("请立即拨打 120")
    assert question.labels == []
    alarm = await he.expect("病人说不舒服")
    assert "胸闷胸痛" in alarm.text
    assert "李秀英" not in alarm.text
    await alarm.press("详情")
    await alarm.edited("李秀英")
    await home.world.clock.forward(minutes=20)
    assert patient.skim() == [], "a doctor has seen it"
    await alarm.press("已联系,都好")
    await home.proven()


async def test_unseen_the_patient_hears_it_and_the_coordinator_is_asked(home: House) -> None:
    he, patient = home.community_doctor, home.patient
    fang = await home.join("fang-lan", "Fang Lan")
    await at_home(home)
    await (await next_reminder(home)).press("不舒服")
    question = await patient.expect("有下面的情况吗")
    await question.press("看东西模糊")
    await he.expect("病人说不舒服")
    await home.world.clock.forward(minutes=5)
    unseen = await patient.expect("还没有医生看到")
    await home.daughter.expect("给您妈妈：还没有医生看到")
    assert "120" in unseen.text
    await he.expect("病人说不舒服")
    asked = await fang.expect("病人说不舒服")
    await home.world.clock.forward(minutes=5)
    await home.coordinator.expect("病人说不舒服")  # of the next tier
    for phone in (patient, home.daughter, he, fang):
        phone.skim()
    await asked.press("详情")
    await home.world.clock.forward(minutes=30)
    assert patient.skim() == []
    assert he.skim() == []
    await home.proven()


async def test_no_answer_to_the_question_counts_as_a_yes(home: House) -> None:
    he, patient = home.community_doctor, home.patient
    await at_home(home)
    await (await next_reminder(home)).press("不舒服")
    await patient.expect("有下面的情况吗")
    await home.world.clock.forward(minutes=10)
    alarm = await he.expect("病人说不舒服")
    await alarm.press("详情")
    patient.skim()
    await home.proven()


async def test_none_of_them_is_told_to_the_team_all_the_same(home: House) -> None:
    he, patient = home.community_doctor, home.patient
    await at_home(home)
    await (await next_reminder(home)).press("不舒服")
    question = await patient.expect("有下面的情况吗")
    await question.press("都没有")
    await question.edited("已告诉您的医生")
    await (await he.expect("病人说不舒服")).press("详情")
    await home.proven()


async def test_between_the_referral_and_the_arrival_the_referral_is_decided_again(home: House) -> None:
    he, lin, patient = home.community_doctor, home.hospital_doctor, home.patient
    code = await home.refer(vitals={"sbp": 162, "dbp": 98})
    await he.expect(code)
    offer = await lin.expect(code)
    assert "紧急" in offer.text
    await patient.say("不舒服")
    question = await patient.expect("有下面的情况吗")
    await question.press("胸闷胸痛")
    await question.edited("请立即拨打 120")
    alarm = await he.expect("病人说不舒服")
    await lin.expect("急诊转诊 STAT")
    await alarm.press("详情")
    await home.quiet()
    for phone in home.phones.values():
        phone.skim()
    await home.world.clock.forward(minutes=4)
    assert patient.skim() == [], "a doctor has seen it"
    for phone in home.phones.values():
        phone.skim()
    await home.proven()
