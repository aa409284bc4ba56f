"""Stopped in the middle, and started again: what was asked is still asked, once."""

from tests.journeys.house import House


async def test_restart_in_the_middle_of_a_question(home: House) -> None:
    he, lin, patient = home.community_doctor, home.hospital_doctor, home.patient
    code = await home.refer()
    await he.expect(code)
    offer = await lin.expect(code)
    await home.stop()
    tapped = await offer.tap("接收 · 11:30")
    await home.start()
    await home.quiet()
    assert tapped["id"]
    await he.expect("已有人接收")
    await patient.expect("上午 11:30")
    assert await home.status(code) == "scheduled", "the press waited at the chat side and has had its one effect"
    await home.proven()
