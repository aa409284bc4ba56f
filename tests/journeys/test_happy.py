"""The happy loop, up and down, on both deployments."""

from tests.journeys.house import LI, House


async def test_a_referral_goes_up_and_the_patient_comes_back_down(home: House) -> None:
    he, lin, patient, clock = home.community_doctor, home.hospital_doctor, home.patient, home.world.clock
    code = await home.refer(reason="血压控制不佳,请调整用药", vitals={"sbp": 162, "dbp": 98})
    own = await he.expect(code)
    offer = await lin.expect("紧急转诊")
    await offer.press("接收 · 11:30")
    await he.expect("已有人接收")
    appointment = await patient.expect("上午 11:30")
    assert "心内" in appointment.text or "门诊楼 3 楼" in appointment.text
    assert code not in appointment.text
    await appointment.press("能来")
    await own.edited("病人已确认")
    await clock.to((await clock.now()).replace(hour=3, minute=40))
    print(offer.text, offer.labels)
    await offer.press("已到")
    await own.edited("已到")
    discharge = {
        "id": "stay-1", "patient": LI, "referral": code, "discharged_at": (await clock.now()).isoformat(),
        "conditions": ["hypertension"], "form": {"diagnosis": "高血压 2 级", "medicines": "氨氯地平 5 mg 每日一次"},
    }  # fmt: skip
    answer = await home.post("chengxi-1", "refloop.discharge.v1", discharge)
    assert answer.status_code == 201, answer.text
    await home.quiet()
    for p in home.phones.values(): print(p.key, [(c.text, c.labels) for c in p.skim()])
    for i in range(3):
        await clock.forward(days=2)
        for p in home.phones.values(): print(i, p.key, [(c.text, c.labels) for c in p.skim()])
    await home.proven()
