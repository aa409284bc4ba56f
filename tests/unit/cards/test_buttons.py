"""Which buttons who gets when: the cards of docs/cards.md, by fields and buttons."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.cards import examples as x
from bot.cards.render import render
from bot.view import CardView, Rendered
from events import referral as e
from events.discharge import Disposition
from events.purposes import Purpose
from models.values import Language, Priority
from tests.unit.cards.world import view


def offered(priority: Priority, road: str = "offered", reader: str = x.RECIPIENT, **changes: object) -> CardView:
    return view(Purpose.offer, x.referral(priority, *x.ROADS[road]), reader, **changes)  # type: ignore[arg-type]


def labels(card: Rendered) -> list[list[str]]:
    return [[each.label for each in row] for row in card.buttons]


def presses(card: Rendered) -> list[tuple[str, dict[str, str]]]:
    return [(each.action, dict(each.params)) for row in card.buttons for each in row]


def test_a_stat_offer_is_answered_with_one_press() -> None:
    assert labels(render(offered(Priority.stat))) == [["I have it", "Accept, come now"], ["Cannot take", "Details"]]
    assert labels(render(offered(Priority.stat, language=Language.zh))) == [
        ["我来处理", "接收,立即来"],
        ["不能接收", "详情"],
    ]
    assert ("accept", {"come_now": "yes"}) in presses(render(offered(Priority.stat)))


def test_a_stat_offer_carries_both_numbers_and_when_to_answer() -> None:
    text = render(offered(Priority.stat, now=x.NIGHT + timedelta(minutes=1))).text
    for piece in ("answer by 03:12", "0769-00000001", "120", "Chest-pain pathway", "since 02:20", "25 min"):
        assert piece in text
    late = render(offered(Priority.stat, now=x.NIGHT + timedelta(minutes=6))).text
    assert "overdue" in late


@pytest.mark.parametrize("priority", [Priority.routine, Priority.urgent])
def test_the_slot_is_on_the_accept_button(priority: Priority) -> None:
    found = next(each for row in render(offered(priority)).buttons for each in row if each.action == "accept")
    at = datetime.fromisoformat(found.params["at"])
    assert at > x.NIGHT
    assert found.label.startswith("Accept · ")
    assert f"{at.astimezone(x.ZONE):%H:%M}".lstrip("0") in found.label.replace("· 0", "· ")


def test_i_have_it_leaves_the_decision_and_takes_the_question_from_others() -> None:
    mine = presses(render(offered(Priority.stat, "held")))
    assert ("hold", {}) not in mine
    assert ("accept", {"come_now": "yes"}) in mine
    theirs = render(offered(Priority.stat, "held", reader=x.SECOND))
    assert theirs.buttons == ()
    assert "Dr Lin Yue" in theirs.text


@pytest.mark.parametrize("road", ["come_now", "redirected", "withdrawn", "cancelled", "closed", "declined"])
def test_a_question_answered_by_another_says_so_in_one_line_without_buttons(road: str) -> None:
    card = render(offered(Priority.urgent, road, reader=x.SECOND))
    assert card.buttons == ()
    assert "\n" not in card.text
    assert x.CODE in card.text


def test_taken_names_who_and_when() -> None:
    text = render(offered(Priority.stat, "come_now", reader=x.SECOND)).text
    for piece in (x.CODE, "County People's Hospital", "Dr Lin Yue", "03:08", "Nothing to do"):
        assert piece in text


def test_sent_on_within_the_house_the_former_department_is_asked_no_more() -> None:
    onwards = e.ReferralRedirected(by=x.COORDINATOR, facility=x.COUNTY, department="neurology")
    card = render(view(Purpose.offer, x.referral(Priority.urgent, onwards), x.RECIPIENT))
    assert "Neurology" in card.text
    assert card.buttons == ()


def test_who_accepted_goes_on_from_the_same_card() -> None:
    assert "record_arrival" in dict(presses(render(offered(Priority.stat, "come_now"))))
    assert "offer_time" in dict(presses(render(offered(Priority.urgent, "accepted"))))
    assert "report_outcome" in dict(presses(render(offered(Priority.urgent, "arrived", menu="report"))))


def test_declining_gives_a_coded_reason_in_the_second_press() -> None:
    card = render(offered(Priority.stat, menu="decline"))
    reasons = [params["reason"] for action, params in presses(card) if action == "decline"]
    assert reasons == ["no_capacity", "wrong_specialty", "no_equipment", "information_missing", "not_needed", "other"]
    assert len(card.buttons) <= 4


def test_sending_on_offers_other_departments_and_the_nearest_houses_with_that_department() -> None:
    card = render(offered(Priority.urgent, menu="redirect"))
    places = [(params["facility"], params["department"]) for action, params in presses(card) if action == "redirect"]
    assert (x.COUNTY, "cardiology") not in places
    assert (x.COUNTY, "neurology") in places
    assert places.index((x.SECOND_COUNTY, "cardiology")) < places.index((x.CITY, "cardiology"))


def test_lowering_asks_why_and_raising_does_not() -> None:
    raised = presses(render(offered(Priority.urgent, menu="priority")))
    assert ("change_priority", {"priority": "stat"}) in raised
    assert ("menu", {"menu": "lower-routine"}) in raised
    lowered = presses(render(offered(Priority.urgent, menu="lower-routine")))
    assert ("change_priority", {"priority": "routine", "reason": "examined"}) in lowered


def test_an_outcome_by_hand_is_never_a_discharge_without_its_papers() -> None:
    state = x.referral(Priority.urgent, *x.ROADS["arrived"])
    card = render(view(Purpose.outcome_due, state, x.RECIPIENT, menu="report"))
    assert "discharged" not in [params.get("kind") for _, params in presses(card)]


def test_the_initiator_reads_the_history_in_one_line() -> None:
    state = x.referral(Priority.stat, e.ReferralSeen(by=x.RECIPIENT), x.COME_NOW)
    first = render(view(Purpose.sent, state, x.INITIATOR)).text.splitlines()[0]
    for piece in (x.CODE, "Cardiology", "asked 03:07", "seen 03:08", "Dr Lin Yue accepted 03:09", "emergency entrance"):
        assert piece in first


def test_every_card_of_an_open_emergency_has_the_line_and_120() -> None:
    asking = x.referral(Priority.stat, *x.ROADS["offered"])
    for purpose, reader, line in (
        (Purpose.offer, x.RECIPIENT, "0769-00000001"),
        (Purpose.coordinator_asked, x.COORDINATOR, "0769-00000001"),
        (Purpose.on_board, x.COORDINATOR, "0769-00000013"),
        (Purpose.sent, x.INITIATOR, "0769-00000013"),
        (Purpose.nobody_yet, x.INITIATOR, "0769-00000013"),
    ):
        text = render(view(purpose, asking, reader)).text
        assert (line in text, "120" in text) == (True, True), f"{purpose}: {text}"
    calm = view(Purpose.sent, x.referral(Priority.urgent, *x.ROADS["offered"]), x.INITIATOR)
    assert "120" not in render(calm).text


def test_nobody_yet_names_the_line_and_120_until_somebody_has_it() -> None:
    waiting = render(view(Purpose.nobody_yet, x.referral(Priority.stat), x.INITIATOR)).text
    assert "0769-00000013" in waiting
    assert "120" in waiting
    assert "(1 asked)" in waiting
    done = render(view(Purpose.nobody_yet, x.referral(Priority.stat, *x.ROADS["arrived"]), x.INITIATOR))
    assert "120" not in done.text


def patient(road: str, **changes: object) -> CardView:
    return view(Purpose.patient_time, x.referral(Priority.routine, *x.ROADS[road]), x.PATIENT, **changes)  # type: ignore[arg-type]


def test_a_patient_says_yes_with_one_press_and_is_asked_once_more_before_giving_up() -> None:
    card = render(patient("time_offered"))
    assert labels(card) == [["I will come", "Another time", "Cannot come"]]
    assert presses(card)[0] == ("confirm_time", {})
    assert [params for action, params in presses(card) if action == "menu"] == [
        {"menu": "another_time"},
        {"menu": "cannot_come"},
    ]
    sure = presses(render(patient("time_offered", menu="cannot_come")))
    assert sure == [("refuse_time", {"wants": "cannot_come"}), ("menu", {"menu": ""})]


@pytest.mark.parametrize(
    "by, staff_read, patient_reads",
    [
        (x.PATIENT, "The patient will come", "Thank you"),
        ("daughter-1", "The family says", "as the family answered"),
        (x.COORDINATOR, "(recorded by Chen Jing)", "as the staff recorded"),
    ],
)
def test_the_first_answer_wins_and_the_card_says_whose_it_is(by: str, staff_read: str, patient_reads: str) -> None:
    state = x.referral(Priority.routine, x.ACCEPTED, x.TIME_OFFERED, e.TimeConfirmed(by=by))
    assert staff_read in render(view(Purpose.offer, state, x.RECIPIENT)).text
    card = render(view(Purpose.patient_time, state, x.PATIENT))
    assert patient_reads in card.text
    assert labels(card) == [["Another time", "Cannot come"]], "answered once"


def test_a_patient_reads_day_time_and_place_in_words() -> None:
    assert "Thursday 12 March, 9:00 am" in render(patient("time_offered")).text
    chinese = render(patient("time_offered", language=Language.zh)).text
    assert "3 月 12 日（周四）上午 9:00" in chinese
    assert "县人民医院门诊楼 3 楼" in chinese


def test_on_the_day_a_patient_can_say_i_am_on_my_way() -> None:
    day_of = x.APPOINTMENT.at - timedelta(hours=1)
    assert ("set_out", {}) in presses(render(patient("confirmed", now=day_of)))
    assert ("set_out", {}) not in presses(render(patient("confirmed")))


def test_who_cannot_come_now_asks_to_cancel() -> None:
    state = x.referral(Priority.stat, *x.ROADS["come_now"])
    card = render(view(Purpose.patient_come_now, state, x.PATIENT, menu="cannot_come"))
    assert ("ask_cancel", {"reason": "patient_refused"}) in presses(card)


def test_a_follow_up_asks_about_its_own_row_and_then_shows_what_came() -> None:
    asked = render(view(Purpose.patient_follow_up, x.plan(*x.PLANS["reminded"]), x.PATIENT, params={"row": "0"}))
    assert presses(asked) == [
        ("follow_up", {"row": "0", "answer": "fine"}),
        ("follow_up", {"row": "0", "answer": "worse"}),
        ("follow_up", {"row": "0", "answer": "later"}),
    ]
    read = render(view(Purpose.patient_follow_up, x.plan(*x.PLANS["read"]), x.PATIENT, params={"row": "0"}))
    assert "145/92" in read.text
    assert presses(read)[0][0] == "wrong_reading"


def test_a_contact_is_told_whom_it_is_about() -> None:
    assert render(patient("time_offered", for_whom="mother")).text.startswith("For your mother: ")
    assert render(patient("time_offered", for_whom="mother", language=Language.zh)).text.startswith("给您妈妈：")


def test_a_return_form_has_its_four_answers_until_it_is_answered() -> None:
    sent = render(view(Purpose.return_form, x.discharge(*x.PAPERS["form_sent"]), x.INITIATOR))
    answers = [params["answer"] for action, params in presses(sent) if action == "answer_form"]
    assert answers == ["received", "not_our_patient", "medicine_not_available", "not_found"]
    received = render(view(Purpose.return_form, x.discharge(*x.PAPERS["form_received"]), x.INITIATOR))
    assert received.buttons == ()


def test_the_opened_return_form_says_who_left_against_advice() -> None:
    state = replace(x.discharge(*x.PAPERS["form_sent"]), disposition=Disposition.against_advice)
    opened = view(Purpose.return_form, state, x.INITIATOR, identity=x.IDENTITY)
    assert "Left against medical advice" in render(opened).text
    assert "Left against" not in render(view(Purpose.return_form, state, x.INITIATOR)).text, "not before it is opened"
    home = replace(opened, state=x.discharge(*x.PAPERS["form_sent"]))
    assert "Left against" not in render(home).text


def test_who_feels_worse_cannot_be_lost_with_one_press() -> None:
    card = render(view(Purpose.feels_worse, x.plan(*x.PLANS["worse"]), x.INITIATOR))
    outcomes = [params["outcome"] for action, params in presses(card) if action == "call_done"]
    assert outcomes == ["called", "visited"]
    listed = render(view(Purpose.call_item, x.plan(*x.PLANS["calling"]), x.INITIATOR))
    assert ("call_done", {"row": "0", "outcome": "not_reached"}) in presses(listed)


def test_a_call_done_is_not_asked_about_the_next_row() -> None:
    card = render(view(Purpose.call_item, x.plan(*x.PLANS["done"]), x.INITIATOR))
    assert card.buttons == ()


def test_the_medicines_of_the_return_form_feed_the_visit_on_the_opened_card() -> None:
    state = x.plan(*x.PLANS["reminded"])
    opened = view(Purpose.plan_card, state, x.INITIATOR, texts={"medicines": "amlodipine 5 mg"})
    assert "Still taking these medicines?" in render(opened).text
    assert "Still taking" not in render(view(Purpose.plan_card, state, x.INITIATOR)).text
