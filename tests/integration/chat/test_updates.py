"""What came back is stored before the offset moves, worked through in order, and done once (N1, F2, F12)."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert

from bot.answers import Answer
from bot.channel import Inbound
from bot.handlers import pressing
from bot.handlers.router import ANSWER_WITHIN
from bot.handlers.visit import Visit
from bot.polling import CannotPoll, Poller
from bot.updates import Mark, Updates
from events.purposes import Purpose
from models.deliveries import UpdateRow
from models.values import Lane, Priority
from tests.integration.chat.stage import Stage, both_engines, build, offered


@both_engines
async def test_a_duplicate_update_has_one_effect(stage: Stage) -> None:
    li = await stage.phone("li")
    plan = await stage.plan()
    await stage.start()
    await stage.world.fault("duplicate_update")
    await li.say("145/92")
    await li.expect("Recorded")
    await li.say("146/93")
    await li.expect("Recorded")
    assert (await stage.types(plan)).count("ReadingRecorded") == 2
    await stage.world.catch_up()
    assert li.news == []


@pytest.mark.parametrize("fault", ["second_poller", "bad_gateway", "restart", "dropped"])
async def test_polling_goes_on_after_a_failure(stage: Stage, fault: str) -> None:
    li = await stage.phone("li")
    await stage.plan()
    await stage.start()
    await stage.world.fault(fault, methods=["getUpdates"])
    await li.say("145/92")
    await li.expect("Recorded")


async def test_a_slow_press_is_answered_first(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A press feels dead after a second: it is answered empty, and done all the same."""
    done, pressed = asyncio.Event(), pressing.pressed

    async def slowly(visit: Visit) -> Answer:
        await done.wait()
        return await pressed(visit)

    monkeypatch.setattr(pressing, "pressed", slowly)
    lin = await stage.phone("lin")
    referral = await stage.referral(Priority.stat)
    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.stat)
    quick = build(stage.database, stage.keyring, stage.world, stage.clock, answer_within=ANSWER_WITHIN)
    await quick.directories.refresh()
    await quick.start()
    card = await lin.expect("STAT")
    assert (await card.press("Accept, come now")).text == ""
    done.set()
    await card.edited("Lin Hao")
    await quick.close()


async def test_a_stale_press_is_done_all_the_same(stage: Stage) -> None:
    lin = await stage.phone("lin")
    referral = await stage.referral(Priority.stat)
    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.stat)
    await stage.start()
    card = await lin.expect("STAT")
    await stage.world.fault("stale_callback")
    await lin.tap("Accept, come now")
    await card.edited("Lin Hao")


