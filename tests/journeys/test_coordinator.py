"""The coordinator in chat: what they answer for on one list, and every human way on from there."""

from datetime import date
from typing import Any

from models.history import Origin, change
from models.registry import DutyOverrideRow
from tests.journeys.house import LI, House
from tests.phones import Phone


async def test_the_board_shows_the_open_loops_and_a_press_opens_one(home: House) -> None:
    he, lin, chen, zhou = home.community_doctor, home.hospital_doctor, home.coordinator, home.second_hospital_doctor
    urgent = await home.refer()
    stat = await home.refer(reason="胸痛1小时,大汗", vitals={"sbp": 92, "dbp": 60}, priority="stat", id="second")
    await he.expect(stat)
    await lin.expect("STAT")
    await chen.say("/board")
    board = await chen.expect("总值班：2 件未结")
    assert "急诊 1" in board.text
    assert "李秀英" not in board.text
    assert board.text.index(stat) < board.text.index(urgent), "the most urgent first"
    await board.press(stat)
    card = await chen.expect(stat)
    assert card.silent
    assert "24 小时电话" in card.text
    assert "已问：林浩" in card.text
    await card.press("问下一位")
    await zhou.expect("STAT")
    await card.press("电话记录")
    await card.edited("电话里怎么说")
    await card.press("林浩：接收")
    await he.expect("已有人接收")
    await card.edited("林浩医生")
    await home.quiet()
    for phone in (he, lin, zhou, home.patient, chen):
        phone.skim()
    await chen.say("/board")
    again = await chen.expect("总值班：2 件未结")
    assert "已接收" in again.text
    await home.proven()


async def test_a_doctor_has_no_board(home: House) -> None:
    await home.hospital_doctor.say("/board")
    await home.hospital_doctor.expect("总值班的清单")
    await home.proven()


async def test_a_department_closed_for_now_sends_offers_to_the_coordinator(home: House) -> None:
    chen, lin = home.coordinator, home.hospital_doctor
    first = await home.refer(reason="胸痛1小时,大汗", vitals={"sbp": 92, "dbp": 60}, priority="stat")
    await lin.expect("STAT")
    await chen.say("/board")
    await (await chen.expect("1 件未结")).press(first)
    card = await chen.expect(first)
    await card.press("暂停接收")
    await card.edited("暂停接收多久")
    await card.press("2 小时")
    await home.quiet()
    lin.skim()
    second = await home.refer(id="second", reason="胸痛1小时,大汗", vitals={"sbp": 92, "dbp": 60}, priority="stat")
    asked = await chen.expect(second)
    assert lin.skim() == []
    await asked.press("我来处理")
    await card.press("暂停接收")
    await card.edited("暂停接收多久")
    await card.press("恢复接收")
    await home.quiet()
    await home.world.clock.forward(minutes=6)  # a deadline passes: every process has seen the registry since
    _skim_all(home)
    third = await home.refer(id="third")
    await lin.expect(third)
    await home.community_doctor.expect(third)
    _skim_all(home)
    await home.proven()


async def test_a_patient_known_by_a_number_only_is_identified_and_then_told(home: House) -> None:
    he, lin = home.community_doctor, home.hospital_doctor
    fang = await home.join("fang-lan", "Fang Lan")
    code = await home.refer(patient={"identifiers": [{"system": "his-of-liantang", "value": "A-1"}]})
    await he.expect(code)
    offer = await lin.expect(code)
    await offer.press("接收 · ")
    await he.expect("已有人接收")
    await home.quiet()
    fang.skim()
    await fang.say("/board")
    board = await fang.expect("身份待核 1")
    await board.press("身份待核")
    question = await fang.expect(code)
    await question.press(question.labels[-1])
    await fang.expect("身份证号")
    await fang.say("00000019550308001X")
    await fang.expect("已并入")
    await home.patient.expect("请带身份证")
    await home.proven()


async def _wang_goes_home_at_half_past_five(home: House) -> tuple[Phone, Phone]:
    """Cardiology of the second hospital, on this Wednesday: Wang Lei by day, Xiao Ying by night."""
    wang, xiao = await home.join("wang-lei", "Wang Lei"), await home.join("xiao-ying", "Xiao Ying")
    now = await home.world.clock.now()
    night = {
        "id": "tonight", "facility": "chengxi-2", "department": "cardiology", "first_day": date(2026, 3, 4),
        "last_day": date(2026, 3, 4), "starts": "17:30", "ends": "08:00",
        "people": ["xiao-ying"],
    }  # fmt: skip
    async with home.database() as database, database.transaction() as transaction:
        await change(transaction, DutyOverrideRow, [night], now, "person:tests", Origin.chat)
    await home.world.clock.to(now.replace(hour=9, minute=25))  # 17:25
    return wang, xiao


async def _stat_to_the_second_hospital(home: House) -> str:
    to = {"facility": "chengxi-2", "department": "cardiology"}
    return await home.refer(reason="胸痛1小时,大汗", vitals={"sbp": 92, "dbp": 60}, priority="stat", to=to)


