"""The family-doctor team's year in short: /today, two visits above target, the referral up with one press."""

from tests.journeys.house import House
from tests.journeys.test_care import enrol
from tests.phones import Card, Phone


async def card_of_today(doctor: Phone) -> Card:
    """The card behind the first line of /today."""
    doctor.skim()
    await doctor.say("/today")
    listed = await doctor.expect("今天的随访")
    assert "李*英" in listed.labels[0]
    await listed.press(listed.labels[0])
    return await doctor.expect("随访 · 高血压")


async def test_two_visits_above_target_become_a_referral_with_one_press(home: House) -> None:
    he, clock = home.community_doctor, home.world.clock
    await enrol(home, begins_on="2025-12-05", severity="moderate")
    await clock.forward(days=2)
    await he.reply(await card_of_today(he), "162/98 规律 无")
    draft = await he.expect("控制不满意")
    assert "下次随访" in draft.text
    await draft.press("记下")
    await draft.edited("已记下")
    for _ in range(15):
        await clock.forward(days=1)
    await he.reply(await card_of_today(he), "166/100 规律 无")
    await (await he.expect("连续不满意")).press("记下")
    advised = await he.expect("建议转诊")
    await advised.press(next(label for label in advised.labels if label.startswith("发出")))
    await advised.edited("已转上级 R-")
    await home.quiet()
