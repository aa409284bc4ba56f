"""Before a plan sends its patient up: whether somebody has referred them there already, in chat or by their system."""

from bot.answers import Answer
from bot.drafts.people import open_referrals
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import plain

ACTION = "send_up"


async def already(visit: Visit, standing: Standing, about: str, facility: str) -> Answer | None:
    """The answer to a press that would send the same patient to the same hospital twice; None where it would not."""
    state = (await visit.side.journal.load(visit.tx, [about]))[about].state
    if state is None or state.referral is not None:
        return None  # its own referral: the plan says so itself
    found = await open_referrals(visit, state.patient, None, state.centre)
    there = next((each for each in found if each.facility == facility), None)
    if there is None:
        return None
    hospital = visit.directory.facility(facility)
    which = there.code or (hospital.name(standing.language) if hospital else facility)
    return Answer(toast=plain(standing.language, "refused-already-referred", referral=which), alert=True)
