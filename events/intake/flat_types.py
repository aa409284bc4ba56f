"""The flat messages a hospital's programmer can send without knowing FHIR; JSON Schemas come from these classes.

An unknown field is an error: a word misspelt must not be a word lost.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from events.base import EndReason
from events.discharge import Disposition
from events.follow_up import Programme, Severity
from events.referral import OutcomeKind
from models.values import Direction, Priority, Sex

_SLACK = timedelta(minutes=10)  # clocks of two machines differ


def _not_in_future(value: datetime, info: ValidationInfo) -> datetime:
    now = (info.context or {}).get("now")
    if now is not None and value > now + _SLACK:
        raise ValueError("a time in the future")
    return value


Short = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Past = Annotated[AwareDatetime, AfterValidator(_not_in_future)]


class Flat(BaseModel):
    """A part of a flat message."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class IdentifierField(Flat):
    """A number and who gave it: an ID card, a health card, a record number."""

    system: Short = Field(
        description="Who gave the number, e.g. urn:oid:2.16.156.10011.1.3 for the resident identity card"
    )
    value: Short


class PatientField(Flat):
    """The patient; found by `identifiers`, else by `id`, never by name."""

    id: Short | None = Field(None, description="What your own system calls the patient")
    identifiers: tuple[IdentifierField, ...] = Field((), max_length=20)
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    birth: str | None = Field(None, pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="YYYY, YYYY-MM or YYYY-MM-DD")
    sex: Sex | None = None
    phone: Short | None = None
    area: Short | None = Field(None, description="Village or street, for the centre that serves it")

    @model_validator(mode="after")
    def _known(self, info: ValidationInfo) -> Self:
        if not self.identifiers and self.id is None:
            raise ValueError("give identifiers or id: a name alone identifies nobody")
        now = (info.context or {}).get("now")
        if self.birth and now is not None:
            _check_birth(self.birth, now.date())
        return self


def _check_birth(birth: str, today: date) -> None:
    try:
        date.fromisoformat(f"{birth}-01-01"[:10] if len(birth) == 4 else f"{birth}-01"[:10])
    except ValueError:
        raise ValueError("birth: there is no such day") from None
    if birth > (today + timedelta(days=1)).isoformat()[: len(birth)]:
        raise ValueError("birth: in the future")
    if int(birth[:4]) < today.year - 130:
        raise ValueError("birth: more than 130 years ago")


class PlaceField(Flat):
    """A facility, by our id, an identifier or its name, and a department by code or name."""

    facility: Short | None = Field(None, description="Our id of the facility, or its exact name")
    identifier: IdentifierField | None = None
    department: Short | None = None


class VitalsField(Flat):
    """Measurements; mmHg, per minute, °C, %, mmol/L."""

    sbp: int | None = Field(None, ge=30, le=350)
    dbp: int | None = Field(None, ge=10, le=250)
    heart_rate: int | None = Field(None, ge=10, le=350)
    resp_rate: int | None = Field(None, ge=1, le=120)
    temp_c: float | None = Field(None, ge=22, le=45)
    spo2: int | None = Field(None, ge=30, le=100)
    avpu: Literal["A", "V", "P", "U"] | None = None
    glucose_mmol_l: float | None = Field(None, ge=0.3, le=100)
    glucose_kind: Literal["fasting", "random"] | None = None

    @model_validator(mode="after")
    def _pressures(self) -> Self:
        if self.sbp is not None and self.dbp is not None and self.dbp >= self.sbp:
            raise ValueError("dbp: the diastolic pressure is not below the systolic")
        return self


class ReferralRequest(Flat):
    """refloop.referral.request.v1: see this patient. The same `id` again is a newer version."""

    id: Short = Field(description="Your number of the referral")
    patient: PatientField
    to: PlaceField = Field(PlaceField(), description="Left out: it waits for your coordinator to route it")
    initiator: IdentifierField | None = Field(None, description="The referring doctor, by an identifier of the network")
    priority: Priority | None = None
    direction: Direction | None = None
    impression: Text | None = None
    reason: Text | None = None
    history: Text | None = None
    treatment: Text | None = None
    vitals: VitalsField = VitalsField()
    symptoms: tuple[Short, ...] = Field((), max_length=50)
    programmes: tuple[Short, ...] = Field((), max_length=20)
    pregnant: bool | None = None
    newborn: bool | None = None
    onset_at: Past | None = None
    consent: Literal["given", "later", "emergency"] = "later"


