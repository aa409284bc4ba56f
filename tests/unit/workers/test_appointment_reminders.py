"""A patient is reminded of an appointment: that morning, the evening before an early one, and not twice in a breath."""

from datetime import datetime, timedelta

import pytest

from bot.relevance import still_wanted
from events import notice as n
from events import referral as e
from events.purposes import Purpose
from tests.unit.events.story import BEGIN, LIN, PATIENT, Story, accepted, asked_for, given, offered, requested, triaged
from tests.unit.workers.conftest import FactsMaker
from tests.unit.workers.reacting import follows, told
from workers.outcomes import Tell

EVENING_BEFORE = timedelta(days=3, hours=-15)  # from 10:00: 19:00 of the second day after
THAT_MORNING = timedelta(days=3, hours=-1, minutes=-30)


def with_time(at: datetime) -> Story:
    return given(requested(), triaged(), offered(LIN.id), accepted(appointment=e.Appointment(at=at)))


def reminders(story: Story, facts: FactsMaker, **known: object) -> list[Tell]:
    found = follows(story, facts(**known))
    return [each for each in found if isinstance(each, Tell) and each.purpose == Purpose.patient_time_soon]


@pytest.mark.parametrize(
    "at, when",
    [
        (timedelta(days=3), EVENING_BEFORE),  # 10:00
        (timedelta(days=3, minutes=29), EVENING_BEFORE),
        (timedelta(days=3, minutes=30), THAT_MORNING),  # 10:30 is not early
        (timedelta(days=3, hours=4), THAT_MORNING),
    ],
)
def test_the_reminder_goes_that_morning_and_before_half_past_ten_the_evening_before(
    facts: FactsMaker, at: timedelta, when: timedelta
) -> None:
    story = with_time(BEGIN + at)
    [reminder] = reminders(story, facts)
    assert (reminder.recipient, reminder.not_before, reminder.expires_at) == (PATIENT, BEGIN + when, BEGIN + at)
    assert still_wanted(reminder.purpose, story.state, PATIENT, 0, reminder.params)
    moved = story.and_then(e.TimeOffered(by=LIN.id, appointment=e.Appointment(at=BEGIN + timedelta(days=9))))
    assert not still_wanted(reminder.purpose, moved.state, PATIENT, 0, reminder.params), "of a time that was given up"
    assert [each.not_before for each in reminders(moved, facts)] == [BEGIN + EVENING_BEFORE + timedelta(days=6)]


def test_whoever_has_just_been_told_or_has_no_chat_needs_none(facts: FactsMaker) -> None:
    assert reminders(with_time(BEGIN + timedelta(days=1)), facts) == [], "told at ten of tomorrow at ten"
    assert reminders(with_time(BEGIN + timedelta(days=3)), facts, reachable=()) == [], "somebody calls"


def test_a_reminder_that_reached_nobody_is_a_call(facts: FactsMaker) -> None:
    story = with_time(BEGIN + timedelta(days=3))
    [reminder] = reminders(story, facts)
    asked = asked_for("patient_time_soon", recipient=PATIENT, about=story.state.id, params=dict(reminder.params))
    failed = given(asked, n.NoticeFailed(reason="opted_out"))
    found = follows(failed, facts(states={story.state.id: story.state}))
    [call] = [each for each in found if isinstance(each, Tell)]
    centre = facts().directory.coordinator(story.state.patient_centre or "", BEGIN)
    assert told(found) == [(centre, "call_item")]
    assert call.params == {"opted_out": "yes", **reminder.params}
    assert still_wanted(call.purpose, story.state, call.recipient, 0, call.params)
    gone = story.and_then(e.TimeRefused(by=PATIENT, wants="another_time"))
    assert not still_wanted(call.purpose, gone.state, call.recipient, 0, call.params)
