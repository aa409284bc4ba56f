"""A referral before it is sent: what a doctor has said so far; pure."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from bot.drafts.words import Understood
from events.base import Value
from events.referral import ClinicalPicture, Vitals
from models.values import Priority, Sex


class Field(StrEnum):
    """What a draft asks for, in the order the guided form asks it."""

    name = "name"
    sex = "sex"
    age = "age"
    problem = "problem"
    vitals = "vitals"
    where = "where"


class Draft(Value):
    """What is known so far. `patient`: the id chosen from our own people; `somebody_new`: it is none of them.

    `candidates`: ids of those it may be. `programmes`: those the chosen patient is in. `guided`: the missing is asked
    one by one, but for what was `skipped`.
    """

    id: str
    facility: str
    emergency: bool = False
    name: str | None = None
    sex: Sex | None = None
    age: int | None = None
    birth: str | None = None
    phone: str | None = None
    id_card: str | None = None
    newborn: bool | None = None
    pregnant: bool | None = None
    programmes: tuple[str, ...] = ()
    vitals: Vitals = Vitals()
    absurd: tuple[str, ...] = ()
    onset_at: datetime | None = None
    suspected: str | None = None
    words: str = ""
    priority: Priority | None = None
    to_facility: str | None = None
    to_department: str | None = None
    patient: str | None = None
    candidates: tuple[str, ...] = ()
    somebody_new: bool = False
    wants: Literal["advice"] | None = None
    guided: bool = False
    skipped: tuple[Field, ...] = ()

    def with_(self, **changes: Any) -> "Draft":
        """A copy with these fields changed."""
        return self.model_copy(update=changes)

    @property
    def picture(self) -> ClinicalPicture:
        """The condition as the referral will carry it."""
        return ClinicalPicture(
            age=self.age, sex=self.sex, pregnant=self.pregnant, newborn=self.newborn, vitals=self.vitals,
            programmes=self.programmes, onset_at=self.onset_at, suspected=self.suspected,
        )  # fmt: skip

    @property
    def says_something(self) -> bool:
        """Whether anybody could act on it."""
        return bool(self.words or self.suspected or self.vitals != Vitals())

    @property
    def undecided(self) -> bool:
        """Whether a person must first say which patient it is."""
        return self.patient is None and bool(self.candidates) and not self.somebody_new


def missing(draft: Draft) -> tuple[Field, ...]:
    """What is not known yet, in the order it is asked."""
    known_patient = draft.patient is not None
    there = {
        Field.name: known_patient or draft.name is not None,
        Field.sex: draft.sex is not None,
        Field.age: draft.age is not None or draft.newborn is not None,
        Field.problem: bool(draft.words or draft.suspected),
        Field.vitals: draft.vitals != Vitals(),
        Field.where: draft.to_facility is not None,
    }
    return tuple(each for each in Field if not there[each])


def merged(draft: Draft, found: Understood, replacing: bool = False) -> Draft:
    """The draft with what was said besides; words are added to those there are, or replace them."""
    plain = ("name", "sex", "age", "birth", "phone", "id_card", "newborn", "pregnant", "onset_at", "priority")
    changes = {name: value for name in plain if (value := getattr(found, name)) is not None}
    new = found.vitals.model_dump(exclude_none=True)
    if "glucose_mmol_l" in new:
        new["glucose_kind"] = found.vitals.glucose_kind
    words = [found.words] if replacing and found.words else [draft.words, found.words]
    changes |= {
        "vitals": draft.vitals.model_copy(update=new),
        "absurd": tuple(name for name in dict.fromkeys((*draft.absurd, *found.absurd)) if name not in new),
        "words": ", ".join(each for each in words if each),
    }
    if found.facility:
        changes |= {"to_facility": found.facility, "to_department": found.department}
    elif found.department:
        changes |= {"to_facility": None, "to_department": found.department}
    if "name" in changes and changes["name"] != draft.name:
        changes |= {"patient": None, "candidates": (), "somebody_new": False}
    return draft.with_(**changes)
