"""Cards that change with what happens: several together, each once, and none held up by another."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import RowMapping

from bot.channel import NotSent, Outgoing, Sent, Unknown
from bot.limits import Limits, Rate
from bot.sending import changes
from events.purposes import Purpose
from events.referral_commands import AcceptReferral
from models.deliveries import ActionTokenRow, CardRow, NoticeRow
from tests.integration.chat.stage import Stage, both_engines, party
from tests.phones import Card

_CARDS = CardRow.__table__  # type: ignore[attr-defined]


async def asked(stage: Stage) -> tuple[str, list[Card]]:
    """A referral two are asked about, with the card on each phone; the sender stands still."""
    phones = [await stage.phone("lin"), await stage.phone("zhou")]
    referral = await stage.referral()
    for person in ("lin-hao", "zhou-min"):
        await stage.tell(Purpose.offer, person, referral)
    await stage.start("sender")
    cards = [await phone.expect() for phone in phones]

    async def kept() -> bool:
        return len(await stage.rows(CardRow)) == len(cards)

    await stage.until(kept)
    await stage.at_rest()
    await stage.stop()
    return referral, cards


def drawings(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The people whose cards are drawn, as often as any are."""
    seen: list[set[str]] = []
    showing = changes.showing

    async def watched(tx: Any, side: Any, cards: Sequence[RowMapping], *more: Any) -> Any:
        seen.append({card["recipient"] for card in cards})
        return await showing(tx, side, cards, *more)

    monkeypatch.setattr(changes, "showing", watched)
    return seen


async def current(stage: Stage) -> bool:
    """Whether every card shows what it should."""
    return all(row["shown_version"] == row["wanted_version"] for row in await stage.rows(CardRow))


@both_engines
async def test_what_changes_together_is_drawn_together_and_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    referral, (lins, zhous) = await asked(stage)
    seen = drawings(monkeypatch)
    await stage.start("sender")
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "lin-hao"), come_now=True))
    await zhous.edited("Lin Hao")
    await lins.edited("Lin Hao")
    await stage.until(lambda: current(stage))
    assert seen == [{"lin-hao", "zhou-min"}]


@both_engines
async def test_a_card_that_shows_it_already_costs_no_edit_and_no_token(stage: Stage) -> None:
    await asked(stage)
    limiter = stage.side.limiter
    before = limiter.limits.overall_ready_at(0.0, count=50)
    buttons = len(await stage.rows(ActionTokenRow))
    async with stage.database.transaction() as tx:
        await tx.execute(_CARDS.update().values(shown_version=_CARDS.c.wanted_version - 1))
    await stage.changes.catch_up(*(row["id"] for row in await stage.rows(CardRow)))
    assert await current(stage)
    assert await stage.world.calls("editMessageText") == []
    assert len(await stage.rows(ActionTokenRow)) == buttons
    assert limiter.limits.overall_ready_at(0.0, count=50) == before


async def test_one_card_that_cannot_be_shown_holds_up_no_other(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    referral, (_, zhous) = await asked(stage)
    showing = changes.showing

    async def broken(tx: Any, side: Any, cards: Sequence[RowMapping], *more: Any) -> Any:
        if "lin-hao" in {card["recipient"] for card in cards}:
            raise RuntimeError("a bug")
        return await showing(tx, side, cards, *more)

    monkeypatch.setattr(changes, "showing", broken)
    await stage.start("sender")
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "zhou-min"), come_now=True))
    await zhous.edited("Zhou Min")

    async def put_off() -> bool:
        (row,) = await stage.rows(CardRow, recipient="lin-hao")
        return bool(row["next_at"] > stage.clock.now())

    await stage.until(put_off)


async def test_a_call_that_hangs_holds_up_no_other_chat(stage: Stage) -> None:
    referral, (_, zhous) = await asked(stage)
    await stage.world.fault("delay", method="editMessageText", person="lin", seconds=20)
    await stage.start("sender")
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "zhou-min"), come_now=True))
    await zhous.edited("Zhou Min")
    await stage.until(lambda: _noted(stage, "zhou-min"))
    assert not await _noted(stage, "lin-hao")


async def _noted(stage: Stage, person: str) -> bool:
    (row,) = await stage.rows(CardRow, recipient=person)
    return bool(row["shown_version"] == row["wanted_version"])


@both_engines
async def test_what_may_not_go_yet_goes_later(stage: Stage) -> None:
    """The overall bucket lets one through at a time: the other card is left behind, not lost, and not sent twice."""
    referral, (lins, zhous) = await asked(stage)
    stage.side.limiter.limits = Limits(Rate(4, 2), Rate(100, 20))
    await stage.start("sender")
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "lin-hao"), come_now=True))
    await lins.edited("Lin Hao")
    await zhous.edited("Lin Hao")
    await stage.until(lambda: current(stage))
    assert len(await stage.world.calls("editMessageText")) == 2


@both_engines
async def test_a_card_that_is_just_being_shown_is_left_to_who_shows_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    referral, (lins, _) = await asked(stage)
    (row,) = await stage.rows(CardRow, recipient="lin-hao")
    going, may_end = asyncio.Event(), asyncio.Event()
    update = stage.channel.update

    async def slow(chat: int, message: int, outgoing: Outgoing) -> Sent | NotSent | Unknown:
        going.set()
        await may_end.wait()
        return await update(chat, message, outgoing)

    monkeypatch.setattr(stage.channel, "update", slow)
    shows = asyncio.create_task(stage.changes.show(row, menu="decline"))
    await going.wait()
    await stage.do(AcceptReferral(stream=referral, by=party(stage, "zhou-min"), come_now=True))
    done: list[str] = []
    async with asyncio.timeout(10):
        await stage.changes.catch_up(row["id"], ended=done.extend)
    assert done == [row["id"]]
    freed: list[bool] = []
    stage.changes.freed = lambda: freed.append(True)
    may_end.set()
    await shows
    assert freed == [True]
    await stage.changes.catch_up(row["id"])
    await lins.edited("Zhou Min")
    assert await _noted(stage, "lin-hao")


async def test_a_card_waits_a_moment_for_what_follows(stage: Stage) -> None:
    """By whichever clock it has waited longer: the installation's may stand still, or have been moved."""
    catching_up = stage.sender._cards
    now = stage.clock.now()
    just_now: Any = [{"next_at": now + timedelta(hours=1)}]  # as by a clock that stands still
    assert 0 < catching_up.rest(just_now) <= 0.05
    assert catching_up.rest([{"next_at": now - timedelta(seconds=1)}]) == 0  # type: ignore[list-item]
    began = asyncio.get_running_loop().time()
    while catching_up.rest(just_now):
        assert asyncio.get_running_loop().time() - began < 5
        await asyncio.sleep(0.005)
    assert asyncio.get_running_loop().time() - began >= 0.04


@both_engines
async def test_the_sender_is_woken_by_what_waits_and_not_by_what_it_has_noted(stage: Stage) -> None:
    woken: list[bool] = []
    stage.journal.notices_waiting = lambda: woken.append(True)
    await stage.phone("lin")
    referral = await stage.referral()
    notice = await stage.tell(Purpose.offer, "lin-hao", referral)
    assert woken == [True]
    await stage.start("sender")
    await stage.until(lambda: stage.rows(NoticeRow, stream=notice, state="sent"))
    assert woken == [True]
