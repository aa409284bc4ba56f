"""An emergency that nobody answers climbs until somebody has it; then there is silence on every other phone."""

from tests.journeys.house import House


async def test_a_stat_referral_climbs_until_somebody_takes_it(home: House) -> None:
    he, lin, zhou, chen = home.community_doctor, home.hospital_doctor, home.second_hospital_doctor, home.coordinator
    clock = home.world.clock
    code = await home.refer(reason="胸痛1小时,大汗", vitals={"sbp": 92, "dbp": 60}, priority="stat")
    own = await he.expect(code)
    first = await lin.expect("急诊转诊 STAT")
    assert {"我来处理", "接收,立即来", "不能接收", "详情"} <= set(first.labels)
    assert "120" in first.text, "the ambulance as a plain number"
    seen = await chen.expect(code)
    assert seen.silent, "the coordinator sees it at once, and is asked at five minutes"
    await clock.forward(minutes=1)
    await lin.expect("再次")
    await clock.forward(minutes=1)
    await zhou.expect("STAT referral")
    await lin.expect("再次")
    await clock.forward(minutes=3)
    assert not (await chen.expect("还没有人回复")).silent
    warned = await he.expect("还没有医生接收")
    assert "24 小时电话" in warned.text
    asked_last = lin.skim()[-1]
    second = zhou.skim()[-1]
    await second.press("Accept, come now")
    await he.expect("已有人接收")
    told = await home.patient.expect("请现在")
    assert code not in told.text
    assert "胸痛" not in told.text
    await own.edited("接收")
    await first.edited("请看下面较新的消息")
    await asked_last.edited("无需处理")
    await home.quiet()
    chen.skim()
    await clock.forward(minutes=20)
    assert lin.skim() == [], "whoever is no longer asked is left alone"
    assert await home.status(code) == "accepted"
    await second.press("Arrived")
    assert await home.status(code) == "arrived"
    await home.proven()


async def test_a_question_that_was_asked_again_has_its_buttons_once(home: House) -> None:
    lin = home.hospital_doctor
    await home.refer(reason="胸痛1小时,大汗", vitals={"sbp": 92, "dbp": 60}, priority="stat")
    first = await lin.expect("急诊转诊 STAT")
    for _ in range(3):
        await home.world.clock.forward(minutes=1)
    newest = lin.skim()[-1]
    await first.edited("请看下面较新的消息")
    assert first.labels == []
    await newest.press("接收,立即来")
    await newest.edited("已接收")
    await home.quiet()
    for phone in home.phones.values():
        phone.skim()
    await home.proven()
