"""What has to fit together for the patients of a network file; nothing personal is repeated."""

from collections.abc import Iterator
from datetime import date, datetime

from admin.network.checks import Known, twice
from admin.network.problems import Path, Problem, meant
from admin.network.reading import Item
from admin.network.schema import PatientPart
from admin.network.validate import Network
from models.patient_reading import normal_identifier

_GUARDIAN_UNDER = 14  # years


def check_patients(network: Network, known: Known, now: datetime) -> Iterator[Problem]:
    """All that does not fit together among patients, their contacts and teams."""
    entries = network.patients
    people: list[tuple[str, Item, Path]] = [(each.part.id, each.item, ("id",)) for each in entries]
    people += [
        (contact.id, each.item, ("contacts", index, "id"))
        for each in entries
        for index, contact in enumerate(each.part.contacts)
    ]
    yield from twice(people, "id")
    numbers = [
        (f"{number.system}|{normal_identifier(number.value)}", each.item, ("identifiers", index))
        for each in entries
        for index, number in enumerate(each.part.identifiers)
    ]
    yield from twice(numbers, "identifier", hidden=True)
    for entry in entries:
        yield from _patient(entry.part, entry.item, known, now.date())


def _patient(part: PatientPart, item: Item, known: Known, today: date) -> Iterator[Problem]:
    for index, sign_up in enumerate(part.teams):
        if sign_up.team not in known.teams:
            yield item.problem(
                ("teams", index, "team"), f"{sign_up.team!r} is no team; {meant(sign_up.team, known.teams)}"
            )
    leading = [each.team for each in part.teams if each.leads and each.last_day is None]
    if len(leading) > 1:
        yield item.problem(("teams",), f"{' and '.join(leading)} both lead; give leads: false to all but one")
    if part.informed_by and part.informed_by not in known.people:
        if part.informed_by not in known.broken.get("people", ()):
            yield item.problem(
                ("informed_by",), f"{part.informed_by!r} is nobody; {meant(part.informed_by, known.people)}"
            )
    elif part.consents and not part.informed_by:
        yield item.problem(("informed_by",), "is missing; a consent needs the person who informed the patient")
    if part.birth and part.birth > today.isoformat()[: len(part.birth)]:
        yield item.problem(("birth",), "is in the future; give the day of birth")
    elif part.birth and _age(part.birth, today) < _GUARDIAN_UNDER and not _has_guardian(part):
        yield item.problem(("contacts",), f"a child under {_GUARDIAN_UNDER} needs one with guardian: true")


def _has_guardian(part: PatientPart) -> bool:
    return any(each.guardian for each in part.contacts)


def _age(birth: str, today: date) -> int:
    """Years of age at least: who is known by the year alone counts as born at its end."""
    born = birth + "-12-31"[len(birth) - 4 :] if len(birth) < 10 else birth
    return today.year - int(born[:4]) - (today.isoformat()[4:] < born[4:])
