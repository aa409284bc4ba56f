"""Encounter and Appointment: arrivals, visits, discharges, times; pure. What is which: visits.yaml."""

from datetime import datetime, timedelta

from events.discharge import Disposition
from events.intake.fhir_contents import Contents, Entry
from events.intake.fhir_patient import patient_of
from events.intake.fhir_texts import form_texts, joined, programmes_in
from events.intake.intents import (
    ArrivalIn,
    DischargeIn,
    Intent,
    LinkIn,
    MissedIn,
    NotOurs,
    OutcomeIn,
    PatientIn,
    PlaceIn,
    TimeCancelledIn,
    TimeIn,
    VoidIn,
)
from events.intake.problems import unreadable
from events.intake.reading import Node, codings, words_of
from events.intake.tables import ClassMeans, Visits
from events.referral import Appointment, OutcomeKind

_SLACK = timedelta(minutes=10)  # clocks of two machines differ
_OLD = timedelta(days=90)


def translate_encounter(entry: Entry, contents: Contents, table: Visits, now: datetime, header: Node | None) -> Intent:
    """What an Encounter says: the patient is there, was seen, was discharged; or nothing of ours."""
    node = entry.node
    status = node.code("status")
    row = next((each for each in table.encounter_statuses if each.status == status), None)
    if row is None:
        wanted = ", ".join(each.status for each in table.encounter_statuses)
        raise unreadable(f"one of {wanted} is expected", node.at("status"), "value")
    if row.asks == "nothing":
        return NotOurs(element=node.at("status"), reason=row.reason)
    keys = contents.keys(entry)
    if row.asks == "void":
        return VoidIn(element=node.at("status"), keys=keys)
    patient = patient_of(contents, node, "patient" if node.has("patient") else "subject", now)
    link = contents.link([*node.all("basedOn"), *node.all("incomingReferral")], node)
    facility = _facility(node, contents, header)
    if row.asks == "arrival":
        at = _past(node.one("period"), "start", now)
        stay = _means(node, table) == "stay"
        return ArrivalIn(element=node.path, link=link, patient=patient, facility=facility, at=at, stay=stay)
    means = _means(node, table)
    if means is None and not link.named:
        return NotOurs(
            element=node.at("class"), reason="a class that is neither a stay nor a visit, and no referral is named"
        )
    if means == "none":
        return NotOurs(element=node.at("class"), reason="an encounter of this class is neither a stay nor a visit")
    if means in ("stay", "emergency"):
        return _discharge(entry, contents, table, now, link, patient, facility, emergency=means == "emergency")
    words = [*(words_of(each) for each in node.all("reasonCode")), *form_texts(contents, node).values()]
    return OutcomeIn(
        element=node.path, link=link, patient=patient, facility=facility, at=_past(node.one("period"), "end", now),
        kind=OutcomeKind.treated, text=joined(words),
    )  # fmt: skip


def _facility(node: Node, contents: Contents, header: Node | None) -> PlaceIn:
    place = contents.place([node.one("serviceProvider")] if node.has("serviceProvider") else [], node)
    if not place.named and header is not None and header.has("sender"):
        place = contents.place([header.one("sender")], header)
    service = words_of(node.one("serviceType")) if node.has("serviceType") else None
    return PlaceIn(place.identifiers, place.names, (*([service] if service else []), *place.departments))


def _means(node: Node, table: Visits) -> ClassMeans | None:
    value = node.data.get("class")
    codes = [value] if isinstance(value, str) else [code for _, code, _ in codings(node.one("class"))]
    return next((row.means for code in codes for row in table.classes if row.code == code), None)


def _past(period: Node, name: str, now: datetime) -> datetime | None:
    at = period.instant(name)
    if at is not None and at > now + _SLACK:
        raise unreadable("a time in the future", period.at(name), "value")
    return at


def _discharge(
    entry: Entry, contents: Contents, table: Visits, now: datetime, link: LinkIn, patient: PatientIn, facility: PlaceIn,
    emergency: bool,
) -> DischargeIn:  # fmt: skip
    node = entry.node
    at = _past(node.one("period"), "end", now)
    if at is None:
        contents.sheet.remark("Encounter.period.end: missing; the time of receipt is taken as the discharge")
    elif at < now - _OLD:
        contents.sheet.remark(f"Encounter.period.end: more than {_OLD.days} days ago")
    stay = node.one("hospitalization")
    gone = contents.place([stay.one("destination")], node) if stay.has("destination") else PlaceIn()
    return DischargeIn(
        element=node.path, keys=contents.keys(entry), link=link, patient=patient, facility=facility, at=at,
        destination=gone, disposition=_disposition(node, contents, table, patient), emergency=emergency,
        conditions=programmes_in(contents, table), form=form_texts(contents, node),
    )  # fmt: skip


def _disposition(node: Node, contents: Contents, table: Visits, patient: PatientIn) -> Disposition:
    if patient.dead:
        return Disposition.expired
    concept = node.one("hospitalization").one("dischargeDisposition")
    found = list(codings(concept))
    for system, code, _ in found:
        rows = [row for row in table.dispositions if row.code == code and row.system in (None, system)]
        # A row with a system says more than one without.
        rows.sort(key=lambda row: row.system is None)
        if rows:
            return rows[0].means
    if found or concept.data:
        contents.sheet.remark("Encounter.hospitalization.dischargeDisposition: no row knows it; counted as home")
    return Disposition.home


def translate_appointment(entry: Entry, contents: Contents, table: Visits, now: datetime) -> Intent:
    """What an Appointment says: a time, an arrival, a patient who did not come; or nothing of ours."""
    node = entry.node
    status = node.code("status")
    row = next((each for each in table.appointment_statuses if each.status == status), None)
    if row is None:
        wanted = ", ".join(each.status for each in table.appointment_statuses)
        raise unreadable(f"one of {wanted} is expected", node.at("status"), "value")
    if row.asks == "nothing":
        return NotOurs(element=node.at("status"), reason=row.reason)
    link = contents.link([*node.all("basedOn"), *node.all("incomingReferral")], node)
    patient = _participant(node, contents, now)
    if not link.named and patient is None:
        raise unreadable(
            "neither a referral (basedOn) nor a patient (participant) is named", node.at("basedOn"), "required"
        )
    place = contents.place(
        [each.one("actor") for each in node.all("participant") if not _is_patient(each, contents)], node
    )
    if row.asks == "arrival":
        return ArrivalIn(element=node.path, link=link, patient=patient, at=None)
    if row.asks == "missed":
        return MissedIn(element=node.path, link=link, patient=patient)
    at = node.instant("start")
    if row.asks == "time_cancelled":
        return TimeCancelledIn(element=node.path, link=link, patient=patient, at=at)
    if at is None:
        raise unreadable("the time is required", node.at("start"), "required")
    words = next(iter(place.names), "")
    return TimeIn(
        element=node.at("start"), link=link, patient=patient,
        appointment=Appointment(at=at, place_zh=words, place_en=words),
    )  # fmt: skip


def _participant(node: Node, contents: Contents, now: datetime) -> PatientIn | None:
    for participant in node.all("participant"):
        if _is_patient(participant, contents):
            return patient_of(contents, participant, "actor", now)
    return None


def _is_patient(participant: Node, contents: Contents) -> bool:
    actor = participant.one("actor")
    resource = contents.follow(actor, participant)
    if resource is not None:
        return resource.type == "Patient"
    return "Patient/" in (actor.text("reference") or "") or actor.code("type") == "Patient"
