"""The hints of a draft: reasons to refer up, or to stay in primary care. They decide nothing."""

from datetime import datetime

from sqlalchemy import select

from bot.drafts.deciding import known_of
from bot.drafts.draft import Draft
from bot.handlers.visit import Visit
from events.follow_up import PlanState, Programme
from events.intake.places import direction_of
from models.directory import Directory
from models.summaries import SummaryRow
from models.values import Direction, StreamKind
from workers.rules.hint_words import known_from_words
from workers.rules.hints import DraftHints, draft_hints
from workers.rules.in_force import InForce
from workers.rules.triage import TriageDecision

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
# A stay that is looked after is no programme of chronic care.
_PASSING = frozenset({Programme.after_discharge})
_RULES_WORD = {Programme.birth: "maternal"}


async def programmes_of(visit: Visit, patient: str) -> tuple[str, ...]:
    """The programmes a patient is in here, by the rules' words."""
    query = select(_SUMMARIES.c.stream).where(
        _SUMMARIES.c.patient == patient, _SUMMARIES.c.kind == StreamKind.plan, _SUMMARIES.c.open
    )
    streams = list((await visit.tx.execute(query)).scalars())
    loaded = await visit.side.journal.load(visit.tx, streams)
    states = [each.state for each in loaded.values() if isinstance(each.state, PlanState)]
    programmes = {each.programme for each in states} - _PASSING
    return tuple(sorted(_RULES_WORD.get(each, str(each)) for each in programmes))


def hints_of(draft: Draft, decision: TriageDecision, directory: Directory, now: datetime, rules: InForce) -> DraftHints:
    """What the card says beside the priority; nothing for a referral that does not go up."""
    if draft.to_facility is not None and direction_of(draft.facility, draft.to_facility, directory) is not Direction.up:
        return DraftHints()
    hints, triage = (rules.around(name, directory, draft.facility) for name in ("hints", "triage"))
    said = known_from_words(hints, triage, draft.words)
    known = {**decision.inputs, **known_of(draft, now), **said, "symptoms": decision.inputs.get("symptoms", ())}
    known["programmes"] = tuple(dict.fromkeys((*draft.programmes, *said.get("programmes", ()))))
    return draft_hints(hints, known)