class About(Flat):
    """Which referral is meant: our code, or the number its initiator gave it."""

    referral: Short | None = Field(None, description="Our code, e.g. R-7K2F4")
    id: Short | None = Field(None, description="The number you gave it yourself")

    @property
    def named(self) -> bool:
        """Whether one of the two is given."""
        return bool(self.referral or self.id)


class ReferralCancel(About):
    """refloop.referral.cancel.v1: let go of it. Somebody who has accepted it is asked first."""

    reason: EndReason = EndReason.other

    @model_validator(mode="after")
    def _one(self) -> Self:
        if not self.named:
            raise ValueError("give referral or id")
        return self


class Visit(About):
    """Something about a patient at your facility: name the referral, or the patient."""

    patient: PatientField | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.named and self.patient is None:
            raise ValueError("give referral, id or patient")
        return self


class Arrival(Visit):
    """refloop.arrival.v1: the patient is there."""

    at: Past | None = None


class Outcome(Visit):
    """refloop.outcome.v1: what came of the visit."""

    kind: OutcomeKind
    text: Text | None = None
    at: Past | None = None

    @model_validator(mode="after")
    def _no_discharge(self) -> Self:
        if self.kind is OutcomeKind.discharged:
            raise ValueError("kind: send a discharge as refloop.discharge.v1")
        return self


class ReturnForm(Flat):
    """The return form 回转单."""

    diagnosis: Text | None = None
    results: Text | None = None
    treatment: Text | None = None
    medicines: Text | None = None
    next_plan: Text | None = None
    rehabilitation: Text | None = None


class Discharge(Flat):
    """refloop.discharge.v1: a stay is over. The same `id` again brings the papers of the same stay."""

    id: Short = Field(description="Your number of the stay")
    patient: PatientField
    referral: Short | None = Field(None, description="Our code of the referral that brought the patient, if known")
    discharged_at: Past
    department: Short | None = None
    disposition: Disposition = Disposition.home
    destination: PlaceField = Field(PlaceField(), description="Where to, with other_hospital or rehabilitation")
    conditions: tuple[Short, ...] = Field((), max_length=20, description="Programmes such as hypertension, diabetes")
    form: ReturnForm | None = None


class Reading(Flat):
    """refloop.reading.v1: a measurement."""

    patient: PatientField
    at: Past | None = None
    sbp: int | None = Field(None, ge=30, le=350)
    dbp: int | None = Field(None, ge=10, le=250)
    glucose_mmol_l: float | None = Field(None, ge=0.3, le=100)
    glucose_kind: Literal["fasting", "random"] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.sbp is None and self.glucose_mmol_l is None:
            raise ValueError("give sbp (with dbp) or glucose_mmol_l")
        if self.sbp is not None and self.dbp is not None and self.dbp >= self.sbp:
            raise ValueError("dbp: the diastolic pressure is not below the systolic")
        return self


class Ending(StrEnum):
    """Why a programme ends for a patient."""

    died = "died"
    moved = "moved"
    patient_refused = "patient_refused"
    stillbirth = "stillbirth"
    newborn_died = "newborn_died"
    other = "other"


class Enrolment(Flat):
    """refloop.enrolment.v1: a patient begins a programme at your centre, or ends it (`ended`)."""

    patient: PatientField
    programme: Programme = Field(description="birth: a mother with her newborn, counted from the day they came home")
    begins_on: date | None = Field(None, description="What the plan is counted from; today by default")
    severity: Severity | None = Field(None, description="轻 mild, 中 moderate, 重 severe")
    ended: Ending | None = None

    @model_validator(mode="after")
    def _programme(self) -> Self:
        if self.programme is Programme.after_discharge:
            raise ValueError("programme: a plan after a stay follows refloop.discharge.v1")
        if self.programme is Programme.feels_worse:
            raise ValueError("programme: this one begins by itself when a patient writes; send refloop.reading.v1")
        return self


TYPES: dict[str, type[Flat]] = {
    "refloop.referral.request.v1": ReferralRequest,
    "refloop.referral.cancel.v1": ReferralCancel,
    "refloop.arrival.v1": Arrival,
    "refloop.discharge.v1": Discharge,
    "refloop.outcome.v1": Outcome,
    "refloop.reading.v1": Reading,
    "refloop.enrolment.v1": Enrolment,
}


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema (2020-12) of the data of every flat type."""
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:refloop:{name}",
            **cls.model_json_schema(),
        }
        for name, cls in TYPES.items()
    }
