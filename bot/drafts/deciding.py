"""How urgent the rules make a draft, and why: the decision the referral will get, shown before it is sent; pure."""

from datetime import datetime, timedelta

from bot.drafts.draft import Draft
from models.directory import Directory
from workers.rules.pack import packs
from workers.rules.triage import TriageDecision, TriageInputs, decide_triage


def decided(draft: Draft, directory: Directory, now: datetime) -> TriageDecision:
    """The decision on what the draft says so far."""
    picture = draft.picture
    known = picture.vitals.model_dump(exclude_none=True) | {
        name: value for name in ("age", "pregnant", "newborn") if (value := getattr(picture, name)) is not None
    }
    if picture.sex is not None:
        known["sex"] = str(picture.sex)
    if picture.onset_at is not None:
        known["onset_min"] = max(0.0, (now - picture.onset_at) / timedelta(minutes=1))
    place = directory.facility(draft.to_facility or draft.facility)
    if place is not None and place.city:
        known["city"] = place.city
    day = now.astimezone(directory.site_zone).date()
    return decide_triage(packs()["triage"], TriageInputs(**known), draft.priority, draft.words, day)
