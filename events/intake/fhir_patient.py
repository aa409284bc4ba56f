"""The patient a FHIR message is about: who it is by identifiers, what is said of them; pure."""

from datetime import date, datetime

from events.intake.fhir_contents import Contents, identifiers_of
from events.intake.intents import PatientIn
from events.intake.problems import unreadable
from events.intake.reading import Node
from models.values import Sex

_SEX = {"female": Sex.female, "male": Sex.male}
_OLDEST = 130  # years


def patient_of(contents: Contents, owner: Node, element: str, now: datetime) -> PatientIn:
    """The patient that `element` of a resource (subject, patient, for) means.

    Unacceptable when the resource names none at all. A patient contained in the resource has no name of their own, so
    they are known by the resource's.
    """
    reference = owner.one(element)
    resource = contents.follow(reference, owner)
    target = reference.text("reference")
    alone = [entry.node for entry in contents.of("Patient")]
    if resource is None and not reference.data and len(alone) == 1:
        contents.sheet.remark(f"{owner.type}.{element}: missing; the only Patient of the message is taken")
        resource = alone[0]
    if resource is not None and resource.type not in ("Patient", ""):
        raise unreadable(f"a patient is expected, not a {resource.type}", owner.at(element), "value")
    if not target and not identifiers_of(reference) and resource is None:
        if reference.text("display"):
            raise unreadable(
                "a name alone identifies nobody: send an identifier or a reference", owner.at(element), "required"
            )
        raise unreadable("who is the patient? An identifier or a reference is required", owner.at(element), "required")
    own = _reference(target, resource, owner)
    if resource is None:
        return PatientIn(identifiers_of(reference), own, name=reference.text("display"), element=owner.at(element))
    return read_patient(contents, resource, now, own, identifiers_of(reference))


def _reference(target: str | None, resource: Node | None, owner: Node) -> str | None:
    unique = resource.code("id") if resource is not None else None
    if target is None:
        return f"Patient/{unique}" if unique else None
    if target.startswith("#"):
        owner_id = owner.code("id")
        return f"{owner.type}/{owner_id}{target}" if owner_id else None
    if unique and target.startswith("urn:"):
        return f"Patient/{unique}"
    return target.partition("/_history/")[0]


def read_patient(
    contents: Contents, resource: Node, now: datetime, reference: str | None, more: tuple[tuple[str, str], ...] = ()
) -> PatientIn:
    """A Patient resource. Unacceptable for a birth in the future or longer ago than anybody lives."""
    birth = resource.day("birthDate")
    if birth is not None:
        _check_birth(birth, resource, now)
    gender = resource.code("gender")
    if gender not in (None, "female", "male", "other", "unknown"):
        raise unreadable("female, male, other or unknown is expected", resource.at("gender"), "value")
    identifiers = tuple(dict.fromkeys(identifiers_of(resource) + more))
    deceased = resource.flag("deceasedBoolean") is True or resource.has("deceasedDateTime")
    address = next(iter(resource.all("address")), None)
    return PatientIn(
        identifiers=identifiers,
        reference=reference,
        name=_name(resource),
        birth=birth,
        sex=_SEX.get(gender or ""),
        phone=_phone(resource),
        area=_area(address) if address else None,
        language=_language(resource),
        centre=contents.place([*resource.all("generalPractitioner"), *_managing(resource)], resource),
        element=resource.path,
        dead=deceased,
    )


def _managing(resource: Node) -> list[Node]:
    return [resource.one("managingOrganization")] if resource.has("managingOrganization") else []


def _check_birth(birth: str, resource: Node, now: datetime) -> None:
    if birth > now.date().isoformat()[: len(birth)] and birth > _tomorrow(now)[: len(birth)]:
        raise unreadable("a birth in the future", resource.at("birthDate"), "value")
    if int(birth[:4]) < now.year - _OLDEST:
        raise unreadable(f"a birth more than {_OLDEST} years ago", resource.at("birthDate"), "value")


def _tomorrow(now: datetime) -> str:
    # Born today in a zone ahead of ours is no error.
    return date.fromordinal(now.date().toordinal() + 1).isoformat()


def age_in_years(birth: str | None, at: datetime) -> int | None:
    """Whole years at an instant; None where the birth, or its year, is not known."""
    if not birth:
        return None
    month, day = int(birth[5:7] or 7) if len(birth) > 4 else 7, int(birth[8:10]) if len(birth) > 7 else 1
    had_birthday = (at.month, at.day) >= (month, day)
    return max(0, at.year - int(birth[:4]) - (0 if had_birthday else 1))


def _name(resource: Node) -> str | None:
    names = resource.all("name")
    names.sort(key=lambda each: each.data.get("use") != "official")
    for name in names:
        whole = name.text("text")
        if whole:
            return whole
        family = name.text("family")
        given = name.texts("given")
        if family and not family.isascii():
            return family + "".join(given)
        parts = [*given, *([family] if family else [])]
        if parts:
            return " ".join(parts)
    return None


def _phone(resource: Node) -> str | None:
    phones = [each for each in resource.all("telecom") if each.data.get("system") in ("phone", "sms", None)]
    phones.sort(key=lambda each: each.data.get("use") != "mobile")
    return next((value for each in phones if (value := each.code("value"))), None)


def _area(address: Node) -> str | None:
    parts = [address.text("district"), address.text("city"), *address.texts("line"), address.text("text")]
    return " ".join(part for part in parts if part) or None


def _language(resource: Node) -> str | None:
    for each in resource.all("communication"):
        for coding in each.one("language").all("coding"):
            return coding.code("code")
    return None
