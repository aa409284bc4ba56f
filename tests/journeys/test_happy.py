"""The happy loop, up and down, on both deployments, and once with every role as its own process."""

from tests.journeys.house import LI, House
from tests.phones import Card


async def test_a_referral_goes_up_and_the_patient_comes_back_down(home: House) -> None:
    await _up_and_down(home)


async def test_the_same_with_every_role_a_process_of_its_own(roles_apart: House) -> None:
    await _up_and_down(roles_apart)


async def _up_and_down(home: House) -> None:
    he, lin, patient, clock = home.community_doctor, home.hospital_doctor, home.patient, home.world.clock
    code = await home.refer(reason="血压控制不佳,请调整用药", vitals={"sbp": 162, "dbp": 98})
    own = await he.expect(code)
    offer = await lin.expect("紧急转诊")
    assert "李秀英" not in offer.text, "no name before somebody has it"
    await offer.press("接收 · 11:30")
    await he.expect("已有人接收")

    appointment = await patient.expect("上午 11:30")
    assert "门诊楼 3 楼" in appointment.text
    assert code not in appointment.text
    await appointment.press("能来")
    await own.edited("病人已确认")
    await clock.to((await clock.now()).replace(hour=3, minute=40))
    await offer.press("已到院")
    await own.edited("已到")

    discharge = {
        "id": "stay-1", "patient": LI, "referral": code, "discharged_at": (await clock.now()).isoformat(),
        "form": {"diagnosis": "高血压 2 级", "medicines": "氨氯地平 5 mg 每日一次"},
    }  # fmt: skip
    answer = await home.post("chengxi-1", "refloop.discharge.v1", discharge)
    assert answer.status_code == 201, answer.text
    await he.expect("已有结果")
    form = await he.expect("回转单")
    await form.press("打开")
    await form.edited("氨氯地平 5 mg")
    await form.press("已收到")

    answers = ["都好", "128/82", "都好", "都好"]
    for answer_given in answers:
        reminder = await _next_reminder(home)
        if answer_given == "都好":
            await reminder.press(answer_given)
        else:
            await patient.say(answer_given)
            await patient.expect("已记录 128/82")
    await home.quiet()
    assert await home.status(code) == "closed"
    await home.proven()


async def _next_reminder(home: House) -> Card:
    for _ in range(20):
        await home.world.clock.forward(days=1)
        found = home.patient.skim()
        if found:
            return found[0]
    raise AssertionError("no reminder in twenty days")
