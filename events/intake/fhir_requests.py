"""ServiceRequest, ReferralRequest and Task: what is a referral, and what is said about one; pure."""

from collections.abc import Iterable
from datetime import datetime

from events.base import EndReason
from events.intake.fhir_contents import Contents, Entry, words_and_codes
from events.intake.fhir_observations import measured, vitals
from events.intake.fhir_patient import age_in_years, patient_of
from events.intake.fhir_texts import joined, onset_of, programmes_in, referral_texts
from events.intake.intents import (
    AnswerIn,
    AnswerKind,
    ArrivalIn,
    CancelIn,
    Intent,
    MissedIn,
    NotOurs,
    OutcomeIn,
    PatientIn,
    PlaceIn,
    ReferralIn,
)
from events.intake.problems import Problem, Unacceptable, unreadable
from events.intake.reading import Node, codings, words_of
from events.intake.tables import EventAsk, Kind, Requests, Tables
from events.referral import ClinicalPicture
from models.values import Priority


def translate_request(
    entry: Entry, contents: Contents, table: Tables, now: datetime, event: EventAsk | None, header: Node | None
) -> Intent:
    """What a ServiceRequest or ReferralRequest asks: a referral (new or a newer version), or nothing of ours."""
    node = entry.node
    status = node.code("status")
    row = table.requests.state(_states(node)) or table.requests.status(status or "")
    if row is None:
        wanted = ", ".join(each.status for each in table.requests.statuses)
        raise unreadable(f"one of {wanted} is expected", node.at("status"), "value")
    keys = contents.keys(entry)
    if not keys:
        keys = (f"unnamed|{node.path}|{now.isoformat()}",)
    new = row.with_event if event == "referral" and row.with_event else row.new
    if event == "cancel":
        return CancelIn(link=contents.link([_reference_to(entry)], node), reason=EndReason.other, element=node.path)
    if new != "take":
        patient = patient_of(contents, node, _subject(node), now) if node.has(_subject(node)) else PatientIn()
        return ReferralIn(
            element=node.at("status"), keys=keys, patient=patient, new=new, known=row.known, refusal=row.reason,
        )  # fmt: skip
    order = order_reason(node, contents, table.requests, event)
    if order:
        return NotOurs(element=node.path, reason=order, code="business-rule")
    return _referral(entry, contents, table, now, header, keys)


def _states(node: Node) -> set[str]:
    """The states of NHS e-RS, which keeps them in an extension beside a status that is always active."""
    found = set()
    for extension in node.all("extension"):
        if "referralstate" in (extension.code("url") or "").lower():
            parts = [extension, *extension.all("extension")]
            found |= {code for part in parts for _, code, _ in codings(part.one("valueCoding"))}
    return found


def _reference_to(entry: Entry) -> Node:
    target = f"{entry.type}/{entry.node.code('id')}" if entry.node.has("id") else entry.full_url
    data = {"reference": target, "identifier": entry.node.data.get("identifier")}
    return Node({name: value for name, value in data.items() if value}, entry.node.path, entry.node.sheet)


def _subject(node: Node) -> str:
    return "patient" if node.has("patient") and not node.has("subject") else "subject"  # FHIR DSTU2: patient


def order_reason(node: Node, contents: Contents, table: Requests, event: EventAsk | None) -> str:
    """Why a request is no referral; empty when it is one."""
    if node.type == "ReferralRequest" or event == "referral":
        return ""
    found = rows_for(node, table)
    if any(row.verdict == "referral" for row in found):
        return ""
    if found:
        return f"an order ({found[0].meaning}), no referral: it needs no answer of another facility"
    performers = [*node.all("performer"), *node.all("recipient")]
    special = node.has("specialty") or node.has("performerType")
    if node.has("requester") and (special or contents.names_organisation(performers, node)):
        return ""
    return (
        "an order, no referral: its category and code are in no row of the mapping table, and it does not name both a "
        "requester and a performing organisation or specialty"
    )


def rows_for(node: Node, table: Requests) -> list[Kind]:
    """The rows of the mapping table that know this request."""
    return [row for row in table.kinds if _fits(row, node)]


def _fits(row: Kind, node: Node) -> bool:
    concepts = node.all("category") if row.element == "category" else [node.one("code")]
    return any(row.fits(row.element, system, code) for concept in concepts for system, code, _ in codings(concept))


def _referral(
    entry: Entry, contents: Contents, table: Tables, now: datetime, header: Node | None, keys: tuple[str, ...]
) -> ReferralIn:
    node = entry.node
    patient = patient_of(contents, node, _subject(node), now)
    texts = referral_texts(node, contents)
    found: dict[str, object] = {}
    for observation in contents.of("Observation"):
        found.update(measured(observation.node, table.observations, now))
    picture = ClinicalPicture(
        age=age_in_years(patient.birth, now), sex=patient.sex, vitals=vitals(found),
        programmes=programmes_in(contents, table.visits), onset_at=onset_of(node, contents, now),
    )  # fmt: skip
    priority = priority_of(node, contents, table.requests)
    recipient = _recipient(node, contents, header)
    missing = [name for name in ("name", "birth", "sex") if getattr(patient, name) is None]
    missing += ["priority"] if priority is None else []
    missing += [] if recipient.named else ["recipient"]
    consented = any(each.node.data.get("status") == "active" for each in contents.of("Consent"))
    return ReferralIn(
        element=node.path, keys=keys, patient=patient, initiator=_initiator(node, contents, header),
        recipient=recipient, asked_priority=priority, picture=picture, consent="given" if consented else "later",
        incomplete=tuple(missing),
        **texts,
    )  # fmt: skip


