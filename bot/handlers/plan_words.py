"""The buttons of a follow-up, typed by the patient or a contact: one effect with the press.

Only where one follow-up can be meant: one that they have been asked about, or a visit within two days. Anything else
goes to the team as it was written.
"""

from datetime import timedelta
from functools import cache

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.handlers import readings
from bot.handlers.carrying_out import Wanted, carry_out
from bot.handlers.patient_words import plainly
from bot.handlers.visit import Visit
from bot.texts import plain, quote
from events.follow_up import PlanState
from models.values import Language

_FINE = "fine"
# What each answer is called: the labels of its buttons, and the words of an appointment that say the same.
_CALLED = {
    _FINE: ("button-i-fine",),
    "coming": ("button-i-coming", "typed-i-come"),
    "later": ("button-i-later", "typed-i-another"),
    "cannot": ("button-i-not-coming", "typed-i-cannot"),
}
_SOON = timedelta(days=2)


@cache
def _answers() -> dict[str, str]:
    return {
        plainly(word): answer
        for answer, keys in _CALLED.items()
        for key in keys
        for language in Language
        for word in plain(language, key).replace("、", ",").split(",")
    }


async def typed(visit: Visit) -> Answer | None:
    """The answer to such a word; None when the text is another, or nothing of theirs can be meant."""
    answer = _answers().get(plainly(visit.inbound.text))
    speaking = [each for each in visit.standings if each.party.patients]
    if answer is None or len(speaking) != 1:
        return None
    plan = await readings.open_plan(visit, next(iter(speaking[0].party.patients)))
    if plan is None:
        return Answer(says=(Say(visit.inbound.chat, visit.text("no-plan")),)) if answer == _FINE else None
    state = (await visit.side.journal.load(visit.tx, [plan]))[plan].state
    if answer != _FINE and not _asked(visit, state, answer):
        return None
    wanted = Wanted(speaking[0], "follow_up", plan, "", {"answer": answer, "row": str(state.current)})
    given, done = await carry_out(visit, wanted, None)
    if not done:
        return Answer(says=(Say(visit.inbound.chat, Outgoing(quote(given.toast, 300))),))
    told = visit.text("patient-fine" if answer == _FINE else "words-stored")
    return given if given.says else Answer(says=(Say(visit.inbound.chat, told),))


def _asked(visit: Visit, state: PlanState, answer: str) -> bool:
    row = state.row
    if row is None or state.paused:
        return False
    if row.kind != "visit":
        return state.reminded and answer == "later"
    return state.reminded or row.due_at - visit.now <= _SOON
