"""What the events of a referral say: coded reasons, measurements, what is known of the patient, what a rule decided."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from events.base import Value
from models.values import Priority, Sex


class DeclineReason(StrEnum):
    """Why a recipient cannot take a referral; `other` needs a comment (e-RS)."""

    no_capacity = "no_capacity"
    wrong_specialty = "wrong_specialty"
    no_equipment = "no_equipment"
    information_missing = "information_missing"
    not_needed = "not_needed"
    other = "other"


class GiveBackReason(StrEnum):
    """Why an accepted referral is given back."""

    emergency_here = "emergency_here"
    bed_lost = "bed_lost"
    not_my_field = "not_my_field"
    shift_ended = "shift_ended"
    other = "other"


class LowerReason(StrEnum):
    """Why a priority is lowered by hand."""

    examined = "examined"
    improved = "improved"
    entered_wrong = "entered_wrong"


class OutcomeKind(StrEnum):
    """What came of the visit."""

    treated = "treated"
    discharged = "discharged"
    admitted_elsewhere = "admitted_elsewhere"
    no_treatment_needed = "no_treatment_needed"
    died = "died"


class Vitals(Value):
    """Measurements at the time of the referral; absent = not known. Units in the names; pressures in mmHg."""

    sbp: int | None = None
    dbp: int | None = None
    heart_rate: int | None = None
    resp_rate: int | None = None
    temp_c: float | None = None
    spo2: int | None = None
    avpu: Literal["A", "V", "P", "U"] | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: Literal["fasting", "random"] | None = None


class ClinicalPicture(Value):
    """What is known of the patient's condition, as codes and numbers (the words are sealed).

    `suspected`: the emergency pathway that a doctor named, whatever the rules find.
    """

    age: int | None = None
    sex: Sex | None = None
    pregnant: bool | None = None
    newborn: bool | None = None
    vitals: Vitals = Vitals()
    symptoms: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    onset_at: datetime | None = None
    suspected: str | None = None


class Decision(Value):
    """What a rule decided and on what: enough to explain it and to decide the same again (N8)."""

    priority: Priority
    asked: Priority | None = None
    pathway: str | None = None
    rules: tuple[str, ...] = ()
    because: dict[str, str] = Field(default_factory=dict)
    inputs: dict[str, str | int | float | bool | tuple[str, ...] | None] = Field(default_factory=dict)
    sources: tuple[str, ...] = ()
    data_incomplete: tuple[str, ...] = ()
    pack: str
    pack_version: str
    pack_hash: str


class Appointment(Value):
    """A time and place offered to a patient."""

    at: datetime
    place_zh: str = ""
    place_en: str = ""
