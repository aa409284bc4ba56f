"""Is a notice that has waited still true?"""

import pytest

from bot.cards import examples as x
from bot.relevance import still_wanted
from events.base import DeadlinePassed, Situation
from events.follow_up import PlanCompleted
from events.purposes import Purpose
from events.referral_state import ReferralState
from models.values import Priority
from tests.unit.cards.world import OF_A_LOOP, readers, states


def urgent(road: str) -> ReferralState:
    return x.referral(Priority.urgent, *x.ROADS[road])


@pytest.mark.parametrize("purpose", OF_A_LOOP)
def test_every_purpose_is_true_of_something_and_answers_for_everything(purpose: Purpose) -> None:
    answers = {still_wanted(purpose, state, reader, 0) for state in states(purpose) for reader in readers(purpose)}
    assert True in answers


def test_an_offer_is_for_those_asked_while_nobody_has_it() -> None:
    assert still_wanted(Purpose.offer, urgent("offered"), x.RECIPIENT, 0)
    assert not still_wanted(Purpose.offer, urgent("offered"), x.SECOND, 0)
    for road in ("come_now", "declined", "redirected", "withdrawn", "closed"):
        assert not still_wanted(Purpose.offer, urgent(road), x.RECIPIENT, 0), road


def test_who_has_it_is_asked_again_and_nobody_else() -> None:
    assert still_wanted(Purpose.offer, urgent("held"), x.RECIPIENT, 1)
    assert not still_wanted(Purpose.offer, urgent("held"), x.SECOND, 1)


def test_a_coordinator_does_not_hear_that_nobody_answered_when_somebody_has() -> None:
    assert still_wanted(Purpose.coordinator_asked, urgent("offered"), x.COORDINATOR, 2)
    for road in ("held", "information_asked", "accepted"):
        assert not still_wanted(Purpose.coordinator_asked, urgent(road), x.COORDINATOR, 2), road


def test_of_the_repeats_that_waited_only_the_newest_is_sent() -> None:
    silence = [DeadlinePassed(situation=Situation.offered, step=step, reached=step + 1) for step in range(3)]
    state = x.referral(Priority.stat, *silence)
    wanted = [step for step in range(4) if still_wanted(Purpose.offer, state, x.RECIPIENT, step)]
    assert wanted == [0, 3]


def test_a_patient_is_told_the_time_that_still_stands() -> None:
    state = urgent("time_offered")
    at = x.APPOINTMENT.at.isoformat()
    assert still_wanted(Purpose.patient_time, state, x.PATIENT, 0, {"at": at})
    assert not still_wanted(Purpose.patient_time, state, x.PATIENT, 0, {"at": "2026-03-01T01:00:00+00:00"})
    for road in ("accepted", "arrived", "cancelled"):
        assert not still_wanted(Purpose.patient_time, urgent(road), x.PATIENT, 0, {"at": at}), road


def test_nobody_yet_is_not_said_after_somebody_took_it() -> None:
    assert not still_wanted(Purpose.nobody_yet, urgent("accepted"), x.INITIATOR, 5)
    assert still_wanted(Purpose.nobody_yet, urgent("accepted"), x.INITIATOR, 0)
    assert not still_wanted(Purpose.nobody_yet, urgent("closed"), x.INITIATOR, 0)


def test_a_call_is_made_even_to_say_that_it_is_cancelled() -> None:
    assert still_wanted(Purpose.call_item, urgent("cancelled"), x.CENTRE_COORDINATOR, 0)
    assert not still_wanted(Purpose.call_item, urgent("arrived"), x.CENTRE_COORDINATOR, 0)


def test_a_follow_up_is_asked_about_while_its_row_is_open() -> None:
    row = {"row": "0"}
    assert still_wanted(Purpose.patient_follow_up, x.plan(*x.PLANS["reminded"]), x.PATIENT, 1, row)
    for road in ("worse", "read", "done", "lost", "calling", "ended", "completed"):
        assert not still_wanted(Purpose.patient_follow_up, x.plan(*x.PLANS[road]), x.PATIENT, 1, row), road


def test_of_two_reminders_that_waited_only_the_second_is_sent() -> None:
    again = DeadlinePassed(situation=Situation.follow_up_due, step=1, reached=2)
    twice = x.plan(*x.PLANS["reminded"], again)
    wanted = [step for step in (1, 2) if still_wanted(Purpose.patient_follow_up, twice, x.PATIENT, step, {"row": "0"})]
    assert wanted == [2]


def test_a_reading_taken_back_is_told_to_nobody() -> None:
    read = x.plan(*x.PLANS["read"])
    assert still_wanted(Purpose.high_reading, read, x.INITIATOR, 0, {"reading": str(read.last_reading)})
    assert not still_wanted(Purpose.high_reading, read, x.INITIATOR, 0, {"reading": "another"})


def test_a_number_too_high_is_told_also_when_it_was_the_last_answer_of_the_plan() -> None:
    over = x.plan(*x.PLANS["read"], PlanCompleted())
    assert not over.open
    assert still_wanted(Purpose.high_reading, over, x.INITIATOR, 0, {"reading": str(over.last_reading)})


def test_what_has_happened_stays_news() -> None:
    for state in states(Purpose.parked):
        assert still_wanted(Purpose.reported, state, x.INITIATOR, 0)


def test_a_cancelled_time_is_not_told_once_another_has_been_given() -> None:
    given_anew = x.referral(Priority.urgent, *x.ROADS["time_offered"])
    taken_back = x.referral(Priority.urgent, *x.ROADS["accepted"])
    assert still_wanted(Purpose.patient_cancelled, taken_back, "li-xiuying", 0)
    assert not still_wanted(Purpose.patient_cancelled, given_anew, "li-xiuying", 0)
