"""Which of our facilities, departments and people a message means; pure lookups in the directory."""

from datetime import datetime

from events.intake.fhir_contents import FACILITY_SYSTEM
from events.intake.intents import PlaceIn
from models.directory import Directory
from models.patient_writing import source_system
from models.places import Facility
from models.values import Direction


def facility_of(place: PlaceIn, source: str, directory: Directory) -> Facility | None:
    """The one facility that a place means: by identifier, by our id, by its exact name; None when none or several."""
    for system, value in place.identifiers:
        if system == FACILITY_SYSTEM:
            found = directory.facility(value)
        elif system:
            found = directory.facility_with(system, value)
        else:
            named = directory.facility(value.rpartition("/")[2]) if value.startswith("Organization/") else None
            found = directory.facility_with(source_system(source), value) or named
        if found is not None:
            return found
    for name in place.names:
        found = directory.find_facility(name)
        if found is not None:
            return found
    return None


def department_of(place: PlaceIn, facility: str, directory: Directory) -> str | None:
    """The code of the department there that the words or codes of a place mean."""
    for words in (*place.departments, *place.names):
        found = directory.find_department(facility, words)
        if found is not None:
            return found.code
    return None


def person_of(place: PlaceIn, facility: str, directory: Directory, at: datetime) -> str | None:
    """The member of staff named, where they work at the facility now."""
    for system, value in place.people:
        found = directory.person_with(system, value)
        if found is not None and directory.is_practitioner_at(found.id, facility, at):
            return found.id
    return None


def direction_of(initiator: str, recipient: str | None, directory: Directory) -> Direction:
    """Up to a higher tier, down to a lower one, else lateral; to nobody known: up."""
    here, there = directory.facility(initiator), directory.facility(recipient) if recipient else None
    if here is None or there is None or there.tier.rank > here.tier.rank:
        return Direction.up
    return Direction.down if there.tier.rank < here.tier.rank else Direction.lateral


def centre_of(area: str | None, directory: Directory) -> str | None:
    """The facility that serves the area named in an address."""
    if not area:
        return None
    direct = directory.centre_of_area(area)
    if direct is not None:
        return direct
    serving = [(each.tier.rank, each.id) for each in directory.facilities() if any(name in area for name in each.areas)]
    return min(serving)[1] if serving else None
