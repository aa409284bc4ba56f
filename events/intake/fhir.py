"""A FHIR message becomes intents; pure. R4, in JSON or XML; what STU3 and DSTU2 call a ReferralRequest is mapped too.

Whoever refers does not also report visits: in a message that brings a referral, encounters and observations are its
context. Where a message names its focus, only the focus asks for something.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from events.intake.fhir_contents import Contents, Entry, entries_of
from events.intake.fhir_observations import measured, taken_at
from events.intake.fhir_patient import patient_of
from events.intake.fhir_requests import asks_of_event, rows_for, translate_request, translate_task
from events.intake.fhir_visits import translate_appointment, translate_encounter
from events.intake.intents import AnswerIn, AnswerKind, Intent, Message, NotOurs, OutcomeIn, ReadingIn, ReferralIn
from events.intake.problems import Problem, Unacceptable, unreadable
from events.intake.reading import Node, Sheet, codings
from events.intake.tables import EventAsk, Tables, tables

_ASKING = ("ServiceRequest", "ReferralRequest", "Task", "Encounter", "Appointment", "Observation")
_CONTEXT = ("Encounter", "Observation", "Task")


def translate_fhir(
    value: Any, now: datetime, zone: ZoneInfo, *, xml: bool = False, version: str | None = None, only: str | None = None
) -> Message:
    """The message that a FHIR resource is. Unacceptable, naming the element, for what cannot be read or taken.

    `version` is the fhirVersion of the content type; `only` the one resource type that an address takes.
    """
    sheet = Sheet(zone, xml)
    if not isinstance(value, dict):
        raise unreadable("a FHIR resource is expected: an object with resourceType")
    root = Node(value, "", sheet)
    kind = root.code("resourceType")
    if kind is None:
        raise unreadable(
            "required: a FHIR resource says what it is, such as Bundle or ServiceRequest", "resourceType", "required"
        )
    if only is not None and kind != only:
        raise unreadable(f"this address takes a {only}; send a {kind[:64]} to /fhir", "resourceType", "not-supported")
    root = Node(value, kind, sheet)
    table = tables()
    _check_version(version, root, kind, table)
    if kind == "Bundle":
        intents, unique = _bundle(root, table, now)
    else:
        intents, unique = _asked(Contents(sheet, [Entry(root)]), table, now, None, None), None
    return Message(unique, tuple(intents), sheet.remarks)


def _check_version(version: str | None, root: Node, kind: str, table: Tables) -> None:
    if version is not None and version not in table.resources.accepted_versions:
        raise Unacceptable(422, Problem(f"FHIR version {version[:20]}: send R4 (4.0)", "Content-Type", "not-supported"))
    for profile in root.one("meta").texts("profile") if isinstance(root.data.get("meta"), dict) else ():
        marker = next((each for each in table.resources.versions if each.marker in profile), None)
        if marker is not None and marker.version != "R4":
            root.sheet.remark(f"{kind}: FHIR {marker.version}, read as far as it is like R4")
    if kind in ("ReferralRequest", "ProcedureRequest", "Order"):
        root.sheet.remark(f"{kind}: of FHIR before R4; R4 has ServiceRequest")


def _bundle(root: Node, table: Tables, now: datetime) -> tuple[list[Intent], str | None]:
    kind = root.code("type")
    row = next((each for each in table.resources.bundles if each.type == kind), None)
    if row is None:
        wanted = ", ".join(each.type for each in table.resources.bundles if each.read)
        raise unreadable(f"one of {wanted} is expected", "Bundle.type", "required" if kind is None else "value")
    if not row.read:
        raise unreadable(row.reason, "Bundle.type", "not-supported")
    if row.remark:
        root.sheet.remark(f"Bundle.type: {row.remark}")
    contents = Contents(root.sheet, entries_of(root))
    if not contents.entries:
        raise unreadable("no entry holds a resource", "Bundle.entry", "required")
    header = next((entry.node for entry in contents.of("MessageHeader")), None)
    if kind == "message" and header is None:
        raise unreadable("a message begins with a MessageHeader", "Bundle.entry[0].resource", "required")
    if header is not None and header.has("response"):
        text = "the answer to another message: there is nothing to take"
        raise Unacceptable(422, Problem(text, "MessageHeader.response", "not-supported"))
    unique = (header.code("id") if header is not None else None) or root.one("identifier").code("value")
    event = asks_of_event(header, table.requests)
    if kind == "document":
        event = _document(contents, table)
    return _asked(contents, table, now, event, header), unique


def _document(contents: Contents, table: Tables) -> EventAsk | None:
    composition = next((entry.node for entry in contents.of("Composition")), None)
    if composition is None:
        raise unreadable("a document begins with a Composition", "Bundle.entry[0].resource", "required")
    found = {code for _, code, _ in codings(composition.one("type"))}
    row = next((each for each in table.resources.documents if each.code in found), None)
    if row is None:
        text = "a document of another type: referral notes and discharge summaries are taken"
        raise unreadable(text, composition.at("type"), "not-supported")
    if row.asks == "nothing":
        raise unreadable(row.reason, composition.at("type"), "not-supported")
    return "referral" if row.asks == "referral" else None


def _asked(
    contents: Contents, table: Tables, now: datetime, event: EventAsk | None, header: Node | None
) -> list[Intent]:
    focus = _focus(contents, header)
    asking = focus or [entry for entry in contents.entries if entry.type in _ASKING]
    refused = _refused(contents, table)
    if not asking:
        if refused:
            return list(refused)
        kinds = ", ".join(sorted({entry.type for entry in contents.entries} - {"MessageHeader"}))
        element = contents.entries[0].node.path if len(contents.entries) == 1 else "Bundle.entry"
        reason = f"{kinds} alone ask for nothing: send the ServiceRequest, Encounter, Appointment, Task or Observation"
        return [NotOurs(element=element, reason=reason)]
    requests = [entry for entry in asking if entry.type in ("ServiceRequest", "ReferralRequest")]
    meant = requests if focus else _meant(requests, table)
    intents = [_request(entry, contents, table, now, event if entry in meant else None, header) for entry in requests]
    brings = any(isinstance(intent, ReferralIn) and intent.new == "take" for intent in intents)
    others = [entry for entry in asking if entry not in requests and not (brings and entry.type in _CONTEXT)]
    intents += [_other(entry, contents, table, now, header) for entry in others]
    return _merged(intents) + list(refused)


def _meant(requests: list[Entry], table: Tables) -> list[Entry]:
    """What the event of a message without a focus is about: the requests a row calls referrals, else all but orders."""
    verdicts = [{row.verdict for row in rows_for(entry.node, table.requests)} for entry in requests]
    named = [entry for entry, found in zip(requests, verdicts, strict=True) if "referral" in found]
    return named or [entry for entry, found in zip(requests, verdicts, strict=True) if "order" not in found]


def _focus(contents: Contents, header: Node | None) -> list[Entry]:
    """What the header names, a Task's own focus along with it; empty where it names nothing that asks."""
    if header is None:
        return []
    wanted: list[int] = []
    for reference in header.all("focus"):
        node = contents.follow(reference, header)
        if node is None or node.type not in _ASKING:
            continue
        wanted.append(id(node.data))
        pointed = contents.follow(node.one("focus"), node) if node.type == "Task" else None
        wanted += [id(pointed.data)] if pointed is not None else []
    return [entry for entry in contents.entries if id(entry.node.data) in wanted]


