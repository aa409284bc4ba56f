"""What the rules miss is asked of whoever writes the referral; what cannot be true is named."""

import pytest

from bot.cards import examples as x
from bot.cards.draft import DraftView, draft_card
from bot.drafts.deciding import decided
from bot.drafts.draft import Draft
from events.referral import Vitals
from models.values import Language
from workers.rules.in_force import as_shipped
from workers.rules.triage import parameters_of

DRAFT = Draft(id="draft-1", facility=x.VILLAGE, patient=x.PATIENT, to_facility=x.COUNTY, words="头晕")


def shown(draft: Draft, language: Language) -> str:
    rules = as_shipped()
    names = parameters_of(rules["triage"]).names
    decision = decided(draft, x.DIRECTORY, x.NIGHT, rules)
    return draft_card(DraftView(draft, language, x.NIGHT, x.DIRECTORY, decision, names=names)).text


@pytest.mark.parametrize(
    "language, asked, named",
    [
        (Language.zh, "呼吸、体温、血氧", "心率"),
        (Language.en, "breathing, temperature, oxygen saturation", "heart rate"),
    ],
)
def test_the_draft_asks_for_what_the_rules_miss_and_names_what_cannot_be_true(
    language: Language, asked: str, named: str
) -> None:
    some = DRAFT.with_(vitals=Vitals(sbp=152, dbp=94), absurd=("heart_rate",))
    text = shown(some, language)
    assert asked in text
    [line] = [line for line in text.splitlines() if named in line]
    assert asked not in line, "left out, not unknown"
    assert asked not in shown(DRAFT, language), "nothing is measured: that alone is asked for"
    full = Vitals(sbp=152, dbp=94, heart_rate=70, resp_rate=16, temp_c=36.6, spo2=98)
    assert len(shown(DRAFT.with_(vitals=full), language).splitlines()) == len(text.splitlines()) - 2
