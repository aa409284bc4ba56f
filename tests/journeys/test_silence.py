"""Every row of the table of silence as people live it: nobody answers, the right next one hears of it, nobody else.

The priorities of each row: tests/unit/rules/test_silence.py; an emergency: tests/journeys/test_stat.py.
"""

from sqlalchemy import text

from tests.journeys.house import LI, House
from tests.journeys.roads import silence
from tests.phones import Card

CLINIC = {"initiator": {"system": "demo-staff", "value": "he-ping"}, "consent": "given", "priority": "urgent"}


async def test_until_somebody_has_it(home: House) -> None:
    he, lin, zhou, chen = home.community_doctor, home.hospital_doctor, home.second_hospital_doctor, home.coordinator
    await home.join("fang-lan", "Fang Lan")  # the clinic has no coordinator: its parent's answers for it
    await home.join("sun-guoliang", "Sun Guoliang")
    await home.world.clock.forward(minutes=30)  # 10:30: what waits for coordinators is told at full hours

    # Taken in, nobody knows for whom: the source's coordinator, then that of the next tier.
    unplaced = {"id": "t-1", "patient": {"identifiers": [{"system": "health-card", "value": "QT000001"}]}, **CLINIC}
    answer = await home.post("liantang", "refloop.referral.request.v1", unplaced)
    assert answer.status_code == 202, answer.text
    code = answer.headers["location"].rpartition("/")[2]
    heard = await silence(home, minutes=35)
    assert set(heard) - {"community_doctor"} == {"fang_lan"}, heard
    heard = await silence(home, hours=1)
    assert set(heard) == {"coordinator"}, heard
    assert "待分送" in heard["coordinator"][0]
    await chen.say(f"{code} 改送 县医院 心内科")
    await chen.expect("已记下")

    # "I have it", undecided: asked again once, then as offered.
    await (await lin.expect(code)).press("我来处理")
    await he.expect("已有人接收")
    assert set(await silence(home, minutes=62)) == {"hospital_doctor"}
    assert set(await silence(home, minutes=60)) == {"second_hospital_doctor"}

    # Offered: the next on duty, the coordinator, the head; then all again and the initiator, until somebody takes it.
    assert set(await silence(home, hours=2)) == {"sun_guoliang"}
    assert set(await silence(home, hours=3)) == {"coordinator"}
    heard = await silence(home, hours=1)
    assert set(heard) == {"community_doctor"}, heard
    assert "还没有医生接收（已问 4 人）" in heard["community_doctor"][0]
    assert "24 小时电话" in heard["community_doctor"][0]
    heard = await silence(home, hours=2)
    assert set(heard) == {"community_doctor", "hospital_doctor", "second_hospital_doctor", "sun_guoliang"}, heard

    # Information asked: who asked may decide without it, and the initiator's coordinator hears of it.
    asked_last = zhou.messages[max(zhou.messages)]["id"]
    card = Card(zhou, asked_last)
    await card.press("More")
    await card.edited("What else")
    await card.press("Ask them")
    await zhou.expect("your question")
    await zhou.say("Since when?")
    await zhou.expect("Noted")
    await he.expect("对方有问题")
    heard = await silence(home, hours=3)
    assert set(heard) == {"second_hospital_doctor", "fang_lan"}, heard
    assert "对方有问题" in heard["fang_lan"][0]

    # Advised: counts as not taken; asked again, then the coordinator too.
    await zhou.say(f"{code} advise raise the dose")
    await zhou.expect("Noted")
    await he.expect("建议就地处理")
    assert set(await silence(home, hours=4)) == {"community_doctor"}
    assert set(await silence(home, hours=5)) == {"community_doctor", "fang_lan"}
    await he.say(f"{code} 坚持")
    await he.expect("已记下")

    # Declined: back to the initiator with the open choices; a decline never closes.
    anew = await lin.expect(code)
    await anew.press("不能接收")
    await anew.edited("为什么不能接收")
    await anew.press("没有床位或号")
    await he.expect("不能接收")
    heard = await silence(home, hours=5)
    assert set(heard) == {"community_doctor", "fang_lan"}, heard
    assert "请选择下一步" in heard["community_doctor"][0]
    assert await home.status(code) == "declined"
    await home.proven()


