"""Where a referral may go, as its draft proposes: from the registry, nearest first; pure."""

from datetime import datetime

from bot.drafts.draft import Draft
from bot.drafts.words import Place, Vocabulary
from bot.identity import Standing
from bot.texts import plain
from models.directory import Directory
from models.places import Facility
from models.values import FacilityKind, Language, Priority, Role

_CARE = frozenset({Role.doctor, Role.nurse, Role.family_doctor, Role.head})
_MOST = 6
# The department code that answers for a pathway (docs/network.md names the codes); else the emergency department.
_FOR_PATHWAY = {
    "chest_pain": "cardiology", "stroke": "neurology", "trauma": "surgery", "critical_maternal": "obstetrics",
    "critical_newborn": "paediatrics",
}  # fmt: skip
_EMERGENCY = "emergency"


def works_at(standing: Standing) -> list[str]:
    """The facilities for which a doctor may refer."""
    return sorted({each.facility for each in standing.party.positions if each.role in _CARE})


def acting_at(standing: Standing, directory: Directory, now: datetime) -> str | None:
    """The facility for which a doctor refers: where they are on duty, else the first they work at; None: nowhere."""
    own = works_at(standing)
    for facility in own:
        codes = [None, *(each.code for each in directory.departments(facility))]
        if any(standing.party.id in directory.on_duty(facility, code, now) for code in codes):
            return facility
    return own[0] if own else None


def vocabulary(directory: Directory, facility: str, now: datetime) -> Vocabulary:
    """What words mean to the doctors of a facility: the places of its alliances, the priorities in both languages."""
    places: dict[str, Place] = {}
    for partner in directory.alliance_partners(facility, now):
        for department in directory.departments(partner):
            for word in (department.code, department.name_zh, department.name_en, *department.aliases):
                places.setdefault(word.casefold(), (None, department.code))
        place = directory.facility(partner)
        if place is not None:
            for word in (place.name_zh, place.name_en, *place.aliases):
                places[word.casefold()] = (partner, None)
    priorities = {
        word.strip().casefold(): priority
        for priority in Priority
        for language in Language
        for word in plain(language, f"word-{priority}").replace("、", ",").split(",")
    }
    return Vocabulary(places, priorities)


def proposals(draft: Draft, directory: Directory, pathway: str | None, now: datetime) -> list[Place]:
    """Facility and department pairs to send it to, the likeliest first; none that is closed now."""
    here = directory.facility(draft.facility)
    ids = directory.alliance_partners(draft.facility, now)
    partners = [place for each in ids if (place := directory.facility(each)) is not None]
    wanted = draft.to_department or _FOR_PATHWAY.get(pathway or "")

    def rank(place: Facility) -> tuple[bool, bool, int, int, str]:
        minutes = directory.driving_minutes(draft.facility, place.id)
        lower = here is not None and place.tier.rank <= here.tier.rank
        return (lower, minutes is None, minutes or 0, place.tier.rank, place.id)

    hospitals = sorted((each for each in partners if each.kind is FacilityKind.hospital), key=rank)
    found: list[Place] = []
    if wanted:
        found += [(each.id, wanted) for each in hospitals if directory.department(each.id, wanted)]
    for hospital in hospitals[:2]:
        codes = [each.code for each in directory.departments(hospital.id)]
        found += [(hospital.id, code) for code in sorted(codes, key=lambda code: (code != _EMERGENCY, code))]
    return [each for each in dict.fromkeys(found) if each[0] and not directory.closed(each[0], each[1], now)]


def placed(draft: Draft, directory: Directory, pathway: str | None, now: datetime) -> Draft:
    """The draft with the likeliest recipient, where the doctor named none, or only one half of it."""
    wanted = draft.to_department or _FOR_PATHWAY.get(pathway or "")
    if draft.to_facility is not None:
        if draft.to_department is None and wanted and directory.department(draft.to_facility, wanted):
            return draft.with_(to_department=wanted)
        return draft
    urgent = pathway is not None or draft.emergency
    if not wanted and not urgent:
        return draft
    found = proposals(draft, directory, pathway, now)
    fits = [each for each in found if each[1] == (wanted or _EMERGENCY)]
    if not fits:
        return draft
    return draft.with_(to_facility=fits[0][0], to_department=fits[0][1])


def choices(draft: Draft, directory: Directory, pathway: str | None, now: datetime) -> list[Place]:
    """What the menu offers instead of the present recipient."""
    here = (draft.to_facility, draft.to_department)
    return [each for each in proposals(draft, directory, pathway, now) if each != here][:_MOST]
