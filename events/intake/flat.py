"""CloudEvents 1.0 with flat data become intents; pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from events.base import EndReason
from events.intake import flat_types as flat
from events.intake.fhir_contents import FACILITY_SYSTEM, key_of
from events.intake.fhir_patient import age_in_years
from events.intake.intents import (
    ArrivalIn,
    CancelIn,
    DischargeIn,
    EnrolmentIn,
    Intent,
    LinkIn,
    Message,
    OutcomeIn,
    PatientIn,
    PlaceIn,
    ReadingIn,
    ReferralIn,
)
from events.intake.problems import Problem, Unacceptable, unreadable
from events.referral import ClinicalPicture, Vitals

_MOST = 200  # events in one batch
_WORDS = {
    "missing": "required",
    "extra_forbidden": "unknown field: see /schemas for those that are known",
}


def events_of(value: Any, media: str, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """The CloudEvents in a body: structured, a batch, or binary (attributes in ce- headers).

    Unacceptable for anything else.
    """
    if media == "application/cloudevents-batch+json" or isinstance(value, list):
        if not isinstance(value, list):
            raise unreadable("a batch is a JSON list of events")
        if not 1 <= len(value) <= _MOST:
            raise unreadable(f"a batch holds 1 to {_MOST} events, this one {len(value)}", code="too-long")
        found = value
    elif "ce-type" in headers and media != "application/cloudevents+json":
        attributes = {name[3:]: text for name, text in headers.items() if name.startswith("ce-")}
        found = [{**attributes, "data": value}]
    else:
        found = [value]
    for number, event in enumerate(found):
        if not isinstance(event, dict):
            raise unreadable("an event is an object", f"[{number}]" if len(found) > 1 else "")
    return found


def translate_event(event: Mapping[str, Any], now: datetime) -> Message:
    """What one CloudEvent asks. Unacceptable, naming the field, for what cannot be taken."""
    for name in ("specversion", "id", "source", "type"):
        value = event.get(name)
        if not isinstance(value, str) or not value.strip():
            raise unreadable("required: a CloudEvent 1.0 has specversion, id, source and type", name, "required")
        if len(value) > 500:
            raise unreadable("longer than 500 characters", name, "too-long")
    if event["specversion"] != "1.0":
        raise unreadable("1.0 is expected", "specversion", "value")
    cls = flat.TYPES.get(event["type"])
    if cls is None:
        raise unreadable(f"one of {', '.join(flat.TYPES)} is expected", "type", "not-supported")
    if "data_base64" in event:
        raise unreadable("send the data as JSON in data", "data_base64", "not-supported")
    try:
        data = cls.model_validate(event.get("data"), context={"now": now})
    except ValidationError as error:
        raise Unacceptable(422, *_problems(error)) from None
    return Message(event["id"], (_intent(data, now),))


def _problems(error: ValidationError) -> list[Problem]:
    found = []
    for each in error.errors(include_url=False, include_context=False, include_input=False)[:50]:
        element = ".".join(str(part) for part in ("data", *each["loc"]))
        text = _WORDS.get(each["type"], each["msg"].removeprefix("Value error, "))
        found.append(Problem(text, element, "required" if each["type"] == "missing" else "value"))
    return found


def _intent(data: flat.Flat, now: datetime) -> Intent:
    match data:
        case flat.ReferralRequest():
            return _referral(data, now)
        case flat.ReferralCancel():
            return CancelIn(element="data", link=_link(data), reason=data.reason)
        case flat.Arrival():
            return ArrivalIn(element="data", link=_link(data), patient=_maybe(data.patient), at=data.at)
        case flat.Outcome():
            return OutcomeIn(
                element="data", link=_link(data), patient=_maybe(data.patient), at=data.at, kind=data.kind,
                text=data.text,
            )  # fmt: skip
        case flat.Discharge():
            codes = (data.referral,) if data.referral else ()
            form = data.form.model_dump(exclude_none=True) if data.form else {}
            place = PlaceIn(departments=(data.department,) if data.department else ())
            return DischargeIn(
                element="data", keys=(key_of("", data.id),), link=LinkIn(codes=codes), patient=_patient(data.patient),
                facility=place, at=data.discharged_at, disposition=data.disposition, conditions=data.conditions,
                destination=_place(data.destination), form=form,
            )  # fmt: skip
        case flat.Reading():
            values = data.model_dump(exclude={"patient", "at"}, exclude_none=True)
            return ReadingIn(element="data", patient=_patient(data.patient), at=data.at, **values)
        case flat.Enrolment():
            return EnrolmentIn(
                element="data", patient=_patient(data.patient), programme=data.programme, begins_on=data.begins_on,
                severity=data.severity, ended=EndReason(data.ended) if data.ended else None,
            )  # fmt: skip
        case _:
            raise TypeError(f"no flat type: {type(data).__name__}")


def _referral(data: flat.ReferralRequest, now: datetime) -> ReferralIn:
    patient = _patient(data.patient)
    picture = ClinicalPicture(
        age=age_in_years(patient.birth, now), sex=patient.sex, pregnant=data.pregnant, newborn=data.newborn,
        vitals=Vitals(**data.vitals.model_dump()), symptoms=data.symptoms, programmes=data.programmes,
        onset_at=data.onset_at,
    )  # fmt: skip
    missing = [name for name in ("name", "birth", "sex") if getattr(patient, name) is None]
    missing += ["priority"] if data.priority is None else []
    place = _place(data.to)
    missing += [] if place.named else ["recipient"]
    people = ((data.initiator.system, data.initiator.value),) if data.initiator else ()
    return ReferralIn(
        element="data", keys=(key_of("", data.id),), patient=patient, initiator=PlaceIn(people=people), recipient=place,
        direction=data.direction, asked_priority=data.priority, picture=picture, impression=data.impression,
        reason=data.reason, history=data.history, treatment=data.treatment, consent=data.consent,
        incomplete=tuple(missing),
    )  # fmt: skip


def _place(place: flat.PlaceField) -> PlaceIn:
    identifiers = [(place.identifier.system, place.identifier.value)] if place.identifier else []
    names = []
    if place.facility:
        identifiers.append((FACILITY_SYSTEM, place.facility))
        names.append(place.facility)
    departments = (place.department,) if place.department else ()
    return PlaceIn(tuple(identifiers), tuple(names), departments)


def _link(about: flat.About) -> LinkIn:
    codes = (about.referral,) if about.referral else ()
    return LinkIn(codes, (key_of("", about.id),) if about.id else ())


def _maybe(patient: flat.PatientField | None) -> PatientIn | None:
    return _patient(patient) if patient else None


def _patient(patient: flat.PatientField) -> PatientIn:
    return PatientIn(
        identifiers=tuple((each.system, each.value) for each in patient.identifiers), reference=patient.id,
        name=patient.name, birth=patient.birth, sex=patient.sex, phone=patient.phone, area=patient.area,
        element="data.patient",
    )  # fmt: skip
