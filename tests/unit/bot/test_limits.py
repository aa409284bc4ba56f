"""The limiter: the rate holds over every stretch, a small burst passes, a 429 is obeyed, the last token is stat's."""

import ast
import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.limits
from bot.limits import Limiter, Limits, Rate, Turns

SECOND = 1.0


def sent_at(limits: Limits, chats: list[int], urgent: bool = False) -> list[float]:
    """When each message goes when they are sent as soon as they may."""
    now, times = 0.0, []
    for chat in chats:
        now = limits.ready_at(chat, now, urgent)
        limits.take(chat, now)
        times.append(now)
    return times


def test_a_chat_gets_a_burst_of_two_then_one_a_second() -> None:
    times = sent_at(Limits(Rate(1000, 100), Rate(1, 2)), [7] * 5)
    assert times == pytest.approx([0, 0, 1, 2, 3])


def test_the_first_second_holds_no_more_than_burst_and_rate() -> None:
    times = sent_at(Limits(Rate(25, 5), Rate(1, 1)), list(range(100)))
    assert sum(at < SECOND for at in times) <= 25 + 5
    assert times[99] == pytest.approx((100 - 4) / 25, abs=0.05)


@given(st.lists(st.tuples(st.integers(1, 5), st.floats(0, 2)), min_size=1, max_size=200))
def test_no_window_of_a_second_ever_holds_more(wishes: list[tuple[int, float]]) -> None:
    limits, now, times = Limits(Rate(10, 3), Rate(2, 2)), 0.0, []
    for chat, pause in wishes:
        now = limits.ready_at(chat, now + pause)
        limits.take(chat, now)
        times.append((now, chat))
    for start, _ in times:
        window = [chat for at, chat in times if start <= at < start + SECOND - 1e-9]
        assert len(window) <= 10 + 3
        assert all(window.count(chat) <= 2 + 2 for chat in window)


def test_the_last_token_is_kept_for_an_emergency() -> None:
    limits = Limits(Rate(10, 5), Rate(1, 2))
    for chat in range(4):
        assert limits.ready_at(chat, 0.0) == 0.0
        limits.take(chat, 0.0)
    assert limits.ready_at(99, 0.0) > 0
    assert limits.ready_at(99, 0.0, urgent=True) == 0.0
    assert limits.room(0.0) == 0
    assert limits.room(0.0, urgent=True) == 1


def test_a_chat_that_was_told_to_wait_waits_and_the_others_do_not() -> None:
    limits = Limits()
    limits.pause(7, 30, now=100.0)
    assert limits.ready_at(7, 100.0) == 130.0
    assert limits.ready_at(8, 100.0) == 100.0


def test_two_chats_told_to_wait_mean_that_everybody_waits() -> None:
    limits = Limits()
    limits.pause(7, 30, now=100.0)
    limits.pause(8, 5, now=101.0)
    assert limits.ready_at(9, 101.0) == 106.0
    assert limits.room(101.0, urgent=True) == 0
    assert limits.room(106.0) > 0


def test_everything_can_be_silenced() -> None:
    limits = Limits()
    limits.pause(None, 10, now=0.0)
    assert limits.ready_at(1, 0.0, urgent=True) == 10.0


def test_chats_that_have_recovered_are_forgotten() -> None:
    limits = Limits(Rate(10_000, 100), Rate(1, 1))
    for chat in range(5000):
        limits.take(chat, chat * 0.1)
    assert len(limits._chats) < 1100


def test_a_burst_of_one_could_keep_nothing_back() -> None:
    with pytest.raises(ValueError, match=r"overall\.burst"):
        Limits(overall=Rate(1, 1))


async def test_waiting_takes_as_long_as_it_must() -> None:
    loop = asyncio.get_running_loop()
    limiter = Limiter(loop.time, Limits(Rate(1000, 10), Rate(20, 1)))
    began = loop.time()
    for _ in range(3):
        await limiter.acquire(1)
    assert 0.095 <= loop.time() - began < 1.0