def _initiator(node: Node, contents: Contents, header: Node | None) -> PlaceIn:
    place = contents.place([node.one("requester")] if node.has("requester") else [], node)
    if not place.named and header is not None:
        sender = contents.place([header.one(name) for name in ("sender", "author") if header.has(name)], header)
        return PlaceIn(sender.identifiers, sender.names, place.departments, place.people + sender.people)
    return place


def _recipient(node: Node, contents: Contents, header: Node | None) -> PlaceIn:
    place = contents.place([*node.all("performer"), *node.all("recipient")], node)
    departments = place.departments
    for name in ("performerType", "specialty", "locationCode"):
        for concept in node.all(name):
            departments += words_and_codes(concept)
    if not place.named and header is not None:
        receivers = [each.one("receiver") for each in header.all("destination") if each.has("receiver")]
        other = contents.place(receivers, header)
        place = PlaceIn(other.identifiers, other.names, (), place.people)
    return PlaceIn(place.identifiers, place.names, tuple(dict.fromkeys(departments)), place.people)


def priority_of(node: Node, contents: Contents, table: Requests) -> Priority | None:
    """The priority asked for; None where none is, or one that no row knows (with a remark).

    Unacceptable for a word in the priority element that is no priority.
    """
    value = node.data.get("priority")
    if isinstance(value, str):
        known = table.priority(value.strip())
        if known is None:
            wanted = "routine, urgent, asap or stat"
            raise unreadable(f"{wanted} is expected", node.at("priority"), "value")
        return known
    concepts = [node.one("priority")] if node.has("priority") else []
    concepts += [
        each.one("valueCodeableConcept")
        for each in node.all("extension")
        if "priority" in (each.code("url") or "").lower()
    ]
    for part in node.all("contained"):
        named = [each for each in part.all("parameter") if each.data.get("name") == "priority"]
        concepts += [each.one("valueCoding") for each in named]
    for concept in concepts:
        for _, code, _ in codings(concept):
            known = table.priority(code)
            if known is not None:
                return known
            contents.sheet.remark(f"{node.type}.priority: a code of another system; the rules decide")
    return None


def translate_task(entry: Entry, contents: Contents, table: Requests) -> Intent:
    """What a Task says about a referral."""
    node = entry.node
    targets = [node.one("focus")] if node.has("focus") else node.all("basedOn")
    about = _about(targets, contents, node)
    if about not in ("ServiceRequest", "ReferralRequest"):
        what = f"a {about}" if about else "nothing that it names"
        return NotOurs(element=node.at("focus"), reason=f"a Task about {what}: Refloop takes Tasks about referrals")
    business = {code for _, code, _ in codings(node.one("businessStatus"))}
    status = node.code("status")
    rows = [row for row in table.tasks if row.business in business and row.business is not None]
    rows += [row for row in table.tasks if row.status is not None and row.status == status]
    if not rows:
        wanted = ", ".join(row.status for row in table.tasks if row.status)
        raise unreadable(f"one of {wanted} is expected", node.at("status"), "value")
    link = contents.link(targets, node)
    at = node.instant("lastModified")
    comment = joined([words_of(node.one("statusReason")), *(each.text("text") for each in node.all("note"))])
    element = node.path
    match rows[0].asks:
        case "seen" | "accepted" | "declined" | "cancel_confirmed" as asks:
            return AnswerIn(element=element, link=link, kind=AnswerKind(asks), comment=comment)
        case "missed":
            return MissedIn(element=element, link=link, at=at)
        case "arrived":
            return ArrivalIn(element=element, link=link, at=at)
        case "outcome":
            return OutcomeIn(element=element, link=link, at=at, text=_output(node))
        case "cancel":
            return CancelIn(element=element, link=link)
        case "nothing":
            return NotOurs(element=node.at("status"), reason=f"a Task with status {status} changes nothing here")


def _about(targets: Iterable[Node], contents: Contents, node: Node) -> str:
    for target in targets:
        resource = contents.follow(target, node)
        if resource is not None:
            return resource.type
        text = (target.text("reference") or "").partition("/_history/")[0]
        kind = target.code("type") or text.rpartition("/")[0].rpartition("/")[2]
        if kind:
            return kind
    return ""


def _output(node: Node) -> str | None:
    return joined(each.text("valueString") or words_of(each.one("valueCodeableConcept")) for each in node.all("output"))


def asks_of_event(header: Node | None, table: Requests) -> EventAsk | None:
    """What the event of a message says; None where no row knows it. Unacceptable for one that asks nothing."""
    if header is None:
        return None
    for name in ("eventCoding", "event"):
        for system, code, _ in codings(header.one(name)) if header.has(name) else ():
            row = next((each for each in table.events if (each.system, each.code) == (system, code)), None)
            if row is not None and row.asks == "nothing":
                text = f"nothing to take: {row.source.partition(': ')[2] or row.code}"
                raise Unacceptable(422, Problem(text, "MessageHeader.event[x]", "not-supported"))
            if row is not None:
                return row.asks
    return None
