"""Guessing is slow, and locked soon (T4)."""

import random

from bot.handlers.guesses import LOCKED, OVERALL, Guesses


def test_five_wrong_in_a_minute_lock_for_a_quarter_of_an_hour() -> None:
    guesses = Guesses()
    for second in range(5):
        assert guesses.locked_minutes(1, second) == 0
        guesses.wrong(1, second)
    assert guesses.locked_minutes(1, 4) == 15
    assert guesses.locked_minutes(2, 4) == 0
    assert guesses.locked_minutes(1, 4 + LOCKED) == 0


def test_slow_slips_do_not_lock() -> None:
    guesses = Guesses()
    for minute in range(20):
        guesses.wrong(1, minute * 61.0)
        assert guesses.locked_minutes(1, minute * 61.0) == 0


def test_a_hundred_an_hour_by_all_together() -> None:
    guesses = Guesses()
    for user in range(OVERALL):
        assert not guesses.busy(0.0)
        guesses.wrong(user, 0.0)
    assert guesses.busy(10.0)
    assert not guesses.busy(3600.0)


def test_ten_thousand_guesses_get_no_further_than_a_hundred_an_hour() -> None:
    guesses, chance, tried = Guesses(), random.Random(1), 0
    for attempt in range(10_000):
        now = attempt * 0.36  # an hour
        user = chance.randrange(500)
        if not guesses.locked_minutes(user, now) and not guesses.busy(now):
            guesses.wrong(user, now)
            tried += 1
    assert tried <= OVERALL
    assert len(guesses._by_user) + len(guesses._locked) <= OVERALL
