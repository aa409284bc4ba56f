"""A time that is typed does what the button with a time does: offered, or accepted with it; in both languages."""

from datetime import datetime, timedelta

import pytest

from models.values import Language, Priority
from tests.integration.chat.stage import Stage, both_engines, offered

ROUNDS = {
    Language.en: ("tomorrow 14:30", "10:15 the day after tomorrow"),
    Language.zh: ("明天下午两点半", "后天10：15"),
}


def local(stage: Stage, at: datetime) -> tuple[int, str]:
    """Days from today, and the clock, in the site's zone."""
    zone = stage.directories.current().site_zone
    there, here = at.astimezone(zone), stage.clock.now().astimezone(zone)
    return (there.date() - here.date()).days, f"{there:%H:%M}"


@both_engines
async def test_a_doctor_types_the_time_and_another(stage: Stage) -> None:
    referral, lin, card = await offered(stage, Priority.routine)
    await lin.reply(card, "accept tomorrow 14:30")
    said = await lin.expect("tomorrow 14:30")
    code = (await stage.state(referral)).code
    assert code in said.text
    state = await stage.state(referral)
    assert (state.accepted_by, local(stage, state.appointment.at)) == ("lin-hao", (1, "14:30"))
    for text in (
        f"time {code} tomorrow 15:00",
        f"{code} 时间 明天15:30",
        f"{code.lower()} another time tomorrow 16:00",
    ):
        await lin.say(text)
        await lin.expect("The patient is told")
    await lin.reply(card, "9:15 the day after tomorrow")
    await lin.expect("The patient is told")
    state = await stage.state(referral)
    assert local(stage, state.appointment.at) == (2, "09:15")
    assert (await stage.types(referral)).count("TimeOffered") == 4


@pytest.mark.parametrize("language", list(Language))
async def test_a_time_alone_in_reply_accepts_and_then_offers(stage: Stage, language: Language) -> None:
    referral, lin, card = await offered(stage, Priority.urgent)
    first, second = ROUNDS[language]
    await lin.reply(card, first)
    await lin.expect("The patient is told")
    assert local(stage, (await stage.state(referral)).appointment.at) == (1, "14:30")
    await lin.reply(card, second)
    await lin.expect("The patient is told")
    assert local(stage, (await stage.state(referral)).appointment.at) == (2, "10:15")


async def test_what_cannot_be_a_time_is_refused_kindly_and_changes_nothing(stage: Stage) -> None:
    referral, lin, card = await offered(stage, Priority.urgent)
    code, before = (await stage.state(referral)).code, await stage.types(referral)
    year = (stage.clock.now() - timedelta(days=1)).astimezone(stage.directories.current().site_zone)
    for text, answer in (
        (f"{code} time 30 February 9:00", "no such day"),
        (f"{code} 时间 2月30日 9:00", "no such day"),
        (f"{code} time {year:%Y-%m-%d} 9:00", "That time is over"),
        (f"{code} time tomorrow", "At what time?"),
        (f"{code} time tomorrow 25:00", "no such time"),
        (f"{code} time", "Which time?"),
        (f"{code} time when she can", "Which time?"),
    ):
        await lin.say(text)
        await lin.expect(answer)
    await lin.reply(card, "yes she has been here before, at 14:30")
    await lin.expect("did not understand")
    assert await stage.types(referral) == before


async def test_only_who_may_offer_a_time_does_so_by_typing(stage: Stage) -> None:
    referral, _, card = await offered(stage, Priority.urgent)
    await card.press("Accept · ")
    before = (await stage.state(referral)).appointment
    li, liu = await stage.phone("li"), await stage.phone("liu")
    code = (await stage.state(referral)).code
    for phone in (li, liu):
        await phone.say(f"{code} time tomorrow 14:30")
        await phone.expect()
    assert (await stage.state(referral)).appointment == before
