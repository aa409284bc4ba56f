"""One notice or card that this code cannot cope with waits alone: the sender goes on for everybody else (F8)."""

from typing import Any

import pytest
from sqlalchemy import update

from bot.sending.queue import HELD_FOR
from events.purposes import Purpose
from events.referral_commands import AcceptReferral
from models.deliveries import ActionTokenRow, CardRow, NoticeRow
from models.journal import LogRow
from models.parties import PartyKind, bind_chat
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, both_engines, offered, party


@both_engines
async def test_an_event_of_a_newer_version_holds_its_own_notice_and_no_other(stage: Stage) -> None:
    lin, zhou = await stage.phone("lin"), await stage.phone("zhou")
    newer, plain = await stage.referral(Priority.stat), await stage.referral(Priority.routine)
    held = await stage.tell(Purpose.offer, "lin-hao", newer, Lane.stat)
    await stage.tell(Purpose.offer, "zhou-min", plain, Lane.routine)
    async with stage.database.transaction() as tx:
        await tx.execute(update(LogRow).where(LogRow.stream == newer).values(schema_version=99))  # type: ignore[arg-type]
    await stage.start("sender")
    await zhou.expect("Routine referral")

    async def waits() -> bool:
        (row,) = await stage.rows(NoticeRow, stream=held)
        return bool(row["state"] == "waiting" and row["next_at"] > stage.clock.now() + HELD_FOR / 2)

    await stage.until(waits)
    assert lin.news == []
    async with stage.database.transaction() as tx:  # the newer version is installed
        await tx.execute(update(LogRow).where(LogRow.stream == newer).values(schema_version=1))  # type: ignore[arg-type]
        await tx.execute(update(NoticeRow).values(next_at=stage.clock.now()))
    await lin.expect("STAT")


@both_engines
async def test_a_purpose_nobody_knows_yet_waits_alone(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral()
    strange = await stage.tell(Purpose.amended, "lin-hao", referral, Lane.stat)
    async with stage.database.transaction() as tx:
        await tx.execute(update(NoticeRow).values(purpose="invented_next_year"))
    await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    await lin.expect("Urgent referral")
    (row,) = await stage.rows(NoticeRow, stream=strange)
    assert row["state"] == "waiting"


async def test_a_card_that_cannot_be_shown_is_tried_again_ever_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    async def broken(*_: Any) -> Any:
        tries.append(stage.clock.monotonic())
        raise RuntimeError("a bug")

    lin, zhou = await stage.phone("lin"), await stage.phone("zhou")
    referral, other = await stage.referral(), await stage.referral()
    await stage.tell(Purpose.offer, "lin-hao", referral)
    await stage.start("sender")
    await lin.expect()
    await stage.until(lambda: stage.rows(CardRow, about=referral))
    monkeypatch.setattr("bot.sending.changes.showing", broken)
    monkeypatch.setattr("bot.sending.catching_up._EDIT_AGAIN", 0.4)
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "zhou-min"), come_now=True))

    async def three() -> bool:
        return len(tries) >= 3

    await stage.until(three)
    first, second = tries[1] - tries[0], tries[2] - tries[1]
    assert first >= 0.35
    assert second >= 0.75
    await stage.tell(Purpose.offer, "zhou-min", other)
    await zhou.expect("Urgent referral")


async def test_only_the_houses_involved_are_told(stage: Stage) -> None:
    """N3: a coordinator somewhere else in the alliance is nothing to this referral."""
    chen, liu = await stage.phone("chen"), await stage.phone("liu")
    async with stage.database.transaction() as tx:  # the coordinator of the other county hospital
        await bind_chat(tx, "shen-hong", PartyKind.practitioner, str(liu.id), stage.clock.now(), "test")
    referral = await stage.referral()
    theirs = await stage.tell(Purpose.coordinator_asked, "chen-yu", referral)
    strangers = await stage.tell(Purpose.coordinator_asked, "shen-hong", referral)
    await stage.start("sender")
    await chen.expect()

    async def ended() -> bool:
        rows = {row["stream"]: row["state"] for row in await stage.rows(NoticeRow)}
        return rows == {theirs: "sent", strangers: "withdrawn"}

    await stage.until(ended)
    assert (await stage.state(strangers)).reason == "role_ended"
    assert liu.news == []


async def test_words_for_a_button_that_has_expired_are_not_stored(stage: Stage) -> None:
    referral, lin, card = await offered(stage, Priority.urgent)
    await card.press("More")
    await card.edited("What else")
    await card.press("Ask them")
    await lin.expect("your question")
    async with stage.database.transaction() as tx:
        await tx.execute(update(ActionTokenRow).values(expires_at=stage.clock.now()))
    await lin.say("Since when?")
    await lin.expect("This button has expired")
    assert "InformationAsked" not in await stage.types(referral)
