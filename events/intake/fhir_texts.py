"""The words of a FHIR message, for people: what goes on the referral and on the return form; pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from events.intake.fhir_contents import Contents
from events.intake.problems import unreadable
from events.intake.reading import Node, codings, words_of
from events.intake.tables import Visits

_LONGEST = 4000  # characters of one field of a form
_ICD10 = ("http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm", "urn:oid:2.16.840.1.113883.6.3")


class ReferralTexts(TypedDict):
    """The sealed texts of a referral."""

    impression: str | None
    reason: str | None
    history: str | None
    treatment: str | None


def joined(texts: Iterable[str | None]) -> str | None:
    """The texts that are there, each once, one a line; None for none."""
    found = list(dict.fromkeys(text.strip() for text in texts if text and text.strip()))
    return "\n".join(found)[:_LONGEST] or None


def referral_texts(node: Node, contents: Contents) -> ReferralTexts:
    """What a request says: the initial impression, why, what was before, what was done (转出单)."""
    reasons = [words_of(concept) for concept in (*node.all("reasonCode"), *node.all("reason"))]
    pointed = [
        resource for each in node.all("reasonReference") if (resource := contents.follow(each, node)) is not None
    ]
    impressions = [words_of(each.one("code")) for each in pointed if each.type in ("Condition", "Observation")]
    impressions += [each.text("display") for each in node.all("reasonReference")]
    notes = [each.text("text") for each in node.all("note")]
    asked = words_of(node.one("code"))
    return ReferralTexts(
        impression=joined(impressions) or joined(reasons),
        reason=joined([*reasons, node.text("description"), *notes, asked]),
        history=joined(_conditions(contents, pointed)),
        treatment=joined(_medicines(contents)),
    )


def form_texts(contents: Contents, encounter: Node) -> dict[str, str]:
    """What a message about a stay says for the return form (回转单), field by field; those that are there."""
    diagnoses = [words_of(each.one("code")) for each in _diagnoses(contents, encounter)]
    found = {
        "diagnosis": joined(diagnoses),
        "results": joined(each.node.text("conclusion") for each in contents.of("DiagnosticReport")),
        "treatment": joined(words_of(each.node.one("code")) for each in contents.of("Procedure")),
        "medicines": joined(_medicines(contents)),
        "next_plan": joined(
            text
            for each in contents.of("CarePlan")
            for text in (each.node.text("title"), each.node.text("description"))
        ),
    }
    for field, text in _sections(contents):
        found[field] = joined([found.get(field), text])
    return {field: text for field, text in found.items() if text}


# LOINC codes of document sections -> fields of the return form.
_SECTIONS = {
    "11535-2": "diagnosis", "29308-4": "diagnosis", "30954-2": "results", "8648-8": "treatment", "10183-2": "medicines",
    "10160-0": "medicines", "18776-5": "next_plan", "8653-8": "next_plan",
}  # fmt: skip


def _sections(contents: Contents) -> Iterable[tuple[str, str | None]]:
    for composition in contents.of("Composition"):
        for section in composition.node.all("section"):
            for _, code, _ in codings(section.one("code")):
                if code in _SECTIONS:
                    yield _SECTIONS[code], section.text("title")


def _conditions(contents: Contents, without: list[Node]) -> Iterable[str | None]:
    skip = {id(each.data) for each in without}
    return [words_of(each.node.one("code")) for each in contents.of("Condition") if id(each.node.data) not in skip]


def _diagnoses(contents: Contents, encounter: Node) -> list[Node]:
    named = [each.one("condition") for each in encounter.all("diagnosis")]
    pointed = [resource for each in named if (resource := contents.follow(each, encounter)) is not None]
    return pointed or [each.node for each in contents.of("Condition")]


def _medicines(contents: Contents) -> Iterable[str | None]:
    for entry in contents.of("MedicationRequest", "MedicationStatement"):
        node = entry.node
        name = words_of(node.one("medicationCodeableConcept")) or node.one("medicationReference").text("display")
        dosage = next((each.text("text") for each in (*node.all("dosageInstruction"), *node.all("dosage"))), None)
        yield f"{name}: {dosage}" if name and dosage else name


def programmes_in(contents: Contents, table: Visits) -> tuple[str, ...]:
    """The programmes of the follow-up rules that the diagnoses in the message belong to."""
    found = []
    for condition in contents.of("Condition"):
        for system, code, _ in codings(condition.node.one("code")):
            programme = table.programme(code) if system in _ICD10 else None
            if programme:
                found.append(programme)
    return tuple(dict.fromkeys(found))


def onset_of(node: Node, contents: Contents, now: datetime) -> datetime | None:
    """When the trouble began, as a clock time, where a reason says so. Unacceptable for an onset in the future."""
    for reference in node.all("reasonReference"):
        condition = contents.follow(reference, node)
        if condition is None or not condition.has("onsetDateTime"):
            continue
        onset = condition.instant("onsetDateTime")
        # A day alone is no onset: the rules count minutes.
        if onset is not None and "T" in (condition.text("onsetDateTime") or ""):
            if onset > now:
                raise unreadable("an onset in the future", condition.at("onsetDateTime"), "value")
            return onset
    return None
