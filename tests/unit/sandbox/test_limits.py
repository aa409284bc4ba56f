"""Rates: three buckets, in real seconds."""

from bot.sandbox.limits import Rates

LIN, MEI, WARD = 5_000_000_001, 5_000_000_002, -4_000_000_001


def test_a_short_burst_passes_in_a_chat_then_one_a_second() -> None:
    rates = Rates()
    assert [rates.take(LIN, 0.0) for _ in range(5)] == [None] * 5
    assert rates.take(LIN, 0.0) == 1
    assert rates.take(LIN, 0.9) == 1
    assert rates.take(LIN, 1.0) is None


def test_one_chat_at_its_limit_does_not_hold_up_another() -> None:
    rates = Rates()
    for _ in range(6):
        rates.take(LIN, 0.0)
    assert rates.take(MEI, 0.0) is None


def test_about_30_a_second_overall() -> None:
    rates = Rates()
    assert [rates.take(chat, 0.0) for chat in range(1, 31)] == [None] * 30
    assert rates.take(31, 0.0) == 1
    assert rates.take(31, 0.1) is None


def test_20_a_minute_in_a_group() -> None:
    rates = Rates()
    assert [rates.take(WARD, 0.0) for _ in range(20)] == [None] * 20
    assert rates.take(WARD, 0.0) == 3
    assert rates.take(WARD, 60.0) is None


def test_what_was_refused_costs_nothing() -> None:
    rates = Rates()
    for _ in range(5):
        rates.take(LIN, 0.0)
    assert [rates.take(LIN, 0.5) for _ in range(20)] == [1] * 20
    assert rates.take(LIN, 1.0) is None
