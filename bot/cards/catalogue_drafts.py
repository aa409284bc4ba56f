"""Drafts for the page of all cards: what a doctor sees before a referral is sent."""

from collections.abc import Iterator

from bot.cards import examples as x
from bot.cards.draft import DraftView, draft_card
from bot.drafts.deciding import decided
from bot.drafts.draft import Draft
from bot.drafts.hinting import hints_of
from bot.drafts.people import Masked
from bot.view import Rendered
from events.referral import Vitals
from models.values import Language, Sex
from workers.rules.in_force import as_shipped
from workers.rules.triage import parameters_of

_WOMAN = Draft(
    id="draft-1", facility=x.VILLAGE, patient=x.PATIENT, sex=Sex.female, age=71, to_facility=x.COUNTY,
    to_department="cardiology",
)  # fmt: skip
DRAFTS = {
    "Draft, a reason to refer up": _WOMAN.with_(
        vitals=Vitals(sbp=162, dbp=98), words="三种降压药足量,血压波动", programmes=("hypertension",)
    ),
    "Draft, an emergency by the hints": _WOMAN.with_(
        vitals=Vitals(glucose_mmol_l=18.2), words="糖尿病,深大呼吸", programmes=("diabetes",)
    ),
    "Draft, may stay in primary care": _WOMAN.with_(vitals=Vitals(sbp=152, dbp=94), words="头晕 2 天"),
}


def drafts() -> Iterator[tuple[str, dict[Language, Rendered]]]:
    """Title and card in each language."""
    rules = as_shipped()
    names = parameters_of(rules["triage"]).names
    for title, draft in DRAFTS.items():
        decision = decided(draft, x.DIRECTORY, x.NIGHT, rules)
        hints = hints_of(draft, decision, x.DIRECTORY, x.NIGHT, rules)
        people = (Masked(x.PATIENT, "李*英", 1954, "5678", Sex.female),)
        yield (
            title,
            {
                language: draft_card(
                    DraftView(draft, language, x.NIGHT, x.DIRECTORY, decision, people, hints=hints, names=names)
                )
                for language in Language
            },
        )