async def test_updates_of_a_chat_are_in_order_and_one_that_fails_is_put_aside(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.updates.MOST_ATTEMPTS", 3)  # the waits between them double
    seen: list[str] = []

    async def handle(inbound: Inbound, cause: str, mark: Mark) -> None:
        if inbound.text == "poison":
            raise RuntimeError("a bug")
        async with stage.database.transaction() as tx:
            await mark(tx)
        seen.append(f"{inbound.name}: {inbound.text}")

    raw = [_text(1, 7, "one"), _text(2, 7, "poison"), _text(3, 7, "two"), _text(4, 8, "other")]
    updates = Updates(stage.side, Poller(stage.side, _Given(raw)), handle, "test", alone=True)
    running = asyncio.create_task(updates.run())
    try:
        await stage.until(lambda: stage.rows(UpdateRow, attempts=3))

        async def all_handled() -> bool:
            return all(row["handled_at"] for row in await stage.rows(UpdateRow)) and not updates.busy

        await stage.until(all_handled)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [each for each in seen if each.startswith("N7")] == ["N7: one", "N7: two"]
    assert "N8: other" in seen
    (parked,) = await stage.rows(UpdateRow, update_id=2)
    assert parked["reason"] == "parked: RuntimeError"


async def test_whoever_waits_for_what_was_given_up_is_told_so_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six tries and then silence would leave a doctor to wait for ever."""

    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    _, lin, card = await offered(stage)
    monkeypatch.setattr("bot.handlers.pressing._command", broken)
    monkeypatch.setattr("bot.updates.MOST_ATTEMPTS", 2)
    await card.tap("Accept, come now")
    await lin.expect("could not be done")
    await stage.until(lambda: stage.rows(UpdateRow, attempts=2))
    monkeypatch.undo()
    await card.press("Accept, come now")
    await card.edited("Lin Hao")
    await stage.world.catch_up()
    assert lin.news == []


async def test_a_stored_update_that_cannot_be_opened_holds_up_nobody(stage: Stage) -> None:
    li = await stage.phone("li")
    await stage.plan()
    sealed = {"payload": "not sealed by this site", "payload_hash": "0", "received_at": stage.clock.now()}
    async with stage.database.transaction() as tx:
        await tx.execute(insert(UpdateRow), [{"bot": stage.side.bot, "update_id": 1, "attempts": 5, **sealed}])
    await stage.start()
    await li.say("145/92")
    await li.expect("Recorded")
    (row,) = await stage.rows(UpdateRow, payload_hash="0")
    assert row["reason"].startswith("parked: ")


async def test_a_form_goes_on_after_a_restart(stage: Stage) -> None:
    referral, lin, card = await offered(stage, Priority.urgent)
    await card.press("More")
    await card.edited("What else")
    await card.press("Ask them")
    await lin.expect("your question")
    await stage.stop()
    await lin.say("Since when?")
    second = build(stage.database, stage.keyring, stage.world, stage.clock, owner="second")
    await second.directories.refresh()
    await second.start()
    await lin.expect("Noted")
    assert "InformationAsked" in await stage.types(referral)
    await second.close()


async def test_what_cannot_be_read_is_marked_and_harmless(stage: Stage) -> None:
    async def handle(inbound: Inbound, cause: str, mark: Mark) -> None:
        raise AssertionError("nothing to handle")

    raw: list[dict[str, Any]] = [
        {"update_id": 1},
        {"update_id": 2, "message": {"chat": "nonsense"}},
        {"update_id": 3, "callback_query": []},
        {"update_id": 4, "message": {"chat": {"id": 5, "type": "private"}, "from": {"id": "x"}}},
        {"update_id": "five"},
        {"nothing": True},
    ]
    updates = Updates(stage.side, Poller(stage.side, _Given(raw)), handle, "test", alone=True)
    running = asyncio.create_task(updates.run())

    async def all_handled() -> bool:
        rows = await stage.rows(UpdateRow)
        return len(rows) == 4 and all(row["handled_at"] for row in rows)

    await stage.until(all_handled)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@both_engines
async def test_stored_and_not_worked_on_is_done_by_the_next(stage: Stage) -> None:
    """F2, after the update was stored: the offset has not moved, and the update comes once all the same."""
    li = await stage.phone("li")
    plan = await stage.plan()
    await li.say("145/92")

    async def dies(inbound: Inbound, cause: str, mark: Mark) -> None:
        await asyncio.Event().wait()

    first = Updates(stage.side, Poller(stage.side, stage.channel), dies, "first", alone=True)
    running = asyncio.create_task(first.run())
    await stage.until(lambda: stage.rows(UpdateRow))
    first._lease.fence = None  # killed: nothing is finished, nothing is given back
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    second = build(stage.database, stage.keyring, stage.world, stage.clock, owner="second")
    await second.directories.refresh()
    await second.start()
    await li.expect("Recorded 145/92")
    assert (await stage.types(plan)).count("ReadingRecorded") == 1
    await second.close()


async def test_a_press_that_was_begun_is_finished_when_told_to_stop(stage: Stage) -> None:
    """aiogram alone loses it: SIGTERM during a handler."""
    lin = await stage.phone("lin")
    referral = await stage.referral(Priority.stat)
    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.stat)
    await stage.start()
    await lin.expect("STAT")
    before = len(await stage.rows(UpdateRow))
    await lin.tap("Accept, come now")

    async def stored() -> bool:
        return len(await stage.rows(UpdateRow)) > before

    await stage.until(stored)
    await stage.stop()
    assert "ReferralAccepted" in await stage.types(referral)


class _Given:
    """Updates that are there already."""

    def __init__(self, raw: list[dict[str, Any]]) -> None:
        self._raw = raw

    async def fetch(self, offset: int | None, seconds: int) -> list[dict[str, Any]]:
        if offset is None and self._raw:
            raw, self._raw = self._raw, []
            return raw
        await asyncio.sleep(0.05)
        raise CannotPoll("nothing more")

    async def name(self) -> str | None:
        return None

    async def end_webhook(self) -> None:
        raise AssertionError("there is no webhook")


def _text(number: int, user: int, text: str) -> dict[str, Any]:
    person = {"id": user, "first_name": f"N{user}", "is_bot": False}
    chat = {"id": user, "type": "private"}
    return {
        "update_id": number,
        "message": {"message_id": number, "date": 1, "chat": chat, "from": person, "text": text},
    }
