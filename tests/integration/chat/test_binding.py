"""How a chat comes to stand for somebody, and that strangers and groups get nothing (T4-T6, T8)."""

import asyncio
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.identity import NobodySuch, issue_invite
from events.purposes import Purpose
from models.binding import BindingCodeRow
from models.parties import ChatAddressRow
from models.patients import ContactRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, both_engines

_CODES = BindingCodeRow.__table__  # type: ignore[attr-defined]

_CONTACTS = ContactRow.__table__  # type: ignore[attr-defined]


async def invite(stage: Stage, party: str) -> str:
    async with stage.database.transaction() as tx:
        directory = stage.directories.current()
        code = await issue_invite(tx, stage.keyring, party, directory, stage.clock.now(), "cli")
    return code.text


async def bound_to(stage: Stage, party: str) -> list[str]:
    rows = await stage.rows(ChatAddressRow, party=party, valid_to=None)
    return [row["chat"] for row in sorted(rows, key=lambda row: int(row["place"]))]


async def test_a_doctor_joins_by_a_one_time_code_and_is_asked_from_then_on(stage: Stage) -> None:
    lin = await stage.stranger("newlin")
    code = await invite(stage, "lin-hao")
    await stage.start()
    await lin.start(code)
    await lin.expect("林浩")
    assert await bound_to(stage, "lin-hao") == [str(lin.id)]
    referral = await stage.referral(Priority.stat)
    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.stat)
    await lin.expect("急诊")


@both_engines
async def test_a_code_works_once_and_the_old_chat_is_told_of_the_new(stage: Stage) -> None:
    old, new, thief = await stage.stranger("old"), await stage.stranger("new"), await stage.stranger("thief")
    await stage.start()
    first = await invite(stage, "lin-hao")
    await old.start(first)
    await old.expect("林浩")
    await thief.start(first)
    await thief.expect("not valid")
    second = await invite(stage, "lin-hao")
    await new.start(second)
    await new.expect("林浩")
    await old.expect()
    assert await bound_to(stage, "lin-hao") == [str(new.id), str(old.id)]


@both_engines
async def test_two_who_use_the_same_code_at_once_are_one_who_is_in(stage: Stage) -> None:
    """T5: the link was stolen, and the thief is exactly as quick."""
    chats = [await stage.stranger(f"chat-{number}") for number in range(5)]
    await stage.start()
    code = await invite(stage, "lin-hao")
    await asyncio.gather(*(each.start(code) for each in chats))
    heard = [(await each.expect()).text for each in chats]
    assert sorted("not valid" in text for text in heard) == [False, True, True, True, True], heard
    assert len(await bound_to(stage, "lin-hao")) == 1


async def test_a_code_that_is_too_old_binds_nothing(stage: Stage) -> None:
    lin = await stage.stranger("newlin")
    code = await invite(stage, "lin-hao")
    async with stage.database.transaction() as tx:
        await tx.execute(update(_CODES).values(expires_at=stage.clock.now() - timedelta(seconds=1)))
    await stage.start()
    await lin.start(code)
    await lin.expect("not valid")
    assert await bound_to(stage, "lin-hao") == []


@both_engines
async def test_a_patient_proves_by_birth_year_that_it_is_them(stage: Stage) -> None:
    li = await stage.stranger("newli")
    code = await invite(stage, "li-xiuying")
    await stage.start()
    await li.start(code)
    await li.expect("year of birth")
    await li.say("1970")
    await li.expect("4 more times")
    await li.say("1955")
    await li.expect("120")
    assert await bound_to(stage, "li-xiuying") == [str(li.id)]


async def test_the_second_factor_cannot_be_guessed(stage: Stage) -> None:
    """A birth year has a hundred values: five tries, and the link is dead."""
    thief = await stage.stranger("thief")
    code = await invite(stage, "li-xiuying")
    await stage.start()
    await thief.start(code)
    await thief.expect("year of birth")
    for year in ("1930", "1931", "1932", "1933"):
        await thief.say(year)
        await thief.expect("That is not right")
    await thief.say("1934")
    await thief.expect("not valid")
    await thief.say("1955")
    await thief.expect()
    await thief.start(code)
    await thief.expect("Too many tries")
    assert await bound_to(stage, "li-xiuying") == []


async def test_guessing_codes_is_locked_after_five(stage: Stage) -> None:
    """T4: nothing is ever hit, and after five tries the rest is not even looked up."""
    thief = await stage.stranger("thief")
    await invite(stage, "lin-hao")
    await stage.start()
    for _ in range(5):
        await thief.start(secrets.token_urlsafe(16))
        await thief.expect("not valid")
    await thief.start(secrets.token_urlsafe(16))
    await thief.expect("Too many tries. Please try again in 15 minutes.")


async def test_a_stranger_gets_one_kind_line_and_no_data(stage: Stage) -> None:
    eve = await stage.stranger("eve")
    await stage.start()
    for text in ("hello", "/help", "145/92", "/language", "R-7K2F4"):
        await eve.say(text)
        card = await eve.expect()
        assert card.text.startswith("Hello. This is for registered staff and patients only")
        assert card.labels == []


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_the_bot_leaves_groups(stage: Stage, kind: str) -> None:
    await stage.phone("lin")
    await stage.start()
    await stage.world.post("/groups", title="ward round", kind=kind, members=["lin"])

    async def left() -> bool:
        return bool(await stage.world.calls("leaveChat"))

    await stage.until(left)


async def test_a_blocked_chat_is_noticed_and_forgiven(stage: Stage) -> None:
    lin = await stage.phone("lin")
    await stage.start()
    await lin.block()

    async def blocked() -> bool:
        return any(row["blocked_at"] for row in await stage.rows(ChatAddressRow, party="lin-hao", valid_to=None))

    await stage.until(blocked)
    await lin.start()
    await lin.expect()
    assert not await blocked()


async def test_nobody_is_invited_who_is_not_there(stage: Stage) -> None:
    with pytest.raises(NobodySuch, match="network file"):
        await invite(stage, "nobody")


async def test_a_contact_whose_time_is_over_stands_for_nobody(stage: Stage) -> None:
    fang = await stage.phone("fang")
    plan = await stage.plan()
    yesterday = (stage.clock.now() - timedelta(days=1)).date()
    async with stage.database.transaction() as tx:
        await tx.execute(update(_CONTACTS).values(last_day=yesterday))
    await stage.start()
    await fang.say("145/92")
    await fang.expect("registered staff and patients only")
    assert (await stage.state(plan)).readings == ()