def _refused(contents: Contents, table: Tables) -> list[NotOurs]:
    known = {row.type: row.reason for row in table.resources.refused}
    found = []
    for entry in contents.entries:
        if entry.type in _ASKING or entry.type in table.resources.supporting:
            continue
        reason = known.get(entry.type, f"resource type {entry.type[:64]} is not known here")
        found.append(NotOurs(element=entry.node.path, reason=reason))
    return found


def _request(
    entry: Entry, contents: Contents, table: Tables, now: datetime, event: EventAsk | None, header: Node | None
) -> Intent:
    intent = translate_request(entry, contents, table, now, event, header)
    if isinstance(intent, ReferralIn) and event in ("seen", "outcome"):
        keys = tuple(dict.fromkeys(intent.keys))
        link = contents.link(
            [Node({"reference": key[4:]}, "", contents.sheet) for key in keys if key.startswith("ref:")], entry.node
        )
        link = type(link)(link.codes, (*keys, *link.keys))
        if event == "seen":
            return AnswerIn(element=intent.element, link=link, kind=AnswerKind.seen)
        return OutcomeIn(element=intent.element, link=link, patient=intent.patient)
    return intent


def _other(entry: Entry, contents: Contents, table: Tables, now: datetime, header: Node | None) -> Intent:
    match entry.type:
        case "Task":
            return translate_task(entry, contents, table.requests)
        case "Encounter":
            return translate_encounter(entry, contents, table.visits, now, header)
        case "Appointment":
            return translate_appointment(entry, contents, table.visits, now)
        case _:
            return _reading(entry, contents, table, now)


def _reading(entry: Entry, contents: Contents, table: Tables, now: datetime) -> Intent:
    node = entry.node
    found = measured(node, table.observations, now)
    wanted = {name: value for name, value in found.items() if name in ReadingIn.__dataclass_fields__}
    if not wanted:
        reason = "no reading: blood pressure and glucose with a value are taken, other observations go with a referral"
        return NotOurs(element=node.path, reason=reason)
    patient = patient_of(contents, node, "subject", now)
    return ReadingIn(element=node.path, patient=patient, at=taken_at(node), **wanted)


def _merged(intents: list[Intent]) -> list[Intent]:
    """A systolic and a diastolic pressure of one moment, sent as two Observations, are one reading."""
    merged: list[Intent] = []
    for intent in intents:
        last = merged[-1] if merged else None
        if isinstance(intent, ReadingIn) and isinstance(last, ReadingIn) and _halves(last, intent):
            sbp, dbp = last.sbp or intent.sbp, last.dbp or intent.dbp
            merged[-1] = ReadingIn(element=last.element, patient=last.patient, at=last.at, sbp=sbp, dbp=dbp)
        else:
            merged.append(intent)
    return merged


def _halves(one: ReadingIn, other: ReadingIn) -> bool:
    pressures = (one.sbp is None, one.dbp is None, other.sbp is None, other.dbp is None)
    same = one.at == other.at and one.patient.reference == other.patient.reference
    return same and pressures in ((False, True, True, False), (True, False, False, True))
