"""Hints on the card of a draft: what the words and numbers give, and when nothing is said."""

from typing import Any

import pytest

from bot.cards import examples as x
from bot.cards.catalogue_drafts import DRAFTS, drafts
from bot.drafts.deciding import decided
from bot.drafts.draft import Draft
from bot.drafts.hinting import hints_of
from events.referral import Vitals
from models.values import Language
from workers.rules.hint_words import known_from_words
from workers.rules.hints import DraftHints
from workers.rules.in_force import as_shipped
from workers.rules.pack import packs

VILLAGE = Draft(id="d", facility=x.VILLAGE, to_facility=x.COUNTY, to_department="cardiology")


def hints(draft: Draft) -> DraftHints:
    rules = as_shipped()
    return hints_of(draft, decided(draft, x.DIRECTORY, x.NIGHT, rules), x.DIRECTORY, x.NIGHT, rules)


@pytest.mark.parametrize(
    "text, known",
    [
        ("高血压,三种降压药足量", {"programmes": ("hypertension",), "drugs_at_full_dose": 3}),
        ("足量3种药,血压波动", {"findings": ("bp_swings",), "drugs_at_full_dose": 3}),
        ("Diabetes, treated for 6 months", {"programmes": ("diabetes",), "months_treated": 6}),
        ("服药 4 个月", {"months_treated": 4}),
        ("无蛋白尿,分型不明", {"findings": ("type_unclear",)}),
        ("denies hypertension; 3 drugs at full dose", {"drugs_at_full_dose": 3}),
        ("头痛 2 天", {}),
    ],
)
def test_words_give_findings_programmes_and_numbers(text: str, known: dict[str, Any]) -> None:
    assert known_from_words(packs()["hints"], packs()["triage"], text) == known


@pytest.mark.parametrize(
    "changes, up, stay",
    [
        ({"vitals": Vitals(sbp=184)}, {"HG-INIT"}, set()),
        ({"vitals": Vitals(sbp=150, dbp=96), "words": "三种降压药足量"}, {"HG-FU-REF"}, set()),
        ({"vitals": Vitals(sbp=152, dbp=94)}, set(), {"HG-STAY"}),
        ({"programmes": ("diabetes",), "words": "胸痛"}, {"DG-UP-8"}, set()),
        ({"programmes": ("diabetes",), "age": 20}, {"DG-UP-2"}, set()),
        ({"words": "诊断不明"}, {"UP-GENERAL"}, set()),
        ({"words": "头痛"}, set(), set()),
    ],
)
def test_a_draft_has_the_hints_of_its_patient(changes: dict[str, Any], up: set[str], stay: set[str]) -> None:
    found = hints(VILLAGE.with_(**changes))
    assert ({hint.rule for hint in found.up}, {hint.rule for hint in found.stay}) == (up, stay)


def test_a_referral_down_has_no_hints_to_go_up() -> None:
    down = Draft(id="d", facility=x.COUNTY, to_facility=x.CENTRE, vitals=Vitals(sbp=184))
    assert hints(down) == DraftHints()


def test_the_programmes_of_the_patient_count_for_the_priority_too() -> None:
    rules = as_shipped()
    enrolled = VILLAGE.with_(words="心悸", programmes=("hypertension",))
    assert "HTN-EM-02" in decided(enrolled, x.DIRECTORY, x.NIGHT, rules).rules
    assert enrolled.picture.programmes == ("hypertension",)


@pytest.mark.parametrize("language", list(Language))
def test_the_card_says_them_with_their_rules_the_emergency_first(language: Language) -> None:
    cards = {title: found[language].text for title, found in drafts()}
    assert set(cards) == set(DRAFTS)
    up, emergency, stay = cards.values()
    assert "HG-FU-REF" in up
    assert "HG-STAY" in stay
    lines = [line for line in emergency.splitlines() if "DG-UP" in line]
    assert "DG-UP-4" in lines[0]