async def test_from_accepted_until_arrived(home: House) -> None:
    he, lin, patient = home.community_doctor, home.hospital_doctor, home.patient
    fang = await home.join("fang-lan", "Fang Lan")
    code = await home.refer()
    await he.expect(code)
    offer = await lin.expect(code)
    await offer.press("其他时间")
    await offer.edited("什么时间来")
    await offer.press("接收,时间再定")
    await he.expect("已有人接收")

    # Accepted, no time: after a working day the recipient and its coordinator.
    heard = await silence(home, days=1, hours=1)
    assert set(heard) == {"hospital_doctor", "coordinator"}, heard
    assert "请约时间" in heard["hospital_doctor"][0]

    # Cancel asked: not answered, the coordinator too; refused, it goes on.
    await he.say(f"{code} 取消")
    await he.expect("已记下")
    asked = await lin.expect("要求取消")
    heard = await silence(home, hours=3)
    assert set(heard) == {"hospital_doctor", "coordinator"}, heard
    await asked.press("不同意", old=True)
    await he.expect("不同意取消")

    # A time is offered and the patient is silent: somebody of the centre calls; the slot stays theirs.
    await lin.say(code)
    card = await lin.expect(code)
    await card.press("其他时间")
    await card.edited("给病人哪个时间")
    await card.press(card.labels[-2])
    first = await patient.expect("请带身份证")
    heard = await silence(home, hours=3)
    assert set(heard) == {"fang_lan"}, heard
    assert "请打电话" in heard["fang_lan"][0]
    assert await home.status(code) == "scheduled"
    await fang.press("能来")
    await first.edited("已登记会来")

    # Confirmed, and the time passed: arrived or missed? Then the coordinator too.
    heard = await silence(home, days=1, hours=6)
    assert "到院了吗" in heard["hospital_doctor"][0], heard
    heard = await silence(home, days=1)
    assert set(heard) == {"hospital_doctor", "coordinator"}, heard

    # Missed: a new time or an end; the centre is asked again.
    await lin.press("没有来")
    await he.expect("病人没有来")
    heard = await silence(home, days=3)
    assert set(heard) == {"fang_lan"}, heard

    # On the way and no word: both are asked where she is, then the coordinator.
    await lin.say(f"{code}")
    card = await lin.expect(code)
    await card.press("约时间")
    await card.edited("给病人哪个时间")
    await card.press(card.labels[0])
    await patient.expect("请带身份证")
    await fang.say(f"{code} 出发")
    await fang.expect("已记下")
    heard = await silence(home, hours=1, minutes=5)
    assert set(heard) == {"hospital_doctor", "community_doctor"}, heard
    assert "病人到了吗" in heard["community_doctor"][0]
    assert set(await silence(home, minutes=30)) == {"coordinator"}
    await lin.press("已到院")
    await home.quiet()
    assert await home.status(code) == "arrived"
    he.skim()
    patient.skim()
    await home.proven()


async def test_from_arrived_to_the_end(home: House) -> None:
    he, lin, clock = home.community_doctor, home.hospital_doctor, home.world.clock
    await home.join("fang-lan", "Fang Lan")

    # An asap offer alone: every half hour the next, and the coordinator at once instead of at the full hour.
    code = await home.refer(priority="asap")
    await lin.expect(code)
    assert set(await silence(home, minutes=31)) == {"second_hospital_doctor"}
    assert set(await silence(home, minutes=30)) == {"coordinator"}
    await he.say(f"{code} 撤回")
    await he.expect("已记下")
    assert await silence(home, minutes=31) == {}, "what was taken back asks nobody"

    code = await home.refer()
    await lin.expect(code)
    await lin.say(f"{code} 到院")
    await lin.expect("不能")
    await lin.say(f"{code} 接")
    await lin.expect("已记下")
    await he.expect("已有人接收")
    await lin.say(f"{code} 到院")
    await lin.expect("已记下")

    # Arrived, no outcome: the recipient on the third day, then the coordinator; the initiator hears on the fourteenth.
    heard = await silence(home, days=3, minutes=5)
    assert set(heard) == {"hospital_doctor"}, heard
    heard = await silence(home, days=3, hours=1)
    assert set(heard) == {"hospital_doctor", "coordinator"}, heard
    heard = await silence(home, days=8)
    assert set(heard) == {"coordinator", "community_doctor"}, heard
    assert "还没有结果" in heard["community_doctor"][0]

    # Discharged, no return form: the discharge desk, the hospital's coordinator.
    gone = {"id": "stay-1", "patient": LI, "referral": code, "discharged_at": (await clock.now()).isoformat()}
    assert (await home.post("chengxi-1", "refloop.discharge.v1", gone)).status_code == 201
    await home.quiet()
    heard = await silence(home, hours=25)
    assert "coordinator" in heard, heard
    assert "请发回转单" in heard["coordinator"][0]

    # The form is unread: the team again, and the centre's coordinator.
    form = {"form": {"diagnosis": "高血压 2 级"}, "conditions": ["hypertension"]}
    assert (await home.post("chengxi-1", "refloop.discharge.v1", gone | form)).status_code in (200, 201)
    unread = await he.expect("回转单")
    heard = await silence(home, hours=25)
    assert {"community_doctor", "fang_lan"} <= set(heard), heard
    await unread.press("已收到", old=True)

    # A follow-up is due: the patient, two days later once more, then the team's call list; then lost, and counted.
    assert set(heard) - {"community_doctor", "fang_lan"} == {"patient"}, heard
    heard = await silence(home, days=2)
    assert set(heard) == {"patient"}, heard
    assert heard["patient"][0].startswith("再次")
    heard = await silence(home, days=1)
    assert set(heard) == {"community_doctor"}, heard
    assert "请打电话" in heard["community_doctor"][0]
    assert await silence(home, days=8) == {}
    async with home.database() as database, database.reading() as transaction:
        lost = await transaction.execute(text("SELECT count(*) FROM log WHERE type = 'FollowUpLost'"))
        assert lost.scalar() == 1

    # Feels worse, and the question about danger signs is not answered: as a yes, whoever follows up is asked.
    await home.patient.say("不舒服")
    await home.patient.expect("有下面的情况吗")
    assert "community_doctor" not in await silence(home, minutes=9)
    heard = await silence(home, minutes=2)
    assert "病人说不舒服" in heard["community_doctor"][0], heard
    await he.press("详情")
    await home.quiet()
    await home.proven()
