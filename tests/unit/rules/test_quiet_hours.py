"""Quiet hours, budgets, opt-out words, and what a text to a patient must not name."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.values import Priority
from tests.unit.rules.conftest import CHINA
from workers.rules.pack import packs
from workers.rules.quiet_hours import MessagePolicy, RecipientKind, SendPolicy

POLICY = MessagePolicy(packs()["messages"], CHINA)
PATIENT, CONTACT, STAFF = RecipientKind.patient, RecipientKind.contact, RecipientKind.staff
PLAIN = SendPolicy()


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    "at, recipient, priority, sent",
    [
        ("2026-03-04T20:59", PATIENT, Priority.routine, "2026-03-04T20:59"),
        ("2026-03-04T21:00", PATIENT, Priority.routine, "2026-03-05T08:30"),
        ("2026-03-05T03:00", CONTACT, Priority.urgent, "2026-03-05T08:30"),
        ("2026-03-05T07:59", PATIENT, Priority.routine, "2026-03-05T08:30"),
        ("2026-03-05T08:00", PATIENT, Priority.routine, "2026-03-05T08:00"),
        ("2026-03-05T03:00", PATIENT, Priority.asap, "2026-03-05T03:00"),
        ("2026-03-05T03:00", PATIENT, Priority.stat, "2026-03-05T03:00"),
        ("2026-03-04T20:00", STAFF, Priority.routine, "2026-03-05T07:30"),
        ("2026-03-05T07:29", STAFF, Priority.routine, "2026-03-05T07:30"),
        ("2026-03-04T20:00", STAFF, Priority.urgent, "2026-03-04T20:00"),
        ("2026-03-04T19:59", STAFF, Priority.routine, "2026-03-04T19:59"),
    ],
)
def test_who_is_left_in_peace_until_when(at: str, recipient: RecipientKind, priority: Priority, sent: str) -> None:
    assert POLICY.when_to_send(china(at), PLAIN, recipient, priority) == china(sent)


def test_who_writes_at_night_is_answered_at_night() -> None:
    at = china("2026-03-05T03:00")
    assert POLICY.when_to_send(at, SendPolicy(reply=True), PATIENT, Priority.routine) == at


def test_what_would_be_useless_in_the_morning_goes_the_evening_before() -> None:
    appointment = china("2026-03-05T08:15")
    meant = china("2026-03-05T07:15")
    sent = POLICY.when_to_send(meant, SendPolicy(useless_after=appointment), PATIENT, Priority.routine)
    assert sent == china("2026-03-04T19:00")
    later = SendPolicy(useless_after=china("2026-03-05T11:00"))
    assert POLICY.when_to_send(meant, later, PATIENT, Priority.routine) == china("2026-03-05T08:30")


@given(st.text(min_size=1), st.booleans())
def test_a_morning_is_spread_and_stays_inside_its_hours(key: str, useless: bool) -> None:
    policy = SendPolicy(useless_after=china("2026-03-05T08:00") if useless else None)
    sent = POLICY.when_to_send(china("2026-03-05T01:00"), policy, PATIENT, Priority.routine, key)
    low, high = ("2026-03-04T19:00", "2026-03-04T20:30") if useless else ("2026-03-05T08:30", "2026-03-05T09:00")
    assert china(low) <= sent < china(high)
    assert sent == POLICY.when_to_send(china("2026-03-05T01:00"), policy, PATIENT, Priority.routine, key)


def test_a_thousand_reminders_do_not_fall_on_one_minute() -> None:
    sent = [
        POLICY.when_to_send(china("2026-03-05T01:00"), PLAIN, PATIENT, Priority.routine, str(number))
        for number in range(1000)
    ]
    minutes = [each.replace(second=0) for each in sent]
    assert max(minutes.count(minute) for minute in set(minutes)) < 100


@pytest.mark.parametrize(
    "appointment, reminder",
    [
        ("2026-03-05T09:00", "2026-03-04T19:00"),
        ("2026-03-05T10:29", "2026-03-04T19:00"),
        ("2026-03-05T10:30", "2026-03-05T08:30"),
        ("2026-03-05T15:00", "2026-03-05T08:30"),
    ],
)
def test_the_last_reminder_of_an_early_appointment_goes_the_evening_before(appointment: str, reminder: str) -> None:
    assert POLICY.last_reminder(china(appointment)) == china(reminder)


@pytest.mark.parametrize(
    "at, digest",
    [
        ("2026-03-04T06:00", "2026-03-04T07:45"),
        ("2026-03-04T07:45", "2026-03-04T12:15"),
        ("2026-03-04T16:00", "2026-03-04T17:15"),
        ("2026-03-04T17:16", "2026-03-05T07:45"),
    ],
)
def test_routine_news_to_staff_waits_for_the_next_digest(at: str, digest: str) -> None:
    assert POLICY.next_digest(china(at)) == china(digest)


def test_one_routine_message_a_day_and_three_a_week() -> None:
    now = china("2026-03-08T10:00")
    days_ago = [now - timedelta(days=days) for days in range(9)]
    assert POLICY.within_budget([], now)
    assert not POLICY.within_budget([days_ago[0]], now)
    assert POLICY.within_budget([days_ago[1], days_ago[2]], now)
    assert not POLICY.within_budget([days_ago[1], days_ago[2], days_ago[3]], now)
    assert POLICY.within_budget([days_ago[1], days_ago[2], days_ago[7]], now)


@pytest.mark.parametrize("text", ["退订", " 退订。", "T", "t", "stop", "STOP!", "TD", "Unsubscribe"])
def test_an_opt_out_word_alone_counts(text: str) -> None:
    assert POLICY.is_opt_out(text)


@pytest.mark.parametrize("text", ["", "我不想退订", "please stop by", "145/92", "T恤", "to"])
def test_an_opt_out_word_inside_a_sentence_does_not(text: str) -> None:
    assert not POLICY.is_opt_out(text)


@pytest.mark.parametrize(
    "name", ["精神科", "结核门诊", "产科", "妇产科", "Psychiatry", "Obstetrics", "TB: tuberculosis"]
)
def test_a_department_that_tells_is_not_named(name: str) -> None:
    assert POLICY.is_sensitive(name)


@pytest.mark.parametrize("name", ["心内科", "Cardiology", "神经内科", "急诊科", "General surgery"])
def test_other_departments_are(name: str) -> None:
    assert not POLICY.is_sensitive(name)


def test_quiet_hours_keep_to_the_wall_clock_on_the_nights_it_changes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    policy = MessagePolicy(packs()["messages"], berlin)
    for night in (datetime(2026, 3, 28, 23, 0, tzinfo=berlin), datetime(2026, 10, 24, 23, 0, tzinfo=berlin)):
        sent = policy.when_to_send(night, PLAIN, PATIENT, Priority.routine).astimezone(berlin)
        assert (sent.date() - night.date(), sent.hour, sent.minute) == (timedelta(days=1), 8, 30)
