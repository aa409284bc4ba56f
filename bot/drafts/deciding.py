"""How urgent the rules make a draft, and why: the decision the referral will get, shown before it is sent; pure."""

from datetime import datetime, timedelta
from typing import Any

from bot.drafts.draft import Draft
from models.directory import Directory
from workers.rules.in_force import InForce
from workers.rules.triage import TriageDecision, TriageInputs, decide_triage


def known_of(draft: Draft, now: datetime) -> dict[str, Any]:
    """What the draft says so far, by the names of the packs."""
    picture = draft.picture
    known = picture.vitals.model_dump(exclude_none=True) | {
        name: value
        for name in ("age", "pregnant", "newborn", "programmes")
        if (value := getattr(picture, name)) not in (None, ())
    }
    if picture.sex is not None:
        known["sex"] = str(picture.sex)
    if picture.onset_at is not None:
        known["onset_min"] = max(0.0, (now - picture.onset_at) / timedelta(minutes=1))
    return known


def decided(draft: Draft, directory: Directory, now: datetime, rules: InForce) -> TriageDecision:
    """The decision on what the draft says so far."""
    known = known_of(draft, now)
    asked_at = draft.to_facility or draft.facility
    place = directory.facility(asked_at)
    if place is not None and place.city:
        known["city"] = place.city
    day = now.astimezone(directory.site_zone).date()
    pack = rules.around("triage", directory, asked_at)
    return decide_triage(pack, TriageInputs(**known), draft.priority, draft.words, day)