class Waits:
    """A limiter whose clock stands still until it is moved, and the order in which those who wait are let go."""

    def __init__(self, limits: Limits, turns: Turns[str] | None = None) -> None:
        self.now = 0.0
        self.limiter = Limiter(lambda: self.now, limits, turns)
        self.gone: list[str] = []
        self.superseded: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, name: str, chat: int | str, lane: str = "plain", key: object = None) -> None:
        async def wait() -> None:
            (self.gone if await self.limiter.acquire(chat, lane, key) else self.superseded).append(name)

        self.tasks.append(asyncio.create_task(wait()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def at(self, now: float) -> None:
        self.now = now
        self.limiter._serve()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        assert self.limiter.waiting() == 0


async def test_what_is_urgent_goes_before_all_that_waits() -> None:
    waits = Waits(Limits(Rate(1, 2), Rate(100, 10)))
    for number in range(5):
        await waits.ask(f"routine {number}", number)
    await waits.ask("stat", 99, "urgent")
    assert waits.gone == ["routine 0", "stat"]
    for second in (1, 2):
        await waits.at(second)
    assert waits.gone == ["routine 0", "stat", "routine 1"]
    await waits.end()


async def test_a_chat_that_must_wait_holds_up_nobody_behind_it() -> None:
    waits = Waits(Limits(Rate(1000, 100), Rate(1, 1)))
    for name, chat in (("first", 1), ("second", 1), ("other", 2)):
        await waits.ask(name, chat)
    assert waits.gone == ["first", "other"]
    await waits.at(1.0)
    assert waits.gone == ["first", "other", "second"]
    await waits.end()


async def test_a_retry_after_silences_its_chat_and_no_other() -> None:
    waits = Waits(Limits(Rate(1000, 100), Rate(100, 10)))
    waits.limiter.pause(1, 30)
    await waits.ask("paused", 1, "urgent")
    await waits.ask("other", 2)
    assert waits.gone == ["other"]
    await waits.at(29.9)
    assert waits.gone == ["other"]
    await waits.at(30.0)
    assert waits.gone == ["other", "paused"]
    await waits.end()


async def test_of_edits_that_wait_only_the_newest_goes_in_the_place_of_the_oldest() -> None:
    waits = Waits(Limits(Rate(1000, 100), Rate(1, 1)))
    await waits.ask("message", 1)
    await waits.ask("edit 1", 1, key=(1, 5))
    await waits.ask("another message", 1)
    await waits.ask("edit 2", 1, key=(1, 5))
    await waits.ask("edit 3", 1, key=(1, 5))
    await waits.ask("edit of another card", 1, key=(1, 6))
    assert waits.superseded == ["edit 1", "edit 2"]
    for second in (1, 2, 3):
        await waits.at(second)
    assert waits.gone == ["message", "edit 3", "another message", "edit of another card"]
    await waits.end()


async def test_lanes_share_by_their_weights_and_none_starves() -> None:
    waits = Waits(Limits(Rate(1, 2), Rate(100, 10)), Turns((), {"cards": 3, "bulk": 1}))
    for number in range(12):
        await waits.ask("bulk", number, "bulk")
        await waits.ask("cards", 100 + number, "cards")
    for second in range(1, 9):
        await waits.at(second)
    assert waits.gone[1:].count("bulk") == 2
    assert waits.gone[1:].count("cards") == 6
    await waits.end()


async def test_who_is_cancelled_takes_nothing() -> None:
    waits = Waits(Limits(Rate(1000, 100), Rate(1, 1)))
    for name in ("first", "cancelled", "third"):
        await waits.ask(name, 1)
    waits.tasks[1].cancel()
    await asyncio.sleep(0)
    await waits.at(1.0)
    assert waits.gone == ["first", "third"]
    await waits.end()


async def test_groups_and_channels_get_twenty_a_minute() -> None:
    times = sent_at(Limits(Rate(1000, 100)), [-100] * 22)
    assert times[21] - times[1] == pytest.approx(60)
    assert Limits().ready_at("@channel", 0.0) == 0.0


async def test_an_unknown_lane_is_an_error() -> None:
    with pytest.raises(KeyError):
        await Limiter(lambda: 0.0).acquire(1, "first class")


def test_it_stands_alone() -> None:
    tree = ast.parse(Path(bot.limits.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert imported == {"asyncio", "collections", "collections.abc", "dataclasses", "typing"}
