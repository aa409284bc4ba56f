"""The limiter: the rate holds over every stretch, a small burst passes, a 429 is obeyed, the last token is stat's."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import Limiter, Limits, Rate

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
