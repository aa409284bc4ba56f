"""Nothing of a patient outside the identity view (N9), and nothing a person typed can harm a card (T16)."""

from dataclasses import replace
from html import unescape

import pytest

from bot.cards import examples as x
from bot.cards.render import render
from bot.sandbox.html_text import parse_html
from bot.view import Identity
from events import referral as e
from events.purposes import PURPOSES, Audience, Purpose
from events.referral_state import ReferralState
from models.directory import Directory
from models.places import Contents, Parameter
from models.registry import ParameterScope
from models.values import FacilityKind, Language, Priority
from tests.unit.cards.world import OF_A_LOOP, every_view, view

CANARY_ID = "KANARIE-ID"
TEXTS = {name: f"KANARIE-{name}" for name in ("impression", "reason", "question", "diagnosis", "medicines", "advice")}
IDENTITY = Identity("KANARIE-NAME", "13900009999", 1933)
PARAMS = {"row": "0", "note": "KANARIE-PARAM", "patient": CANARY_ID}

# Purposes whose first card shows the triage view when it presses; nobody else's shows any of the picture.
TRIAGE = "70–79"


@pytest.mark.parametrize("purpose", OF_A_LOOP)
def test_no_card_names_a_patient_before_it_is_opened(purpose: Purpose) -> None:
    for seen in every_view(purpose):
        state = replace(seen.state, patient=CANARY_ID, patient_key=CANARY_ID)
        card = render(replace(seen, state=state, texts=TEXTS, params={**seen.params, **PARAMS}))
        told = card.text + "".join(each.label + str(dict(each.params)) for row in card.buttons for each in row)
        assert "KANARIE" not in told
        assert "13900009999" not in told


@pytest.mark.parametrize("purpose", [each for each in Purpose if PURPOSES[each].audience is Audience.patient])
def test_patients_read_no_code_and_no_department_that_tells(purpose: Purpose) -> None:
    for seen in every_view(purpose):
        if not isinstance(seen.state, ReferralState):
            continue
        legs = tuple(replace(leg, department="psychiatry") for leg in seen.state.legs)
        appointment = replace_place(seen.state)
        text = render(replace(seen, state=replace(seen.state, legs=legs, appointment=appointment))).text
        assert x.CODE not in text
        for telling in ("精神", "sychiatr", "胸痛", "hest"):
            assert telling not in text


def replace_place(state: ReferralState) -> e.Appointment | None:
    """A time in a place that tells, as a desk may write it."""
    told = {"place_zh": "精神科楼 2 楼", "place_en": "Psychiatric ward, 2nd floor"}
    return state.appointment.model_copy(update=told) if state.appointment else None


def test_a_house_that_tells_is_given_by_its_address() -> None:
    house = next(each for each in x.DIRECTORY.facilities() if each.id == x.COUNTY)
    house = replace(house, kind=FacilityKind.psychiatric, name_en="Asylum", address_en="2 Lake Road")
    contents = Contents(facilities=(house,))
    state = x.referral(Priority.routine, *x.ROADS["time_offered"])
    text = render(view(Purpose.patient_time, state, x.PATIENT, directory=Directory(contents))).text
    assert "2 Lake Road" in text
    assert "Asylum" not in text


@pytest.mark.parametrize("priority", list(Priority))
def test_the_first_card_shows_age_band_and_signs_only_when_it_presses(priority: Priority) -> None:
    card = render(view(Purpose.offer, x.referral(priority), x.RECIPIENT))
    presses = priority in (Priority.stat, Priority.asap)
    assert (TRIAGE in card.text) is presses
    assert ("BP 92/60" in card.text) is presses
    assert x.CODE in card.text
    assert "Liantang Village Clinic" in card.text


@pytest.mark.parametrize("scope, place", [(ParameterScope.site, ""), (ParameterScope.facility, x.COUNTY)])
def test_a_site_or_the_asked_house_may_show_less_on_the_first_card(scope: ParameterScope, place: str) -> None:
    less = Contents(facilities=x.DIRECTORY.facilities(), parameters=(Parameter(scope, place, "first_card", "code"),))
    seen = view(Purpose.offer, x.referral(Priority.stat), x.RECIPIENT, directory=Directory(less))
    card = render(seen)
    assert TRIAGE not in card.text
    assert "BP 92/60" not in card.text
    assert "Accept, come now" in {each.label for row in card.buttons for each in row}, "still one press"
    assert TRIAGE in render(replace(seen, identity=IDENTITY)).text


def test_opening_shows_identity_and_texts_and_folding_takes_them_away() -> None:
    state = x.referral(Priority.urgent)
    closed = view(Purpose.offer, state, x.RECIPIENT)
    opened = render(replace(closed, identity=IDENTITY, texts=TEXTS))
    assert "KANARIE-NAME" in opened.text
    assert "KANARIE-impression" in opened.text
    assert TRIAGE in opened.text
    assert "fold" in {each.action for row in opened.buttons for each in row}
    assert "details" in {each.action for row in render(closed).buttons for each in row}


def test_a_name_cannot_format_turn_or_flood_a_card() -> None:
    name = "\u202e</b><a href='tg://user?id=1'>x</a>&lt;\x00\n\n" + "长" * 4000
    seen = view(Purpose.offer, x.referral(Priority.urgent), x.RECIPIENT, identity=Identity(name), texts={})
    text, entities = parse_html(render(seen).text)
    assert [each["type"] for each in entities] == ["bold"]
    assert "\u202e" not in text
    assert "\x00" not in text
    shown = next(line for line in text.splitlines() if line.startswith("Name"))
    assert len(shown) < 100
    assert "</b><a href=" in unescape(shown)


def test_a_facility_name_is_quoted_too() -> None:
    facilities = [replace(each, name_en="<b>A & B</b>") for each in x.DIRECTORY.facilities()]
    directory = Directory(Contents(facilities=tuple(facilities)))
    for purpose, road in (
        (Purpose.offer, "offered"),
        (Purpose.somebody_has_it, "come_now"),
        (Purpose.nobody_yet, "offered"),
    ):
        state = x.referral(Priority.stat, *x.ROADS[road], department=None)
        seen = view(purpose, state, x.RECIPIENT, Language.en, directory=directory)
        assert "<b>A & B</b>" in parse_html(render(seen).text)[0]