def _skim_all(home: House) -> None:
    for phone in home.phones.values():
        phone.skim()


async def test_at_the_end_of_a_shift_what_somebody_has_is_handed_over_on_one_card(home: House) -> None:
    wang, xiao = await _wang_goes_home_at_half_past_five(home)
    shen, zeng = await home.join("shen-hong", "Shen Hong"), await home.join("zeng-rui", "Zeng Rui")
    code = await _stat_to_the_second_hospital(home)
    await (await wang.expect("STAT")).press("接收,立即来")
    await home.quiet()
    _skim_all(home)
    await home.world.clock.forward(minutes=6)
    card = await xiao.expect("交班：1 位病人")
    assert code in card.text
    assert wang.skim() == [], "until somebody takes over, it is his"
    await card.press("全部接手")
    await card.edited("已转到您名下 1 位")
    await wang.expect("已不在您这里")
    _skim_all(home)
    await home.world.clock.forward(minutes=31)
    assert [each.text for each in (*shen.skim(), *zeng.skim()) if "交班" in each.text] == []
    _skim_all(home)
    await home.proven()


async def test_a_hand_over_that_nobody_takes_goes_to_the_coordinator(home: House) -> None:
    wang, xiao = await _wang_goes_home_at_half_past_five(home)
    zeng = await home.join("zeng-rui", "Zeng Rui")
    await _stat_to_the_second_hospital(home)
    await (await wang.expect("STAT")).press("接收,立即来")
    await home.quiet()
    _skim_all(home)
    await home.world.clock.forward(minutes=6)
    await xiao.expect("交班：1 位病人")
    assert zeng.skim() == []
    await home.world.clock.forward(minutes=31)
    await zeng.expect("交班：1 位病人")
    _skim_all(home)
    await home.proven()


async def test_the_shift_ends_between_asking_and_pressing(home: House) -> None:
    wang, xiao = await _wang_goes_home_at_half_past_five(home)
    code = await _stat_to_the_second_hospital(home)
    await wang.expect("STAT")
    await home.world.clock.forward(minutes=6)
    await xiao.expect("STAT")
    await wang.skim()[-1].press("接收,立即来")
    assert await home.status(code) == "accepted", "who was asked may answer until somebody has it"
    await home.quiet()
    _skim_all(home)
    await home.proven()


async def test_a_patient_is_invited_by_a_qr_code_on_the_doctor_s_screen(home: House) -> None:
    he = home.community_doctor
    code = await home.refer(patient={"identifiers": [{"system": "id-card", "value": "00000019430115003X"}]})
    await he.expect(code)
    await home.hospital_doctor.expect(code)
    await he.say(f"/invite {code}")
    await he.expect("二维码")
    await he.expect()  # the picture
    await home.hospital_doctor.say("/invite R-22222")
    await home.hospital_doctor.expect()
    await home.proven()


async def _unplaced(home: House, unique: str, **more: Any) -> str:
    """Liantang's system refers somebody and does not say where to; the code."""
    data = {
        "id": unique,
        "patient": LI,
        "initiator": {"system": "demo-staff", "value": "he-ping"},
        "priority": "urgent",
    }
    answer = await home.post("liantang", "refloop.referral.request.v1", data | more)
    assert answer.status_code == 202, answer.text
    code: str = answer.headers["location"].rpartition("/")[2]
    return code


async def test_a_coordinator_s_day_one_card_an_hour_a_route_from_the_board_and_who_is_missing_tomorrow(
    home: House,
) -> None:
    he, chen = home.community_doctor, home.coordinator
    fang = await home.join("fang-lan", "Fang Lan")
    codes = [await _unplaced(home, f"unplaced-{n}") for n in range(2)]
    await home.quiet()
    assert fang.skim() == [], "urgent ones wait for the full hour"
    await home.world.clock.to((await home.world.clock.now()).replace(hour=3, minute=0))
    hourly = await fang.expect("2 份转诊等待回复")
    assert all(code in hourly.text for code in codes)
    await fang.say("/board")
    board = await fang.expect("待分送 2")
    await board.press(codes[0])
    card = await fang.expect(codes[0])
    await card.press("选择接收方")
    await card.edited("改送哪里")
    await card.press("澄溪县人民医院")
    await home.quiet()
    assert await home.status(codes[0]) == "offered"
    assert (await home.get("liantang", f"/referrals/{codes[1]}")).json()["status"] == "requested"
    await home.world.clock.to((await home.world.clock.now()).replace(hour=4, minute=0))
    await chen.expect(codes[0])
    _skim_all(home)
    await home.world.clock.to((await home.world.clock.now()).replace(hour=11, minute=0))  # 19:00
    missing = next(each for each in fang.skim() if "明天值班的有" in each.text)
    assert he.person["name"] not in missing.text, "whoever has a chat is not on it"
    stat = await _unplaced(home, "unplaced-stat", priority="stat", reason="胸痛1小时,大汗")
    assert stat in (await fang.expect(stat)).text, "an emergency does not wait for the hour"
    await home.quiet()
    await home.world.catch_up()
    _skim_all(home)
    await home.proven()
