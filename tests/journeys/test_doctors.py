"""What doctors do in the chat, counted in presses: refer 1 message + 1, accept stat 1, accept routine 2, /sos 3."""

from tests.journeys.house import House
from tests.phones import Card, Phone


async def sent(phone: Phone, text: str, button: str = "发送,病人已同意") -> tuple[str, Card]:
    """A referral by one message and one press: the code, and the initiator's own card."""
    await phone.say(text)
    draft = await phone.expect("转诊草稿")
    await draft.press(button)
    await draft.edited("已发送")
    code = draft.text.split()[0]
    return code, await phone.expect(code)


async def test_a_referral_is_one_message_and_one_press_and_a_routine_one_is_accepted_with_two(home: House) -> None:
    he, lin, patient = home.community_doctor, home.hospital_doctor, home.patient
    code, own = await sent(he, "/refer 李秀英 71女 心内 BP 142/88 头痛2周 普通")
    assert len(he.presses) == 1
    await home.world.clock.forward(hours=3)  # the digest of noon
    offer = await lin.expect(code)
    await offer.press("详情")
    await offer.edited("李秀英")
    await offer.press("接收 · ")
    assert len(lin.presses) == 2
    await he.expect("已有人接收")
    appointment = await patient.expect("身份证")
    await appointment.press("能来")
    assert len(patient.presses) == 1
    await own.edited("病人已确认")
    assert await home.status(code) == "scheduled"
    await home.proven()


async def test_an_emergency_is_three_presses_and_is_accepted_with_one(home: House) -> None:
    he, lin = home.community_doctor, home.hospital_doctor
    await he.say("/sos")
    card = await he.expect("急救求助")
    await card.press("胸痛")
    await card.edited("哪位病人")
    await card.press("跳过")
    await card.edited("转诊草稿")
    await card.press("发送,急诊先送,同意后补")
    await card.edited("已发送")
    assert len(he.presses) == 3
    code = card.text.split()[0]
    own = await he.expect(code)
    offer = await lin.expect("急诊转诊 STAT")
    assert "胸痛通道" in offer.text
    await offer.press("接收,立即来")
    assert len(lin.presses) == 1
    await he.expect("已有人接收")
    await own.edited("接收")
    await home.quiet()
    home.coordinator.skim()
    assert await home.status(code) == "accepted"
    # Consent was left for later: it is asked for a day after.
    await offer.press("已到院")
    await home.world.clock.forward(hours=26)
    asked = await he.expect("还缺知情同意")
    await asked.press("家属同意")
    await asked.edited("知情同意已处理")
    lin.skim()
    he.skim()
    home.coordinator.skim()
    await home.proven()


async def test_who_accepted_gives_back_and_the_next_is_asked(home: House) -> None:
    he, lin, zhou = home.community_doctor, home.hospital_doctor, home.second_hospital_doctor
    code, _ = await sent(he, "/refer 李秀英 71女 心内 胸痛1小时,大汗 BP 92/60", "发送,急诊先送,同意后补")
    offer = await lin.expect("急诊转诊 STAT")
    await offer.press("接收,立即来")
    await he.expect("已有人接收")
    await home.patient.expect("请现在")
    await offer.edited("李秀英")
    await offer.press("更多")
    await offer.edited("还要做什么")
    await offer.press("退回")
    await offer.edited("为什么退回")
    await offer.press("这里有急诊")
    again = await zhou.expect(code)
    await home.patient.expect("有变")
    await again.press("Accept, come now")
    await home.quiet()
    assert await home.status(code) == "accepted"
    he.skim()
    lin.skim()
    home.patient.skim()
    home.coordinator.skim()
    await home.proven()


async def test_a_question_and_its_answer_typed_as_replies_and_an_interim_note(home: House) -> None:
    he, lin = home.community_doctor, home.hospital_doctor
    code, own = await sent(he, "/refer 李秀英 71女 心内 BP 186/112 头痛2天 急")
    offer = await lin.expect(code)
    await offer.press("更多")
    await offer.edited("还要做什么")
    await offer.press("问转出方")
    await lin.expect("要问的")
    await lin.say("她吃什么降压药?")
    await lin.expect("已记下")
    question = await he.expect(code)
    await he.reply(question, "氨氯地平 5 mg")
    await he.expect("已记下")
    answered = await lin.expect(code)
    await lin.reply(answered, "接")
    await lin.expect("已记下")
    await he.expect("已有人接收")
    await lin.say(f"{code} 到院")
    await lin.expect("已记下")
    await own.edited("已到")
    await lin.say(code)
    shown = await lin.expect(code)
    await shown.press("写进展")
    await lin.expect("进展")
    await lin.say("血压已降到 150/90")
    await lin.expect("已记下")
    await own.press("详情")
    await own.edited("150/90")
    await home.quiet()
    home.patient.skim()
    lin.skim()
    he.skim()
    await home.proven()


async def test_advice_follows_a_question_to_a_specialist(home: House) -> None:
    he, lin = home.community_doctor, home.hospital_doctor
    await he.say("/ask 李秀英 71女 心内 BP 150/92 要不要加药")
    draft = await he.expect("提问草稿")
    await draft.press("发送提问")
    await draft.edited("已发送")
    code = draft.text.split()[0]
    own = await he.expect(code)
    await home.world.clock.forward(hours=3)
    question = await lin.expect("提问（")
    await question.press("回答")
    await lin.expect("建议")
    await lin.say("先不加,两周后复测")
    await lin.expect("已记下")
    advice = await he.expect(code)
    await advice.press("照办,结束")
    await own.edited("结束")
    assert await home.status(code) == "closed"
    await home.proven()
